#include "envsubst/adopt.h"

#include "envsubst/files.h"
#include "envsubst/scan.h"
#include "envsubst/sweep.h"
#include "envsubst/tree.h"

#include "core/guard_heap.h"
#include "core/log.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define END ".bak"
#define PIECE ((size_t)16 * 1024)
#define CALL_MAX (2 * SCAN_REACH + SCAN_WORD_LEN)

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

/* How many of `len` bytes are the same in both, or -errno. */
static int64_t
alike(const struct pair *p, uint64_t at, uint64_t bak_at, uint64_t len)
{
	autofree char *one = malloc(PIECE);
	autofree char *other = malloc(PIECE);
	uint64_t done = 0;

	if (one == NULL || other == NULL)
		return -ENOMEM;
	while (done < len) {
		size_t size = len - done < PIECE ? (size_t)(len - done) : PIECE;
		ssize_t n = files_read_at(p->fd, one, size, at + done);
		ssize_t m = files_read_at(p->bak, other, size, bak_at + done);
		if (n < 0 || m < 0)
			return n < 0 ? n : m;
		ssize_t least = n < m ? n : m;
		ssize_t i = 0;
		if (memcmp(one, other, (size_t)least) == 0)
			i = least;
		while (i < least && one[i] == other[i])
			i++;
		done += (uint64_t)i;
		if (i < n || n != m || n == 0)
			break;
	}
	return (int64_t)done;
}

/* Where they differ first the backup has a placeholder: 1, 0 or -errno. */
static int
may_be_filled_from(const struct pair *p)
{
	char text[CALL_MAX];
	int64_t at = alike(p, 0, 0, UINT64_MAX);
	ssize_t n =
	    at < 0 ? (ssize_t)at
		   : files_read_at(p->bak, text, sizeof(text), (uint64_t)at);
	if (n < 0)
		return (int)n;
	return memmem(text, (size_t)n, SCAN_WORD, SCAN_WORD_LEN) != NULL;
}

/* ---- one call --------------------------------------------------------- */

static bool
step(const char **at, const char *text, size_t len)
{
	if (strncmp(*at, text, len) != 0)
		return false;
	*at += len;
	return true;
}

/* Where the text stands next, 0: nowhere, or -errno. */
static int64_t
find(int fd, uint64_t at, const char *text, size_t len)
{
	autofree char *room = malloc(PIECE);
	if (room == NULL)
		return -ENOMEM;
	for (;;) {
		ssize_t n = files_read_at(fd, room, PIECE, at);
		if (n < (ssize_t)len)
			return n < 0 ? n : 0;
		const char *hit = memmem(room, (size_t)n, text, len);
		if (hit != NULL)
			return (int64_t)at + (hit - room);
		at += (uint64_t)n - len + 1;
	}
}

/* The object, with its values in strings, and the quote behind it: where that
   ends, 0 or -errno. */
static int64_t
behind_object(const struct pair *p, uint64_t at, const char *quote, size_t len,
    bool plain)
{
	char end[CALL_MAX + 1] = "}";
	char last = '\0';

	if (!plain) { /* it is encoded, without a quote in it */
		int64_t there = find(p->fd, at, quote, len);
		return there <= 0 ? there : there + (int64_t)len;
	}
	memcpy(end + 1, quote, len);
	int64_t there = find(p->fd, at, end, len + 1);
	if (there <= 0)
		return there;
	ssize_t n = files_read_at(p->fd, &last, 1, (uint64_t)there - 1);
	if (n < 0)
		return n;
	return last == '"' || last == '{' ? there + 1 + (int64_t)len : 0;
}

/* FILE's call at that place in the stead of the backup's: where it ends, 0:
   there is none, or -errno. */
