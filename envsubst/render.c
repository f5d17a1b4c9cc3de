#include "envsubst/render.h"

#include "envsubst/files.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define PIECE ((size_t)32 * 1024)

/*
 * To know what a placeholder stands in takes reading all before it.  Beyond
 * these the place counts as unknown, which is always safe.
 */
#define BEFORE_MAX (4 * 1024 * 1024)

struct site {
	const struct render *r;
	const struct edit *edit;
	void *state;
	struct failure *f;
	uint64_t put; /* for this edit */
	int error;    /* -errno of putting or reading */
	char *source; /* the edit's bytes */
	size_t room;  /* of source */
	char *before; /* the file from its start, as far as asked for */
	size_t before_len;
	size_t before_room;
	char piece[PIECE];
};

const char *
site_path(const struct site *s)
{
	return s->r->path;
}

const struct edit *
site_edit(const struct site *s)
{
	return s->edit;
}

void *
site_state(const struct site *s)
{
	return s->state;
}

struct failure *
site_failure(const struct site *s)
{
	return s->f;
}

const char *
site_source(const struct site *s)
{
	return s->source;
}

int
site_put(struct site *s, const void *data, size_t len)
{
	if (s->error == 0 && len > 0)
		s->error = s->r->put(s->r->arg, data, len);
	s->put += len;
	return s->error == 0 ? 0 : -1;
}

/* 0 or -errno. */
static int
read_exactly(int fd, char *to, size_t len, uint64_t offset)
{
	for (size_t have = 0; have < len;) {
		ssize_t n =
		    files_read_at(fd, to + have, len - have, offset + have);
		if (n <= 0)
			return n < 0 ? (int)n : -ESTALE;
		have += (size_t)n;
	}
	return 0;
}

const char *
site_before(struct site *s, size_t *ret_len)
{
	uint64_t len = s->edit->start;

	if (len > BEFORE_MAX)
		return NULL;
	if (s->before == NULL || len > s->before_room) {
		size_t room = (size_t)len * 2 + PIECE;
		room = room < BEFORE_MAX ? room : BEFORE_MAX;
		char *grown = realloc(s->before, room);
		if (grown == NULL)
			return NULL;
		s->before = grown;
		s->before_room = room;
	}
	if (len > s->before_len) {
		if (read_exactly(s->r->source, s->before + s->before_len,
			(size_t)len - s->before_len, s->before_len) < 0)
			return NULL;
		s->before_len = (size_t)len;
	}
	*ret_len = (size_t)len;
	return s->before;
}

static int
put_source(struct site *s, uint64_t from, uint64_t to)
{
	while (from < to) {
		size_t size = to - from < PIECE ? (size_t)(to - from) : PIECE;
		ssize_t n = files_read_at(s->r->source, s->piece, size, from);
		if (n <= 0)
			return n < 0 ? (int)n : -ESTALE;
		int r = s->r->put(s->r->arg, s->piece, (size_t)n);
		if (r < 0)
			return r;
		from += (uint64_t)n;
	}
	return 0;
}

static int
load_edit(struct site *s, const struct edit *edit)
{
	if (edit->len + (size_t)1 > s->room) {
		char *grown = realloc(s->source, edit->len + (size_t)1);
		if (grown == NULL)
			return -ENOMEM;
		s->source = grown;
		s->room = edit->len + (size_t)1;
	}
	s->edit = edit;
	s->put = 0;
	s->source[edit->len] = '\0';
	return read_exactly(s->r->source, s->source, edit->len, edit->start);
}

static int
put_edit(struct site *s, struct edit *edit)
{
	int r = load_edit(s, edit);
	if (r < 0)
		return r;
	if (s->r->mode->write(s->r->values, s) < 0)
		return s->error != 0 ? s->error : -ECANCELED;
	edit->written = s->put;
	return s->error;
}

static int
put_all(struct site *s)
{
	const struct render *r = s->r;
	uint64_t at = 0;

	for (size_t i = 0; i < r->edits->count; i++) {
		struct edit *edit = &r->edits->edit[i];
		int e = put_source(s, at, edit->start);
		if (e == 0)
			e = put_edit(s, edit);
		if (e < 0)
			return e;
		at = edit->start + edit->len;
	}
	return put_source(s, at, r->size);
}

static int
begin(struct site *s)
{
	const struct render *r = s->r;
	if (r->mode->begin == NULL || r->edits->count == 0)
		return 0;
	s->state = r->mode->begin(r->values, r->path);
	return s->state == NULL ? -ENOMEM : 0;
}

int
render_file(const struct render *r, struct failure *f)
{
	autofree struct site *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->r = r;
	s->f = f;
	int e = begin(s);
	if (e == 0)
		e = put_all(s);
	if (r->mode->end != NULL && s->state != NULL)
		r->mode->end(s->state);
	free(s->source);
	free(s->before);
	return e;
}
