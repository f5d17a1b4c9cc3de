#include "logs/stream.h"

#include "core/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
hold(struct stream *s, const char *data, size_t len)
{
	if (len == 0)
		return 0;
	if (s->from > 0) {
		memmove(s->held, s->held + s->from, s->len);
		s->from = 0;
	}
	if (s->len + len > s->size) {
		char *grown = realloc(s->held, s->len + len);
		if (grown == NULL)
			return -ENOMEM;
		s->held = grown;
		s->size = s->len + len;
	}
	memcpy(s->held + s->len, data, len);
	s->len += len;
	return 0;
}

static void
done_with(struct stream *s, size_t len)
{
	s->from += len;
	s->len -= len;
	s->due -= len;
	s->begun = s->due > 0 && (s->begun || len > 0);
	if (s->len == 0) {
		free(s->held);
		s->held = NULL;
		s->size = 0;
		s->from = 0;
	}
}

/* Up to and with the last newline; all of it when the rest is too long. */
static size_t
whole(const char *data, size_t len)
{
	const char *newline = len > 0 ? memrchr(data, '\n', len) : NULL;
	size_t n = newline ? (size_t)(newline - data) + 1 : 0;
	return len - n > STREAM_PART_MAX ? len : n;
}

static void
be_patient(struct stream *s)
{
	if (s->len == s->due)
		s->patience = NEVER;
	else if (s->patience == NEVER)
		s->patience = clock_ms() + STREAM_PATIENCE_MS;
}

static int
take_behind(struct stream *s, struct outlet *o, const char *data, size_t len,
    bool whole_lines)
{
	int r = hold(s, data, len);
	if (r < 0)
		return r;
	size_t due = whole_lines ? whole(s->held + s->from, s->len) : s->len;
	if (due > s->due)
		s->due = due;
	(void)stream_flush(s, o);
	be_patient(s);
	return 0;
}

int
stream_take(struct stream *s, struct outlet *o, const char *data, size_t len,
    bool whole_lines)
{
	if (len > 0)
		s->mid_line = data[len - 1] != '\n';
	if (s->len > 0 || o->blocked)
		return take_behind(s, o, data, len, whole_lines);
	size_t due = whole_lines ? whole(data, len) : len;
	size_t done = outlet_write(o, data, due);
	int r = hold(s, data + done, len - done);
	if (r < 0)
		return r;
	s->due = due - done;
	s->begun = s->due > 0 && done > 0;
	be_patient(s);
	return 0;
}

bool
stream_flush(struct stream *s, struct outlet *o)
{
	if (s->due > 0 && !o->blocked)
		done_with(s, outlet_write(o, s->held + s->from, s->due));
	return s->due == 0;
}

void
stream_hurry(struct stream *s)
{
	s->due = s->len;
	s->patience = NEVER;
}

void
stream_close(struct stream *s)
{
	if (s->fd != -1)
		(void)close(s->fd);
	free(s->held);
	*s = (struct stream){ .fd = -1, .patience = NEVER };
}