static int64_t
behind_call(
    const struct pair *p, const struct edit *edit, uint64_t at, bool *filled)
{
	static const char plain_head[] = "JSON.parse(";
	static const char decode[] = "decodeURIComponent(";
	char was[CALL_MAX + 1] = "";
	char is[2 * CALL_MAX] = "";
	const char *c = is;
	struct scan_call call;

	assert(edit->len <= CALL_MAX);
	ssize_t n = files_read_at(p->bak, was, edit->len, edit->start);
	ssize_t m = files_read_at(p->fd, is, sizeof(is) - 1, at);
	if (n < 0 || m < 0)
		return n < 0 ? n : m;
	const char *word = memmem(was, (size_t)n, SCAN_WORD, SCAN_WORD_LEN);
	if (word == NULL ||
	    !scan_call(was, (size_t)n, (size_t)(word - was), &call))
		return 0;
	if (step(&c, was, call.len))
		return (int64_t)(at + call.len);
	*filled = true;

	bool other = call.form == SCAN_OTHER;
	size_t quote = (size_t)call.slashes + 1;
	if (!step(&c, other ? was : plain_head,
		other ? call.head : strlen(plain_head)))
		return 0;
	bool encoded = step(&c, decode, strlen(decode));
	if (!step(&c, was + call.head, quote))
		return 0;
	int64_t end = behind_object(
	    p, at + (uint64_t)(c - is), was + call.head, quote, !encoded);
	if (end <= 0)
		return end;
	memset(is, 0, sizeof(is));
	m = files_read_at(p->fd, is, sizeof(is) - 1, (uint64_t)end);
	if (m < 0)
		return m;
	c = is;
	const char *tail = was + call.len - call.tail;
	if (encoded && !step(&c, ")", 1))
		return 0;
	/* blanks may fill it up to the old length */
	while (*c == ' ' && strncmp(c, tail, call.tail) != 0)
		c++;
	return step(&c, tail, call.tail) ? end + (c - is) : 0;
}

/* ---- all of it -------------------------------------------------------- */

/*
 * What stands between the placeholders is the same, and they are the only
 * thing that was filled.  A new build over an old one's backups is not.
 */
static int
is_filled_from(const struct pair *p)
{
	const struct edit_list *edits = &p->found.edits;
	uint64_t at = 0;
	uint64_t bak_at = 0;
	bool filled = false;

	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->edit[i];
		uint64_t len = edit->start - bak_at;
		int64_t same = alike(p, at, bak_at, len);
		if (same != (int64_t)len)
			return same < 0 ? (int)same : 0;
		int64_t end = behind_call(p, edit, at + len, &filled);
		if (end <= 0)
			return (int)end;
		at = (uint64_t)end;
		bak_at = edit->start + edit->len;
	}
	uint64_t behind = (uint64_t)p->bak_st.st_size - bak_at;
	if (!filled || (uint64_t)p->st.st_size - at != behind)
		return 0;
	int64_t same = alike(p, at, bak_at, behind);
	return same < 0 ? (int)same : same == (int64_t)behind;
}

/* 1 when it is to be adopted, 0, or -errno. */
static int
compare(struct changes *c, struct sweep *sweep, const char *bak_path,
    const char *path, struct pair *p)
{
	int r = change_open_below(c->root, path, &p->fd, &p->st);
	if (r == 0)
		r = change_open_below(c->root, bak_path, &p->bak, &p->bak_st);
	if (r == -EACCES)
		log_warn(r,
		    "cannot look whether %s/%s was made from %s: it is taken "
		    "as it is (let this user read both)",
		    c->job->root, path, bak_path);
	if (r < 0)
		return r == -EACCES || change_is_absent(r) ? 0 : r;
	r = may_be_filled_from(p);
	if (r != 1)
		return r;
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
	c->tally.edits -= item->edits.count;
	c->tally.placeholders -= item->edits.count > 0;
	edit_free(&item->edits);
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
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	const struct change *item = change_find(c, path);
	/* the original leaves some forms, but what we have filled is known */
	if ((item != NULL && item->ours) ||
	    !(job->flags & JOB_ALL_NAMES || tree_may_hold_text(name)) ||
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
adopt_holds_some(const struct job *job, int at, const char *name)
{
	struct job alone = *job;
	struct finding found = { 0 };
	struct sweep sweep;
	struct stat st;
	autoclose int fd = -1;

	alone.hook_count = 0;
	int r = files_open_read(at, name, &fd, &st);
	if (r == 0)
		r = sweep_new(&alone, &sweep);
	if (r < 0)
		return r;
	r = sweep_file(&sweep, fd, (uint64_t)st.st_size, name, &found);
	r = r < 0 ? r : found.edits.count > 0;
	sweep_free(&sweep);
	edit_free(&found.edits);
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
