#include "envsubst/blocks.c"
#include "envsubst/md5.c"
#define load load_sha1
#define mix mix_sha1
#define add_block add_block_sha1
#include "envsubst/sha1.c"
#include "envsubst/sums.c"
#include "envsubst/needles_way.c"
#include "envsubst/runs.c"
#include "envsubst/shape.c"
#include "envsubst/mention.c"

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
	assert(whole.count == cut.count);
	for (size_t i = 0; i < whole.count; i++) {
		assert(whole.m[i].start == cut.m[i].start);
		assert(whole.m[i].form == cut.m[i].form);
	}
	return 0;
}
