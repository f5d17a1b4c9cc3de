#include "core/utf8.c"
#include "envsubst/text.c"
#include "envsubst/quote.c"
#include "envsubst/place.c"
#include "envsubst/script.c"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = { "a.html", "a.js", "a.json", "a.conf",
	"a.css", "a" };

/*
 * Whatever a file holds, every place in it has an answer; and where a tag, a
 * string or a word begins does not depend on how often was asked before.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const char *name = names[data[0] % ARRAY_LEN(names)];
	size_t piece = data[1] % 13 + 1;
	size_t len = size - 2;
	char *text = malloc(len + 1);
	struct place *often = malloc(sizeof(*often));
	struct place *once = malloc(sizeof(*once));
	struct place *filled = malloc(sizeof(*filled));
	assert(text != NULL && often != NULL && once != NULL && filled != NULL);
	memcpy(text, data + 2, len);

	place_begin(often, name, -1);
	place_begin(once, name, -1);
	place_begin(filled, name, -1);
	for (size_t at = 0; at <= len; at += piece)
		assert(place_quote(often, text, at) < QUOTES);
	for (size_t at = 0; at + piece <= len; at += 2 * piece) {
		assert(place_quote(filled, text, at) < QUOTES);
		place_skip(filled, at, piece);
	}
	enum quote last = place_quote(often, text, len);
	if (once->kind != PLACE_JS && often->state != HTML_SCRIPT)
		assert(place_quote(once, text, len) == last);
	free(text);
	free(often);
	free(once);
	free(filled);
	return 0;
}
