#include "supervisor/ear.h"

#include "core/clock.h"
#include "core/fd.h"
#include "core/guard.h"
#include "core/log.h"
#include "supervisor/alive.h"
#include "supervisor/init.h"
#include "supervisor/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define READS_PER_WAKE 32
#define DEAF_MS 10
#define IPC_TARGET 250 /* far from what an app expects at a fixed number */
#define NAME_BYTES 16  /* nobody guesses it */
#define OPTIONS_SIZE 4096

/* What the next process is given; one at a time is spawned. */
static struct {
	char socket[64];
	char watchdog[48];
	char channel[32];
	char worker[32];
	char options[OPTIONS_SIZE];
	char *extra[8];
	int fd;
	int ipc;
} gift;

static void on_notify(struct ev_loop *loop, struct ev_io *io, int events);
static void on_fd(struct ev_loop *loop, struct ev_io *io, int events);
static void on_ipc(struct ev_loop *loop, struct ev_io *io, int events);

void
ear_setup(struct service *s)
{
	struct ear *e = &s->ear;
	e->notify = e->fd = e->ipc = -1;
	ear_adopt(s);
}

void
ear_adopt(struct service *s)
{
	struct ear *e = &s->ear;
	ev_io_init(&e->notify_io, on_notify, e->notify, EV_READ);
	ev_io_init(&e->fd_io, on_fd, e->fd, EV_READ);
	ev_io_init(&e->ipc_io, on_ipc, e->ipc, EV_READ);
	e->notify_io.data = e->fd_io.data = e->ipc_io.data = s;
}

void
ear_rest(struct service *s)
{
	struct ear *e = &s->ear;
	if (s->init->loop == NULL)
		return;
	ev_io_stop(s->init->loop, &e->notify_io);
	ev_io_stop(s->init->loop, &e->fd_io);
	ev_io_stop(s->init->loop, &e->ipc_io);
}

void
ear_descriptors(const struct service *s, int ret[EAR_FDS])
{
	ret[0] = s->ear.notify;
	ret[1] = s->ear.fd;
	ret[2] = s->ear.ipc;
}

/* ---- hearing ---- */

static void
stop_listening(struct service *s, struct ev_io *io, int *fd)
{
	if (s->init->loop != NULL)
		ev_io_stop(s->init->loop, io);
	guard_close(fd);
	*fd = -1;
}

static void
be_deaf(struct service *s, struct ev_io *io)
{
	ev_io_stop(s->init->loop, io);
	s->ear.deaf_until = clock_ms() + DEAF_MS;
}

/* The name is a secret of the service's, but /proc/net/unix tells it to all of
   the network namespace: the sender must be of our PID namespace as well, and
   where that is everybody's, of the service's user, ours or root. */
static bool
is_ours(const struct service *s, const struct ucred *from)
{
	char path[24];
	struct stat st;

	if (from->pid <= 0)
		return false;
	if (getpid() == 1 || from->uid == 0 || from->uid == geteuid())
		return true;
	(void)snprintf(path, sizeof(path), "/proc/%d", (int)s->pid);
	return stat(path, &st) == 0 && st.st_uid == from->uid;
}

static void
take_more_time(struct service *s, int64_t us)
{
	int64_t until = clock_ms() + us / 1000;

	if (s->state == LIFE_STARTING && s->start_late_at < until)
		s->start_late_at = until;
	if (s->state != LIFE_STOPPING || s->deadline >= until)
		return;
	s->deadline = until;
	if (s->init->phase != PHASE_RUN && s->init->sweep_until < until)
		s->init->sweep_until = until;
}

static void
take_words(struct service *s, const struct notify *n)
{
	struct ear *e = &s->ear;

	if (n->words & NOTIFY_STATUS)
		memcpy(e->status, n->status, sizeof(e->status));
	if (n->words & NOTIFY_MAINPID)
		log_debug("%s: MAINPID is not followed", s->plan->shown);
	if (n->words & NOTIFY_RELOADING)
		e->reloading = true;
	if (n->words & NOTIFY_READY) {
		e->reloading = false;
		service_met(s, PLAN_READY_NOTIFY);
	}
	if (n->words & NOTIFY_STOPPING)
		e->stopping = true;
	if (n->words & NOTIFY_EXTEND)
		take_more_time(s, n->extend_us);
	if (n->words & NOTIFY_WATCHDOG_USEC)
		alive_set_period(s, n->watchdog_us);
	if (n->words & NOTIFY_WATCHDOG)
		alive_ping(s);
	if (n->words & NOTIFY_TRIGGER)
		alive_trigger(s);
}

