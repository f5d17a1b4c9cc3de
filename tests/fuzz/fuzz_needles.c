#include "envsubst/needles.c"
#include "envsubst/needles_way.c"

#include <assert.h>

#define LIST_MAX 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
naive(const struct needle *list, size_t count, const char *text, size_t len)
{
	for (size_t at = 0; at < len; at++)
		for (size_t i = 0; i < count; i++)
			if (list[i].len <= len - at &&
			    memcmp(text + at, list[i].text, list[i].len) == 0)
				return text + at;
	return NULL;
}

/* Needles and a text out of the same bytes, so that they meet. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const ways[] = { "plain", "ssse3", "avx2", "neon" };
	struct needle list[LIST_MAX];
	const char *text = (const char *)data;
	struct needles *n = NULL;
	size_t count = 0;
	size_t at = 1;

	if (size == 0)
		return 0;
	for (; count < data[0] % LIST_MAX && at + 1 < size; count++) {
		size_t len = data[at++] % 12;
		len = len < size - at ? len : size - at;
		list[count] = (struct needle){ text + at, len };
		at += len;
	}
	if (needles_build(list, count, &n) < 0)
		return 0;
	for (size_t from = 0; from <= size;) {
		const char *right =
		    naive(list, count, text + from, size - from);
		for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
			size_t which = count;
			if (!needles_use(ways[w]))
				continue;
			const char *hit =
			    needles_find(n, text + from, size - from, &which);
			assert(hit == right);
			assert(hit == NULL || memcmp(hit, list[which].text,
						  list[which].len) == 0);
		}
		from = right == NULL ? size + 1 : (size_t)(right - text) + 1;
	}
	needles_free(n);
	return 0;
}
