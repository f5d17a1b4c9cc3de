#include "config/check_print.h"

#include "config/units.h"
#include "core/buf.h"
#include "core/guard.h"

#include <string.h>

void
check_print_heading(struct check_print *p, const char *title, bool step)
{
	if (step)
		(void)fprintf(p->to, "%2d %-10s", ++p->step, title);
	else
		(void)fprintf(p->to, "   %-10s", title);
}

void
check_print_word(const struct check_print *p, const char *text)
{
	char memory[512];
	struct buf b;
	size_t len = strlen(text);
	bool plain =
	    len > 0 &&
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789._-/:=,@+%${}?&#") == len;
	buf_init(&b, memory, sizeof(memory));
	if (plain)
		buf_str(&b, text);
	else
		buf_json(&b, text, len);
	(void)fprintf(p->to, "%s%s", b.data, b.cut ? "..." : "");
}

void
check_print_words(const struct check_print *p, char *const command[])
{
	for (size_t i = 0; command[i] != NULL; i++) {
		(void)fputs(i == 0 ? "" : " ", p->to);
		check_print_word(p, command[i]);
	}
}

const char *
check_print_span(int64_t ms)
{
	static char texts[5][UNITS_TEXT_MAX];
	static unsigned turn;
	char *text = texts[turn++ % ARRAY_LEN(texts)];
	units_text(ms, text);
	return text;
}

void
check_print_url(const struct check_print *p, const char *url)
{
	(void)fprintf(p->to, "%.*s", (int)strcspn(url, "?#"), url);
}
