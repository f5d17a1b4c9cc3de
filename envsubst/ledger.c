#include "envsubst/ledger.h"

#include "envsubst/escaped.h"
#include "envsubst/files.h"
#include "envsubst/precache.h"
#include "envsubst/reference.h"
#include "envsubst/room.h"
#include "envsubst/runs.h"
#include "envsubst/tree.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#define WINDOW ((size_t)256 * 1024)
#define BINARY_TEST ((size_t)8 * 1024)
#define LIST_MAX ((off_t)8 * 1024 * 1024)

/* What one thread reads. */
struct reading {
	struct ledger_reader *all;
	const char *path;
	bool listed; /* it is in ledger->path... */
	size_t file; /* ...as this one */
	char *window;
	struct mention_scan scan; /* of what is known... */
	uint64_t at;              /* ...up to here */
	struct escaped_scan escaped;
};

struct ledger_reader {
	struct ledger *ledger;
	struct ledger own;    /* of what is seen */
	pthread_mutex_t lock; /* of the ledger */
	struct needles *needles;
	struct reading by[CHANGES_WORKERS];
};

_Static_assert(SEEN_OVERLAP >= ESCAPED_REACH, "pieces overlap by enough");

/* ---- collecting ------------------------------------------------------- */

static int
list_path(struct reading *r)
{
	struct ledger *l = r->all->ledger;
	if (r->listed)
		return 0;
	int e =
	    room_for_one(&l->path, &l->path_room, l->paths, sizeof(*l->path));
	char *copy = e < 0 ? NULL : strdup(r->path);
	if (copy == NULL)
		return -ENOMEM;
	r->file = l->paths;
	l->path[l->paths++] = copy;
	r->listed = true;
	return 0;
}

static int
add_entry(struct reading *r, const struct mention *m)
{
	struct ledger *l = r->all->ledger;

	if (l->count == LEDGER_MAX) {
		l->full = true;
		return 0;
	}
	int e = list_path(r);
	if (e == 0)
		e = room_for_one(
		    &l->entry, &l->room, l->count, sizeof(*l->entry));
	if (e < 0)
		return e;
	l->entry[l->count++] = (struct ledger_entry){ m->key, m->start,
		(uint32_t)r->file, (uint8_t)m->kind, (uint8_t)m->form };
	l->kinds |= 1u << m->kind;
	return 0;
}

static int
take(void *arg, const struct mention *m)
{
	struct reading *r = arg;

	(void)pthread_mutex_lock(&r->all->lock);
	int e = add_entry(r, m);
	(void)pthread_mutex_unlock(&r->all->lock);
	return e;
}

/* ---- lists of service workers ------------------------------------------ */

struct worker {
	struct reading *reading;
	const char *text;
};

static int
add_null(struct reading *r, const char *target, uint64_t start)
{
	struct ledger *l = r->all->ledger;
	int e = list_path(r);
	if (e == 0)
		e = room_for_one(
		    &l->null, &l->null_room, l->nulls, sizeof(*l->null));
	char *copy = e < 0 ? NULL : strdup(target);
	if (copy == NULL)
		return -ENOMEM;
	l->null[l->nulls++] =
	    (struct ledger_null){ copy, start, (uint32_t)r->file };
	l->kinds |= 1u << SUMS_MD5;
	return 0;
}

static int
take_null(void *arg, const struct precache_entry *entry)
{
	const struct worker *w = arg;
	struct reading *r = w->reading;
	char path[PATH_MAX];

	if (reference_resolve(r->path, entry->url, entry->url_len, path) < 0)
		return 0;
	(void)pthread_mutex_lock(&r->all->lock);
	int e = add_null(r, path, entry->null_at);
	(void)pthread_mutex_unlock(&r->all->lock);
	return e;
}

/* These are read whole: an entry has no bound that a window could have. */
static int
read_list(struct reading *r, int fd, off_t size)
{
	if (size > LIST_MAX)
		return 0;
	autofree char *text = malloc((size_t)size + 1);
	if (text == NULL)
		return -ENOMEM;
	ssize_t n = files_read_at(fd, text, (size_t)size, 0);
	struct worker w = { r, text };
	return n < 0 ? (int)n : precache_scan(text, (size_t)n, take_null, &w);
}

/* ---- reading ----------------------------------------------------------- */

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

static void
begin_file(struct reading *r, struct ledger_reader *all, const char *path)
{
	r->all = all;
	r->path = path;
	r->listed = false;
	r->scan = (struct mention_scan){ .take = take, .arg = r };
	r->at = 0;
	r->escaped = (struct escaped_scan){ all->needles, take, r, 0 };
}

/* Pieces overlap; what is known of one is not told again. */
static int
read_piece(
    struct reading *r, const char *data, size_t len, uint64_t offset, bool last)
{
	size_t skip = r->at > offset ? (size_t)(r->at - offset) : 0;
	int64_t done = mention_window(
	    &r->scan, data + skip, len - skip, offset + skip, last);
	if (done < 0)
		return (int)done;
	r->at = offset + skip + (uint64_t)done;
	return escaped_window(&r->escaped, data, len, offset, last);
}

