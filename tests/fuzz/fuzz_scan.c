#include "core/utf8.c"
#include "envsubst/room.c"
#include "envsubst/edit.c"
#include "envsubst/needles.c"
#include "envsubst/needles_way.c"
#include "envsubst/scan.c"
#include "envsubst/script.c"
#include "envsubst/context.c"
#include "envsubst/meta.c"
#include "envsubst/sweep.c"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct job job = { .mode = &meta_mode };

static void
scan_by(const char *text, size_t len, size_t step, struct finding *ret)
{
	struct sweep sweep = { .job = &job,
		.reach = SCAN_REACH + SCAN_WORD_LEN };
	size_t from = 0;
	size_t to = 0;
	do {
		to = len - to < step ? len : to + step;
		autofree char *window = malloc(to - from + 1);
		memcpy(window + 1, text + from, to - from);
		struct sweep_window w = { "a.js", window + 1, to - from, from,
			to == len };
		int64_t done = sweep_window(&sweep, &w, ret);
		assert(done >= 0 && (size_t)done <= to - from);
		from += (size_t)done;
	} while (to < len);
}

static void
check_same(const struct finding *a, const struct finding *b)
{
	assert(a->edits.count == b->edits.count &&
	       a->left_over == b->left_over &&
	       a->left_offset == b->left_offset && a->needles == b->needles);
	for (size_t i = 0; i < a->edits.count; i++)
		assert(memcmp(&a->edits.edit[i], &b->edits.edit[i],
			   sizeof(a->edits.edit[i])) == 0);
}

/*
 * Edits lie in order in the text; how it is cut up, and how it is searched,
 * makes no difference.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct needles *needles;
	struct finding whole = { 0 };
	struct finding cut = { 0 };
	const char *text = (const char *)data;
	uint64_t at = 0;

	if (needles == NULL)
		assert(meta_needles(&needles) == 0);
	if (size == 0)
		return 0;
	job.needles = needles;
	assert(needles_use(NULL));
	scan_by(text, size, size, &whole);
	assert(needles_use("plain"));
	scan_by(text, size, 1 + data[0], &cut);
	check_same(&whole, &cut);
	for (size_t i = 0; i < whole.edits.count; i++) {
		const struct edit *edit = &whole.edits.edit[i];
		assert(edit->start >= at);
		at = edit->start + edit->len;
		assert(at <= size);
		assert((size_t)edit->mark[HEAD] + edit->mark[TAIL] < edit->len);
		(void)context_at(text, (size_t)edit->start, SCAN_L0);
	}
	(void)context_at(text, size, SCAN_L1);
	edit_free(&whole.edits);
	edit_free(&cut.edits);
	return 0;
}

/* What writing and reading files takes, which is not done here. */
int
site_put(struct site *s, const void *data, size_t len)
{
	(void)s;
	(void)data;
	(void)len;
	return 0;
}

const char *
site_before(struct site *s, size_t *ret_len)
{
	(void)s;
	*ret_len = 0;
	return NULL;
}

const struct edit *
site_edit(const struct site *s)
{
	(void)s;
	return NULL;
}

const char *
site_source(const struct site *s)
{
	(void)s;
	return NULL;
}

void *
site_state(const struct site *s)
{
	(void)s;
	return NULL;
}

bool
value_needs_context(const struct value_set *set, enum scan_form form)
{
	(void)set;
	(void)form;
	return false;
}

bool
value_fits(
    const struct value_set *set, enum scan_form form, struct context context)
{
	(void)set;
	(void)form;
	(void)context;
	return false;
}

ssize_t
files_read_at(int fd, void *buf, size_t size, uint64_t offset)
{
	(void)fd;
	(void)buf;
	(void)size;
	(void)offset;
	return 0;
}

bool
tree_is_binary(const char *name, const char *data, size_t len)
{
	(void)name;
	(void)data;
	(void)len;
	return false;
}
