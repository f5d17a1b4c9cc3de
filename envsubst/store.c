#include "envsubst/store.h"

#include "envsubst/asset.h"
#include "envsubst/files.h"
#include "envsubst/manifest.h"

#include "core/exits.h"
#include "core/guard_heap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define MANIFEST "manifest"
#define JOURNAL "journal"
#define ORIGINALS "originals"

struct store {
	const char *root_name;
	const char *name;
	int dir;               /* -1: there is none yet */
	struct manifest known; /* what was or may have been written before */
	struct manifest next;  /* what is there after this run */
	bool journal;          /* an earlier run left one */
};

int
store_default(const char *root, char **ret)
{
	const char *slash = strrchr(root, '/');
	if (slash == NULL || slash[1] == '\0')
		return -EINVAL;
	return asprintf(ret, "%.*s/.%s.cradle", (int)(slash - root), root,
		   slash + 1) == -1
		   ? -ENOMEM
		   : 0;
}

/* ---- the store's directory -------------------------------------------- */

/* Somebody else's store could make us serve anything. */
static int
check_owner(const struct store *s, struct failure *f)
{
	struct stat st;
	int r = files_stat(s->dir, &st);
	if (r < 0)
		return failure_os(f, r, "look at %s", s->name);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return failure_set(f, EXITS_OSERR,
		    "cannot use %s: it belongs to somebody else (set \"store\" "
		    "to a directory of your own)",
		    s->name);
	return 0;
}

static int
open_store(struct store *s, struct failure *f)
{
	struct stat st;
	int r = files_open_dir(AT_FDCWD, s->name, &s->dir);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return failure_os(f, r, "open %s", s->name);
	if (check_owner(s, f) < 0 ||
	    manifest_load(&s->known, s->dir, MANIFEST, s->name, f) < 0 ||
	    manifest_load(&s->known, s->dir, JOURNAL, s->name, f) < 0)
		return -1;
	s->journal = files_stat_at(s->dir, JOURNAL, &st) == 0;
	return 0;
}

static int
make_store(struct store *s, struct failure *f)
{
	if (s->dir != -1)
		return 0;
	int r = files_make_dir(AT_FDCWD, s->name, 0700);
	if (r == 0 || r == -EEXIST)
		r = files_open_dir(AT_FDCWD, s->name, &s->dir);
	return r < 0 ? failure_os(f, r, "make %s", s->name) : check_owner(s, f);
}

static int
original_parent(const struct store *s, const char *path, mode_t make,
    int *ret_dir, const char **ret_name)
{
	char in_store[PATH_MAX + sizeof(ORIGINALS)];
	(void)snprintf(in_store, sizeof(in_store), ORIGINALS "/%s", path);
	int r = files_parent(s->dir, in_store, make, ret_dir, ret_name);
	if (r == 0) /* not into our own array */
		*ret_name = path + strlen(path) - strlen(*ret_name);
	return r;
}

int
store_open(const struct store *s, const char *path, int *ret_fd,
    struct stat *ret_st, struct failure *f)
{
	autoclose int dir = -1;
	const char *name;
	int r =
	    s->dir == -1 ? -ENOENT : original_parent(s, path, 0, &dir, &name);
	if (r == 0)
		r = files_open_read(dir, name, ret_fd, ret_st);
	return r < 0 ? failure_os(
			   f, r, "open the original of %s in %s", path, s->name)
		     : 0;
}

/* With its mode, which it is given back if it is ever put back. */
static int
keep_original(const struct store *s, const struct changes *c,
    const struct change *item, struct failure *f)
{
	char own[] = FILES_TEMP "original";
	autoclose int source = -1;
	autoclose int dir = -1;
	autoclose int to = -1;
	struct stat st;
	const char *name;

	int r = change_open_built(c, item->path, item, &source, &st);
	if (r == 0)
		r = original_parent(s, item->path, 0700, &dir, &name);
	if (r == 0)
		r = files_create(dir, own, 0600, &to);
	if (r == 0) {
		st.st_mode = (st.st_mode & 07777) | S_IRUSR;
		r = asset_clone(source, &st, to);
		if (r == 0)
			r = files_rename(dir, own, name);
		if (r < 0)
			(void)files_remove(dir, own);
	}
	return r < 0 ? failure_os(f, r, "keep the original of %s in %s",
			   item->path, s->name)
		     : 0;
}

/* Of files that no earlier run had changed, before anything was moved. */
static void
take_back(const struct store *s, const struct changes *c)
{
	for (size_t i = 0; i < c->count && s->dir != -1; i++) {
		const char *path = c->item[i]->path;
		autoclose int dir = -1;
		const char *name;
		if (manifest_find(&s->known, path, NULL) == NULL &&
		    original_parent(s, path, 0, &dir, &name) == 0)
			(void)files_remove(dir, name);
	}
}

static void
forget_originals(struct store *s)
{
	manifest_sort(&s->next);
	for (size_t i = 0; i < s->known.count; i++) {
		const char *path = s->known.entry[i].path;
		autoclose int dir = -1;
		const char *name;
		if (manifest_find(&s->next, path, NULL) == NULL &&
		    original_parent(s, path, 0, &dir, &name) == 0)
			(void)files_remove(dir, name);
	}
}

/* ---- looking ---------------------------------------------------------- */

bool
store_knows(const struct store *s, const char *path)
{
	return manifest_find(&s->known, path, NULL) != NULL;
}

