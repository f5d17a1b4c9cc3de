#include "envsubst/sweep.h"

#include "envsubst/files.h"
#include "envsubst/tree.h"

#include "core/guard_heap.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define ROOM ((size_t)256 * 1024)
#define REACH_MAX ((size_t)63 * 1024)
#define BINARY_TEST ((size_t)8 * 1024)

int
sweep_new(const struct job *job, struct sweep *ret)
{
	size_t longest = needles_reach(job->needles);
	assert(job->mode->reach <= REACH_MAX && longest <= NEEDLE_LEN_MAX);
	ret->job = job;
	ret->worker = 0;
	ret->reach = job->mode->reach + longest;
	ret->room = malloc(ROOM);
	return ret->room == NULL ? -ENOMEM : 0;
}

void
sweep_free(struct sweep *s)
{
	free(s->room);
	s->room = NULL;
}

/* The mode sees as much on either side, wherever a window begins and ends. */
static struct view
view_of(const struct sweep *s, const struct sweep_window *w, size_t at,
    uint64_t taken)
{
	size_t from = at > s->reach ? at - s->reach : 0;
	size_t to = w->len - at > s->reach ? at + s->reach : w->len;
	uint64_t start = w->offset + from;
	return (struct view){
		.path = w->path,
		.data = w->data + from,
		.len = to - from,
		.lo = taken > start ? (size_t)(taken - start) : 0,
		.at = at - from,
		.first = start == 0,
		.last = w->last && to == w->len,
	};
}

/* Where in the window the search goes on, or -errno. */
static int64_t
look_at(const struct sweep *s, const struct sweep_window *w, size_t at,
    size_t needle, struct finding *ret)
{
	struct edit edit = { 0 };
	struct view view = view_of(s, w, at, ret->taken);
	view.needle = needle;
	ret->needles++;

	enum look look = s->job->mode->look(s->job->values, &view, &edit);
	if (look == LOOK_EDIT) {
		size_t from = (size_t)(view.data - w->data);
		size_t end = (size_t)edit.start + edit.len;
		assert(edit.start >= view.lo && end <= view.len);
		edit.start += w->offset + from;
		int r = edit_add(&ret->edits, &edit);
		if (r < 0)
			return r;
		ret->taken = w->offset + from + end;
		return (int64_t)(from + end > at ? from + end : at + 1);
	}
	if (look == LOOK_LEFT_OVER && ret->left_over++ == 0)
		ret->left_offset = w->offset + at;
	return (int64_t)at + 1;
}

int64_t
sweep_window(
    const struct sweep *s, const struct sweep_window *w, struct finding *ret)
{
	size_t from = 0;
	size_t which;
	const char *hit;

	/* needles before this have been seen with all that surrounds them */
	if (ret->seen > w->offset)
		from = (size_t)(ret->seen - w->offset);
	while ((hit = needles_find(s->job->needles, w->data + from,
		    w->len - from, &which)) != NULL) {
		size_t at = (size_t)(hit - w->data);
		if (!w->last && w->len - at < s->reach) {
			from = at;
			break;
		}
		int64_t next = look_at(s, w, at, which, ret);
		if (next < 0)
			return next;
		from = (size_t)next;
	}
	if (w->last)
		return (int64_t)w->len;
	/* one that has not been looked at may begin in the last bytes */
	size_t known = w->len > s->reach ? w->len - s->reach : 0;
	if (hit == NULL && from < known)
		from = known;
	ret->seen = w->offset + from;
	return from > s->reach ? (int64_t)(from - s->reach) : 0;
}

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

static bool
is_binary(const struct sweep *s, const char *path, size_t len)
{
	return !(s->job->flags & JOB_ALL_NAMES) &&
	       tree_is_binary(name_of(path), s->room,
		   len < BINARY_TEST ? len : BINARY_TEST);
}

static int
show(const struct sweep *s, const struct seen *piece)
{
	const struct job *job = s->job;
	for (size_t i = 0; i < job->hook_count; i++) {
		const struct hook *hook = &job->hooks[i];
		int r = hook->see == NULL ? 0 : hook->see(hook->arg, piece);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What the window after this one begins with is not given up. */
static size_t
give_up(const struct sweep_window *w, int64_t done)
{
	size_t most = w->len > SEEN_OVERLAP ? w->len - SEEN_OVERLAP : 0;
	return (size_t)done < most ? (size_t)done : most;
}

/*
 * The size that fstat gave is the end: what is written behind it meanwhile
 * counts as a change, which is noticed when the file is rendered.
 */
int
sweep_file(struct sweep *s, int fd, uint64_t size, const char *path,
    struct finding *ret)
{
	uint64_t offset = 0; /* of what stands first in the room */
	size_t have = 0;
	bool first = true;

	while (offset + have < size) {
		ssize_t n = files_read_at(
		    fd, s->room + have, ROOM - have, offset + have);
		if (n < 0)
			return (int)n;
		if (first && is_binary(s, path, (size_t)n))
			return 0;
		have += (size_t)n;
		ret->read += (uint64_t)n;
		struct sweep_window w = { path, s->room, have, offset,
			n == 0 || offset + have >= size };
		int64_t done = sweep_window(s, &w, ret);
		struct seen piece = { s->worker, path, fd, (off_t)size, s->room,
			have, offset, first, w.last };
		int r = done < 0 ? (int)done : show(s, &piece);
		if (r < 0 || w.last)
			return r;
		first = false;
		size_t gone = give_up(&w, done);
		have -= gone;
		memmove(s->room, s->room + gone, have);
		offset += gone;
	}
	return 0;
}
