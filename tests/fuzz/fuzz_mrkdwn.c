/* Hostile last words: cleaned, classified, and made into a code block. */
#include "core/buf.c"
#include "core/clock.c"
#include "core/signame.c"
#include "core/utf8.c"
#include "notify/span.c"
#include "notify/text.c"
#include "notify/mrkdwn.c"
#include "notify/trace_node.c"
#include "notify/trace_lang.c"
#include "notify/trace.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_utf8(const char *text, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_len(text + i, len - i);
		assert(n > 0);
		assert(n > 1 || (unsigned char)text[i] >= 0x20 ||
		       text[i] == '\n' || text[i] == '\t');
	}
}

/* Escaped, closed, short enough, and no fence but our own two. */
static void
check_code(const char *text, size_t len, size_t max)
{
	autofree char *code = NULL;
	int fences = 0;

	assert(mrkdwn_code(text, len, max, &code) == 0);
	check_utf8(code, strlen(code));
	assert(mrkdwn_units(code, strlen(code)) <= 5 * max);
	for (const char *p = strstr(code, FENCE); p != NULL;
	     p = strstr(p + 3, FENCE))
		fences++;
	assert(fences == (code[0] == '\0' ? 0 : 2));
	assert(strpbrk(code, "<>") == NULL);
	for (const char *p = strchr(code, '&'); p != NULL;
	     p = strchr(p + 1, '&'))
		assert(strncmp(p, "&amp;", 5) == 0 ||
		       strncmp(p, "&lt;", 4) == 0 ||
		       strncmp(p, "&gt;", 4) == 0);
	size_t units = 0;
	for (size_t i = 0, n; code[i] != '\0'; i += n, units++)
		n = utf8_len(code + i, strlen(code + i));
	assert(units <= max);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *clean = NULL;
	size_t len = 0;
	struct trace trace;
	char memory[400];
	struct buf b;

	if (text_clean((const char *)data, size, &clean, &len) < 0)
		return 0;
	check_utf8(clean, len);
	check_code(clean, len, MRKDWN_CODE_MIN + size % 3000);
	buf_init(&b, memory, sizeof(memory));
	mrkdwn_line(&b, clean, len, 1 + size % 150);
	check_utf8(memory, b.len);
	trace_find((struct span){ clean, len }, &trace);
	check_utf8(trace.detail, strlen(trace.detail));
	check_utf8(trace.where, strlen(trace.where));
	return 0;
}
