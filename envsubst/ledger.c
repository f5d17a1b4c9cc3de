#include "envsubst/ledger.h"

#include "envsubst/files.h"
#include "envsubst/tree.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <string.h>

#define WINDOW ((size_t)256 * 1024)
#define BINARY_TEST ((size_t)8 * 1024)

/* One file being read. */
struct reading {
	struct ledger *ledger;
	const char *path;
	bool listed; /* it is the last one in ledger->path */
	char *window;
};

/* ---- collecting ------------------------------------------------------- */

/* Room for one more, in powers of two; -ENOMEM. */
static int
grow(void **list, size_t *room, size_t count, size_t size)
{
	if (count < *room)
		return 0;
	size_t more = *room == 0 ? 64 : 2 * *room;
	void *grown = realloc(*list, more * size);
	if (grown == NULL)
		return -ENOMEM;
	*list = grown;
	*room = more;
	return 0;
}

static int
list_path(struct reading *r)
{
	struct ledger *l = r->ledger;
	if (r->listed)
		return 0;
	int e =
	    grow((void **)&l->path, &l->path_room, l->paths, sizeof(*l->path));
	char *copy = e < 0 ? NULL : strdup(r->path);
	if (copy == NULL)
		return -ENOMEM;
	l->path[l->paths++] = copy;
	r->listed = true;
	return 0;
}

static int
take(void *arg, const struct mention *m)
{
	struct reading *r = arg;
	struct ledger *l = r->ledger;

	if (l->count == LEDGER_MAX) {
		l->full = true;
		return 0;
	}
	int e = list_path(r);
	if (e == 0)
		e = grow(
		    (void **)&l->entry, &l->room, l->count, sizeof(*l->entry));
	if (e < 0)
		return e;
	l->entry[l->count++] = (struct ledger_entry){ m->key, m->start,
		(uint32_t)(l->paths - 1), (uint8_t)m->kind, (uint8_t)m->form };
	l->kinds |= 1u << m->kind;
	return 0;
}

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

static bool
is_binary(const struct reading *r, size_t have)
{
	return tree_is_binary(name_of(r->path), r->window,
	    have < BINARY_TEST ? have : BINARY_TEST);
}

static int
read_file(struct reading *r, int fd)
{
	struct mention_scan scan = { .take = take, .arg = r };
	uint64_t offset = 0; /* of what stands first in the window */
	size_t have = 0;

	for (;;) {
		ssize_t n = files_read(fd, r->window + have, WINDOW - have);
		if (n < 0)
			return (int)n;
		if (offset + have == 0 && is_binary(r, (size_t)n))
			return 0;
		have += (size_t)n;
		int64_t done =
		    mention_window(&scan, r->window, have, offset, n == 0);
		if (done < 0 || n == 0)
			return done < 0 ? (int)done : 0;
		have -= (size_t)done;
		memmove(r->window, r->window + done, have);
		offset += (uint64_t)done;
	}
}

static int
visit(void *arg, struct changes *c, const char *path, const struct stat *st,
    struct failure *f)
{
	struct reading *r = arg;
	autoclose int fd = -1;
	struct stat now;

	if (st->st_size < MENTION_LEN_MIN || !tree_may_hold_text(name_of(path)))
		return 0;
	int e = changes_open_old(c, path, &fd, &now, f);
	if (e != 0)
		return e < 0 ? -1 : 0;
	r->path = path;
	r->listed = false;
	e = read_file(r, fd);
	if (e == 0 && r->listed)
		e = changes_note(c, path);
	return e < 0 ? failure_os(f, e, "read %s", path) : 0;
}

/* ---- looking up ------------------------------------------------------- */

/* By key, then in the order of the text: the same for every run. */
static int
compare(const void *one, const void *other)
{
	const struct ledger_entry *a = one;
	const struct ledger_entry *b = other;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return a->start < b->start ? -1 : a->start > b->start;
}

int
ledger_read(struct ledger *l, struct changes *c, struct failure *f)
{
	autofree char *window = malloc(WINDOW);
	struct reading r = { .ledger = l, .window = window };

	if (window == NULL)
		return failure_os(f, -ENOMEM, "read the tree");
	if (changes_walk(c, visit, &r, f) < 0)
		return -1;
	if (l->count > 0)
		qsort(l->entry, l->count, sizeof(*l->entry), compare);
	return 0;
}

const struct ledger_entry *
ledger_find(const struct ledger *l, uint64_t key, size_t *ret_count)
{
	size_t low = 0;
	size_t high = l->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (l->entry[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	size_t end = low;
	while (end < l->count && l->entry[end].key == key)
		end++;
	*ret_count = end - low;
	return l->entry + low;
}

void
ledger_free(struct ledger *l)
{
	for (size_t i = 0; i < l->paths; i++)
		free(l->path[i]);
	free(l->path);
	free(l->entry);
	*l = (struct ledger){ 0 };
}
