/*
 * Any bytes as a configuration file: the reader neither crashes nor hangs,
 * every place lies within the text, and every text it returns is UTF-8 without
 * NUL.
 */
#include "core/utf8.c"
#include "config/arena.c"
#include "config/json_text.c"
#include "config/json.c"

#include <assert.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
check_text(const char *text, size_t len)
{
	assert(strlen(text) == len);
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_len(text + i, len - i);
		assert(n > 0);
	}
}

static void
check(const struct json *node, size_t size)
{
	size_t count = 0;
	assert(node->at.line >= 1 && node->at.column >= 1);
	assert(node->at.line <= size + 1 && node->at.column <= size + 1);
	if (node->type == JSON_STRING)
		check_text(node->text, node->len);
	if (node->name != NULL)
		check_text(node->name, strlen(node->name));
	for (const struct json *m = node->first; m != NULL; m = m->next) {
		check(m, size);
		count++;
	}
	assert(count == node->count);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena arena;
	struct json *top = NULL;
	struct json_error error = { .text = "" };
	if (arena_open(&arena) != 0)
		return 0;
	if (json_read((const char *)data, size, &arena, &top, &error) == 0) {
		check(top, size);
	} else {
		assert(error.text[0] != '\0');
		assert(error.at.line >= 1 && error.at.line <= size + 1);
		assert(error.at.column >= 1 && error.at.column <= size + 1);
	}
	arena_close(&arena);
	return 0;
}
