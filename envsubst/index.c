#include "envsubst/index.h"

#include "envsubst/files.h"
#include "envsubst/index_line.h"
#include "envsubst/room.h"
#include "envsubst/store.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_LIMIT (64 * 1024)
#define OFFSETS_MAX 1000 /* told of one file */

struct index *
index_new(void)
{
	struct index *x = calloc(1, sizeof(*x));
	if (x != NULL)
		*x = (struct index){ .owns_paths = true,
			.text = TEXT_MAX(INDEX_SIZE_MAX) };
	return x;
}

void
index_free(struct index *x)
{
	if (x == NULL)
		return;
	for (size_t i = 0; i < x->count; i++) {
		if (x->owns_paths)
			free((char *)(uintptr_t)x->entry[i].path);
		free(x->entry[i].found);
	}
	free(x->entry);
	free(x->slot);
	text_free(&x->text);
	free(x);
}

int
index_add_line(struct index *x, const struct index_line *entry)
{
	if (room_for_one(&x->entry, &x->size, x->count, sizeof(*x->entry)) < 0)
		return -ENOMEM;
	x->entry[x->count++] = *entry;
	return 0;
}

static char *
describe(const struct index_entry *entry)
{
	struct text text = TEXT_MAX(TEXT_LIMIT);
	char number[32];

	if (entry->digest != NULL)
		digest_hex(&text, entry->digest);
	else
		text_str(&text, "-");
	text_str(&text, " ");
	for (size_t i = 0; i < entry->edits->count && i < OFFSETS_MAX; i++) {
		(void)snprintf(number, sizeof(number), "%s%" PRIu64,
		    i == 0 ? "" : ",", entry->edits->edit[i].start);
		text_str(&text, number);
	}
	text_add(&text, "", 1);
	if (text.failed) {
		text_free(&text);
		return NULL;
	}
	return text.data;
}

int
index_add(struct index *x, const struct index_entry *entry)
{
	char *path = strdup(entry->path);
	bool told = entry->edits != NULL && entry->edits->count > 0;
	struct index_line e = {
		.path = path,
		.size = (uint64_t)entry->st->st_size,
		.seconds = entry->st->st_mtim.tv_sec,
		.nanoseconds = entry->st->st_mtim.tv_nsec,
		.flags = (entry->looked_at ? INDEX_LOOKED_AT : 0u) |
			 (entry->has_needle ? INDEX_HAS_NEEDLE : 0u),
		.found = told ? describe(entry) : NULL,
	};
	int r = path == NULL || (told && e.found == NULL) ? -ENOMEM : 0;
	if (r == 0)
		r = index_add_line(x, &e);
	if (r < 0) {
		free(path);
		free(e.found);
	}
	return r;
}

static int
by_path(const void *a, const void *b)
{
	const struct index_line *one = a;
	const struct index_line *other = b;
	return strcmp(one->path, other->path);
}

static size_t
hash_of(const char *path)
{
	uint64_t hash = 0;
	uint64_t word = 0;
	size_t len = strlen(path);

	for (; len >= sizeof(word); len -= sizeof(word)) {
		memcpy(&word, path, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 29;
		path += sizeof(word);
	}
	word = 0;
	memcpy(&word, path, len);
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	return (size_t)(hash ^ hash >> 32);
}

int
index_hash(struct index *x)
{
	size_t slots = 64;

	while (slots < 2 * x->count)
		slots *= 2;
	x->slot = calloc(slots, sizeof(*x->slot));
	if (x->slot == NULL)
		return -ENOMEM;
	x->slots = slots;
	for (size_t i = 0; i < x->count; i++) {
		size_t at = hash_of(x->entry[i].path) & (slots - 1);
		while (x->slot[at] != 0)
			at = (at + 1) & (slots - 1);
		x->slot[at] = (uint32_t)i + 1;
	}
	return 0;
}

static struct index_line *
find_hashed(const struct index *x, const char *path)
{
	for (size_t at = hash_of(path);; at++) {
		uint32_t n = x->slot[at & (x->slots - 1)];
		if (n == 0)
			return NULL;
		if (strcmp(x->entry[n - 1].path, path) == 0)
			return &x->entry[n - 1];
	}
}

static struct index_line *
find(const struct index *x, const char *path)
{
	struct index_line key = { .path = path };
	if (x->slot != NULL)
		return find_hashed(x, path);
	return x->count == 0 ? NULL
			     : bsearch(&key, x->entry, x->count,
				   sizeof(*x->entry), by_path);
}

int
index_note(struct index *x, const char *path)
{
	struct index_line *e = find(x, path);
	if (e == NULL)
		return -ENOENT;
	e->flags |= INDEX_CONCERNS;
	return 0;
}

void
index_sort(struct index *x)
{
	if (x->count > 0)
		qsort(x->entry, x->count, sizeof(*x->entry), by_path);
}

/*
 * Layers may keep times to the second only, rounded up or down; one that was
 * rounded has no fraction.
 */
static bool
is_same_time(const struct index_line *e, const struct timespec *t)
{
	if (t->tv_nsec == e->nanoseconds)
		return t->tv_sec == e->seconds;
	return t->tv_nsec == 0 &&
	       (t->tv_sec == e->seconds || t->tv_sec == e->seconds + 1);
}

static bool
is_same(const struct index_line *e, const struct stat *st)
{
	return e->size == (uint64_t)st->st_size &&
	       is_same_time(e, &st->st_mtim);
}

unsigned
index_ask(const struct index *x, const char *path, int at, const char *name)
{
	const struct index_line *e = find(x, path);
	struct stat st;

	if (e == NULL)
		return 0;
	if (!(e->flags & INDEX_LOOKED_AT))
		return INDEX_SKIPPED;
	if (files_stat_at(at, name, &st) < 0 || !S_ISREG(st.st_mode) ||
	    !is_same(e, &st))
		return e->flags & INDEX_CONCERNS ? INDEX_TOLD : 0;
	return INDEX_TOLD | (e->flags & INDEX_HAS_NEEDLE ? 0u : INDEX_CLEAN);
}

bool
index_is_bare(const struct index *x, const char *path, int at, const char *name)
{
	const struct index_line *e = find(x, path);
	struct stat st;

	return e != NULL && !(e->flags & INDEX_HAS_NEEDLE) &&
	       files_stat_at(at, name, &st) == 0 && is_same(e, &st);
}

bool
index_has_notes(const struct index *x)
{
	return x->noted;
}

const char *
index_next_noted(const struct index *x, size_t *at)
{
	while (*at < x->count) {
		const struct index_line *e = &x->entry[(*at)++];
		if (e->flags & INDEX_CONCERNS)
			return e->path;
	}
	return NULL;
}

int
index_default(const char *root, char **ret)
{
	autofree char *store = NULL;
	int r = store_default(root, &store);
	if (r < 0)
		return r;
	return asprintf(ret, "%s-index", store) == -1 ? -ENOMEM : 0;
}
