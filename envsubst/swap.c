#include "envsubst/swap.h"

#include "envsubst/asset.h"
#include "envsubst/files.h"
#include "envsubst/room.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* An item's prepared file, later what it replaced, and the spare of that. */
struct place {
	int dir;
	const char *name;
	char own[sizeof(FILES_TEMP) + 24];
	char spare[sizeof(FILES_TEMP) + 24];
};

static void
place_close(const struct place *p)
{
	guard_close(&p->dir);
}

#define autoplace __attribute__((cleanup(place_close)))

static int
find_place(const struct swap *s, size_t index, struct place *ret)
{
	const struct swap_item *item = &s->item[index];
	(void)snprintf(ret->own, sizeof(ret->own), FILES_TEMP "%zu", index);
	(void)snprintf(
	    ret->spare, sizeof(ret->spare), FILES_TEMP "%zu-old", index);
	return files_parent(
	    s->root, item->path, s->make, &ret->dir, &ret->name);
}

static int
failed(const struct swap *s, int err, const char *path, struct failure *f)
{
	return failure_os(f, err, "replace %s/%s", s->root_name, path);
}

static int
new_item(struct swap *s, const char *path)
{
	if (room_for_one(&s->item, &s->room, s->count, sizeof(*s->item)) < 0)
		return -ENOMEM;
	char *copy = strdup(path);
	if (copy == NULL)
		return -ENOMEM;
	s->item[s->count++] = (struct swap_item){ .path = copy };
	return 0;
}

static int
new_place(struct swap *s, const char *path, struct place *ret)
{
	int r = new_item(s, path);
	return r < 0 ? r : find_place(s, s->count - 1, ret);
}

int
swap_add(struct swap *s, const char *path, int *ret_fd, struct failure *f)
{
	autoplace struct place p = { .dir = -1 };
	int r = new_place(s, path, &p);
	if (r == 0)
		r = files_create(p.dir, p.own, 0600, ret_fd);
	return r < 0 ? failed(s, r, path, f) : 0;
}

int
swap_add_name(struct swap *s, const char *path, size_t of, struct failure *f)
{
	autoplace struct place p = { .dir = -1 };
	autoplace struct place q = { .dir = -1 };
	int r = new_place(s, path, &p);
	if (r == 0)
		r = find_place(s, of, &q);
	if (r == 0)
		r = files_link(q.dir, q.own, p.dir, p.own);
	return r < 0 ? failed(s, r, path, f) : 0;
}

int
swap_add_link(
    struct swap *s, const char *path, const char *target, struct failure *f)
{
	autoplace struct place p = { .dir = -1 };
	int r = new_place(s, path, &p);
	if (r == 0)
		r = files_symlink(target, p.dir, p.own);
	return r < 0 ? failed(s, r, path, f) : 0;
}

int
swap_add_removal(struct swap *s, const char *path, struct failure *f)
{
	int r = new_item(s, path);
	if (r < 0)
		return failed(s, r, path, f);
	s->item[s->count - 1].removal = true;
	return 0;
}

int
swap_open(const struct swap *s, size_t item, int *ret_fd)
{
	autoplace struct place p = { .dir = -1 };
	struct stat st;
	int r = find_place(s, item, &p);
	return r < 0 ? r : files_open_read(p.dir, p.own, ret_fd, &st);
}

void
swap_drop(struct swap *s, size_t item)
{
	autoplace struct place p = { .dir = -1 };
	if (find_place(s, item, &p) == 0)
		(void)files_remove(p.dir, p.own);
	s->item[item].dropped = true;
}

/* Keep what is in the place as the spare, where names cannot be swapped. */
static int
keep_spare(const struct place *p)
{
	autoclose int from = -1;
	autoclose int to = -1;
	struct stat st;
	char target[PATH_MAX];

	if (files_readlink(p->dir, p->name, target, sizeof(target)) == 0)
		return files_symlink(target, p->dir, p->spare);
	int r = files_open_read(p->dir, p->name, &from, &st);
	if (r == 0)
		r = files_create(p->dir, p->spare, 0600, &to);
	if (r == 0)
		r = asset_copy(from, to);
	if (r == 0)
		r = files_dress(to, &st);
	return r < 0 ? r : files_set_time(to, st.st_mtim);
}

static int
move(const struct place *p, struct swap_item *item)
{
	struct stat st;
	int r = files_stat_at(p->dir, p->name, &st);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && S_ISDIR(st.st_mode))
		return -EISDIR;
	item->replaced = r == 0;
	if (item->removal)
		return r == 0 ? files_rename(p->dir, p->name, p->own) : 0;
	if (!item->replaced)
		return files_rename(p->dir, p->own, p->name);

	r = files_exchange(p->dir, p->own, p->name);
	if (r != -EINVAL && r != -ENOSYS && r != -EPERM)
		return r;
	r = keep_spare(p);
	if (r == 0)
		r = files_rename(p->dir, p->own, p->name);
	if (r < 0)
		return r;
	/* from here on it is as if they had been exchanged */
	r = files_rename(p->dir, p->spare, p->own);
	if (r < 0)
		(void)files_rename(p->dir, p->spare, p->name);
	return r;
}

int
swap_apply(struct swap *s, struct failure *f)
{
	for (size_t i = 0; i < s->count; i++) {
		autoplace struct place p = { .dir = -1 };
		if (s->item[i].dropped)
			continue;
		int r = find_place(s, i, &p);
		if (r == 0)
			r = move(&p, &s->item[i]);
		s->item[i].moved = r == 0;
		if (r < 0) {
			(void)failed(s, r, s->item[i].path, f);
			swap_revert(s);
			return -1;
		}
	}
	return 0;
}

void
swap_revert(struct swap *s)
{
	for (size_t i = s->count; i-- > 0;) {
		autoplace struct place p = { .dir = -1 };
		struct swap_item *item = &s->item[i];
		if (!item->moved || find_place(s, i, &p) < 0)
			continue;
		if (item->replaced)
			(void)files_rename(p.dir, p.own, p.name);
		else if (!item->removal)
			(void)files_remove(p.dir, p.name);
		item->moved = false;
	}
}

void
swap_end(struct swap *s)
{
	s->make = 0;
	for (size_t i = 0; i < s->count; i++) {
		autoplace struct place p = { .dir = -1 };
		if (!s->item[i].dropped && find_place(s, i, &p) == 0) {
			(void)files_remove(p.dir, p.own);
			(void)files_remove(p.dir, p.spare);
		}
		free(s->item[i].path);
	}
	free(s->item);
	s->item = NULL;
	s->count = s->room = 0;
}
