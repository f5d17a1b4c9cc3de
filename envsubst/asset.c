#include "envsubst/asset.h"

#include "envsubst/files.h"
#include "envsubst/render.h"

#include "core/exits.h"
#include "core/guard_heap.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define COPY_PIECE ((size_t)64 * 1024)

/* Times of written files: in the past, and of a range that tells them apart. */
#define TIME_FIRST 1000000000
#define TIME_RANGE (1u << 29)

static bool
has_changed(const struct stat *a, const struct stat *b)
{
	return a->st_size != b->st_size || a->st_ino != b->st_ino ||
	       a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
	       a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

/* Modes put a few bytes at a time. */
struct sink {
	struct digest_state digest;
	int fd; /* -1: digest only */
	size_t have;
	char *piece; /* COPY_PIECE bytes */
};

static int
flush(struct sink *sink)
{
	size_t have = sink->have;

	sink->have = 0;
	digest_add(&sink->digest, sink->piece, have);
	return sink->fd == -1 ? 0 : files_write(sink->fd, sink->piece, have);
}

static int
put(void *arg, const void *data, size_t len)
{
	struct sink *sink = arg;
	const char *from = data;

	while (len > 0) {
		size_t n = COPY_PIECE - sink->have;
		n = n < len ? n : len;
		memcpy(sink->piece + sink->have, from, n);
		sink->have += n;
		from += n;
		len -= n;
		int r = sink->have == COPY_PIECE ? flush(sink) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int
failed(const struct asset *a, int err, struct failure *f)
{
	const char *root = a->job->root == NULL ? "" : a->job->root;
	const char *slash = a->job->root == NULL ? "" : "/";

	if (err == -ECANCELED)
		return -1; /* the mode has said why */
	if (err == -ESTALE)
		return failure_set(f, EXITS_OSERR,
		    "cannot substitute %s%s%s: it changed while it was read "
		    "(nothing else may write there at start)",
		    root, slash, a->path);
	return failure_os(f, err, "substitute %s%s%s", root, slash, a->path);
}

int
asset_render(
    const struct asset *a, int to, struct digest *ret, struct failure *f)
{
	autofree char *piece = malloc(COPY_PIECE);
	struct sink sink = { .fd = to, .piece = piece };
	struct render job = {
		.mode = a->job->mode,
		.values = a->job->values,
		.path = a->path,
		.source = a->source,
		.size = (uint64_t)a->st->st_size,
		.edits = a->edits,
		.put = put,
		.arg = &sink,
	};
	struct stat st;

	digest_begin(&sink.digest);
	int r = piece == NULL ? -ENOMEM : render_file(&job, f);
	if (r == 0)
		r = flush(&sink);
	if (r == 0)
		r = files_stat(a->source, &st);
	if (r == 0 && has_changed(&st, a->st))
		r = -ESTALE;
	if (r < 0)
		return failed(a, r, f);
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
asset_dress(int fd, const struct stat *like, const struct digest *contents)
{
	int r = files_dress(fd, like);
	return r < 0 ? r : files_set_time(fd, time_of(contents));
}

int
asset_clone(int from, const struct stat *st, int to)
{
	int r = asset_copy(from, to);
	if (r == 0)
		r = files_dress(to, st);
	return r < 0 ? r : files_set_time(to, st->st_mtim);
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
