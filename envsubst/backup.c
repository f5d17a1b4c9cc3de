#include "envsubst/backup.h"

#include "envsubst/asset.h"
#include "envsubst/files.h"
#include "envsubst/look.h"
#include "envsubst/recall.h"
#include "envsubst/swap.h"
#include "envsubst/sweep.h"

#include "core/exits.h"
#include "core/guard_heap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000 /* Linux 5.8, and not yet in musl */
#endif

/* A file that is written over: what it was and what it will be, in memory. */
struct over {
	char *path;
	int was;
	int will;
	bool written;
};

struct work {
	const struct backup *b;
	struct sweep sweep;
	struct swap swap;
	struct over *over;
	size_t overs;
	int64_t placeholders;
};

/* One of the files while it is looked at. */
struct file {
	const char *path;
	int fd;
	struct stat st;
	int bak; /* -1: there is none */
	struct stat bak_st;
	struct finding found;
};

static bool
ends_with(const char *path, const char *end)
{
	size_t len = strlen(path);
	size_t n = strlen(end);
	return len >= n && strcmp(path + len - n, end) == 0;
}

/* ---- a place for what a file will be ---------------------------------- */

/* The path without links in its directories, for swap, which follows none. */
static int
plain_path(const char *path, const char *end, char to[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	autofree char *dir =
	    strndup(path, slash == path ? 1 : (size_t)(slash - path));
	autofree char *real = dir == NULL ? NULL : realpath(dir, NULL);
	if (real == NULL)
		return -errno;
	int n = snprintf(to, PATH_MAX, "%s%s%s",
	    strcmp(real, "/") == 0 ? "" : real, slash, end);
	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static bool
is_mounted(const char *path)
{
	struct statx st;
	return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st) ==
		   0 &&
	       (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static bool
can_be_replaced(const struct file *file)
{
	uid_t us = geteuid();
	return file->st.st_nlink == 1 && (us == 0 || file->st.st_uid == us) &&
	       !is_mounted(file->path);
}

static int
open_over(
    struct work *w, const struct file *file, int *ret_fd, struct failure *f)
{
	autoclose int was = memfd_create("was", MFD_CLOEXEC);
	autoclose int will = memfd_create("will", MFD_CLOEXEC);
	autofree char *path = strdup(file->path);
	struct over *grown = realloc(w->over, (w->overs + 1) * sizeof(*grown));
	if (grown != NULL)
		w->over = grown;
	int r = grown == NULL || path == NULL || was == -1 || will == -1
		    ? -ENOMEM
		    : asset_copy(file->fd, was);
	if (r < 0)
		return failure_os(f, r, "write %s", file->path);
	*ret_fd = fcntl(will, F_DUPFD_CLOEXEC, 0);
	if (*ret_fd == -1)
		return failure_os(f, -errno, "write %s", file->path);
	w->over[w->overs++] =
	    (struct over){ TAKE_PTR(path), TAKE_FD(was), TAKE_FD(will), false };
	return 0;
}

/* Room for the new contents of a file, which come into its place at the end. */
static int
open_next(
    struct work *w, const struct file *file, int *ret_fd, struct failure *f)
{
	char path[PATH_MAX];
	size_t before = w->swap.count;

	/* what is write-protected stays, though its folder would allow it */
	if (access(file->path, W_OK) == -1)
		return failure_os(f, -errno, "write %s", file->path);
	if (can_be_replaced(file) && plain_path(file->path, "", path) == 0) {
		if (swap_add(&w->swap, path + 1, ret_fd, f) == 0)
			return 0;
		if (w->swap.count > before)
			swap_drop(&w->swap, before);
	}
	return open_over(w, file, ret_fd, f);
}

static int
keep_original(struct work *w, const struct file *file, struct failure *f)
{
	autoclose int to = -1;
	char path[PATH_MAX];

	int r = plain_path(file->path, ".bak", path);
	if (r < 0)
		return failure_os(f, r, "write %s.bak", file->path);
	if (swap_add(&w->swap, path + 1, &to, f) < 0)
		return -1;
	r = asset_clone(file->fd, &file->st, to);
	return r < 0 ? failure_os(f, r, "write %s.bak", file->path) : 0;
}

/* A file that is made from its backup gets that one's mode; its owner stays. */
static struct stat
like_backup(const struct file *file)
{
	struct stat like = file->bak_st;
	like.st_uid = file->st.st_uid;
	like.st_gid = file->st.st_gid;
	return like;
}

/* ---- one file --------------------------------------------------------- */

static int
restore(struct work *w, const struct file *file, struct failure *f)
{
	autoclose int to = -1;
	if (file->bak == -1 || asset_same(file->bak, file->fd) == 1)
		return 0;
	if (open_next(w, file, &to, f) < 0)
		return -1;
	struct stat like = like_backup(file);
	int r = asset_clone(file->bak, &like, to);
	return r < 0 ? failure_os(f, r, "write %s", file->path) : 0;
}

static int
substitute(struct work *w, struct file *file, struct failure *f)
{
	autoclose int to = -1;
	struct digest digest;
	bool old = file->bak != -1;
	struct asset a = { w->b->job, file->path, old ? file->bak : file->fd,
		old ? &file->bak_st : &file->st, &file->found.edits };

	w->placeholders++;
	if (w->b->keep && !old && keep_original(w, file, f) < 0)
		return -1;
	if (open_next(w, file, &to, f) < 0 ||
	    asset_render(&a, to, &digest, f) < 0)
		return -1;
	struct stat like = old && w->b->keep ? like_backup(file) : file->st;
	int r = asset_dress(to, &like, &digest);
	if (r == 0 && !w->b->keep)
		recall_keep(file->path, a.source, &digest);
	return r < 0 ? failure_os(f, r, "write %s", file->path) : 0;
}

/* Without backups a file may still be known from an earlier start. */
static int
look_at(struct work *w, struct file *file, struct failure *f)
{
	bool old = file->bak != -1;
	int source = old ? file->bak : file->fd;
	const struct stat *st = old ? &file->bak_st : &file->st;
	const struct job *job = w->b->job;

	int r = sweep_file(
	    &w->sweep, source, (uint64_t)st->st_size, file->path, &file->found);
	if (r == -E2BIG)
		return failure_set(f, EXITS_CONFIG,
		    "cannot substitute %s: more than %d placeholders in it",
		    file->path, EDITS_MAX);
	if (r < 0)
		return failure_os(f, r, "read %s", file->path);
	if (!w->b->keep && !old && file->found.edits.count == 0 &&
	    recall_find(file->path, file->fd, &file->bak, &file->bak_st) == 1) {
		file->found = (struct finding){ 0 };
		return look_at(w, file, f);
	}
	if (file->found.left_over > 0 &&
	    look_left_over(job, source, file->path, file->found.left_offset,
		file->found.left_over - 1, f) < 0)
		return -1;
	return file->found.edits.count > 0 ? substitute(w, file, f)
					   : restore(w, file, f);
}

static int
open_backup(struct file *file, struct failure *f)
{
	autofree char *path = NULL;
	if (asprintf(&path, "%s.bak", file->path) == -1) {
		path = NULL;
		return failure_os(f, -ENOMEM, "read %s", file->path);
	}
	int r = files_open_named(path, &file->bak, &file->bak_st);
	return r < 0 && r != -ENOENT ? failure_os(f, r, "read %s", path) : 0;
}

static int
do_file(struct work *w, const char *path, struct failure *f)
{
	struct file file = { .path = path, .fd = -1, .bak = -1 };

	if (ends_with(path, ".map") || ends_with(path, ".bak"))
		return 0;
	int r = files_open_named(path, &file.fd, &file.st);
	r = r < 0 ? failure_os(f, r, "read %s", path) : 0;
	if (r == 0 && w->b->keep)
		r = open_backup(&file, f);
	if (r == 0)
		r = look_at(w, &file, f);
	edit_free(&file.found.edits);
	guard_close(&file.fd);
	guard_close(&file.bak);
	return r;
}

/* ---- all of them ------------------------------------------------------ */

static int
write_over(const char *path, int from)
{
	struct stat st;
	autoclose int to = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (to == -1)
		return -errno;
	int r = asset_copy(from, to);
	if (r == 0)
		r = files_stat(from, &st);
	if (r == 0 && ftruncate(to, st.st_size) == -1)
		r = -errno;
	if (r == 0)
		r = files_set_time(to, st.st_mtim);
	return r;
}

static int
write_all_over(struct work *w, struct failure *f)
{
	for (size_t i = 0; i < w->overs; i++) {
		struct over *o = &w->over[i];
		o->written = true;
		int r = write_over(o->path, o->will);
		if (r < 0)
			return failure_os(f, r, "write %s", o->path);
	}
	return 0;
}

static int
commit(struct work *w, struct failure *f)
{
	if (swap_apply(&w->swap, f) < 0)
		return -1;
	if (write_all_over(w, f) == 0)
		return 0;
	for (size_t i = 0; i < w->overs; i++)
		if (w->over[i].written)
			(void)write_over(w->over[i].path, w->over[i].was);
	swap_revert(&w->swap);
	return -1;
}

static void
end(struct work *w)
{
	swap_end(&w->swap);
	for (size_t i = 0; i < w->overs; i++) {
		free(w->over[i].path);
		guard_close(&w->over[i].was);
		guard_close(&w->over[i].will);
	}
	free(w->over);
	sweep_free(&w->sweep);
	guard_close(&w->swap.root);
}

int64_t
backup_run(const struct backup *b, struct failure *f)
{
	struct work w = { .b = b, .swap = { .root = -1, .root_name = "" } };

	int r = files_open_root("/", &w.swap.root);
	if (r == 0)
		r = sweep_new(b->job, &w.sweep);
	r = r < 0 ? failure_os(f, r, "begin the substitution") : 0;
	for (size_t i = 0; r == 0 && i < b->count; i++)
		r = do_file(&w, b->path[i], f);
	if (r == 0)
		r = commit(&w, f);
	int64_t placeholders = w.placeholders;
	end(&w);
	return r < 0 ? -1 : placeholders;
}
