#include "core/utf8.c"
#include "envsubst/needle.c"
#include "envsubst/scan.c"
#include "envsubst/script.c"
#include "envsubst/context.c"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
scan_by(const char *text, size_t len, size_t step, struct scan *ret)
{
	size_t from = 0;
	size_t to = 0;
	do {
		to = len - to < step ? len : to + step;
		autofree char *window = malloc(to - from + 1);
		memcpy(window + 1, text + from, to - from);
		int64_t done =
		    scan_window(ret, window + 1, to - from, from, to == len);
		assert(done >= 0 && (size_t)done <= to - from);
		from += (size_t)done;
	} while (to < len);
}

static void
check_same(const struct scan *a, const struct scan *b)
{
	assert(a->count == b->count && a->left_over == b->left_over &&
	       a->left_offset == b->left_offset);
	for (size_t i = 0; i < a->count; i++)
		assert(a->spot[i].start == b->spot[i].start &&
		       a->spot[i].len == b->spot[i].len &&
		       a->spot[i].form == b->spot[i].form);
}

/* Spots lie in order in the text; how it is cut up makes no difference. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan whole = { 0 };
	struct scan cut = { 0 };
	const char *text = (const char *)data;
	uint64_t at = 0;

	if (size == 0)
		return 0;
	scan_by(text, size, size, &whole);
	scan_by(text, size, 1 + data[0], &cut);
	check_same(&whole, &cut);
	for (size_t i = 0; i < whole.count; i++) {
		const struct scan_spot *spot = &whole.spot[i];
		assert(spot->start >= at);
		at = spot->start + spot->len;
		assert(at <= size);
		assert(spot->head + spot->tail < spot->len);
		(void)context_at(text, (size_t)spot->start, SCAN_L0);
	}
	(void)context_at(text, size, SCAN_L1);
	scan_free(&whole);
	scan_free(&cut);
	return 0;
}
