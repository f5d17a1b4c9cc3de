#include "supervisor/control.h"

#include "core/clock.h"
#include "core/control_at.h"
#include "core/guard.h"
#include "core/log.h"
#include "supervisor/command.h"
#include "supervisor/init.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define BACKLOG 8
#define ACCEPT_AT_ONCE 16 /* per wake-up, so that nothing else starves */

struct client {
	bool used; /* all zero at first, so that its page stays untouched */
	int fd;
	struct ev_io io;
	bool stuck;      /* its socket is full: until it is writable */
	int64_t cut_at;  /* it was silent, or did not read, for too long */
	uint32_t ticket; /* of its question to the scribe */
	struct command command;
};

static struct {
	struct init *init;
	bool opened; /* or tried to */
	struct ev_io io;
	char name[CONTROL_AT_SIZE];
	uint32_t ticket;
	struct client client[CONTROL_CLIENTS];
} the;

static int door = -1; /* the listening socket; -1: none */

static unsigned char inbox[WIRE_MESSAGE_MAX];

/* Those of obituaries, which the scribe answers too, count up from 1. */
#define TICKET_BASE UINT32_C(0x80000000)

/* ---- clients ---- */

static void
cut(struct client *c)
{
	ev_io_stop(the.init->loop, &c->io);
	(void)close(c->fd);
	c->used = false;
	c->command.kind = COMMAND_NONE;
}

static void
watch(struct client *c, int events)
{
	ev_io_stop(the.init->loop, &c->io);
	ev_io_set(&c->io, c->fd, events);
	ev_io_start(the.init->loop, &c->io);
}

/* One question at a time: who does not wait for its answer is no client. */
static void
hear(struct client *c)
{
	struct wire_msg msg;
	int r = wire_recv(c->fd, inbox, false, &msg);

	if (r == -EAGAIN)
		return;
	if (r != 1 || c->command.kind != COMMAND_NONE ||
	    !command_take(&c->command, &msg)) {
		cut(c);
		return;
	}
	c->cut_at = NEVER;
}

static void
on_client(struct ev_loop *loop, struct ev_io *io, int events)
{
	(void)loop;
	struct client *c = container_of(io, struct client, io);

	if (events & EV_WRITE) {
		c->stuck = false;
		c->cut_at = NEVER;
		watch(c, EV_READ);
	}
	if (events & EV_READ)
		hear(c);
}

static bool
is_welcome(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static struct client *
free_client(void)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (!the.client[i].used)
			return &the.client[i];
	return NULL;
}

static void
welcome(int fd)
{
	struct client *c = is_welcome(fd) ? free_client() : NULL;
	if (c == NULL) {
		(void)close(fd);
		return;
	}
	*c = (struct client){
		.used = true,
		.fd = fd,
		.cut_at = clock_ms() + CONTROL_SILENCE_MS,
	};
	ev_io_init(&c->io, on_client, fd, EV_READ);
	ev_io_start(the.init->loop, &c->io);
}

static void
on_knock(struct ev_loop *loop, struct ev_io *io, int events)
{
	(void)loop;
	(void)io;
	(void)events;
	for (int n = 0; n < ACCEPT_AT_ONCE; n++) {
		int fd =
		    accept4(door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd == -1)
			return;
		welcome(fd);
	}
}

/* ---- listening ---- */

/*
 * A file that nobody listens at any more was left by a cradle that is dead.
 * -EADDRINUSE: one that lives has it.
 */
