#include "envsubst/blocks.c"
#include "envsubst/md5.c"
#define load load_sha1
#define mix mix_sha1
#define add_block add_block_sha1
#include "envsubst/sha1.c"
#include "envsubst/sums.c"
#include "envsubst/needles.c"
#include "envsubst/needles_way.c"
#include "envsubst/runs.c"
#include "envsubst/shape.c"
#include "envsubst/mention.c"
#include "envsubst/escaped.c"

#include "core/guard_heap.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FOUND_MAX 1000

struct found {
	const char *text;
	size_t len;
	size_t count;
	struct mention m[FOUND_MAX];
};

/* It lies in the text, and writing what it says gives its digits again. */
static int
take(void *arg, const struct mention *m)
{
	struct found *f = arg;
	unsigned char digest[SUMS_SIZE_MAX] = { 0 };
	char digits[MENTION_LEN_MAX];

	memcpy(digest, &m->key, sizeof(m->key));
	size_t n = mention_write(m->form, m->kind, digest, digits);
	assert(m->start + n <= f->len);
	assert(memcmp(f->text + m->start, digits, 10) == 0);
	if (f->count < FOUND_MAX)
		f->m[f->count++] = *m;
	return 0;
}

/* Ten digits, as take compares them; others may be written in other escapes. */
static void
check_digits(const struct found *f, uint64_t start, const char *text, size_t n)
{
	struct reader was = { .at = f->text + start, .end = f->text + f->len };
	struct reader is = { .at = text, .end = text + n };
	char old[16];
	char new[16];

	assert(take_digits(&was, 9, old) == 10);
	assert(take_digits(&is, 9, new) == 10);
	assert(memcmp(old, new, 10) == 0);
}

/* Between the prefix and what cannot be a digit there is no other text. */
static int
take_escape(void *arg, const struct mention *m)
{
	struct found *f = arg;
	unsigned char digest[SUMS_SIZE_MAX] = { 0 };
	char text[MENTION_LEN_MAX];

	assert(escaped_is(m->form) && m->start >= 7 && m->start < f->len);
	assert(memcmp(f->text + m->start - 7, "sha", 3) == 0);
	memcpy(digest, &m->key, sizeof(m->key));
	size_t n = mention_write(m->form, m->kind, digest, text);
	assert(n < sizeof(text));
	check_digits(f, m->start, text, n);
	if (f->count < FOUND_MAX)
		f->m[f->count++] = *m;
	return 0;
}

static void
scan_by(struct found *f, size_t step)
{
	struct mention_scan scan = { .take = take, .arg = f };
	size_t from = 0;
	size_t to = 0;
	do {
		to = f->len - to < step ? f->len : to + step;
		autofree char *window = malloc(to - from + 1);
		memcpy(window + 1, f->text + from, to - from);
		int64_t done = mention_window(
		    &scan, window + 1, to - from, from, to == f->len);
		assert(done >= 0 && (size_t)done <= to - from);
		from += (size_t)done;
		assert(to - from < 4096);
	} while (to < f->len);
}

static void
scan_escaped_by(const struct needles *needles, struct found *f, size_t step)
{
	struct escaped_scan scan = { needles, take_escape, f, 0 };
	size_t to = 0;
	do {
		to = f->len - to < step ? f->len : to + step;
		size_t back = ESCAPED_REACH + step;
		size_t from = to > back ? to - back : 0;
		autofree char *piece = malloc(to - from + 1);
		memcpy(piece + 1, f->text + from, to - from);
		assert(escaped_window(&scan, piece + 1, to - from, from,
			   to == f->len) == 0);
	} while (to < f->len);
}

static void
compare(const struct found *whole, const struct found *cut)
{
	assert(whole->count == cut->count);
	for (size_t i = 0; i < whole->count; i++) {
		assert(whole->m[i].start == cut->m[i].start);
		assert(whole->m[i].form == cut->m[i].form);
	}
}

/* How the text is cut up makes no difference. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct found whole;
	static struct found cut;
	if (size < 2)
		return 0;
	whole.text = cut.text = (const char *)data + 1;
	whole.len = cut.len = size - 1;
	whole.count = cut.count = 0;
	scan_by(&whole, size);
	(void)runs_use("plain");
	scan_by(&cut, 1 + data[0]);
	(void)runs_use(NULL);
	compare(&whole, &cut);

	struct needles *needles;
	if (escaped_needles(&needles) < 0)
		return 0;
	whole.count = cut.count = 0;
	scan_escaped_by(needles, &whole, size);
	scan_escaped_by(needles, &cut, 1 + data[0]);
	needles_free(needles);
	compare(&whole, &cut);
	return 0;
}
