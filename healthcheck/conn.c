#include "healthcheck/conn.h"

#include "core/clock.h"
#include "core/guard_heap.h"
#include "healthcheck/facts.h"
#include "healthcheck/routes.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum phase { READING, WAITING, WRITING, DRAINING, PHASES };

static const short events[] = {
	[READING] = POLLIN,
	[WAITING] = 0,
	[WRITING] = POLLOUT,
	[DRAINING] = POLLIN,
};
_Static_assert(ARRAY_LEN(events) == PHASES, "what each phase waits for");

struct conn {
	int fd;
	enum phase phase;
	int64_t deadline;
	bool crowded;
	bool ended; /* the client will send no more */

	struct request request; /* points into in[], which then stands still */
	size_t head_len;        /* of the request that is being answered */
	size_t have;
	size_t seen; /* have been searched for the head's end */

	char *rest; /* of the answer: what the socket did not take at once */
	size_t rest_len;
	size_t rest_sent;

	char in[CONN_HEAD_MAX];
};

struct conn *
conn_new(int fd, int64_t now)
{
	struct conn *c = malloc(sizeof(*c));
	if (c == NULL) {
		(void)close(fd);
		return NULL;
	}
	/* all but the buffer, whose pages are touched as they are used */
	memset(c, 0, offsetof(struct conn, in));
	c->fd = fd;
	c->deadline = now + CONN_STALL_MS;
	return c;
}

void
conn_free(struct conn *c)
{
	if (c == NULL)
		return;
	(void)close(c->fd);
	free(c->rest);
	free(c);
}

int
conn_fd(const struct conn *c)
{
	return c->fd;
}

short
conn_events(const struct conn *c)
{
	return events[c->phase];
}

int64_t
conn_deadline(const struct conn *c)
{
	return c->deadline;
}

static void
drop_front(struct conn *c, size_t len)
{
	c->have -= len;
	c->seen = 0;
	memmove(c->in, c->in + len, c->have);
}

/* The answer is sent: false when there is nothing more to do here. */
static bool
after_answer(struct conn *c, int64_t now)
{
	bool unread = c->request.body || c->have > c->head_len;

	drop_front(c, c->head_len);
	c->head_len = 0;
	if (c->request.keep) {
		c->phase = READING;
		c->deadline = now + CONN_STALL_MS;
		return true;
	}
	if (!unread || c->ended || shutdown(c->fd, SHUT_WR) == -1)
		return false;
	c->phase = DRAINING;
	c->deadline = now + CONN_DRAIN_MS;
	return true;
}

/* Keep what the socket did not take.  False: no memory. */
static bool
keep_rest(struct conn *c, struct iovec piece[2], size_t sent)
{
	size_t total = piece[0].iov_len + piece[1].iov_len;
	size_t of_head = sent < piece[0].iov_len ? sent : piece[0].iov_len;

	c->rest = malloc(total - sent);
	if (c->rest == NULL)
		return false;
	c->rest_len = total - sent;
	c->rest_sent = 0;
	size_t head_rest = piece[0].iov_len - of_head;
	memcpy(c->rest, (char *)piece[0].iov_base + of_head, head_rest);
	memcpy(c->rest + head_rest,
	    (char *)piece[1].iov_base + (sent - of_head),
	    c->rest_len - head_rest);
	return true;
}

static bool
send_reply(struct conn *c, const struct reply *reply, int64_t now)
{
	char memory[REPLY_HEAD_MAX];
	struct buf head = BUF_ON(memory);

	if (c->crowded)
		c->request.keep = false;
	reply_head(reply, &c->request, &head);
	struct iovec piece[2] = {
		{ head.data, head.len },
		{ reply->body.data,
		    c->request.head_only ? 0 : reply->body.len },
	};
	struct msghdr m = { .msg_iov = piece, .msg_iovlen = 2 };
	ssize_t n = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		return false;
	size_t sent = n == -1 ? 0 : (size_t)n;
	if (sent == piece[0].iov_len + piece[1].iov_len)
		return after_answer(c, now);
	c->phase = WRITING;
	c->deadline = now + CONN_STALL_MS;
	return keep_rest(c, piece, sent);
}

