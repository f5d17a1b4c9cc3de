#include "logs/flow.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/fd.h"
#include "core/guard.h"
#include "core/log.h"
#include "logs/tail.h"

#include <errno.h>
#include <unistd.h>

#define CHUNK (128 * 1024)
#define DRAIN_MAX (1024 * 1024) /* of one pipe at a time: its size */

static char chunk[CHUNK];

void
flow_setup(struct flow *f, int out, int err)
{
	outlet_open(&f->outlet[0], out, "stdout");
	outlet_open(&f->outlet[1], err, "stderr");
}

static struct outlet *
outlet_of(struct flow *f, const struct stream *s)
{
	return &f->outlet[s->channel - 1];
}

static struct stream *
free_stream(struct flow *f)
{
	for (size_t i = 0; i < FLOW_STREAMS_MAX; i++) {
		if (f->stream[i].id != 0)
			continue;
		if (i >= f->top)
			f->top = i + 1;
		return &f->stream[i];
	}
	return NULL;
}

int
flow_open(struct flow *f, const struct flow_source *source, int fd)
{
	autoclose int end = fd;

	if (source->id <= 0 || source->service >= f->ring.services ||
	    source->channel < 1 || source->channel > RING_CHANNELS)
		return -EINVAL;
	/* whoever else may read from that pipe, we never wait in it */
	int r = fd_nonblock(end);
	if (r < 0)
		return r;
	struct stream *s = free_stream(f);
	if (s == NULL)
		return -ENOSPC;
	*s = (struct stream){
		.id = source->id,
		.fd = TAKE_FD(end),
		.service = source->service,
		.channel = source->channel,
		.patience = NEVER,
	};
	if (ring_begin(&f->ring, s->service, s->channel, s->id, source->fresh))
		s->mid_line = ring_mid_line(&f->ring, s->service, s->channel);
	return 0;
}

bool
flow_is_empty(const struct flow *f)
{
	return f->top == 0;
}

static bool
shares(const struct flow *f, const struct stream *s)
{
	unsigned users = 0;
	for (size_t i = 0; i < f->top; i++)
		users +=
		    f->stream[i].id != 0 && f->stream[i].channel == s->channel;
	return users > 1;
}

static void
pass_on(struct flow *f, struct stream *s, const char *data, size_t len)
{
	if (ring_is_current(&f->ring, s->service, s->channel, s->id))
		ring_append(&f->ring, s->service, s->channel, data, len);
	f->lines[s->service][s->channel - 1] += (int64_t)tail_count(data, len);
	int r = stream_take(s, outlet_of(f, s), data, len, shares(f, s));
	if (r == 0)
		return;
	log_error(r, "cannot hold output that cannot be written yet");
	_exit(EXITS_OSERR);
}

static void
finish_if_done(struct flow *f, struct stream *s)
{
	if (!s->ended || s->len > 0)
		return;
	int64_t id = s->id;
	unsigned service = s->service;

	stream_close(s);
	while (f->top > 0 && f->stream[f->top - 1].id == 0)
		f->top--;
	f->ended(f, id, service);
}

/*
 * A container's log drops a last line that has no newline, which in a crash is
 * the line that tells most (moby/moby#43860).
 */
static void
end(struct flow *f, struct stream *s)
{
	s->ended = true;
	if (s->mid_line)
		pass_on(f, s, "\n", 1);
	stream_hurry(s);
	(void)stream_flush(s, outlet_of(f, s));
	finish_if_done(f, s);
}