static int
remove_stale(const struct sockaddr_un *at, int len)
{
	struct stat st;

	if (at->sun_path[0] != '/' || lstat(at->sun_path, &st) == -1)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	autoclose int fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -errno;
	if (connect(fd, (const void *)at, (socklen_t)len) == 0 ||
	    errno != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(at->sun_path) == -1 ? -errno : 0;
}

/* The mode is the socket's before it has a name: there is no moment without. */
static int
listen_at(const char *name)
{
	struct sockaddr_un at;
	int len = control_at_address(name, &at);
	if (len < 0)
		return len;
	int r = remove_stale(&at, len);
	if (r < 0)
		return r;
	autoclose int fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -errno;
	(void)fchmod(fd, S_IRUSR | S_IWUSR);
	if (bind(fd, (const void *)&at, (socklen_t)len) == -1 ||
	    listen(fd, BACKLOG) == -1)
		return -errno;
	door = TAKE_FD(fd);
	(void)snprintf(the.name, sizeof(the.name), "%s", name);
	return 0;
}

static int
listen_somewhere(void)
{
	char name[CONTROL_AT_SIZE];
	int r = 0;

	for (unsigned i = 0; i < CONTROL_AT_NAMES; i++) {
		control_at_name(i, geteuid(), name);
		r = listen_at(name);
		if (r == 0)
			return 0;
		log_debug("cannot listen for commands at %s: %s", name,
		    r == -EADDRINUSE ? "another cradle does" : strerror(-r));
	}
	return r;
}

static void
open_socket(struct init *init)
{
	const char *name = init->plan->control;
	int r = 0;

	the.opened = true;
	the.init = init;
	if (strcmp(name, "off") == 0)
		return;
	r = name[0] != '\0' ? listen_at(name) : listen_somewhere();
	if (r < 0) {
		log_warn(r,
		    "cannot listen for commands%s%s: cradle status "
		    "and its like will not work",
		    name[0] != '\0' ? " at " : "", name);
		return;
	}
	ev_io_init(&the.io, on_knock, door, EV_READ);
	ev_io_start(init->loop, &the.io);
	log_debug("listening for commands at %s", the.name);
}

/* ---- the turn ---- */

/* What it cannot take now is made again when it can. */
static void
tell(struct client *c, struct init *init)
{
	while (c->command.kind != COMMAND_NONE && !c->stuck) {
		struct wire_msg msg;
		enum command_more more =
		    command_answer(&c->command, init, &msg);
		if (more == COMMAND_LATER)
			return;
		int r = wire_send(c->fd, &msg);
		if (r == -EAGAIN) {
			c->stuck = true;
			c->cut_at = clock_ms() + CONTROL_SILENCE_MS;
			watch(c, EV_READ | EV_WRITE);
			return;
		}
		if (r < 0) {
			cut(c);
			return;
		}
		command_told(&c->command);
		if (more == COMMAND_LAST) {
			c->command.kind = COMMAND_NONE;
			c->cut_at = clock_ms() + CONTROL_SILENCE_MS;
		}
	}
}

static void
serve(struct client *c, struct init *init)
{
	if (clock_ms() >= c->cut_at) {
		cut(c);
		return;
	}
	if (c->command.kind == COMMAND_NONE)
		return;
	if (!c->command.begun) {
		command_begin(&c->command, init);
		c->ticket = ++the.ticket | TICKET_BASE;
	}
	tell(c, init);
}

void
control_turn(struct init *init)
{
	if (!the.opened)
		open_socket(init);
	if (door == -1)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (the.client[i].used)
			serve(&the.client[i], init);
}

int64_t
control_deadline(const struct init *init)
{
	int64_t first = NEVER;
	(void)init;

	if (door == -1)
		return NEVER;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		const struct client *c = &the.client[i];
		if (!c->used)
			continue;
		if (c->cut_at < first)
			first = c->cut_at;
		if (c->command.kind != COMMAND_NONE && !c->stuck &&
		    command_deadline(&c->command) < first)
			first = command_deadline(&c->command);
	}
	return first;
}

void
control_close(struct init *init)
{
	if (door == -1)
		return;
	control_turn(init);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (the.client[i].used)
			cut(&the.client[i]);
	ev_io_stop(init->loop, &the.io);
	(void)close(door);
	door = -1;
	if (the.name[0] == '/')
		(void)unlink(the.name);
}

/* ---- the scribe's side ---- */

static bool
waits_for_scribe(const struct client *c)
{
	const struct command *q = &c->command;
	return c->used && q->kind == COMMAND_READ && q->begun &&
	       q->refusal[0] == '\0';
}

static struct client *
holder_of(uint32_t ticket)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (waits_for_scribe(&the.client[i]) &&
		    the.client[i].ticket == ticket)
			return &the.client[i];
	return NULL;
}

bool
control_scribe_question(struct wire_msg *ret)
{
	if (door == -1)
		return false;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		const struct client *c = &the.client[i];
		const struct command *q = &c->command;
		if (!waits_for_scribe(c) || q->asked)
			continue;
		*ret = (struct wire_msg){ .type = WIRE_SCRIBE_READ,
			.serial = c->ticket,
			.fd = -1,
			.field = {
			    [SCRIBE_READ_SERVICE] = WIRE_NUM((int64_t)q->slot),
			    [SCRIBE_READ_CHANNEL] = WIRE_NUM(q->channel),
			    [SCRIBE_READ_FROM] = WIRE_NUM(q->from),
			    [SCRIBE_READ_LAST_TOO] = WIRE_NUM(q->last_too),
			} };
		return true;
	}
	return false;
}

void
control_scribe_asked(const struct wire_msg *question)
{
	struct client *c = holder_of(question->serial);
	if (c != NULL)
		c->command.asked = true;
}

void
control_scribe_forget(void)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		the.client[i].command.asked = false;
}

/* It goes straight through: a client that has no room for it is cut. */
void
control_scribe_answer(const struct wire_msg *msg)
{
	struct client *c = holder_of(msg->serial);
	if (c == NULL)
		return;
	struct wire_msg out = *msg;
	out.type = WIRE_CONTROL_TEXT;
	out.serial = c->command.serial;
	out.fd = -1;
	if (wire_send(c->fd, &out) < 0) {
		cut(c);
		return;
	}
	c->command.kind = COMMAND_NONE;
	c->cut_at = clock_ms() + CONTROL_SILENCE_MS;
}