static int
read_file(struct reading *r, int fd)
{
	uint64_t offset = 0; /* of what stands first in the window */
	size_t have = 0;

	for (;;) {
		ssize_t n = files_read(fd, r->window + have, WINDOW - have);
		if (n < 0)
			return (int)n;
		if (offset + have == 0 && is_binary(r, (size_t)n))
			return 0;
		have += (size_t)n;
		int e = read_piece(r, r->window, have, offset, n == 0);
		if (e < 0 || n == 0)
			return e;
		size_t gone = (size_t)(r->at - offset);
		size_t most = have > SEEN_OVERLAP ? have - SEEN_OVERLAP : 0;
		gone = gone < most ? gone : most;
		have -= gone;
		memmove(r->window, r->window + gone, have);
		offset += gone;
	}
}

int
ledger_see(struct ledger_reader *all, const struct seen *piece)
{
	struct reading *r = &all->by[piece->worker];
	int e = 0;

	if (piece->size < MENTION_LEN_MIN)
		return 0;
	if (piece->first)
		begin_file(r, all, piece->path);
	e = read_piece(r, piece->data, piece->len, piece->offset, piece->last);
	if (e == 0 && piece->last && precache_may_be(name_of(piece->path)))
		e = read_list(r, piece->fd, piece->size);
	return e;
}

static int
look(void *arg, size_t worker, const struct changes_file *file,
    struct failure *f)
{
	struct ledger_reader *all = arg;
	struct reading *r = &all->by[worker];

	if (file->st->st_size < MENTION_LEN_MIN)
		return 0;
	if (r->window == NULL)
		r->window = malloc(WINDOW);
	begin_file(r, all, file->path);
	int e = r->window == NULL ? -ENOMEM : read_file(r, file->fd);
	if (e == 0 && precache_may_be(name_of(file->path)))
		e = read_list(r, file->fd, file->st->st_size);
	return e < 0 ? failure_os(f, e, "read %s", file->path) : 0;
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

static int
compare_nulls(const void *one, const void *other)
{
	const struct ledger_null *a = one;
	const struct ledger_null *b = other;
	return strcmp(a->target, b->target);
}

/* It chooses its way at the first call, for all threads. */
static void
prepare_search(void)
{
	const char *nothing = "";
	(void)runs_find(nothing, nothing);
}

struct ledger_reader *
ledger_reader_new(void)
{
	struct ledger_reader *all = calloc(1, sizeof(*all));
	if (all == NULL)
		return NULL;
	all->ledger = &all->own;
	if (escaped_needles(&all->needles) < 0) {
		free(all);
		return NULL;
	}
	(void)pthread_mutex_init(&all->lock, NULL);
	prepare_search();
	return all;
}

void
ledger_reader_free(struct ledger_reader *all)
{
	if (all == NULL)
		return;
	ledger_free(&all->own);
	needles_free(all->needles);
	(void)pthread_mutex_destroy(&all->lock);
	free(all);
}

static int
read_tree(struct ledger *l, struct changes *c, struct failure *f)
{
	struct ledger_reader all = { .ledger = l,
		.lock = PTHREAD_MUTEX_INITIALIZER };

	prepare_search();
	int r = escaped_needles(&all.needles);
	r = r < 0 ? failure_os(f, r, "look for digests")
		  : changes_look_all(c, look, &all, f);
	needles_free(all.needles);
	for (size_t i = 0; i < CHANGES_WORKERS; i++)
		free(all.by[i].window);
	(void)pthread_mutex_destroy(&all.lock);
	return r;
}

int
ledger_read(struct ledger *l, struct ledger_reader *reader, struct changes *c,
    struct failure *f)
{
	int r = 0;
	if (reader != NULL && changes_seen(c)) {
		*l = reader->own;
		reader->own = (struct ledger){ 0 };
	} else {
		r = read_tree(l, c, f);
	}
	if (r == 0 && l->count > 0)
		qsort(l->entry, l->count, sizeof(*l->entry), compare);
	if (r == 0 && l->nulls > 0)
		qsort(l->null, l->nulls, sizeof(*l->null), compare_nulls);
	return r;
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

const struct ledger_null *
ledger_find_null(const struct ledger *l, const char *target, size_t *ret_count)
{
	size_t low = 0;
	size_t high = l->nulls;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(l->null[middle].target, target) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	size_t end = low;
	while (end < l->nulls && strcmp(l->null[end].target, target) == 0)
		end++;
	*ret_count = end - low;
	return l->null + low;
}

void
ledger_free(struct ledger *l)
{
	for (size_t i = 0; i < l->paths; i++)
		free(l->path[i]);
	for (size_t i = 0; i < l->nulls; i++)
		free(l->null[i].target);
	free(l->null);
	free(l->path);
	free(l->entry);
	*l = (struct ledger){ 0 };
}
