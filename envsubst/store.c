#include "envsubst/store.h"

#include "envsubst/asset.h"
#include "envsubst/files.h"
#include "envsubst/manifest.h"
#include "envsubst/swap.h"
#include "envsubst/tree.h"

#include "core/clock.h"
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
#define LOCK_WAIT_MS 10000

struct target {
	struct asset asset;
	struct stat st;    /* of the file in the tree */
	struct digest now; /* of that file, when it is ours */
	bool ours;         /* its original is in the store */
	size_t item;       /* of the swap, when it is replaced */
	bool written;
};

struct store {
	const char *root_name;
	const char *name;
	int root;
	int dir; /* -1: there is no store yet */
	const struct value_set *values;
	struct asset_room room;
	struct manifest known; /* what was or may have been written before */
	struct manifest next;  /* what is there after this run */
	bool journal;          /* an earlier run left one */
	struct target *target;
	size_t count;
	size_t size;
	struct swap swap;
	struct tally tally;
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

static int
open_original(const struct store *s, const char *path, int *ret_fd,
    struct stat *ret_st, struct failure *f)
{
	autoclose int dir = -1;
	const char *name;
	int r = original_parent(s, path, 0, &dir, &name);
	if (r == 0)
		r = files_open_read(dir, name, ret_fd, ret_st);
	return r < 0 ? failure_os(
			   f, r, "open the original of %s in %s", path, s->name)
		     : 0;
}

static int
keep_original(
    const struct store *s, const struct asset *a, int source, struct failure *f)
{
	char own[] = FILES_TEMP "original";
	autoclose int dir = -1;
	autoclose int to = -1;
	const char *name;

	int r = original_parent(s, a->path, 0700, &dir, &name);
	if (r == 0)
		r = files_create(dir, own, 0600, &to);
	if (r == 0)
		r = asset_copy(source, to);
	if (r == 0)
		r = files_set_time(to, a->st.st_mtim);
	if (r == 0)
		r = files_rename(dir, own, name);
	return r < 0 ? failure_os(f, r, "keep the original of %s in %s",
			   a->path, s->name)
		     : 0;
}

static void
forget_originals(struct store *s)
{
	for (size_t i = 0; i < s->known.count; i++) {
		const char *path = s->known.entry[i].path;
		autoclose int dir = -1;
		const char *name;
		if (!manifest_has(&s->next, path, NULL) &&
		    original_parent(s, path, 0, &dir, &name) == 0)
			(void)files_remove(dir, name);
	}
}

/* ---- looking ---------------------------------------------------------- */

static int
add_target(struct store *s, const struct target *t)
{
	if (s->count == s->size) {
		size_t size = s->size == 0 ? 4 : s->size * 2;
		struct target *grown =
		    realloc(s->target, size * sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		s->target = grown;
		s->size = size;
	}
	s->target[s->count++] = *t;
	return 0;
}

/*
 * Whether the file is what we wrote.  An empty one where we wrote something is
 * what a power failure leaves of a new file.
 */
static int
recognise(struct store *s, int fd, const char *path, struct target *t)
{
	t->ours = false;
	if (!manifest_has(&s->known, path, NULL))
		return 0;
	int r = digest_file(fd, &t->now);
	t->ours = r == 0 && (t->st.st_size == 0 ||
				manifest_has(&s->known, path, &t->now));
	return r;
}

static int
look_at_file(struct store *s, int fd, const char *path, struct target *t,
    struct failure *f)
{
	autoclose int original = -1;
	struct stat st = t->st;

	int r = recognise(s, fd, path, t);
	if (r < 0)
		return failure_os(f, r, "read %s/%s", s->root_name, path);
	if (t->ours && open_original(s, path, &original, &st, f) < 0)
		return -1;
	if (asset_scan(
		&s->room, t->ours ? original : fd, &st, path, &t->asset, f) < 0)
		return -1;
	if (t->asset.scan.count > 0) {
		r = add_target(s, t);
		if (r == 0)
			return 0;
	}
	asset_free(&t->asset);
	return r < 0 ? failure_os(f, r, "remember %s", path) : 0;
}

static int
visit(void *arg, const struct tree_entry *e, struct failure *f)
{
	struct store *s = arg;
	struct target t = { 0 };
	autoclose int fd = -1;

	if (e->kind != TREE_FILE)
		return 0;
	if (strncmp(e->name, FILES_TEMP, strlen(FILES_TEMP)) == 0) {
		(void)files_remove(
		    e->at, e->name); /* of a run that was killed */
		return 0;
	}
	s->tally.scanned++;
	if (!tree_may_hold_text(e->name))
		return 0;
	int r = files_open_read(e->at, e->name, &fd, &t.st);
	if (r == -ENOENT || r == -ELOOP || r == -ENXIO)
		return 0; /* gone, or no longer a file */
	if (r < 0)
		return failure_os(f, r, "open %s/%s", s->root_name, e->path);
	return look_at_file(s, fd, e->path, &t, f);
}

/* ---- writing ---------------------------------------------------------- */

static int
open_source(const struct store *s, const struct target *t, int *ret_fd,
    struct failure *f)
{
	autoclose int dir = -1;
	const char *name;
	struct stat st;

	if (t->ours)
		return open_original(s, t->asset.path, ret_fd, &st, f);
	int r = files_parent(s->root, t->asset.path, 0, &dir, &name);
	if (r == 0)
		r = files_open_read(dir, name, ret_fd, &st);
	return r < 0
		   ? failure_os(f, r, "open %s/%s", s->root_name, t->asset.path)
		   : 0;
}

/* Another name of a file that has been written already, or NULL. */
static const struct target *
same_file(const struct store *s, const struct target *t)
{
	for (size_t i = 0; t->st.st_nlink > 1 && &s->target[i] < t; i++) {
		const struct target *other = &s->target[i];
		if (other->written && other->st.st_ino == t->st.st_ino &&
		    other->st.st_dev == t->st.st_dev)
			return other;
	}
	return NULL;
}

static int
write_target(struct store *s, struct target *t, int source, struct failure *f)
{
	autoclose int to = -1;
	const struct target *same = same_file(s, t);

	if (make_store(s, f) < 0 ||
	    (!t->ours && keep_original(s, &t->asset, source, f) < 0))
		return -1;
	t->written = true;
	t->item = s->swap.count;
	s->tally.rewritten++;
	if (same != NULL)
		return swap_add_name(&s->swap, t->asset.path, same->item, f);
	if (swap_add(&s->swap, t->asset.path, &to, f) < 0)
		return -1;
	return asset_write(&t->asset, source, s->values, &t->st, to, f);
}

static int
prepare_target(struct store *s, struct target *t, struct failure *f)
{
	autoclose int source = -1;
	struct digest digest;

	if (open_source(s, t, &source, f) < 0 ||
	    asset_digest(&t->asset, source, s->values, &digest, f) < 0)
		return -1;
	int r = manifest_add(&s->next, t->asset.path, &digest);
	if (r < 0)
		return failure_os(f, r, "remember %s", t->asset.path);
	if (t->ours && memcmp(&digest, &t->now, sizeof(digest)) == 0)
		return 0; /* it is right as it is */
	return write_target(s, t, source, f);
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

static int
commit(struct store *s, struct failure *f)
{
	if (s->swap.count == 0) {
		tidy_store(s);
		return 0;
	}
	if (save_journal(s, f) < 0 || swap_apply(&s->swap, f) < 0)
		return -1;
	if (manifest_save(&s->next, s->dir, MANIFEST, s->name, f) < 0) {
		swap_revert(&s->swap);
		return -1;
	}
	(void)files_remove(s->dir, JOURNAL);
	forget_originals(s);
	return 0;
}

static int
run(struct store *s, struct failure *f)
{
	int r = files_open_root(s->root_name, &s->root);
	if (r == 0)
		r = asset_room_new(s->root_name, &s->room);
	if (r < 0)
		return failure_os(f, r, "open %s", s->root_name);
	s->swap.root = s->root;
	s->swap.root_name = s->root_name;
	/* best effort: some file systems have no locks */
	r = files_lock(s->root, clock_ms() + LOCK_WAIT_MS);
	if (r == -EWOULDBLOCK)
		return failure_set(f, EXITS_OSERR,
		    "cannot substitute %s: another cradle has been at it for "
		    "%d s (give each container its own assets)",
		    s->root_name, LOCK_WAIT_MS / 1000);
	if (open_store(s, f) < 0 ||
	    tree_walk(s->root, s->root_name, visit, s, f) < 0)
		return -1;
	s->tally.placeholders = s->count;
	for (size_t i = 0; i < s->count; i++)
		if (prepare_target(s, &s->target[i], f) < 0)
			return -1;
	return commit(s, f);
}

static void
end(struct store *s)
{
	swap_end(&s->swap);
	for (size_t i = 0; i < s->count; i++)
		asset_free(&s->target[i].asset);
	free(s->target);
	manifest_free(&s->known);
	manifest_free(&s->next);
	asset_room_free(&s->room);
	guard_close(&s->dir);
	guard_close(&s->root);
}

int
store_run(const char *root, const char *store, const struct value_set *values,
    struct tally *ret, struct failure *f)
{
	struct store s = {
		.root_name = root,
		.name = store,
		.root = -1,
		.dir = -1,
		.values = values,
	};
	int r = run(&s, f);
	if (r == 0)
		*ret = s.tally;
	end(&s);
	return r;
}
