#include "supervisor/cluster.h"

#include "core/clock.h"
#include "core/guard.h"
#include "core/log.h"
#include "supervisor/init.h"
#include "supervisor/opened.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervisor/pid1.h"

/* ---- who ---- */

static bool
is_node(const char *program)
{
	const char *slash = strrchr(program, '/');
	const char *name = slash == NULL ? program : slash + 1;
	return strcmp(name, "node") == 0 || strcmp(name, "nodejs") == 0;
}

static bool
is_server(const struct plan_service *p)
{
	return (p->ready.kinds & PLAN_READY_LISTEN) != 0 || p->standby ||
	       p->instances > 1 || p->listen_count > 0;
}

bool
cluster_takes(const struct service *s)
{
	const struct plan_service *p = s->plan;
	return s->init->handover.way == HANDOVER_CLUSTER && p->handover &&
	       is_node(p->command[0]) && p->command[1] != NULL && is_server(p);
}

/* ---- answers ---- */

/* One that does not read its answers is lost anyway. */
static void
say(const struct service *s, const char *text, size_t len, int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec iov = { (char *)(uintptr_t)text, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (s->ear.ipc == -1 || len == 0)
		return;
	if (fd != -1) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		struct cmsghdr *part = CMSG_FIRSTHDR(&msg);
		part->cmsg_level = SOL_SOCKET;
		part->cmsg_type = SCM_RIGHTS;
		part->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(part), &fd, sizeof(fd));
	}
	if (sendmsg(s->ear.ipc, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
		log_warn(
		    -errno, "cannot answer %s on its channel", s->plan->name);
}

static void
refuse(const struct service *s, const struct cluster_line *q, int err)
{
	char text[CLUSTER_REPLY_SIZE];
	say(s, text, cluster_line_reply(text, q, NULL, err), -1);
}

static void
give(const struct service *s, const struct cluster_line *q, int fd)
{
	char text[CLUSTER_REPLY_SIZE];
	const char *type =
	    q->kind == CLUSTER_UDP ? "dgram.Native" : "net.Native";
	say(s, text, cluster_line_reply(text, q, type, 0), fd);
}

/* ---- in the service's place ---- */

struct guise {
	bool worn;
	uid_t uid;
	gid_t gid;
	int umask;
	int groups_count; /* -1: untouched */
	gid_t groups[ACCOUNT_GROUPS_MAX];
};

/*
 * A bind is made in the service's folder and with its effective ids, so that
 * the kernel says no to what its user may not have, and a path is his from the
 * beginning.  The real ids stay, and with them the way back.
 */
static void
step_in(const struct service *s, struct guise *mine)
{
	const struct init *init = s->init;
	const struct account *a = &init->account[s->index];

	*mine = (struct guise){ false, geteuid(), getegid(), -1, -1, { 0 } };
	if (init->inherit.home > 0)
		(void)!fchdir(init->inherit.home);
	if (s->plan->cwd != NULL && s->plan->cwd[0] != '\0')
		(void)!chdir(s->plan->cwd);
	if (a->umask != -1)
		mine->umask = (int)umask((mode_t)a->umask);
	mine->worn = a->becomes && a->uid != mine->uid;
	if (!mine->worn)
		return;
	mine->groups_count = getgroups(ACCOUNT_GROUPS_MAX, mine->groups);
	if (mine->groups_count != -1)
		(void)syscall(SYS_setgroups, a->groups_count, a->groups);
	(void)syscall(SYS_setresgid, -1, a->gid, -1);
	(void)syscall(SYS_setresuid, -1, a->uid, -1);
}

static void
step_out(const struct service *s, const struct guise *mine)
{
	if (mine->worn) {
		(void)syscall(SYS_setresuid, -1, mine->uid, -1);
		(void)syscall(SYS_setresgid, -1, mine->gid, -1);
	}
	if (mine->groups_count != -1)
		(void)syscall(SYS_setgroups, mine->groups_count, mine->groups);
	if (mine->umask != -1)
		(void)umask((mode_t)mine->umask);
	if (s->init->inherit.home > 0)
		(void)!chdir("/");
}

/* The inode of a UNIX socket's path as the service sees it; 0: none. */
static ino_t
file_of(const struct service *s, const struct held *held)
{
	const char *path = endpoint_path(&held->at);
	struct guise mine;
	struct stat st;

	if (path == NULL)
		return 0;
	step_in(s, &mine);
	ino_t inode = lstat(path, &st) == -1 ? 0 : st.st_ino;
	step_out(s, &mine);
	return inode;
}

/* ---- sockets ---- */

static int
unix_address(const struct cluster_line *q, struct sockaddr_un *at)
{
	size_t len = q->address_len;
	bool abstract = q->address[0] == '\0';
	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len == 0 || len >= sizeof(at->sun_path))
		return -EINVAL;
	memcpy(at->sun_path, q->address, len);
	return (int)(offsetof(struct sockaddr_un, sun_path) + len + !abstract);
}

