#include "healthcheck/server.h"

#include "core/clock.h"
#include "core/fd.h"
#include "core/log.h"
#include "healthcheck/conn.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Without descriptors or memory to spare the listening socket stays readable,
 * and must be left alone for a while.
 */
#define PAUSE_MS 100

struct place {
	struct conn *conn; /* NULL: free */
	int index;         /* in the watch */
};

static struct place places[SERVER_CONNS_MAX];
static size_t used;

static int listener = -1;
static int listener_index = WATCH_NONE;
static int64_t paused_until;

/* PID 1's end of the socket is the same, and never accepts. */
void
server_listen(int fd)
{
	if (listener != -1)
		(void)close(listener);
	listener = fd;
	listener_index = WATCH_NONE;
	if (fd != -1)
		(void)fd_nonblock(fd);
}

static bool
has_room(void)
{
	return used < SERVER_CONNS_MAX;
}

void
server_watch(struct watch *w, int64_t now)
{
	listener_index = WATCH_NONE;
	if (listener != -1 && has_room() && now >= paused_until)
		listener_index = watch_add(w, listener, POLLIN);
	for (size_t i = 0; i < SERVER_CONNS_MAX; i++) {
		struct place *p = &places[i];
		p->index = WATCH_NONE;
		if (p->conn != NULL)
			p->index = watch_add(
			    w, conn_fd(p->conn), conn_events(p->conn));
	}
}

int64_t
server_deadline(int64_t now)
{
	int64_t first = NEVER;

	if (listener != -1 && now < paused_until)
		first = paused_until;
	for (size_t i = 0; used > 0 && i < SERVER_CONNS_MAX; i++) {
		const struct conn *c = places[i].conn;
		if (c != NULL && conn_deadline(c) < first)
			first = conn_deadline(c);
	}
	return first;
}

static void
leave(struct place *p)
{
	conn_free(p->conn);
	p->conn = NULL;
	p->index = WATCH_NONE;
	used--;
}

static void
enter(int fd, int64_t now)
{
	struct conn *c = conn_new(fd, now);
	if (c == NULL)
		return;
	for (size_t i = 0; i < SERVER_CONNS_MAX; i++) {
		if (places[i].conn != NULL)
			continue;
		places[i] = (struct place){ c, WATCH_NONE };
		used++;
		return;
	}
	conn_free(c);
}

static bool
is_final(int err)
{
	return err == EBADF || err == EINVAL || err == ENOTSOCK ||
	       err == EOPNOTSUPP;
}

/*
 * Whether it is worth to accept again at once.  A client's network errors show
 * up here too (accept(2)): they pass.
 */
static bool
after_failure(int err, int64_t now)
{
	if (err == EINTR || err == ECONNABORTED)
		return true;
	if (is_final(err)) {
		log_error(err, "cannot accept connections any more");
		server_listen(-1);
	} else if (err != EAGAIN) {
		paused_until = now + PAUSE_MS;
	}
	return false;
}

static void
accept_all(int64_t now)
{
	while (has_room()) {
		int fd =
		    accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1)
			enter(fd, now);
		else if (!after_failure(errno, now))
			return;
	}
}

void
server_turn(const struct watch *w, int64_t now)
{
	bool crowded = !has_room();

	for (size_t i = 0; used > 0 && i < SERVER_CONNS_MAX; i++) {
		struct place *p = &places[i];
		if (p->conn == NULL)
			continue;
		short revents = watch_events(w, p->index);
		if (!conn_turn(p->conn, revents, crowded, now))
			leave(p);
	}
	if (watch_events(w, listener_index) != 0)
		accept_all(now);
}

void
server_wake(bool answered, int64_t now)
{
	for (size_t i = 0; used > 0 && i < SERVER_CONNS_MAX; i++) {
		struct place *p = &places[i];
		if (p->conn != NULL && !conn_wake(p->conn, answered, now))
			leave(p);
	}
}
