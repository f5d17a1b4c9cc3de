#include "envsubst/adopt.h"

#include "envsubst/files.h"
#include "envsubst/sweep.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <string.h>

#define END ".bak"
#define PIECE ((size_t)16 * 1024)

/* The two while they are compared. */
struct pair {
	int fd;
	struct stat st;
	int bak;
	struct stat bak_st;
	struct finding found; /* in the backup */
};

bool
adopt_is_backup(const char *name)
{
	size_t len = strlen(name);
	return len > strlen(END) && strcmp(name + len - strlen(END), END) == 0;
}

/* Whether `len` bytes are the same in both: 1, 0 or -errno. */
static int
same(const struct pair *p, uint64_t at, uint64_t bak_at, uint64_t len)
{
	autofree char *one = malloc(PIECE);
	autofree char *other = malloc(PIECE);

	if (one == NULL || other == NULL)
		return -ENOMEM;
	while (len > 0) {
		size_t size = len < PIECE ? (size_t)len : PIECE;
		ssize_t n = files_read_at(p->fd, one, size, at);
		ssize_t m = files_read_at(p->bak, other, size, bak_at);
		if (n < 0 || m < 0)
			return (int)(n < 0 ? n : m);
		if (n != m || n == 0 || memcmp(one, other, (size_t)n) != 0)
			return 0;
		at += (uint64_t)n;
		bak_at += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 1;
}

/*
 * All before the first placeholder and behind the last one is the same, and a
 * call begins where the first one did.  A new build over an old one's backups
 * is not.
 */
static int
is_filled_from(const struct pair *p)
{
	static const char call[] = "JSON.parse(";
	const struct edit_list *edits = &p->found.edits;
	const struct edit *first = &edits->edit[0];
	const struct edit *last = &edits->edit[edits->count - 1];
	uint64_t size = (uint64_t)p->st.st_size;
	uint64_t behind = (uint64_t)p->bak_st.st_size - last->start - last->len;
	char there[sizeof(call)] = "";

	if (size < first->start + sizeof(call) - 1 + behind)
		return 0;
	ssize_t n = files_read_at(p->fd, there, sizeof(call) - 1, first->start);
	if (n < 0 || strcmp(there, call) != 0)
		return n < 0 ? (int)n : 0;
	int r = same(p, 0, 0, first->start);
	return r != 1 ? r
		      : same(p, size - behind, last->start + last->len, behind);
}

/* 1 when it is to be adopted, 0, or -errno. */
static int
compare(struct changes *c, struct sweep *sweep, const char *bak_path,
    const char *path, struct pair *p)
{
	int r = change_open_below(c->root, bak_path, &p->bak, &p->bak_st);
	if (r == 0)
		r = change_open_below(c->root, path, &p->fd, &p->st);
	if (r < 0)
		return change_is_absent(r) ? 0 : r;
	r = sweep_file(
	    sweep, p->bak, (uint64_t)p->bak_st.st_size, path, &p->found);
	if (r < 0 || p->found.edits.count == 0)
		return r;
	return is_filled_from(p);
}

static int
adopt(struct changes *c, const char *path, struct pair *p, struct failure *f)
{
	struct change *item;
	if (change_get(c, path, &item, f) < 0)
		return -1;
	item->by_backup = true;
	item->has_old = true;
	item->old = p->bak_st;
	item->edits = p->found.edits;
	p->found.edits = (struct edit_list){ 0 };
	c->adopted = true;
	c->tally.placeholders++;
	c->tally.edits += item->edits.count;
	c->tally.read += p->found.read;
	return 0;
}

static int
try_one(struct changes *c, struct sweep *sweep, const char *bak_path,
    struct failure *f)
{
	const struct job *job = c->job;
	struct pair p = { .fd = -1, .bak = -1 };
	autofree char *path = strndup(bak_path, strlen(bak_path) - strlen(END));

	if (path == NULL)
		return failure_os(f, -ENOMEM, "look at %s", bak_path);
	/* what has placeholders of its own, or was filled by us, needs none */
	if (change_find(c, path) != NULL ||
	    (job->wants != NULL && !job->wants(job->wants_arg, path)))
		return 0;
	int r = compare(c, sweep, bak_path, path, &p);
	if (r == 1)
		r = adopt(c, path, &p, f);
	else if (r < 0)
		r = failure_os(f, r, "read %s/%s", job->root, bak_path);
	edit_free(&p.found.edits);
	guard_close(&p.fd);
	guard_close(&p.bak);
	return r;
}

int
adopt_backups(
    struct changes *c, char *const *path, size_t count, struct failure *f)
{
	struct job alone = *c->job;
	struct sweep sweep;
	int r = 0;

	/* hooks are to see the file and not its backup */
	alone.hook_count = 0;
	if (count == 0)
		return 0;
	if (sweep_new(&alone, &sweep) < 0)
		return failure_os(f, -ENOMEM, "look at %s", alone.root);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = try_one(c, &sweep, path[i], f);
	sweep_free(&sweep);
	if (r == 0 && change_hash(c) < 0)
		r = failure_os(f, -ENOMEM, "look at %s", alone.root);
	return r;
}