/* Node resolves names before it asks; no address at all is any of IPv6. */
static int
inet_address(const struct cluster_line *q, struct sockaddr_storage *at)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (q->port < 0 || q->port > 65535)
		return -EINVAL;
	in.sin_port = in6.sin6_port = htons((uint16_t)q->port);
	if (inet_pton(AF_INET, q->address, &in.sin_addr) == 1) {
		memcpy(at, &in, sizeof(in));
		return (int)sizeof(in);
	}
	if (q->address[0] != '\0' &&
	    inet_pton(AF_INET6, q->address, &in6.sin6_addr) != 1)
		return -EINVAL;
	memcpy(at, &in6, sizeof(in6));
	return (int)sizeof(in6);
}

static int
address_of(const struct cluster_line *q, struct sockaddr_storage *at)
{
	memset(at, 0, sizeof(*at));
	if (q->kind != CLUSTER_UNIX)
		return inet_address(q, at);
	struct sockaddr_un named;
	int len = unix_address(q, &named);
	memcpy(at, &named, sizeof(named));
	return len;
}

static int
open_socket(
    const struct cluster_line *q, const struct sockaddr_storage *at, int len)
{
	const int on = 1;
	int type = q->kind == CLUSTER_UDP ? SOCK_DGRAM : SOCK_STREAM;
	autoclose int fd =
	    socket(at->ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -errno;
	if (q->kind == CLUSTER_TCP ||
	    (q->kind == CLUSTER_UDP && (q->flags & CLUSTER_FLAG_UDP_REUSEADDR)))
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (q->flags & CLUSTER_FLAG_REUSEPORT)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (at->ss_family == AF_INET6 && (q->flags & CLUSTER_FLAG_V6ONLY))
		(void)setsockopt(
		    fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)at, (socklen_t)len) == -1)
		return -errno;
	return TAKE_FD(fd);
}

/* Where there is no IPv6 "any" is 0.0.0.0, as Node itself would have it. */
static int
try_both(const struct cluster_line *q, struct sockaddr_storage *at, int *len)
{
	int fd = open_socket(q, at, *len);
	if (q->kind != CLUSTER_TCP || q->address[0] != '\0' ||
	    (fd != -EAFNOSUPPORT && fd != -EADDRNOTAVAIL && fd != -EINVAL))
		return fd;
	struct cluster_line any4 = *q;
	memcpy(any4.address, "0.0.0.0", sizeof("0.0.0.0"));
	*len = address_of(&any4, at);
	return open_socket(&any4, at, *len);
}

static int
open_any(const struct service *s, const struct cluster_line *q,
    struct sockaddr_storage *at, int *len)
{
	struct guise mine;
	step_in(s, &mine);
	int fd = try_both(q, at, len);
	step_out(s, &mine);
	return fd;
}

static bool
can_be_held(const struct cluster_line *q)
{
	return q->kind != CLUSTER_UDP &&
	       (q->flags & CLUSTER_FLAG_REUSEPORT) == 0;
}

static struct held *
find(const struct service *s, const struct sockaddr_storage *at, int len)
{
	struct endpoint e;
	if (endpoint_parse(at, (size_t)len, &e) < 0)
		return NULL;
	return held_at(&s->init->handover.helds, s->plan->first, &e);
}

static struct held *
keep(struct service *s, const struct sockaddr_storage *at, int len, int fd)
{
	struct helds *helds = &s->init->handover.helds;
	struct endpoint e;
	if (endpoint_parse(at, (size_t)len, &e) < 0)
		return NULL;
	struct held *held = held_ask(helds, s->plan->first, &e);
	if (held == NULL)
		return NULL;
	held_keep(held, fd);
	held->until = clock_ms() + HANDOVER_SOON_MS;
	held->file = file_of(s, held);
	return held;
}

