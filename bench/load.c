#include "load.h"
#include "accepted.h"
#include "apps/page.h"
#include "measure.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define CLIENTS_MAX 4096
#define EVENTS 64
#define TEXT_MAX 1024
#define MS INT64_C(1000000)
#define PORTS 65536

struct client {
	int fd; /* -1: free */
	bool kept;
	bool asking; /* a request was sent and not answered */
	bool probe;  /* load_ask's */
	int64_t due; /* when the request should have begun */
	int64_t opened;
	int64_t next; /* of a kept one: its next request */
	uint16_t port;
	char text[TEXT_MAX];
	size_t len;
};

struct load {
	struct load_how how;
	int epoll;
	struct client client[CLIENTS_MAX];
	size_t top;   /* none is in use from here on */
	int64_t next; /* connection */
	int64_t next_kept;
	int64_t swept; /* when the hung were looked for */
	bool closing;
	size_t count[LOAD_ENDS];
	int64_t worst;
	int64_t accepted[PORTS]; /* seen in a server that died soon after */
	/* load_ask's */
	enum load_end probe_end;
	bool probe_over;
	pid_t server;
	/* load_await_death's */
	int pidfd;
	int64_t died;
};

static const char request[] = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";

struct load *
load_open(const struct load_how *how)
{
	static struct load the;

	memset(&the, 0, sizeof(the));
	the.how = *how;
	the.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (the.epoll == -1)
		measure_fail("cannot make an epoll: %s", strerror(errno));
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		the.client[i].fd = -1;
	the.next = the.swept = page_now();
	return &the;
}

/* ---- one request ---- */

static void
finish(struct load *l, struct client *c, enum load_end end)
{
	int64_t took = page_now() - c->due;

	c->asking = false;
	c->len = 0;
	if (c->probe) {
		l->probe_end = end;
		l->probe_over = true;
	}
	/* somebody who asks whether it is back is no client */
	if (!c->probe || end != LOAD_REFUSED)
		l->count[end]++;
	if (end == LOAD_OK && took > l->worst)
		l->worst = took;
}

static void
drop(struct client *c)
{
	if (c->fd != -1)
		(void)close(c->fd);
	c->fd = -1;
}

/* Its connection is over: was there anybody at the other end? */
static void
cut(struct load *l, struct client *c, int err)
{
	bool known = l->accepted[c->port] >= c->opened;

	if (c->asking)
		finish(l, c,
		    err == ECONNREFUSED ? LOAD_REFUSED
		    : known             ? LOAD_LOST
					: LOAD_RESET);
	drop(c);
}

static void
send_request(struct load *l, struct client *c)
{
	ssize_t n = send(c->fd, request, sizeof(request) - 1, MSG_NOSIGNAL);

	c->asking = true;
	if (n != (ssize_t)sizeof(request) - 1)
		cut(l, c, n == -1 ? errno : EPROTO);
}

/* All of a head and of the body that it announces; who sent it. */
static bool
is_complete(const struct client *c, pid_t *ret_server)
{
	const char *body = strstr(c->text, "\r\n\r\n");
	const char *length = strcasestr(c->text, "\r\ncontent-length:");

	if (body == NULL || length == NULL || length > body)
		return false;
	body += 4;
	if (strlen(body) < strtoul(length + 17, NULL, 10))
		return false;
	*ret_server = (pid_t)strtol(body, NULL, 10);
	return true;
}

static void
take_answer(struct load *l, struct client *c)
{
	ssize_t n = recv(c->fd, c->text + c->len, TEXT_MAX - c->len - 1, 0);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		cut(l, c, n == -1 ? errno : 0);
		return;
	}
	c->len += (size_t)n;
	c->text[c->len] = '\0';
	if (!is_complete(c, &l->server))
		return;
	finish(l, c, LOAD_OK);
	if (!c->kept)
		drop(c);
}

/* ---- connections ---- */

static struct client *
free_client(struct load *l)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (l->client[i].fd != -1)
			continue;
		if (i >= l->top)
			l->top = i + 1;
		return &l->client[i];
	}
	measure_fail("more than %d requests run at once", CLIENTS_MAX);
}

static bool
join(struct load *l, struct client *c)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)l->how.port),
	};
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	const int on = 1;
	socklen_t len = sizeof(at);

	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* loopback: what is not there at once is a queue that overflows */
	if (connect(c->fd, (struct sockaddr *)&at, len) == -1 &&
	    errno != EINPROGRESS) {
		cut(l, c, errno);
		return false;
	}
	ev.events |= EPOLLOUT;
	if (getsockname(c->fd, (struct sockaddr *)&at, &len) == -1 ||
	    epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &ev) == -1)
		measure_fail("cannot watch a socket: %s", strerror(errno));
	c->port = ntohs(at.sin_port);
	return true;
}

