#include "envsubst/asset.h"

#include "envsubst/files.h"
#include "envsubst/render.h"
#include "envsubst/tree.h"

#include "core/exits.h"
#include "core/guard_heap.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define ROOM ((size_t)256 * 1024)
#define BINARY_TEST ((size_t)8 * 1024)
#define COPY_PIECE ((size_t)64 * 1024)

/* Times of written files: in the past, and of a range that tells them apart. */
#define TIME_FIRST 1000000000
#define TIME_RANGE (1u << 29)

void
asset_free(struct asset *a)
{
	free(a->path);
	scan_free(&a->scan);
	*a = (struct asset){ 0 };
}

int
asset_room_new(const char *root, struct asset_room *ret)
{
	char *data = malloc(ROOM);
	if (data == NULL)
		return -ENOMEM;
	*ret = (struct asset_room){ root, data };
	return 0;
}

void
asset_room_free(struct asset_room *room)
{
	free(room->data);
	room->data = NULL;
}

/*
 * Window after window.  The size that fstat gave is the end: what is written
 * behind it meanwhile counts as a change, which asset_write notices.
 */
static int
scan_stream(char *room, int fd, const struct stat *st, const char *name,
    struct scan *scan)
{
	uint64_t size = (uint64_t)st->st_size;
	uint64_t offset = 0; /* of what stands first in the room */
	size_t have = 0;

	while (offset + have < size) {
		ssize_t n = files_read(fd, room + have, ROOM - have);
		if (n < 0)
			return (int)n;
		bool last = n == 0 || offset + have + (size_t)n >= size;
		if (offset + have == 0 &&
		    tree_is_binary(name, room,
			(size_t)n < BINARY_TEST ? (size_t)n : BINARY_TEST))
			return 0;
		have += (size_t)n;
		int64_t done = scan_window(scan, room, have, offset, last);
		if (done < 0)
			return (int)done;
		if (last)
			return 0;
		have -= (size_t)done;
		memmove(room, room + done, have);
		offset += (uint64_t)done;
	}
	return 0;
}

/* Where a byte stands for people, who count from one. */
struct place {
	uint64_t line;
	uint64_t column;
};

static void
find_place(char *room, int fd, uint64_t offset, struct place *ret)
{
	uint64_t at = 0;
	*ret = (struct place){ 1, 1 };
	while (at < offset) {
		size_t size = offset - at < ROOM ? (size_t)(offset - at) : ROOM;
		ssize_t n = files_read_at(fd, room, size, at);
		if (n <= 0)
			return;
		for (ssize_t i = 0; i < n; i++) {
			ret->column++;
			if (room[i] == '\n') {
				ret->line++;
				ret->column = 1;
			}
		}
		at += (uint64_t)n;
	}
}

static int
left_over(char *room, int fd, const struct asset *a, struct failure *f)
{
	struct place place;
	find_place(room, fd, a->scan.left_offset, &place);
	return failure_set(f, EXITS_CONFIG,
	    "cannot substitute %s/%s:%" PRIu64 ":%" PRIu64 ": " SCAN_WORD
	    " stands there outside of a known form (write "
	    "JSON.parse('\"" SCAN_WORD "\"'))",
	    a->root, a->path, place.line, place.column);
}

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

int
asset_scan(struct asset_room *room, int fd, const struct stat *st,
    const char *path, struct asset *ret, struct failure *f)
{
	struct asset a = { .root = room->root, .st = *st };
	a.path = strdup(path);
	int r = a.path == NULL ? -ENOMEM : 0;

	if (r == 0 && tree_may_hold_text(name_of(path)))
		r = scan_stream(room->data, fd, st, name_of(path), &a.scan);
	if (r == -E2BIG)
		r = failure_set(f, EXITS_CONFIG,
		    "cannot substitute %s/%s: more than %d placeholders in it",
		    a.root, path, SCAN_SPOTS_MAX);
	else if (r < 0)
		r = failure_os(f, r, "read %s/%s", a.root, path);
	else if (a.scan.left_over)
		r = left_over(room->data, fd, &a, f);
	if (r < 0) {
		asset_free(&a);
		return r;
	}
	*ret = a;
	return 0;
}