/* "listen({ fd: 3 })": one of those that it was given at its start. */
static void
answer_given(struct service *s, const struct cluster_line *q)
{
	struct held *held = opened_as(s, q->fd);
	if (held == NULL) {
		refuse(s, q, -EINVAL);
		return;
	}
	handover_claim(held, s);
	give(s, q, held->fd);
}

/* A path that somebody has removed leads to this socket no more. */
static struct held *
find_reachable(struct service *s, const struct sockaddr_storage *at, int len)
{
	struct held *held = find(s, at, len);
	if (held != NULL && held->fd != -1 && file_of(s, held) != held->file) {
		held_drop(held);
		return NULL;
	}
	return held;
}

/* Held already, or opened now; one that cannot be held is the worker's alone.
 */
static void
answer(struct service *s, const struct cluster_line *q)
{
	struct sockaddr_storage at;
	int len = address_of(q, &at);
	if (!q->bad && q->fd >= 0) {
		answer_given(s, q);
		return;
	}
	if (q->bad || len < 0) {
		refuse(s, q, -EINVAL);
		return;
	}
	struct held *held = can_be_held(q) ? find_reachable(s, &at, len) : NULL;
	if (held == NULL || held->fd == -1) {
		int fd = open_any(s, q, &at, &len);
		if (fd < 0) {
			refuse(s, q, fd);
			return;
		}
		held = can_be_held(q) ? keep(s, &at, len, fd) : NULL;
		if (held == NULL) {
			give(s, q, fd);
			(void)close(fd);
			return;
		}
	}
	handover_claim(held, s);
	give(s, q, held->fd);
}

/* ---- questions ---- */

/* It has removed the path that leads to the service. */
static bool
took_path_away(const struct service *s, const struct cluster_line *q)
{
	struct sockaddr_storage at;
	int len = q->kind == CLUSTER_UNIX ? address_of(q, &at) : -1;
	const struct held *held = len < 0 ? NULL : find(s, &at, len);
	return held != NULL && held->fd != -1 && held->file != file_of(s, held);
}

/* A spare waits for its answers until it is needed. */
static bool
is_parked(struct service *s, const struct cluster_line *q)
{
	struct cluster *c = &s->ear.cluster;
	if (s->spare_of != NULL && took_path_away(s, q))
		standby_unfit(s);
	if (s->spare_of == NULL || !can_be_held(q) ||
	    (q->port == 0 && q->fd < 0) || c->parked_count == CLUSTER_PARKED ||
	    !standby_parks(s))
		return false;
	c->parked[c->parked_count++] = *q;
	return true;
}

/* "listening" names the same address as the question did. */
static void
take_listening(struct service *s, const struct cluster_line *q)
{
	struct sockaddr_storage at;
	int len = address_of(q, &at);
	struct held *held = len < 0 ? NULL : find(s, &at, len);

	if (held != NULL && held->fd != -1) {
		held->listening = true;
		handover_claim(held, s);
	}
	if (q->kind == CLUSTER_TCP)
		service_listens(s);
}

static void
take_line(struct service *s, const char *text, size_t len)
{
	struct cluster_line q;
	char reply[CLUSTER_REPLY_SIZE];

	cluster_line_read(text, len, &q);
	switch (q.act) {
	case CLUSTER_QUERY:
		if (!is_parked(s, &q))
			answer(s, &q);
		break;
	case CLUSTER_LISTENING:
		take_listening(s, &q);
		break;
	case CLUSTER_LEAVES:
		say(s, reply, cluster_line_reply(reply, &q, NULL, 1), -1);
		break;
	case CLUSTER_OTHER:
		break;
	}
}

static void
collect(struct cluster *c, const char *data, size_t len)
{
	c->too_long |= len > sizeof(c->line) - c->have;
	if (c->too_long)
		return;
	memcpy(c->line + c->have, data, len);
	c->have += len;
}

void
cluster_hear(struct service *s, const char *data, size_t len)
{
	struct cluster *c = &s->ear.cluster;

	while (c->on && len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t part = end == NULL ? len : (size_t)(end - data);
		collect(c, data, part);
		if (end == NULL)
			return;
		if (!c->too_long)
			take_line(s, c->line, c->have);
		c->have = 0;
		c->too_long = false;
		data += part + 1;
		len -= part + 1;
	}
}

void
cluster_let_go(struct service *s)
{
	struct cluster *c = &s->ear.cluster;
	size_t count = c->parked_count;

	c->parked_count = 0;
	for (size_t i = 0; i < count; i++)
		answer(s, &c->parked[i]);
}
