#include "envsubst/engine.h"

#include "envsubst/asset.h"
#include "envsubst/change.h"
#include "envsubst/files.h"
#include "envsubst/index.h"
#include "envsubst/look.h"
#include "envsubst/mirror.h"
#include "envsubst/settle.h"
#include "envsubst/store.h"
#include "envsubst/sweep.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/guard_heap.h"
#include "core/log.h"

#include <errno.h>
#include <string.h>

#define LOCK_WAIT_MS 10000

/* ---- a tree ----------------------------------------------------------- */

static int
lock(const struct job *job, int root, struct failure *f)
{
	/* best effort: some file systems have no locks */
	int r = files_lock(root, clock_ms() + LOCK_WAIT_MS);
	if (r == -EWOULDBLOCK)
		return failure_set(f, EXITS_OSERR,
		    "cannot substitute %s: another cradle has been at it for "
		    "%d s (give each container its own assets)",
		    job->root, LOCK_WAIT_MS / 1000);
	return 0;
}

/* What an index's answers depend on; whether they are about edits. */
static bool
index_key(const struct job *job, struct digest *ret)
{
	const struct mode *mode = job->mode;
	struct digest_state state;
	unsigned char flags = job->flags & JOB_ALL_NAMES ? 1 : 0;

	digest_begin(&state);
	digest_add(&state, mode->name, strlen(mode->name) + 1);
	digest_add(&state, &flags, 1);
	for (size_t i = 0; i < needles_count(job->needles); i++) {
		size_t len;
		const char *text = needles_text(job->needles, i, &len);
		digest_add(&state, &len, sizeof(len));
		digest_add(&state, text, len);
	}
	bool exact = mode->key != NULL && mode->key(job->values, &state);
	digest_end(&state, ret);
	return exact;
}

static int
load_index(struct changes *c, struct failure *f)
{
	struct digest key;
	const char *why;

	if (c->job->index == NULL)
		return 0;
	(void)index_key(c->job, &key);
	if (index_load(c->job->index, &key, &c->index, &why) < 0)
		return failure_os(f, -ENOMEM, "read %s", c->job->index);
	if (why != NULL)
		log_warn(0,
		    "the index %s is not used: %s (make it again with cradle "
		    "subst --index)",
		    c->job->index, why);
	return 0;
}

static int
tell(struct changes *c, struct failure *f)
{
	for (size_t i = 0; c->job->tell != NULL && i < c->count; i++) {
		struct change *item = c->item[i];
		autoclose int fd = -1;
		struct stat st;
		if (item->edits.count == 0)
			continue;
		int r = changes_open_old(c, item->path, &fd, &st, f);
		if (r == 0)
			r = c->job->tell(
			    c->job->tell_arg, item->path, &item->edits, fd, f);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* In a dry run only those that change nothing. */
static int
run_hooks(struct changes *c, struct failure *f)
{
	bool dry = !c->indexing && c->job->flags & JOB_DRY_RUN;
	for (size_t i = 0; i < c->job->hook_count; i++) {
		const struct hook *hook = &c->job->hooks[i];
		if ((!dry || hook->checks) && hook->run(hook->arg, c, f) < 0)
			return -1;
	}
	return 0;
}

static int
prepare(struct changes *c, struct failure *f)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->item[i]->edits.count > 0 && !c->item[i]->stays &&
		    settle_render(c, c->item[i], f) < 0)
			return -1;
	return run_hooks(c, f) < 0 ? -1 : settle_all(c, f);
}

/* What would fail is written to nowhere. */
static int
rehearse(struct changes *c, struct failure *f)
{
	for (size_t i = 0; i < c->count; i++) {
		struct change *item = c->item[i];
		autoclose int fd = -1;
		struct stat st;
		struct digest digest;
		if (item->edits.count == 0 || item->stays)
			continue;
		int r = changes_open_old(c, item->path, &fd, &st, f);
		struct asset asset = { c->job, item->path, fd, &item->old,
			&item->edits };
		if (r == 0)
			r = asset_render(&asset, -1, &digest, f);
		if (r < 0)
			return -1;
	}
	return run_hooks(c, f);
}

