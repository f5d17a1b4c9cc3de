#include "envsubst/change.h"

#include "envsubst/files.h"
#include "envsubst/room.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FREE ((size_t)-1)

/* ---- the list --------------------------------------------------------- */

struct change *
change_add(struct changes *c, const char *path)
{
	if (room_for_one(&c->item, &c->size, c->count, sizeof(void *)) < 0)
		return NULL;
	struct change *item = calloc(1, sizeof(*item));
	char *copy = strdup(path);
	if (item == NULL || copy == NULL) {
		free(item);
		free(copy);
		return NULL;
	}
	item->path = copy;
	c->item[c->count++] = item;
	return item;
}

int
change_add_stray(struct changes *c, const char *path)
{
	if (room_for_one(
		&c->stray, &c->stray_room, c->strays, sizeof(*c->stray)) < 0)
		return -ENOMEM;
	c->stray[c->strays] = strdup(path);
	return c->stray[c->strays] == NULL ? -ENOMEM : (c->strays++, 0);
}

static size_t
hash_of(const char *path)
{
	uint64_t hash = 0xcbf29ce484222325;
	for (; *path != '\0'; path++)
		hash = (hash ^ (unsigned char)*path) * 0x100000001b3;
	return (size_t)(hash ^ hash >> 32);
}

static void
occupy(struct changes *c, size_t index)
{
	size_t at = hash_of(c->item[index]->path);
	while (c->slot[at % c->slots] != FREE)
		at++;
	c->slot[at % c->slots] = index;
}

static int
spread(struct changes *c)
{
	size_t slots = 4 * (c->count + 16);
	size_t *slot = malloc(slots * sizeof(*slot));
	if (slot == NULL)
		return -ENOMEM;
	free(c->slot);
	c->slot = slot;
	c->slots = slots;
	for (size_t i = 0; i < slots; i++)
		slot[i] = FREE;
	for (size_t i = 0; i < c->count; i++)
		occupy(c, i);
	return 0;
}

static int
by_path(const void *a, const void *b)
{
	const struct change *const *one = a;
	const struct change *const *other = b;
	return strcmp((*one)->path, (*other)->path);
}

int
change_hash(struct changes *c)
{
	if (c->count > 0)
		qsort(c->item, c->count, sizeof(void *), by_path);
	return spread(c);
}

struct change *
change_find(const struct changes *c, const char *path)
{
	for (size_t at = hash_of(path);; at++) {
		size_t index = c->slot[at % c->slots];
		if (index == FREE)
			return NULL;
		if (strcmp(c->item[index]->path, path) == 0)
			return c->item[index];
	}
}

int
change_open_below(int root, const char *path, int *ret_fd, struct stat *ret_st)
{
	autoclose int dir = -1;
	const char *name;
	int r = files_parent(root, path, 0, &dir, &name);
	return r < 0 ? r : files_open_read(dir, name, ret_fd, ret_st);
}

int
change_open_built(const struct changes *c, const char *path,
    const struct change *item, int *ret_fd, struct stat *ret_st)
{
	char backup[PATH_MAX];

	if (item == NULL || !item->by_backup)
		return change_open_below(c->root, path, ret_fd, ret_st);
	if (snprintf(backup, sizeof(backup), "%s.bak", path) >= PATH_MAX)
		return -ENAMETOOLONG;
	return change_open_below(c->root, backup, ret_fd, ret_st);
}

bool
change_is_absent(int err)
{
	return err == -ENOENT || err == -ENOTDIR || err == -ELOOP ||
	       err == -ENXIO;
}

/* What is there of a path that comes into the set only now. */
static int
look_up(struct changes *c, struct change *item, struct failure *f)
{
	autoclose int old = -1;
	autoclose int there = -1;

	int r = change_open_below(c->root, item->path, &old, &item->old);
	item->has_old = r == 0;
	if (r < 0 && !change_is_absent(r))
		return failure_os(f, r, "open %s/%s", c->job->root, item->path);
	if (c->job->output == NULL) {
		item->there = item->has_old;
		item->place = item->old;
		return 0;
	}
	r = change_open_below(c->place, item->path, &there, &item->place);
	item->there = r == 0;
	if (r < 0 && !change_is_absent(r))
		return failure_os(
		    f, r, "open %s/%s", c->place_name, item->path);
	return 0;
}

static int
no_memory(const char *path, struct failure *f)
{
	(void)failure_os(f, -ENOMEM, "remember %s", path);
	return -1;
}

int
change_get(
    struct changes *c, const char *path, struct change **ret, struct failure *f)
{
	struct change *item = change_find(c, path);
	if (item == NULL) {
		item = change_add(c, path);
		if (item == NULL)
			return no_memory(path, f);
		if (look_up(c, item, f) < 0) {
			free(item->path);
			free(item);
			c->count--;
			return -1;
		}
		if (2 * c->count < c->slots)
			occupy(c, c->count - 1);
		else if (spread(c) < 0)
			return no_memory(path, f);
	}
	*ret = item;
	return 0;
}

void
change_unprepare(struct changes *c, struct change *item)
{
	if (item->prepared)
		swap_drop(&c->swap, item->item);
	item->prepared = false;
}

void
change_free(struct changes *c)
{
	swap_end(&c->swap);
	for (size_t i = 0; i < c->count; i++) {
		edit_free(&c->item[i]->edits);
		free(c->item[i]->path);
		free(c->item[i]);
	}
	for (size_t i = 0; i < c->strays; i++)
		free(c->stray[i]);
	free(c->stray);
	free(c->item);
	free(c->slot);
	c->item = NULL;
	c->slot = NULL;
	c->stray = NULL;
	c->strays = 0;
	c->count = c->size = c->slots = 0;
}