static void
on_notify(struct ev_loop *loop, struct ev_io *io, int events)
{
	struct service *s = io->data;
	char data[NOTIFY_MAX];
	struct ucred from;
	struct notify words;

	(void)loop;
	(void)events;
	for (int i = 0; i < READS_PER_WAKE; i++) {
		ssize_t n =
		    receive_from(s->ear.notify, data, sizeof(data), &from);
		if (n == -EINTR)
			continue;
		if (n < 0)
			return;
		if (!is_ours(s, &from)) {
			log_debug("%s: words of a stranger at its socket",
			    s->plan->shown);
			continue;
		}
		notify_scan(data, (size_t)n, &words);
		take_words(s, &words);
	}
	be_deaf(s, io);
}

static void
on_fd(struct ev_loop *loop, struct ev_io *io, int events)
{
	struct service *s = io->data;
	char data[512];

	(void)loop;
	(void)events;
	ssize_t n = read(s->ear.fd, data, sizeof(data));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	bool said = n > 0 && memchr(data, '\n', (size_t)n) != NULL;
	if (said)
		service_met(s, PLAN_READY_FD);
	if (said || n <= 0)
		stop_listening(s, &s->ear.fd_io, &s->ear.fd);
	else if (n == (ssize_t)sizeof(data))
		be_deaf(s, io);
}

static void
on_ipc(struct ev_loop *loop, struct ev_io *io, int events)
{
	struct service *s = io->data;
	char data[4096];
	struct ucred from;

	(void)loop;
	(void)events;
	for (int i = 0; i < READS_PER_WAKE; i++) {
		ssize_t n = receive_from(s->ear.ipc, data, sizeof(data), &from);
		if (n == -EINTR)
			continue;
		if (n == -EAGAIN)
			return;
		if (n <= 0) {
			stop_listening(s, &s->ear.ipc_io, &s->ear.ipc);
			return;
		}
		if (ipc_scan(&s->ear.lines, data, (size_t)n))
			service_met(s, PLAN_READY_IPC);
		cluster_hear(s, data, (size_t)n);
	}
	be_deaf(s, io);
}

/* ---- opening ---- */

static void
give(char *text)
{
	size_t n = 0;
	while (gift.extra[n] != NULL)
		n++;
	if (n + 1 < ARRAY_LEN(gift.extra))
		gift.extra[n] = text;
}

/* An abstract name: no file system needs to be writable for it. */
static int
open_notify(struct service *s)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	unsigned char random[NAME_BYTES];
	const int on = 1;

	if (getrandom(random, sizeof(random), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(random))
		return -EAGAIN;
	int len = snprintf(
	    gift.socket, sizeof(gift.socket), "NOTIFY_SOCKET=@cradle/");
	for (size_t i = 0; i < sizeof(random); i++)
		len += snprintf(gift.socket + len,
		    sizeof(gift.socket) - (size_t)len, "%02x", random[i]);
	const char *name = strchr(gift.socket, '@');
	size_t size = strlen(name);
	memcpy(at.sun_path, name, size);
	at.sun_path[0] = '\0';

	autoclose int fd =
	    socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == -1 ||
	    bind(fd, (struct sockaddr *)&at,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)) ==
		-1)
		return -errno;
	s->ear.notify = TAKE_FD(fd);
	ev_io_set(&s->ear.notify_io, s->ear.notify, EV_READ);
	give(gift.socket);
	return 0;
}

static int
open_fd(struct service *s, struct spawn *how)
{
	int pair[2];
	if (pipe2(pair, O_CLOEXEC) == -1)
		return -errno;
	s->ear.fd = pair[0];
	gift.fd = pair[1];
	(void)fd_nonblock(pair[0]); /* its end is ours alone */
	ev_io_set(&s->ear.fd_io, pair[0], EV_READ);
	how->fds[0] = (struct spawn_fd){ gift.fd, s->plan->ready.fd };
	return 0;
}

static int
open_ipc(struct service *s, struct spawn *how)
{
	bool taken = (s->plan->ready.kinds & PLAN_READY_FD) != 0 &&
		     s->plan->ready.fd == IPC_TARGET;
	int target = IPC_TARGET + taken, pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return -errno;
	s->ear.ipc = pair[0];
	gift.ipc = pair[1];
	ev_io_set(&s->ear.ipc_io, pair[0], EV_READ);
	how->fds[1] = (struct spawn_fd){ gift.ipc, target };
	(void)snprintf(
	    gift.channel, sizeof(gift.channel), "NODE_CHANNEL_FD=%d", target);
	give(gift.channel);
	give((char *)(uintptr_t) "NODE_CHANNEL_SERIALIZATION_MODE=json");
	return 0;
}

/* Node takes both out of its environment before the program sees them. */
static void
offer_cluster(const struct service *s)
{
	(void)snprintf(gift.worker, sizeof(gift.worker), "NODE_UNIQUE_ID=%d",
	    s->plan->instance + 1);
	give(gift.worker);
}