static int
substitute_into_output(struct changes *c, struct failure *f)
{
	struct mirror *m = NULL;
	int r = mirror_open(c, &m, f);
	if (r == 0)
		r = prepare(c, f);
	if (r == 0)
		r = mirror_commit(m, f);
	mirror_end(m, r < 0);
	return r;
}

static int
run(struct changes *c, struct failure *f)
{
	const struct job *job = c->job;
	bool in_place = job->output == NULL;

	int r = files_open_root(job->root, &c->root);
	if (r < 0)
		return failure_os(f, r, "open %s", job->root);
	c->place = c->swap.root = c->root;
	c->place_name = c->swap.root_name = job->root;
	if ((in_place &&
		(lock(job, c->root, f) < 0 ||
		    store_load(job->root, job->store, &c->store, f) < 0)) ||
	    load_index(c, f) < 0 || look_through(c, NULL, f) < 0 ||
	    tell(c, f) < 0)
		return -1;
	if (job->flags & JOB_DRY_RUN)
		return rehearse(c, f);
	if (!in_place)
		return substitute_into_output(c, f);
	return prepare(c, f) < 0 ? -1 : store_commit(c->store, c, f);
}

static void
end(struct changes *c)
{
	change_free(c);
	store_free(c->store);
	index_free(c->index);
	guard_close(&c->root);
}

int
engine_run(const struct job *job, struct tally *ret, struct failure *f)
{
	struct changes c = { .job = job, .root = -1 };
	int r = run(&c, f);
	if (r == 0)
		*ret = c.tally;
	end(&c);
	return r;
}

/* ---- an index --------------------------------------------------------- */

/* Only then can a start leave out the rest. */
static bool
has_notes(const struct job *job)
{
	for (size_t i = 0; i < job->hook_count; i++)
		if (job->hooks[i].notes)
			return true;
	return false;
}

static int
make_index(struct changes *c, const char *path, struct failure *f)
{
	const struct job *job = c->job;
	struct digest key;

	c->index = index_new();
	int r =
	    c->index == NULL ? -ENOMEM : files_open_root(job->root, &c->root);
	if (r < 0)
		return failure_os(f, r, "open %s", job->root);
	c->place = c->root;
	c->place_name = job->root;
	c->exact = index_key(job, &key);
	if (look_through(c, c->index, f) < 0 || tell(c, f) < 0)
		return -1;
	c->indexing = true;
	if (run_hooks(c, f) < 0)
		return -1;
	return index_save(c->index, &key, has_notes(job), path, f);
}

int
engine_index(const struct job *job, const char *path, struct tally *ret,
    struct failure *f)
{
	struct job alone = *job;
	struct changes c = { .job = &alone, .root = -1 };

	alone.output = alone.store = alone.index = NULL;
	alone.wants = NULL; /* it must know of the others what concerns hooks */
	int r = make_index(&c, path, f);
	if (r == 0)
		*ret = c.tally;
	end(&c);
	return r;
}

/* ---- one file --------------------------------------------------------- */

int
engine_find(const struct job *job, int fd, const struct stat *st,
    const char *path, struct edit_list *ret, struct failure *f)
{
	struct sweep sweep;
	struct finding found = { 0 };

	int r = sweep_new(job, &sweep);
	if (r == 0)
		r = sweep_file(&sweep, fd, (uint64_t)st->st_size, path, &found);
	sweep_free(&sweep);
	if (r == -E2BIG)
		r = failure_set(f, EXITS_CONFIG,
		    "cannot substitute %s: more than %d places in it", path,
		    EDITS_MAX);
	else if (r < 0)
		r = failure_os(f, r, "read %s", path);
	else if (found.left_over > 0 && job->mode->left_over != NULL)
		r = look_left_over(
		    job, fd, path, found.left_offset, found.left_over - 1, f);
	if (r < 0)
		edit_free(&found.edits);
	else
		*ret = found.edits;
	return r;
}

int
engine_render(const struct job *job, const struct engine_file *file, int to,
    struct failure *f)
{
	struct digest digest;
	struct asset asset = { job, file->path, file->fd, file->st,
		file->edits };
	return asset_render(&asset, to, &digest, f);
}
