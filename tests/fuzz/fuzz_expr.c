/* The files of one module keep some names to themselves that meet here. */
#include "core/utf8.c"
#include "envsubst/text.c"
#include "envsubst/scope.c"
#include "envsubst/quote.c"
#include "envsubst/runes.c"
#define reader pattern_reader
#include "envsubst/pattern.c"
#undef reader
#define reader expr_reader
#include "envsubst/expr.c"
#undef reader
#define reader word_reader
#include "envsubst/fillin_word.c"
#undef reader
#include "envsubst/fillin_edit.c"
#include "envsubst/fillin.c"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct scope_var known[] = {
	{ "A", "abab", 4 },
	{ "B", "b/*?\\&\xc3\xa9\xff", 8 },
	{ "C", NULL, 0 },
	{ "D", "", 0 },
};

/*
 * Any text: an expression lies within it and ends with its brace, and all of
 * them come to something, alone and one after the other.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct scope scope = { known, 4, NULL, 0, (data[0] & 1) != 0 };
	struct fillin_job job = { .scope = &scope,
		.unset = (enum fillin_unset)(data[0] / 2 % 3) };
	enum quote quote = (enum quote)(data[0] / 8 % QUOTES);
	char *text = malloc(size);
	assert(text != NULL);
	memcpy(text, data + 1, size - 1);

	for (size_t at = 0; at < size - 1;) {
		struct expr e;
		size_t left = size - 1 - at;
		if (!expr_read(&scope, text + at, left, &e)) {
			at++;
			continue;
		}
		assert(text[at] == '$' && e.len >= 2 && e.len <= left);
		assert(expr_is_meant(&scope, text + at, left));
		assert(text[at + 1] != '{' || text[at + e.len - 1] == '}');
		autotext struct text to = TEXT_MAX(FILLIN_MAX);
		(void)fillin_write(&job, &e, quote, &to);
		at += e.len;
	}
	scope_forget(&job.locals);
	text_free(&job.message);
	free(text);
	return 0;
}