static bool
refuse(struct conn *c, int status, int64_t now)
{
	struct reply reply;
	routes_refuse(status, &reply);
	return send_reply(c, &reply, now);
}

/* A head that is too long, malformed or late: nothing after it makes sense. */
static bool
refuse_head(struct conn *c, int status, int64_t now)
{
	c->request = (struct request){ .body = true };
	c->head_len = c->have;
	return refuse(c, status, now);
}

static bool
answer(struct conn *c, const struct facts *facts, int64_t now)
{
	struct reply reply;
	routes_answer(&c->request, facts, &reply);
	return send_reply(c, &reply, now);
}

static bool
begin_answer(struct conn *c, int64_t now)
{
	int status = request_parse(c->in, c->head_len, &c->request);
	if (status != 0)
		return refuse(c, status, now);
	const struct facts *facts = facts_at(now);
	if (facts != NULL || !routes_known(&c->request))
		return answer(c, facts, now);
	facts_ask(now);
	c->phase = WAITING;
	c->deadline = NEVER;
	return true;
}

/* RFC 9112, 2.2: an empty line before a request is to be ignored. */
static void
skip_empty_lines(struct conn *c)
{
	size_t skip = 0;
	while (
	    skip < c->have && (c->in[skip] == '\n' ||
				  (c->in[skip] == '\r' && skip + 1 < c->have &&
				      c->in[skip + 1] == '\n')))
		skip++;
	if (skip > 0)
		drop_front(c, skip);
}

/*
 * Answer what lies complete in the buffer.  The loop ends: each turn takes a
 * request's bytes off the buffer, or leaves READING.
 */
static bool
go_on(struct conn *c, int64_t now)
{
	while (c->phase == READING) {
		skip_empty_lines(c);
		int len = httpmsg_head(c->in, c->have, c->seen);
		c->seen = c->have;
		bool full = c->have == CONN_HEAD_MAX;
		if (len == 0 && !full)
			return !c->ended;
		if (len <= 0)
			return refuse_head(c, len == 0 ? 431 : 400, now);
		c->head_len = (size_t)len;
		if (!begin_answer(c, now))
			return false;
	}
	return true;
}

static bool
receive(struct conn *c)
{
	ssize_t n =
	    recv(c->fd, c->in + c->have, CONN_HEAD_MAX - c->have, MSG_DONTWAIT);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		c->ended = true;
	c->have += (size_t)n;
	return true;
}

static bool
send_rest(struct conn *c, int64_t now)
{
	ssize_t n = send(c->fd, c->rest + c->rest_sent,
	    c->rest_len - c->rest_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR;
	c->rest_sent += (size_t)n;
	if (c->rest_sent < c->rest_len)
		return true;
	free(TAKE_PTR(c->rest));
	return after_answer(c, now);
}

static bool
drain(struct conn *c)
{
	ssize_t n = recv(c->fd, c->in, sizeof(c->in), MSG_DONTWAIT);
	return n > 0 || (n == -1 && (errno == EAGAIN || errno == EINTR));
}

/* Half a request is told that it is late; a silent client is just cut. */
static bool
late(struct conn *c, int64_t now)
{
	if (c->phase != READING || c->have == 0)
		return false;
	return refuse_head(c, 408, now);
}

bool
conn_turn(struct conn *c, short revents, bool crowded, int64_t now)
{
	bool alive = true;

	c->crowded = crowded;
	if (c->phase == WAITING)
		return revents == 0;
	if (now >= c->deadline)
		return late(c, now);
	if (revents == 0)
		return true;
	if (c->phase == READING)
		alive = receive(c);
	else if (c->phase == WRITING)
		alive = send_rest(c, now);
	else
		alive = drain(c);
	return alive && go_on(c, now);
}

bool
conn_wake(struct conn *c, bool answered, int64_t now)
{
	if (c->phase != WAITING)
		return true;
	c->phase = READING;
	return answer(c, answered ? facts_at(now) : NULL, now) && go_on(c, now);
}
