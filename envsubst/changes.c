#include "envsubst/changes.h"

#include "envsubst/change.h"
#include "envsubst/crew.h"
#include "envsubst/files.h"
#include "envsubst/index.h"
#include "envsubst/store.h"
#include "envsubst/tree.h"

#include "core/exits.h"
#include "core/guard.h"

#include <errno.h>
#include <string.h>

size_t
changes_count(const struct changes *c)
{
	return c->count;
}

const char *
changes_path(const struct changes *c, size_t i)
{
	return c->item[i]->path;
}

bool
changes_removed(const struct changes *c, size_t i)
{
	return c->item[i]->removed;
}

bool
changes_indexing(const struct changes *c)
{
	return c->indexing;
}

const struct edit_list *
changes_edits(const struct changes *c, const char *path)
{
	const struct change *item = change_find(c, path);
	return item == NULL || item->edits.count == 0 ? NULL : &item->edits;
}

static int
open_in(const struct changes *c, int dir, const char *path, int *ret_fd,
    struct stat *ret, struct failure *f)
{
	int r = change_open_below(dir, path, ret_fd, ret);
	if (change_is_absent(r))
		return 1;
	return r < 0 ? failure_os(f, r, "open %s/%s",
			   dir == c->root ? c->job->root : c->place_name, path)
		     : 0;
}

int
changes_open_old(struct changes *c, const char *path, int *ret_fd,
    struct stat *ret, struct failure *f)
{
	const struct change *item = change_find(c, path);
	if (item != NULL && c->store != NULL && (item->ours || !item->there))
		return item->has_old
			   ? store_open(c->store, path, ret_fd, ret, f)
			   : 1;
	int r = change_open_built(c, path, item, ret_fd, ret);
	if (change_is_absent(r))
		return 1;
	return r < 0 ? failure_os(f, r, "open %s/%s", c->job->root, path) : 0;
}

int
changes_open_new(struct changes *c, const char *path, int *ret_fd,
    struct stat *ret, struct failure *f)
{
	const struct change *item = change_find(c, path);
	if (item == NULL)
		return open_in(c, c->root, path, ret_fd, ret, f);
	if (item->removed)
		return 1;
	if (!item->prepared)
		return item->is_right || item->stays
			   ? open_in(c, c->place, path, ret_fd, ret, f)
			   : changes_open_old(c, path, ret_fd, ret, f);
	int r = swap_open(&c->swap, item->item, ret_fd);
	if (r == 0)
		r = files_stat(*ret_fd, ret);
	return r < 0 ? failure_os(
			   f, r, "open what %s/%s will be", c->place_name, path)
		     : 0;
}

/* Its entry, which a hook is about to give another fate. */
static int
take(
    struct changes *c, const char *path, struct change **ret, struct failure *f)
{
	if (c->indexing) {
		(void)failure_set(f, EXITS_INTERNAL,
		    "cannot change %s while an index is made", path);
		return -1;
	}
	if (change_get(c, path, ret, f) < 0)
		return -1;
	change_unprepare(c, *ret);
	(*ret)->removed = false;
	(*ret)->stays = false;
	(*ret)->is_right = false;
	(*ret)->will_known = false;
	(*ret)->by_hook = true;
	return 0;
}

int
changes_write(
    struct changes *c, const char *path, int *ret_fd, struct failure *f)
{
	struct change *item;
	if (take(c, path, &item, f) < 0)
		return -1;
	size_t at = c->swap.count;
	if (swap_add(&c->swap, path, ret_fd, f) < 0)
		return -1;
	item->item = at;
	item->prepared = true;
	return 0;
}

int
changes_remove(struct changes *c, const char *path, struct failure *f)
{
	struct change *item;
	if (take(c, path, &item, f) < 0)
		return -1;
	item->removed = true;
	return 0;
}

int
changes_note(struct changes *c, const char *path)
{
	return c->indexing ? index_note(c->index, path) : 0;
}

/* ---- the walk --------------------------------------------------------- */

struct walk {
	struct changes *c;
	changes_visit *visit;
	void *arg;
};

static int
visit(void *arg, const struct tree_entry *e, struct failure *f)
{
	const struct walk *w = arg;
	struct changes *c = w->c;
	struct stat st;

	if (e->kind != TREE_FILE ||
	    strncmp(e->name, FILES_TEMP, strlen(FILES_TEMP)) == 0)
		return 0;
	const struct change *item = change_find(c, e->path);
	if (item != NULL &&
	    (item->by_backup || (c->store != NULL && item->ours)))
		return item->has_old
			   ? w->visit(w->arg, c, e->path, &item->old, f)
			   : 0;
	int r = files_stat_at(e->at, e->name, &st);
	if (change_is_absent(r))
		return 0;
	if (r < 0)
		return failure_os(f, r, "look at %s/%s", c->job->root, e->path);
	if (!S_ISREG(st.st_mode))
		return 0;
	return w->visit(w->arg, c, e->path, &st, f);
}

