#include "personality/dollar.c"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What came out so far must be what went in: names are given back as text. */
struct echo {
	const char *left;
	size_t len;
};

static int
take(void *arg, const char *data, size_t len)
{
	struct echo *e = arg;
	assert(len <= e->len);
	assert(memcmp(e->left, data, len) == 0);
	e->left += len;
	e->len -= len;
	return 0;
}

static int
take_name(void *arg, const char *name, size_t len, bool braced)
{
	assert(len > 0 && begins_name(name[0]) && name[len] == '\0');
	for (size_t i = 0; i < len; i++)
		assert(goes_on(name[i]));
	(void)take(arg, "${", braced ? 2 : 1);
	(void)take(arg, name, len);
	return braced ? take(arg, "}", 1) : 0;
}

/* Nothing is lost or made up, wherever the input is cut. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dollar_ways ways = { take, take_name };
	if (size == 0)
		return 0;
	size_t piece = data[0] % 7 + 1;
	const char *text = (const char *)data + 1;
	struct echo e = { text, size - 1 };
	struct dollar d = { .ways = &ways, .arg = &e };

	for (size_t at = 0; at < size - 1; at += piece) {
		size_t n = size - 1 - at < piece ? size - 1 - at : piece;
		/* a copy, so that reading past a piece is noticed */
		char *copy = malloc(n);
		assert(copy != NULL);
		memcpy(copy, text + at, n);
		assert(dollar_feed(&d, copy, n) == 0);
		free(copy);
	}
	assert(dollar_end(&d) == 0);
	assert(e.len == 0);
	dollar_free(&d);
	return 0;
}
