#include "healthcheck/probe.h"

#include "core/clock.h"
#include "core/fd.h"
#include "core/guard_heap.h"
#include "core/httpmsg.h"
#include "core/log.h"
#include "core/role.h"
#include "healthcheck/peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER_MAX 4096 /* a status line, with what came before it */
#define REQUEST_MAX (WIRE_TEXT_MAX + 512)
#define FROZEN_MS 1000
#define DRAIN_MAX (256 * 1024)

enum phase { IDLE, CONNECTING, SENDING, READING, DRAINING, DONE, PHASES };

static const short events[] = {
	[IDLE] = 0,
	[CONNECTING] = POLLOUT,
	[SENDING] = POLLOUT,
	[READING] = POLLIN,
	[DRAINING] = POLLIN,
	[DONE] = 0,
};
_Static_assert(ARRAY_LEN(events) == PHASES, "what each phase waits for");

struct probe {
	uint32_t serial;
	unsigned number;
	bool http;
	bool once;
	int64_t every_ms;
	int64_t timeout_ms;
	struct peer peer;
	char *request;
	size_t request_len;

	enum phase phase;
	int fd;
	int index;   /* in the watch */
	int which;   /* of the peer's addresses comes next */
	int refused; /* why the first one could not be reached */
	int64_t eager_until;
	int64_t next;     /* attempt */
	int64_t deadline; /* of this attempt; NEVER when idle */
	size_t sent;
	size_t have;
	size_t drained;

	bool news; /* an outcome that PID 1 has not been told */
	bool ok;
	char why[WIRE_NAME_MAX + 1];

	char answer[ANSWER_MAX];
};

static struct probe *probes[WIRE_SLOTS];
static size_t probes_end; /* one more than the highest number in use */

static void
free_probe(struct probe *p)
{
	if (p == NULL)
		return;
	if (p->fd != -1)
		(void)close(p->fd);
	free(p->request);
	free(p);
}

static void
remove_probe(size_t number)
{
	free_probe(probes[number]);
	probes[number] = NULL;
	while (probes_end > 0 && probes[probes_end - 1] == NULL)
		probes_end--;
}

static void
hang_up(struct probe *p)
{
	if (p->fd != -1)
		(void)close(p->fd);
	p->fd = -1;
	p->index = WATCH_NONE;
}

static void
rest_until(struct probe *p, int64_t next)
{
	hang_up(p);
	p->phase = IDLE;
	p->deadline = NEVER;
	p->next = next;
}

/* A once-probe tells its first success only. */
static void
note(struct probe *p, bool ok, const char *why)
{
	if (p->once && !ok)
		return;
	p->news = true;
	p->ok = ok;
	(void)snprintf(p->why, sizeof(p->why), "%s", why);
}

static void
fail(struct probe *p, const char *why, int64_t now)
{
	note(p, false, why);
	rest_until(p, now + p->every_ms);
}

static void
fail_errno(struct probe *p, int err, int64_t now)
{
	char why[WIRE_NAME_MAX];
	(void)snprintf(
	    why, sizeof(why), "%s: %s", p->peer.host, strerror(-err));
	fail(p, why, now);
}

/* Nobody listens, which while booting may change at any moment. */
static void
fail_unreached(struct probe *p, int64_t now)
{
	fail_errno(p, p->refused, now);
	if (p->once && now < p->eager_until && p->every_ms > PROBE_EAGER_MS)
		p->next = now + PROBE_EAGER_MS;
}

/*
 * The outcome is known: tell it, and read the rest of an http answer, so that
 * the service does not see its connection reset.
 */
static void
conclude(struct probe *p, bool ok, const char *why, int64_t now)
{
	note(p, ok, why);
	p->next = p->once && ok ? NEVER : now + p->every_ms;
	p->phase = DRAINING;
	p->drained = 0;
	if (!p->http)
		rest_until(p, p->next);
}