/* Read once: the count, 0 when there is nothing now or for ever. */
static size_t
read_some(struct flow *f, struct stream *s, size_t max)
{
	ssize_t n = read(s->fd, chunk, max);
	if (n > 0) {
		pass_on(f, s, chunk, (size_t)n);
		return (size_t)n;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		end(f, s);
	return 0;
}

/*
 * Write what is due on one channel; who was stopped in the middle goes first,
 * or another's line would come to stand within his.
 */
static void
flush(struct flow *f, unsigned channel)
{
	struct outlet *o = &f->outlet[channel - 1];

	for (size_t i = 0; i < f->top; i++) {
		struct stream *s = &f->stream[i];
		if (s->channel == channel && s->begun && stream_flush(s, o))
			finish_if_done(f, s);
	}
	for (size_t i = 0; i < f->top && !o->blocked; i++) {
		struct stream *s = &f->stream[i];
		if (s->channel == channel && stream_flush(s, o))
			finish_if_done(f, s);
	}
}

static bool
may_read(const struct flow *f, const struct stream *s)
{
	return s->id != 0 && !s->ended && !f->outlet[s->channel - 1].blocked;
}

/* A negative descriptor is left out by poll. */
nfds_t
flow_poll(const struct flow *f, struct pollfd *p)
{
	for (size_t i = 0; i < RING_CHANNELS; i++)
		p[i] = (struct pollfd){
			.fd = f->outlet[i].blocked ? f->outlet[i].fd : -1,
			.events = POLLOUT,
		};
	for (size_t i = 0; i < f->top; i++)
		p[RING_CHANNELS + i] = (struct pollfd){
			.fd = may_read(f, &f->stream[i]) ? f->stream[i].fd : -1,
			.events = POLLIN,
		};
	return (nfds_t)(RING_CHANNELS + f->top);
}

int64_t
flow_deadline(const struct flow *f)
{
	int64_t deadline = NEVER;
	for (size_t i = 0; i < f->top; i++)
		if (f->stream[i].id != 0 && f->stream[i].patience < deadline)
			deadline = f->stream[i].patience;
	return deadline;
}

static void
let_go_of_parts(struct flow *f)
{
	int64_t deadline = flow_deadline(f);
	if (deadline == NEVER || deadline > clock_ms())
		return;
	for (size_t i = 0; i < f->top; i++) {
		struct stream *s = &f->stream[i];
		if (s->id == 0 || s->patience > deadline)
			continue;
		stream_hurry(s);
		(void)stream_flush(s, outlet_of(f, s));
	}
}

static void
unblock(struct flow *f, const struct pollfd *p)
{
	for (unsigned i = 0; i < RING_CHANNELS; i++) {
		if (p[i].revents == 0)
			continue;
		f->outlet[i].blocked = false;
		flush(f, i + 1);
	}
}

void
flow_go_on(struct flow *f, const struct pollfd *p, nfds_t count)
{
	unblock(f, p);
	for (size_t i = 0; i + RING_CHANNELS < count; i++) {
		struct stream *s = &f->stream[i];
		if (p[RING_CHANNELS + i].revents == 0 || !may_read(f, s))
			continue;
		size_t room = outlet_room(outlet_of(f, s), sizeof(chunk));
		if (room > 0)
			(void)read_some(f, s, room);
	}
	let_go_of_parts(f);
}

/* An orphan may go on writing for ever, so there is a bound. */
static void
drain(struct flow *f, struct stream *s, bool while_blocked)
{
	const int64_t id = s->id;
	size_t got = 0;
	size_t n;

	do {
		bool may = while_blocked ? !s->ended : may_read(f, s);
		n = may ? read_some(f, s, sizeof(chunk)) : 0;
		got += n;
	} while (n > 0 && s->id == id && got < DRAIN_MAX);
}

void
flow_drain(struct flow *f, unsigned service)
{
	for (size_t i = 0; i < f->top; i++)
		if (f->stream[i].id != 0 && f->stream[i].service == service)
			drain(f, &f->stream[i], true);
}

/* Read and write what can be; true: an outlet is blocked. */
static bool
empty_pipes(struct flow *f)
{
	for (size_t i = 0; i < f->top; i++) {
		struct stream *s = &f->stream[i];
		if (s->id == 0)
			continue;
		stream_hurry(s);
		if (stream_flush(s, outlet_of(f, s)) && !s->ended)
			drain(f, s, false);
	}
	return f->outlet[0].blocked || f->outlet[1].blocked;
}

/* Only what is blocked is waited for, so a quiet orphan delays nobody. */
static void
wait_for_outlets(struct flow *f, int64_t deadline)
{
	struct pollfd p[FLOW_POLL_MAX];

	(void)flow_poll(f, p);
	if (poll(p, RING_CHANNELS, clock_left(deadline)) > 0)
		unblock(f, p);
}

void
flow_leave(struct flow *f, int64_t deadline)
{
	while (empty_pipes(f) && clock_ms() < deadline)
		wait_for_outlets(f, deadline);
	for (size_t i = 0; i < f->top; i++)
		if (f->stream[i].id != 0)
			stream_close(&f->stream[i]);
	f->top = 0;
	for (size_t i = 0; i < RING_CHANNELS; i++)
		outlet_close(&f->outlet[i]);
}