/*
 * An empty one where we wrote something is what a power failure leaves of a new
 * file.
 */
int
store_recognise(
    const struct store *s, int fd, struct change *item, struct failure *f)
{
	autoclose int original = -1;
	const struct manifest_entry *e;

	int r = digest_file(fd, &item->now);
	if (r < 0)
		return failure_os(f, r, "read %s/%s", s->root_name, item->path);
	e = manifest_find(&s->known, item->path, &item->now);
	if (e == NULL && item->place.st_size == 0)
		e = manifest_find(&s->known, item->path, NULL);
	if (e == NULL || e->mark == MANIFEST_REMOVED)
		return 0;
	item->ours = true;
	item->now_known = true;
	item->has_old = e->mark == MANIFEST_CHANGED;
	return item->has_old
		   ? store_open(s, item->path, &original, &item->old, f)
		   : 0;
}

static int
add_removed(const struct store *s, struct changes *c, const char *path,
    struct failure *f)
{
	autoclose int original = -1;
	autoclose int there = -1;
	struct stat st;

	int r = change_open_below(c->root, path, &there, &st);
	if (r == 0)
		return 0; /* a new one of a new build */
	if (!change_is_absent(r))
		return failure_os(f, r, "open %s/%s", s->root_name, path);
	if (store_open(s, path, &original, &st, f) < 0)
		return -1;
	struct change *item = change_add(c, path);
	if (item == NULL)
		return failure_os(f, -ENOMEM, "remember %s", path);
	item->has_old = true;
	item->old = st;
	item->stays =
	    c->job->wants != NULL && !c->job->wants(c->job->wants_arg, path);
	item->removed = item->stays;
	return 0;
}

int
store_add_removed(const struct store *s, struct changes *c, struct failure *f)
{
	for (size_t i = 0; i < s->known.count; i++) {
		const struct manifest_entry *e = &s->known.entry[i];
		if (e->mark == MANIFEST_REMOVED &&
		    add_removed(s, c, e->path, f) < 0)
			return -1;
	}
	return 0;
}

/* ---- writing ---------------------------------------------------------- */

static int
remember(struct store *s, const struct change *item)
{
	static const struct digest none;
	bool removed = item->removed || (item->stays && !item->there);

	if (item->pristine || (removed && !item->has_old))
		return 0;
	if (removed)
		return manifest_add(
		    &s->next, item->path, &none, MANIFEST_REMOVED);
	return manifest_add(&s->next, item->path,
	    item->stays ? &item->now : &item->will,
	    item->has_old ? MANIFEST_CHANGED : MANIFEST_MADE);
}

static int
keep(struct store *s, const struct changes *c, struct failure *f)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct change *item = c->item[i];
		int r = remember(s, item);
		if (r < 0)
			return failure_os(f, r, "remember %s", item->path);
		if (item->prepared && !item->pristine && item->has_old &&
		    item->there && !item->ours &&
		    (make_store(s, f) < 0 || keep_original(s, c, item, f) < 0))
			return -1;
	}
	return 0;
}

/* All that may be in the tree from here on until the manifest is written. */
static int
save_journal(struct store *s, struct failure *f)
{
	struct manifest all = { 0 };
	int r = manifest_add_all(&all, &s->known);
	if (r == 0)
		r = manifest_add_all(&all, &s->next);
	r = r < 0 ? failure_os(f, r, "remember %s", s->root_name)
		  : manifest_save(&all, s->dir, JOURNAL, s->name, f);
	manifest_free(&all);
	return r;
}

/* Nothing changes in the tree; what is out of date in the store may stay. */
static void
tidy_store(struct store *s)
{
	struct failure ignored;
	if (s->dir == -1 || (!s->journal && s->known.count == s->next.count))
		return;
	if (manifest_save(&s->next, s->dir, MANIFEST, s->name, &ignored) < 0)
		return;
	(void)files_remove(s->dir, JOURNAL);
	forget_originals(s);
}

static bool
is_nothing(const struct changes *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->item[i]->prepared)
			return false;
	return true;
}

int
store_commit(struct store *s, struct changes *c, struct failure *f)
{
	bool nothing = is_nothing(c);
	if (keep(s, c, f) < 0 ||
	    (!nothing && (make_store(s, f) < 0 || save_journal(s, f) < 0))) {
		take_back(s, c);
		return -1;
	}
	if (nothing) {
		tidy_store(s);
		return 0;
	}
	if (swap_apply(&c->swap, f) < 0)
		return -1;
	if (manifest_save(&s->next, s->dir, MANIFEST, s->name, f) < 0) {
		swap_revert(&c->swap);
		return -1;
	}
	(void)files_remove(s->dir, JOURNAL);
	forget_originals(s);
	return 0;
}

int
store_load(const char *root_name, const char *name, struct store **ret,
    struct failure *f)
{
	struct store *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return failure_os(f, -ENOMEM, "open %s", name);
	*s = (struct store){ root_name, name, .dir = -1 };
	if (open_store(s, f) < 0) {
		store_free(s);
		return -1;
	}
	manifest_sort(&s->known);
	*ret = s;
	return 0;
}

void
store_free(struct store *s)
{
	if (s == NULL)
		return;
	manifest_free(&s->known);
	manifest_free(&s->next);
	guard_close(&s->dir);
	free(s);
}