/* Connect to the next address that does not fail at once. */
static void
connect_next(struct probe *p, int64_t now)
{
	hang_up(p);
	while (p->which < p->peer.count) {
		int fd = peer_connect(&p->peer, p->which++);
		if (fd >= 0) {
			p->fd = fd;
			p->phase = CONNECTING;
			return;
		}
		if (p->refused == 0)
			p->refused = fd;
	}
	fail_unreached(p, now);
}

static void
attempt(struct probe *p, int64_t now)
{
	p->which = p->refused = 0;
	p->sent = p->have = 0;
	p->deadline = now + p->timeout_ms;
	connect_next(p, now);
}

static void
on_connected(struct probe *p, int64_t now)
{
	int r = peer_connected(p->fd);
	if (r < 0) {
		if (p->refused == 0)
			p->refused = r;
		connect_next(p, now);
	} else if (p->http) {
		p->phase = SENDING;
	} else {
		conclude(p, true, "connected", now);
	}
}

static void
on_writable(struct probe *p, int64_t now)
{
	ssize_t n = send(p->fd, p->request + p->sent, p->request_len - p->sent,
	    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		fail_errno(p, -errno, now);
		return;
	}
	p->sent += n == -1 ? 0 : (size_t)n;
	if (p->sent == p->request_len)
		p->phase = READING;
}

/* The final status in what has come so far; 0: not there yet; or -EBADMSG. */
static int
final_status(struct probe *p)
{
	for (;;) {
		int status = httpmsg_status(p->answer, p->have);
		if (status <= 0 || status >= 200 || status == 101)
			return status;
		int len = httpmsg_head(p->answer, p->have, 0);
		if (len <= 0)
			return len;
		p->have -= (size_t)len;
		memmove(p->answer, p->answer + len, p->have);
	}
}

static void
judge(struct probe *p, int status, int64_t now)
{
	char why[32];
	(void)snprintf(why, sizeof(why), "status %d", status);
	conclude(p, status >= 200 && status <= 399, why, now);
}

static void
on_readable(struct probe *p, int64_t now)
{
	ssize_t n = recv(
	    p->fd, p->answer + p->have, ANSWER_MAX - p->have, MSG_DONTWAIT);
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			fail_errno(p, -errno, now);
		return;
	}
	p->have += (size_t)n;
	int status = final_status(p);
	if (status > 0)
		judge(p, status, now);
	else if (status < 0 || p->have == ANSWER_MAX)
		fail(p, "the answer is not HTTP", now);
	else if (n == 0)
		fail(p, "closed the connection without an answer", now);
}

static void
end_drain(struct probe *p)
{
	rest_until(p, p->next);
}