static bool
has_changed(const struct stat *a, const struct stat *b)
{
	return a->st_size != b->st_size || a->st_ino != b->st_ino ||
	       a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
	       a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

struct sink {
	struct digest_state digest;
	int fd; /* -1: digest only */
};

static int
put(void *arg, const void *data, size_t len)
{
	struct sink *sink = arg;
	digest_add(&sink->digest, data, len);
	return sink->fd == -1 ? 0 : files_write(sink->fd, data, len);
}

static int
render(const struct asset *a, int source, const struct value_set *values,
    struct sink *sink)
{
	struct render job = { source, (uint64_t)a->st.st_size, &a->scan,
		values };
	struct stat st;

	digest_begin(&sink->digest);
	int r = render_file(&job, put, sink);
	if (r == 0)
		r = files_stat(source, &st);
	if (r == 0 && has_changed(&st, &a->st))
		r = -ESTALE;
	return r;
}

static int
failed(const struct asset *a, int err, const char *what, struct failure *f)
{
	if (err == -ESTALE)
		return failure_set(f, EXITS_OSERR,
		    "cannot substitute %s/%s: it changed while it was read "
		    "(nothing else may write there at start)",
		    a->root, a->path);
	return failure_os(f, err, "%s %s/%s", what, a->root, a->path);
}

int
asset_digest(const struct asset *a, int source, const struct value_set *values,
    struct digest *ret, struct failure *f)
{
	struct sink sink = { .fd = -1 };
	int r = render(a, source, values, &sink);
	if (r < 0)
		return failed(a, r, "read", f);
	digest_end(&sink.digest, ret);
	return 0;
}

static struct timespec
time_of(const struct digest *d)
{
	uint32_t n = (uint32_t)d->bytes[0] | (uint32_t)d->bytes[1] << 8 |
		     (uint32_t)d->bytes[2] << 16 | (uint32_t)d->bytes[3] << 24;
	return (struct timespec){ .tv_sec = TIME_FIRST + n % TIME_RANGE };
}

int
asset_write(const struct asset *a, int source, const struct value_set *values,
    const struct stat *like, int to, struct failure *f)
{
	struct sink sink = { .fd = to };
	struct digest digest;

	int r = render(a, source, values, &sink);
	if (r == 0)
		r = files_dress(to, like);
	if (r == 0) {
		digest_end(&sink.digest, &digest);
		r = files_set_time(to, time_of(&digest));
	}
	return r < 0 ? failed(a, r, "write", f) : 0;
}

int
asset_copy(int from, int to)
{
	autofree char *piece = malloc(COPY_PIECE);
	if (piece == NULL)
		return -ENOMEM;
	for (uint64_t at = 0;;) {
		ssize_t n = files_read_at(from, piece, COPY_PIECE, at);
		if (n <= 0)
			return (int)n;
		int r = files_write(to, piece, (size_t)n);
		if (r < 0)
			return r;
		at += (uint64_t)n;
	}
}

int
asset_same(int one, int other)
{
	autofree char *piece = malloc(2 * COPY_PIECE);
	if (piece == NULL)
		return -ENOMEM;
	char *second = piece + COPY_PIECE;
	for (uint64_t at = 0;;) {
		ssize_t n = files_read_at(one, piece, COPY_PIECE, at);
		if (n < 0)
			return (int)n;
		ssize_t m = files_read_at(other, second, COPY_PIECE, at);
		if (m < 0)
			return (int)m;
		if (n != m || memcmp(piece, second, (size_t)n) != 0)
			return 0;
		if (n == 0)
			return 1;
		at += (uint64_t)n;
	}
}
