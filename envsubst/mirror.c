#include "envsubst/mirror.h"

#include "envsubst/asset.h"
#include "envsubst/files.h"
#include "envsubst/swap.h"
#include "envsubst/tree.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/guard_heap.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define LOCK_WAIT_MS 10000

struct item {
	enum tree_kind kind;
	struct asset asset;
	bool made; /* a directory that was not there */
};

struct mirror {
	const char *root_name;
	const char *name;
	int root;
	int output;
	bool made; /* the output was not there */
	const struct value_set *values;
	struct asset_room room;
	struct item *item;
	size_t count;
	size_t size;
	struct swap swap;
	struct tally tally;
	uint64_t strangers;
};

/* ---- looking ---------------------------------------------------------- */

static int
add_item(struct mirror *m, const struct item *item)
{
	if (m->count == m->size) {
		size_t size = m->size == 0 ? 64 : m->size * 2;
		struct item *grown = realloc(m->item, size * sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		m->item = grown;
		m->size = size;
	}
	m->item[m->count++] = *item;
	return 0;
}

static int
look_at_file(struct mirror *m, const struct tree_entry *e, struct item *item,
    struct failure *f)
{
	autoclose int fd = -1;
	struct stat st;

	int r = files_open_read(e->at, e->name, &fd, &st);
	if (r < 0)
		return failure_os(f, r, "open %s/%s", m->root_name, e->path);
	m->tally.scanned++;
	return asset_scan(&m->room, fd, &st, e->path, &item->asset, f);
}

static int
look_at_other(const struct tree_entry *e, struct item *item)
{
	item->asset.path = strdup(e->path);
	if (item->asset.path == NULL)
		return -ENOMEM;
	return files_stat_at(e->at, e->name, &item->asset.st);
}

static int
visit(void *arg, const struct tree_entry *e, struct failure *f)
{
	struct mirror *m = arg;
	struct item item = { .kind = e->kind };
	int r = 0;

	if (strncmp(e->name, FILES_TEMP, strlen(FILES_TEMP)) == 0)
		return 0;
	if (e->kind != TREE_FILE)
		r = look_at_other(e, &item);
	else if (look_at_file(m, e, &item, f) < 0)
		return -1;
	m->tally.placeholders += item.asset.scan.count > 0;
	if (r == 0)
		r = add_item(m, &item);
	if (r < 0) {
		asset_free(&item.asset);
		return failure_os(f, r, "look at %s/%s", m->root_name, e->path);
	}
	return 0;
}

/* ---- writing ---------------------------------------------------------- */

static int
failed(const struct mirror *m, int err, const struct item *item,
    const char *what, struct failure *f)
{
	return failure_os(f, err, "%s %s/%s", what, m->name, item->asset.path);
}

static int
make_directory(struct mirror *m, struct item *item, struct failure *f)
{
	autoclose int dir = -1;
	const char *name;
	struct stat st;

	int r = files_parent(m->output, item->asset.path, 0, &dir, &name);
	if (r == 0)
		r = files_make_dir(
		    dir, name, (item->asset.st.st_mode & 0777) | S_IRWXU);
	item->made = r == 0;
	if (r == -EEXIST)
		r = files_stat_at(dir, name, &st) == 0 && S_ISDIR(st.st_mode)
			? 0
			: -ENOTDIR;
	return r < 0 ? failed(m, r, item, "make", f) : 0;
}

static int
read_link(int root, const char *path, char *target, size_t size)
{
	autoclose int dir = -1;
	const char *name;
	int r = files_parent(root, path, 0, &dir, &name);
	return r < 0 ? r : files_readlink(dir, name, target, size);
}

static int
copy_link(struct mirror *m, const struct item *item, struct failure *f)
{
	const char *path = item->asset.path;
	char target[PATH_MAX / 2];
	char there[PATH_MAX / 2];

	int r = read_link(m->root, path, target, sizeof(target));
	if (r < 0)
		return failed(m, r, item, "copy the link", f);
	if (read_link(m->output, path, there, sizeof(there)) == 0 &&
	    strcmp(target, there) == 0)
		return 0;
	return swap_add_link(&m->swap, path, target, f);
}

static int
open_below(int root, const char *path, int *ret_fd, struct stat *ret_st)
{
	autoclose int dir = -1;
	const char *name;
	int r = files_parent(root, path, 0, &dir, &name);
	return r < 0 ? r : files_open_read(dir, name, ret_fd, ret_st);
}

/*
 * Size and time first, for they are at hand; the bytes all the same, because
 * reproducible images give every file one and the same time.
 */
static bool
is_same_copy(const struct stat *a, const struct stat *b, int one, int other)
{
	return a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       asset_same(one, other) == 1;
}

static int
is_right(struct mirror *m, const struct item *item, int source, bool *ret,
    struct failure *f)
{
	autoclose int there = -1;
	struct digest will;
	struct digest is;
	struct stat st;

	*ret = false;
	if (open_below(m->output, item->asset.path, &there, &st) < 0)
		return 0;
	if (item->asset.scan.count == 0) {
		*ret = is_same_copy(&st, &item->asset.st, source, there);
		return 0;
	}
	if (asset_digest(&item->asset, source, m->values, &will, f) < 0)
		return -1;
	*ret =
	    digest_file(there, &is) == 0 && memcmp(&will, &is, sizeof(is)) == 0;
	return 0;
}

static int
copy_plain(const struct asset *a, int source, int to)
{
	int r = asset_copy(source, to);
	if (r == 0)
		r = files_dress(to, &a->st);
	return r < 0 ? r : files_set_time(to, a->st.st_mtim);
}

static int
copy_file(struct mirror *m, const struct item *item, struct failure *f)
{
	const struct asset *a = &item->asset;
	autoclose int source = -1;
	autoclose int to = -1;
	struct stat st;
	bool right;

	int r = open_below(m->root, a->path, &source, &st);
	if (r < 0)
		return failure_os(f, r, "open %s/%s", m->root_name, a->path);
	if (is_right(m, item, source, &right, f) < 0)
		return -1;
	if (right)
		return 0;
	if (swap_add(&m->swap, a->path, &to, f) < 0)
		return -1;
	if (a->scan.count > 0) {
		m->tally.rewritten++;
		return asset_write(a, source, m->values, &a->st, to, f);
	}
	r = copy_plain(a, source, to);
	return r < 0 ? failed(m, r, item, "write", f) : 0;
}

static int
prepare(struct mirror *m, struct item *item, struct failure *f)
{
	switch (item->kind) {
	case TREE_DIRECTORY:
		return make_directory(m, item, f);
	case TREE_LINK:
		return copy_link(m, item, f);
	case TREE_FILE:
		return copy_file(m, item, f);
	}
	return 0;
}

static void
remove_made(struct mirror *m)
{
	for (size_t i = m->count; i-- > 0;) {
		autoclose int dir = -1;
		const char *name;
		if (m->item[i].made &&
		    files_parent(
			m->output, m->item[i].asset.path, 0, &dir, &name) == 0)
			(void)files_remove_dir(dir, name);
	}
	if (m->made)
		(void)files_remove_dir(AT_FDCWD, m->name);
}

/* ---- the output ------------------------------------------------------- */

/* Sweep what a killed run has left, and count what is not the root's. */
static int
visit_output(void *arg, const struct tree_entry *e, struct failure *f)
{
	struct mirror *m = arg;
	autoclose int dir = -1;
	const char *name;
	struct stat st;

	(void)f;
	if (strncmp(e->name, FILES_TEMP, strlen(FILES_TEMP)) == 0)
		(void)files_remove(e->at, e->name);
	else if (e->kind != TREE_DIRECTORY &&
		 (files_parent(m->root, e->path, 0, &dir, &name) < 0 ||
		     files_stat_at(dir, name, &st) < 0))
		m->strangers++;
	return 0;
}

static int
open_output(struct mirror *m, struct failure *f)
{
	int r = files_open_root(m->name, &m->output);
	if (r == -ENOENT) {
		r = files_make_dir(AT_FDCWD, m->name, 0755);
		m->made = r == 0;
		if (r == 0)
			r = files_open_root(m->name, &m->output);
	}
	if (r < 0)
		return failure_os(f, r, "make %s", m->name);
	m->swap.root = m->output;
	m->swap.root_name = m->name;
	/* best effort: some file systems have no locks */
	r = files_lock(m->output, clock_ms() + LOCK_WAIT_MS);
	if (r == -EWOULDBLOCK)
		return failure_set(f, EXITS_OSERR,
		    "cannot write %s: another cradle has been at it for %d s "
		    "(give each container its own output)",
		    m->name, LOCK_WAIT_MS / 1000);
	return 0;
}

static int
run(struct mirror *m, struct failure *f)
{
	int r = files_open_root(m->root_name, &m->root);
	if (r == 0)
		r = asset_room_new(m->root_name, &m->room);
	if (r < 0)
		return failure_os(f, r, "open %s", m->root_name);
	if (tree_walk(m->root, m->root_name, visit, m, f) < 0 ||
	    open_output(m, f) < 0 ||
	    tree_walk(m->output, m->name, visit_output, m, f) < 0)
		return -1;
	for (size_t i = 0; i < m->count; i++)
		if (prepare(m, &m->item[i], f) < 0)
			return -1;
	if (swap_apply(&m->swap, f) < 0)
		return -1;
	if (m->strangers > 0)
		log_warn(0,
		    "%s holds %llu files that %s has not; they are left alone",
		    m->name, (unsigned long long)m->strangers, m->root_name);
	return 0;
}

static void
end(struct mirror *m, bool failed_)
{
	swap_end(&m->swap);
	if (failed_)
		remove_made(m);
	for (size_t i = 0; i < m->count; i++)
		asset_free(&m->item[i].asset);
	free(m->item);
	asset_room_free(&m->room);
	guard_close(&m->output);
	guard_close(&m->root);
}

int
mirror_run(const char *root, const char *output, const struct value_set *values,
    struct tally *ret, struct failure *f)
{
	struct mirror m = {
		.root_name = root,
		.name = output,
		.root = -1,
		.output = -1,
		.values = values,
	};
	int r = run(&m, f);
	if (r == 0)
		*ret = m.tally;
	end(&m, r < 0);
	return r;
}