static void
on_rest(struct probe *p)
{
	ssize_t n = recv(p->fd, p->answer, ANSWER_MAX, MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	p->drained += n > 0 ? (size_t)n : 0;
	if (n <= 0 || p->drained > DRAIN_MAX)
		end_drain(p);
}

/* So late is who was frozen, and that may be the service as well: ask anew. */
static void
on_late(struct probe *p, int64_t now)
{
	char why[64];
	if (now - p->deadline > FROZEN_MS) {
		rest_until(p, p->phase == DRAINING ? p->next : now);
		return;
	}
	if (p->phase == DRAINING) {
		end_drain(p);
		return;
	}
	(void)snprintf(why, sizeof(why), "no answer within %lld ms",
	    (long long)p->timeout_ms);
	fail(p, why, now);
}

static void
turn(struct probe *p, short revents, int64_t now)
{
	if (p->phase == IDLE && now >= p->next)
		attempt(p, now);
	else if (p->phase != IDLE && now >= p->deadline)
		on_late(p, now);
	else if (revents == 0)
		return;
	else if (p->phase == CONNECTING)
		on_connected(p, now);
	else if (p->phase == SENDING)
		on_writable(p, now);
	else if (p->phase == READING)
		on_readable(p, now);
	else if (p->phase == DRAINING)
		on_rest(p);
}

void
probe_turn(const struct watch *w, int64_t now)
{
	for (size_t i = 0; i < probes_end; i++)
		if (probes[i] != NULL)
			turn(probes[i], watch_events(w, probes[i]->index), now);
}

void
probe_watch(struct watch *w)
{
	for (size_t i = 0; i < probes_end; i++) {
		struct probe *p = probes[i];
		if (p != NULL && p->fd != -1)
			p->index = watch_add(w, p->fd, events[p->phase]);
	}
}

int64_t
probe_deadline(void)
{
	int64_t first = NEVER;
	for (size_t i = 0; i < probes_end; i++) {
		const struct probe *p = probes[i];
		if (p == NULL)
			continue;
		int64_t due = p->phase == IDLE ? p->next : p->deadline;
		if (due < first)
			first = due;
	}
	return first;
}

bool
probe_has_news(void)
{
	for (size_t i = 0; i < probes_end; i++)
		if (probes[i] != NULL && probes[i]->news)
			return true;
	return false;
}

static void
tell(struct probe *p)
{
	p->news = false;
	role_send(&(struct wire_msg){
	    .type = WIRE_HEALTH_RESULT,
	    .serial = p->serial,
	    .fd = -1,
	    .field = {
		[HEALTH_RESULT_PROBE] = WIRE_NUM(p->number),
		[HEALTH_RESULT_OK] = WIRE_NUM(p->ok),
		[HEALTH_RESULT_WHY] = WIRE_STR(p->why),
	    },
	});
}

void
probe_tell(void)
{
	for (size_t i = 0; i < probes_end; i++) {
		if (probes[i] == NULL || !probes[i]->news)
			continue;
		if (fd_wait(role_channel(), POLLOUT, 0) != 1)
			return;
		tell(probes[i]);
	}
}

static int
read_target(struct probe *p, const char *target, const char **ret_why)
{
	char memory[REQUEST_MAX];
	struct buf request = BUF_ON(memory);

	int r = p->http ? peer_url(target, &p->peer, ret_why)
			: peer_address(target, &p->peer, ret_why);
	if (r == -1)
		return -1;
	*ret_why = "is not on loopback";
	if (!peer_is_loopback(&p->peer))
		return -1;
	*ret_why = "makes too long a request";
	if (!p->http)
		return 0;
	if (!peer_request(&p->peer, p->peer.path, &request))
		return -1;
	p->request = strdup(memory);
	p->request_len = request.len;
	return p->request != NULL ? 0 : -1;
}

static void
refuse(struct probe *p, const char *target, const char *why)
{
	log_error(0, "cannot probe %s: it %s", target, why);
	p->once = false;
	note(p, false, why);
	p->phase = DONE;
	p->deadline = NEVER;
}

void
probe_start(const struct wire_msg *msg, int64_t now)
{
	const struct wire_field *f = msg->field;
	const char *target = f[HEALTH_PROBE_TARGET].ptr;
	size_t number = (size_t)f[HEALTH_PROBE_PROBE].num;
	const char *why;

	remove_probe(number);
	struct probe *p = calloc(1, sizeof(*p));
	if (p == NULL) {
		log_error(ENOMEM, "cannot probe %s", target);
		return;
	}
	*p = (struct probe){
		.serial = msg->serial,
		.number = (unsigned)number,
		.http = f[HEALTH_PROBE_KIND].num == 0,
		.once = f[HEALTH_PROBE_ONCE].num != 0,
		.every_ms = f[HEALTH_PROBE_EVERY_MS].num,
		.timeout_ms = f[HEALTH_PROBE_TIMEOUT_MS].num,
		.fd = -1,
		.index = WATCH_NONE,
		.eager_until = now + PROBE_EAGER_FOR_MS,
	};
	if (p->every_ms < 1)
		p->every_ms = 1;
	probes[number] = p;
	if (number >= probes_end)
		probes_end = number + 1;
	if (read_target(p, target, &why) == -1)
		refuse(p, target, why);
	else
		rest_until(p, now);
}

void
probe_stop(const struct wire_msg *msg)
{
	remove_probe((size_t)msg->field[HEALTH_UNPROBE_PROBE].num);
}
