#include "supervisor/streams.h"

#include "core/guard.h"
#include "core/log.h"
#include "logs/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "supervisor/pid1.h"

int
streams_setup(struct streams *s, size_t slots)
{
	int r = ring_create(slots, &s->ring_fd);
	if (r < 0)
		return r;
	s->slots = slots;
	s->on = true;
	return 0;
}

static struct stream *
free_stream(struct streams *s)
{
	for (size_t i = 0; i < STREAMS_MAX; i++)
		if (s->stream[i].id == 0)
			return &s->stream[i];
	return NULL;
}

/* Without the larger pipe (a limit per user) the usual 64 KiB must do. */
static int
open_pipe(int *ret_read, int *ret_write)
{
	int pair[2];
	if (pipe2(pair, O_CLOEXEC) == -1)
		return -errno;
	(void)fcntl(pair[1], F_SETPIPE_SZ, STREAM_PIPE_SIZE);
	*ret_read = pair[0];
	*ret_write = pair[1];
	return 0;
}

static int
open_stream(struct streams *s, size_t slot, int channel)
{
	struct stream *stream = free_stream(s);
	int read_end = -1, write_end = -1;

	if (stream == NULL || open_pipe(&read_end, &write_end) < 0)
		return -1;
	*stream = (struct stream){
		.id = ++s->last_id,
		.read_end = read_end,
		.slot = slot,
		.channel = channel,
		.fresh = true,
	};
	return write_end;
}

void
streams_new_life(struct streams *s, size_t slot, int *ret_out, int *ret_err)
{
	*ret_out = -1;
	*ret_err = -1;
	if (!s->on)
		return;
	*ret_out = open_stream(s, slot, 1);
	*ret_err = open_stream(s, slot, 2);
	if (*ret_out == -1 || *ret_err == -1)
		log_warn(0,
		    "cannot capture the output of a new life: too many "
		    "pipes are open; it goes straight to the container");
}

void
streams_forget_told(struct streams *s)
{
	for (size_t i = 0; i < STREAMS_MAX; i++)
		s->stream[i].told = false;
}

void
streams_ended(struct streams *s, int64_t id)
{
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		if (id == 0 || s->stream[i].id != id)
			continue;
		(void)close(s->stream[i].read_end);
		s->stream[i].id = 0;
		return;
	}
}

struct stream *
streams_untold(struct streams *s)
{
	struct stream *oldest = NULL;
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		struct stream *t = &s->stream[i];
		if (t->id != 0 && !t->told &&
		    (oldest == NULL || t->id < oldest->id))
			oldest = t;
	}
	return oldest;
}

size_t
streams_open(const struct streams *s)
{
	size_t n = 0;
	for (size_t i = 0; i < STREAMS_MAX; i++)
		if (s->stream[i].id != 0)
			n++;
	return n;
}
