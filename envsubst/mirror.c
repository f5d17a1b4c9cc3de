#include "envsubst/mirror.h"

#include "envsubst/asset.h"
#include "envsubst/files.h"
#include "envsubst/room.h"
#include "envsubst/tree.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/guard_heap.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define LOCK_WAIT_MS 10000

struct mirror {
	struct changes *c;
	int output;
	bool made;  /* the output was not there */
	char **dir; /* directories that were made, outer ones first */
	size_t count;
	size_t size;
	uint64_t strangers;
};

static int
failed(const struct mirror *m, int err, const char *path, const char *what,
    struct failure *f)
{
	return failure_os(f, err, "%s %s/%s", what, m->c->job->output, path);
}

/* ---- directories ------------------------------------------------------ */

static int
remember_made(struct mirror *m, const char *path)
{
	if (room_for_one(&m->dir, &m->size, m->count, sizeof(*m->dir)) < 0)
		return -ENOMEM;
	m->dir[m->count] = strdup(path);
	return m->dir[m->count++] == NULL ? -ENOMEM : 0;
}

static int
make_directory(
    struct mirror *m, const char *path, mode_t mode, struct failure *f)
{
	autoclose int dir = -1;
	const char *name;
	struct stat st;

	int r = files_parent(m->output, path, 0, &dir, &name);
	if (r == 0)
		r = files_make_dir(dir, name, (mode & 0777) | S_IRWXU);
	if (r == 0)
		r = remember_made(m, path);
	else if (r == -EEXIST)
		r = files_stat_at(dir, name, &st) == 0 && S_ISDIR(st.st_mode)
			? 0
			: -ENOTDIR;
	return r < 0 ? failed(m, r, path, "make", f) : 0;
}

static int
visit_directory(void *arg, const struct tree_entry *e, struct failure *f)
{
	struct mirror *m = arg;
	struct stat st;

	if (e->kind != TREE_DIRECTORY)
		return 0;
	int r = files_stat_at(e->at, e->name, &st);
	if (r == -ENOENT)
		return 0;
	return r < 0
		   ? failure_os(f, r, "look at %s/%s", m->c->job->root, e->path)
		   : make_directory(m, e->path, st.st_mode, f);
}