static void
begin(struct load *l, int64_t due, bool kept, bool probe)
{
	struct client *c = free_client(l);

	*c = (struct client){
		.kept = kept,
		.probe = probe,
		.asking = true,
		.due = due,
		.opened = page_now(),
		.next = due,
	};
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd == -1)
		measure_fail("cannot make a socket: %s", strerror(errno));
	(void)join(l, c);
}

static void
act_on(struct load *l, struct client *c, uint32_t events)
{
	if (c->fd == -1)
		return;
	if (events & EPOLLOUT) {
		struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
		int err = 0;
		socklen_t len = sizeof(err);
		(void)getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len);
		if (err != 0) {
			cut(l, c, err);
			return;
		}
		(void)epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &ev);
		send_request(l, c);
		if (c->fd == -1)
			return;
	}
	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		take_answer(l, c);
}

/* ---- time ---- */

static void
ask_kept(struct load *l, struct client *c, int64_t now)
{
	if (c->asking || c->next > now)
		return;
	c->due = c->next;
	c->next += 1000 * MS / l->how.kept_rate;
	send_request(l, c);
}

static void
sweep(struct load *l, int64_t now)
{
	int kept = 0;

	for (size_t i = 0; i < l->top; i++) {
		struct client *c = &l->client[i];
		if (c->fd == -1)
			continue;
		if (c->asking && now - c->due > LOAD_HUNG_MS * MS) {
			finish(l, c, LOAD_HUNG);
			drop(c);
		} else if (c->kept) {
			kept++;
			if (!l->closing)
				ask_kept(l, c, now);
		}
	}
	/* a kept one that was refused comes back as often as it would ask */
	if (!l->closing && kept < l->how.kept && now >= l->next_kept) {
		l->next_kept =
		    now + 1000 * MS / (l->how.kept * l->how.kept_rate);
		begin(l, now, true, false);
	}
	l->swept = now;
}

static void
note_death(struct load *l)
{
	l->died = page_now();
	(void)close(l->pidfd);
}

static void
turn(struct load *l, int64_t until)
{
	struct epoll_event ev[EVENTS];
	int64_t now = page_now();

	for (int n = 0; !l->closing && l->next <= now && n < EVENTS; n++) {
		begin(l, l->next, false, false);
		l->next += 1000 * MS / l->how.rate;
	}
	if (now - l->swept >= MS)
		sweep(l, now);
	int64_t wake = l->closing || until < l->next ? until : l->next;
	int64_t left = wake - page_now();
	if (left > 5 * MS)
		left = 5 * MS;
	struct timespec span = { .tv_nsec = left > 0 ? left : 0 };
	long n = syscall(
	    SYS_epoll_pwait2, l->epoll, ev, EVENTS, &span, NULL, (size_t)8);
	for (long i = 0; i < n; i++) {
		if (ev[i].data.ptr == NULL)
			note_death(l);
		else
			act_on(l, ev[i].data.ptr, ev[i].events);
	}
}

void
load_run(struct load *l, int64_t until)
{
	while (page_now() < until)
		turn(l, until);
}

int64_t
load_ask(struct load *l, int ms, pid_t *ret_server)
{
	int64_t deadline = page_now() + ms * MS;

	while (page_now() < deadline) {
		l->probe_over = false;
		begin(l, page_now(), false, true);
		while (!l->probe_over && page_now() < deadline)
			turn(l, deadline);
		if (l->probe_over && l->probe_end == LOAD_OK) {
			*ret_server = l->server;
			return page_now();
		}
		load_run(l, page_now() + MS / 4);
	}
	return 0;
}

void
load_note_accepted(struct load *l)
{
	int64_t now = page_now();
	static uint16_t ports[PORTS];
	size_t count = accepted_ports(l->how.port, ports, PORTS);

	for (size_t i = 0; i < count; i++)
		l->accepted[ports[i]] = now;
}

void
load_await_death(struct load *l, int pidfd)
{
	struct epoll_event ev = { .events = EPOLLIN };

	l->died = 0;
	l->pidfd = pidfd;
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, pidfd, &ev) == -1)
		measure_fail("cannot watch a process: %s", strerror(errno));
}

int64_t
load_death(const struct load *l)
{
	return l->died;
}

static bool
is_busy(const struct load *l)
{
	for (size_t i = 0; i < l->top; i++)
		if (l->client[i].fd != -1 && l->client[i].asking)
			return true;
	return false;
}

void
load_close(struct load *l)
{
	int64_t deadline = page_now() + (LOAD_HUNG_MS + 1000) * MS;

	l->closing = true;
	while (is_busy(l) && page_now() < deadline)
		turn(l, page_now() + 5 * MS);
	for (size_t i = 0; i < l->top; i++)
		drop(&l->client[i]);
	(void)close(l->epoll);
}

size_t
load_count(const struct load *l, enum load_end end)
{
	return l->count[end];
}

double
load_worst(const struct load *l)
{
	return (double)l->worst / 1e6;
}