static void
offer_watchdog(const struct service *s)
{
	(void)snprintf(gift.watchdog, sizeof(gift.watchdog),
	    "WATCHDOG_USEC=%lld",
	    (long long)s->plan->alive.probe.every_ms * 1000);
	give(gift.watchdog);
	/* any process of the service may be the one that tells */
	give((char *)(uintptr_t) "WATCHDOG_PID");
}

/* Node writes its report when the signal comes that the stop will send. */
static void
ask_for_report(const struct service *s)
{
	static const char name[] = "NODE_OPTIONS=";
	const struct environment *env = &s->init->environment;
	const char *old = "";

	environment_show(env);
	for (char **e = env->service_envp[s->index]; *e != NULL; e++)
		if (strncmp(*e, name, sizeof(name) - 1) == 0)
			old = *e + sizeof(name) - 1;
	int n = snprintf(gift.options, sizeof(gift.options),
	    "%s%s%s--report-on-signal --report-signal=SIGABRT", name, old,
	    old[0] != '\0' ? " " : "");
	environment_hide(env);
	if (n > 0 && (size_t)n < sizeof(gift.options))
		give(gift.options);
	else
		log_warn(0,
		    "cannot ask %s for a report: its NODE_OPTIONS is "
		    "too long",
		    s->plan->shown);
}

static void
complain(const struct service *s, int r, const char *what)
{
	if (r < 0)
		log_error(r, "cannot listen to %s by %s", s->plan->shown, what);
}

void
ear_open(struct service *s, struct spawn *how)
{
	const struct plan_service *p = s->plan;
	unsigned kinds = p->ready.kinds, alive = p->alive.probe.kinds;

	ear_close(s);
	memset(gift.extra, 0, sizeof(gift.extra));
	gift.fd = gift.ipc = -1;
	if ((kinds | alive) & PLAN_READY_NOTIFY)
		complain(s, open_notify(s), "NOTIFY_SOCKET");
	if (alive & PLAN_READY_NOTIFY)
		offer_watchdog(s);
	if (kinds & PLAN_READY_FD)
		complain(s, open_fd(s, how), "a pipe");
	s->ear.cluster.on = cluster_takes(s);
	if ((kinds & PLAN_READY_IPC) || p->stop_message || p->ipc ||
	    s->ear.cluster.on)
		complain(s, open_ipc(s, how), "NODE_CHANNEL_FD");
	if (s->ear.cluster.on)
		offer_cluster(s);
	if (p->alive.report)
		ask_for_report(s);
	how->extra_env = gift.extra;
}

void
ear_spawned(struct service *s)
{
	guard_close(&gift.fd);
	guard_close(&gift.ipc);
	gift.fd = gift.ipc = -1;
	secret_wipe(gift.options, sizeof(gift.options));
	ear_turn(s);
}

void
ear_close(struct service *s)
{
	struct ear *e = &s->ear;
	stop_listening(s, &e->notify_io, &e->notify);
	stop_listening(s, &e->fd_io, &e->fd);
	stop_listening(s, &e->ipc_io, &e->ipc);
	e->lines = (struct ipc){ .have = 0 };
	e->cluster.on = e->cluster.too_long = false;
	e->cluster.have = e->cluster.parked_count = 0;
	e->deaf_until = 0;
	e->reloading = e->stopping = false;
	e->status[0] = '\0';
}

bool
ear_say_shutdown(struct service *s)
{
	static const char line[] = "\"shutdown\"\n";
	return s->ear.ipc != -1 &&
	       send(s->ear.ipc, line, sizeof(line) - 1,
		   MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof(line) - 1;
}

const char *
ear_phase(const struct service *s)
{
	if (s->state != LIFE_READY)
		return NULL;
	if (s->ear.stopping)
		return "stopping";
	return s->ear.reloading ? "reloading" : NULL;
}

static void
listen_to(struct service *s, struct ev_io *io, int fd)
{
	if (fd != -1 && !ev_is_active(io))
		ev_io_start(s->init->loop, io);
}

/* The first life may begin before there is a loop. */
void
ear_turn(struct service *s)
{
	struct ear *e = &s->ear;
	if (s->init->loop == NULL ||
	    (e->deaf_until != 0 && clock_ms() < e->deaf_until))
		return;
	e->deaf_until = 0;
	listen_to(s, &e->notify_io, e->notify);
	listen_to(s, &e->fd_io, e->fd);
	listen_to(s, &e->ipc_io, e->ipc);
}

int64_t
ear_deadline(const struct service *s)
{
	return s->ear.deaf_until != 0 ? s->ear.deaf_until : NEVER;
}