/* What an earlier run has removed is in the build all the same. */
static int
walk_removed(const struct walk *w, size_t count, struct failure *f)
{
	struct changes *c = w->c;
	for (size_t i = 0; i < count && c->store != NULL; i++) {
		const struct change *item = c->item[i];
		if (!item->there && item->has_old &&
		    w->visit(w->arg, c, item->path, &item->old, f) < 0)
			return -1;
	}
	return 0;
}

/* One that is not in the set; it may be gone since. */
static int
visit_path(struct walk *w, const char *path, struct failure *f)
{
	autoclose int dir = -1;
	struct changes *c = w->c;
	struct tree_entry e = { .kind = TREE_FILE, .path = path };

	if (change_find(c, path) != NULL)
		return 0;
	int r = files_parent(c->root, path, 0, &dir, &e.name);
	if (change_is_absent(r))
		return 0;
	if (r < 0)
		return failure_os(f, r, "open %s/%s", c->job->root, path);
	e.at = dir;
	return visit(w, &e, f);
}

/* With an index: what hooks have noted, what it does not know, and the set. */
static int
walk_few(struct walk *w, size_t count, struct failure *f)
{
	struct changes *c = w->c;
	const char *path;

	for (size_t at = 0; (path = index_next_noted(c->index, &at)) != NULL;)
		if (visit_path(w, path, f) < 0)
			return -1;
	for (size_t i = 0; i < c->strays; i++)
		if (visit_path(w, c->stray[i], f) < 0)
			return -1;
	for (size_t i = 0; i < count; i++) {
		const struct change *item = c->item[i];
		if (item->has_old && (item->there || c->store == NULL) &&
		    w->visit(w->arg, c, item->path, &item->old, f) < 0)
			return -1;
	}
	return 0;
}

static bool
is_few(const struct changes *c)
{
	return !c->indexing && c->index != NULL && index_has_notes(c->index);
}

int
changes_walk(
    struct changes *c, changes_visit *visit_, void *arg, struct failure *f)
{
	struct walk w = { c, visit_, arg };
	size_t count =
	    c->count; /* what is added meanwhile is not the build's */
	int r = is_few(c) ? walk_few(&w, count, f)
			  : tree_walk(c->root, c->job->root, visit, &w, f);
	return r < 0 ? -1 : walk_removed(&w, count, f);
}

/*
 * An index lets files be skipped, and so does a job for some files only; what
 * stands in a backup was not read in its file's name.
 */
bool
changes_seen(const struct changes *c)
{
	return c->job->wants == NULL && !c->adopted &&
	       (c->indexing || c->index == NULL);
}

/* ---- by several threads ----------------------------------------------- */

struct reading {
	struct changes *c;
	changes_look *look;
	void *arg;
};

static int
enter(void *arg, const struct tree_entry *e, struct failure *f)
{
	(void)arg;
	(void)f;
	return e->kind == TREE_FILE && tree_may_hold_text(e->name);
}

/* The pristine one of a file in the tree: 0, 1: there is none, or -1. */
static int
open_pristine(struct changes *c, const struct crew_file *file, int *ret_fd,
    struct stat *ret, struct failure *f)
{
	const struct change *item = change_find(c, file->path);
	if (item != NULL &&
	    (item->by_backup || (c->store != NULL && item->ours)))
		return changes_open_old(c, file->path, ret_fd, ret, f);
	int r = files_open_read(file->at, file->name, ret_fd, ret);
	if (change_is_absent(r))
		return 1;
	return r < 0 ? failure_os(f, r, "open %s/%s", c->job->root, file->path)
		     : 0;
}

static int
look_at(
    void *arg, size_t worker, const struct crew_file *file, struct failure *f)
{
	struct reading *r = arg;
	autoclose int fd = -1;
	struct stat st;

	int e = open_pristine(r->c, file, &fd, &st, f);
	if (e != 0)
		return e < 0 ? -1 : 0;
	struct changes_file seen = { file->path, fd, &st };
	return r->look(r->arg, worker, &seen, f);
}

/* One by one: what an index leaves, or an earlier run has removed. */
static int
look_at_path(void *arg, struct changes *c, const char *path,
    const struct stat *st, struct failure *f)
{
	struct reading *r = arg;
	const char *slash = strrchr(path, '/');
	autoclose int fd = -1;
	struct stat now;

	(void)st;
	if (!tree_may_hold_text(slash == NULL ? path : slash + 1))
		return 0;
	int e = changes_open_old(c, path, &fd, &now, f);
	if (e != 0)
		return e < 0 ? -1 : 0;
	struct changes_file seen = { path, fd, &now };
	return r->look(r->arg, 0, &seen, f);
}

int
changes_look_all(
    struct changes *c, changes_look *look, void *arg, struct failure *f)
{
	struct reading r = { c, look, arg };
	struct walk w = { c, look_at_path, &r };
	struct crew_how how = {
		.root = c->root,
		.root_name = c->job->root,
		.arg = &r,
		.enter = enter,
		.look = look_at,
	};
	_Static_assert(CHANGES_WORKERS == CREW_MAX, "one number of threads");

	if (is_few(c))
		return walk_few(&w, c->count, f) < 0
			   ? -1
			   : walk_removed(&w, c->count, f);
	return crew_run(&how, f) < 0 ? -1 : walk_removed(&w, c->count, f);
}