/* Those that hold a file that is changed. */
static int
make_parents(struct mirror *m, const char *path, struct failure *f)
{
	autofree char *part = strdup(path);
	if (part == NULL)
		return failure_os(f, -ENOMEM, "make %s", path);
	for (char *slash = strchr(part, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (make_directory(m, part, 0755, f) < 0)
			return -1;
		*slash = '/';
	}
	return 0;
}

static int
make_directories(struct mirror *m, struct failure *f)
{
	struct changes *c = m->c;
	if (!(c->job->flags & JOB_OVERLAY))
		return tree_walk(c->root, c->job->root, visit_directory, m, f);
	for (size_t i = 0; i < c->count; i++)
		if (make_parents(m, c->item[i]->path, f) < 0)
			return -1;
	return 0;
}

static void
remove_made(struct mirror *m)
{
	for (size_t i = m->count; i-- > 0;) {
		autoclose int dir = -1;
		const char *name;
		if (m->dir[i] != NULL &&
		    files_parent(m->output, m->dir[i], 0, &dir, &name) == 0)
			(void)files_remove_dir(dir, name);
	}
	if (m->made)
		(void)files_remove_dir(AT_FDCWD, m->c->job->output);
}

/* ---- the output ------------------------------------------------------- */

/* What a killed run has left. */
static int
sweep(void *arg, const struct tree_entry *e, struct failure *f)
{
	(void)arg;
	(void)f;
	if (e->kind != TREE_DIRECTORY &&
	    strncmp(e->name, FILES_TEMP, strlen(FILES_TEMP)) == 0)
		(void)files_remove(e->at, e->name);
	return 0;
}

static int
open_output(struct mirror *m, const char *name, struct failure *f)
{
	int r = files_open_root(name, &m->output);
	if (r == -ENOENT) {
		r = files_make_dir(AT_FDCWD, name, 0755);
		m->made = r == 0;
		if (r == 0)
			r = files_open_root(name, &m->output);
	}
	if (r < 0)
		return failure_os(f, r, "make %s", name);
	/* best effort: some file systems have no locks */
	r = files_lock(m->output, clock_ms() + LOCK_WAIT_MS);
	if (r == -EWOULDBLOCK)
		return failure_set(f, EXITS_OSERR,
		    "cannot write %s: another cradle has been at it for %d s "
		    "(give each container its own output)",
		    name, LOCK_WAIT_MS / 1000);
	return 0;
}

/* Whether files of the set are in the output already. */
static int
look_at_places(struct mirror *m, struct failure *f)
{
	for (size_t i = 0; i < m->c->count; i++) {
		struct change *item = m->c->item[i];
		autoclose int fd = -1;
		int r =
		    change_open_below(m->output, item->path, &fd, &item->place);
		item->there = r == 0;
		if (r < 0 && !change_is_absent(r))
			return failed(m, r, item->path, "open", f);
	}
	return 0;
}

int
mirror_open(struct changes *c, struct mirror **ret, struct failure *f)
{
	const char *name = c->job->output;
	struct mirror *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return failure_os(f, -ENOMEM, "open %s", name);
	*m = (struct mirror){ .c = c, .output = -1 };
	*ret = m;
	if (open_output(m, name, f) < 0)
		return -1;
	c->place = c->swap.root = m->output;
	c->place_name = c->swap.root_name = name;
	c->swap.make = 0755; /* hooks may write where nothing was changed */
	if (tree_walk(m->output, name, sweep, m, f) < 0 ||
	    make_directories(m, f) < 0)
		return -1;
	return look_at_places(m, f);
}

/* ---- the rest of the tree --------------------------------------------- */

static int
read_link(int root, const char *path, char *target, size_t size)
{
	autoclose int dir = -1;
	const char *name;
	int r = files_parent(root, path, 0, &dir, &name);
	return r < 0 ? r : files_readlink(dir, name, target, size);
}

static int
copy_link(struct mirror *m, const struct tree_entry *e, struct failure *f)
{
	char target[PATH_MAX / 2];
	char there[PATH_MAX / 2];

	int r = files_readlink(e->at, e->name, target, sizeof(target));
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return failed(m, r, e->path, "copy the link", f);
	if (read_link(m->output, e->path, there, sizeof(there)) == 0 &&
	    strcmp(target, there) == 0)
		return 0;
	return swap_add_link(&m->c->swap, e->path, target, f);
}

/*
 * Size and time first, for they are at hand; the bytes all the same, because
 * reproducible images give every file one and the same time.
 */
static bool
is_same_copy(
    struct mirror *m, const char *path, int source, const struct stat *st)
{
	autoclose int there = -1;
	struct stat is;

	return change_open_below(m->output, path, &there, &is) == 0 &&
	       is.st_size == st->st_size &&
	       is.st_mtim.tv_sec == st->st_mtim.tv_sec &&
	       is.st_mtim.tv_nsec == st->st_mtim.tv_nsec &&
	       asset_same(source, there) == 1;
}

static int
copy_file(struct mirror *m, const struct tree_entry *e, struct failure *f)
{
	const struct change *item = change_find(m->c, e->path);
	autoclose int source = -1;
	autoclose int to = -1;
	struct stat st;

	if (item != NULL && (item->prepared || item->is_right || item->removed))
		return 0;
	int r = files_open_read(e->at, e->name, &source, &st);
	if (change_is_absent(r))
		return 0;
	if (r < 0)
		return failure_os(f, r, "open %s/%s", m->c->job->root, e->path);
	if (is_same_copy(m, e->path, source, &st))
		return 0;
	if (swap_add(&m->c->swap, e->path, &to, f) < 0)
		return -1;
	r = asset_clone(source, &st, to);
	return r < 0 ? failed(m, r, e->path, "write", f) : 0;
}

static int
copy(void *arg, const struct tree_entry *e, struct failure *f)
{
	if (strncmp(e->name, FILES_TEMP, strlen(FILES_TEMP)) == 0 ||
	    e->kind == TREE_DIRECTORY)
		return 0;
	return e->kind == TREE_LINK ? copy_link(arg, e, f)
				    : copy_file(arg, e, f);
}

static int
count_stranger(void *arg, const struct tree_entry *e, struct failure *f)
{
	struct mirror *m = arg;
	autoclose int dir = -1;
	const char *name;
	struct stat st;

	(void)f;
	if (e->kind != TREE_DIRECTORY &&
	    strncmp(e->name, FILES_TEMP, strlen(FILES_TEMP)) != 0 &&
	    change_find(m->c, e->path) == NULL &&
	    (files_parent(m->c->root, e->path, 0, &dir, &name) < 0 ||
		files_stat_at(dir, name, &st) < 0))
		m->strangers++;
	return 0;
}

int
mirror_commit(struct mirror *m, struct failure *f)
{
	struct changes *c = m->c;
	bool overlay = c->job->flags & JOB_OVERLAY;

	if (!overlay && tree_walk(c->root, c->job->root, copy, m, f) < 0)
		return -1;
	if (!m->made &&
	    tree_walk(m->output, c->job->output, count_stranger, m, f) < 0)
		return -1;
	if (swap_apply(&c->swap, f) < 0)
		return -1;
	if (m->strangers > 0)
		log_warn(0,
		    "%s holds %llu files that %s has not; they are left alone",
		    c->job->output, (unsigned long long)m->strangers,
		    c->job->root);
	return 0;
}

void
mirror_end(struct mirror *m, bool failed_)
{
	if (m == NULL)
		return;
	swap_end(&m->c->swap);
	if (failed_ && m->output != -1)
		remove_made(m);
	for (size_t i = 0; i < m->count; i++)
		free(m->dir[i]);
	free(m->dir);
	guard_close(&m->output);
	free(m);
}
