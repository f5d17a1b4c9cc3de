#include "supervisor/binding.h"

#include "core/clock.h"
#include "core/guard.h"
#include "core/log.h"
#include "supervisor/epolls.h"
#include "supervisor/handover.h"
#include "supervisor/init.h"
#include "supervisor/listening.h"
#include "supervisor/paths.h"
#include "supervisor/peek.h"
#include "supervisor/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define PORT_ANYBODY 1024
#define PARENTS_MAX 16

static struct handover *
handover_of(const struct ask *ask)
{
	return &ask->watch->init->handover;
}

/* Whether a process of this life has that socket open, as a second bind of a
   program that forgot the first one would find. */
static bool
is_open_in(const struct ask *ask, const struct held *held)
{
	if (!held_lives_on(
		held, ask->owner->index, ask->owner->spare_of != NULL))
		return false;
	return peek_holds(ask->tid, held->inode) ||
	       listening_holds(ask->owner->pid, held->inode);
}

/* ---- bind ---- */

static void
cannot_look(const struct ask *ask, int err)
{
	struct handover *h = handover_of(ask);
	if (!h->complained)
		log_warn(err,
		    "%s: its sockets cannot be held: its memory cannot be "
		    "read (set \"handover\": \"off\", or let cradle and it "
		    "run as one user)",
		    ask->owner->plan->shown);
	h->complained = true;
}

int
binding_read_address(const struct ask *ask, struct endpoint *ret)
{
	unsigned char raw[ENDPOINT_BYTES];
	size_t len = (size_t)(uint32_t)ask->arg[2];

	if (len < sizeof(sa_family_t) || len > sizeof(raw))
		return -EADDRNOTAVAIL;
	int r = peek_memory(ask->tid, ask->arg[1], raw, len);
	if (r == -EFAULT)
		return -EADDRNOTAVAIL;
	return r < 0 ? r : endpoint_parse(raw, len, ret);
}

/* A path that somebody has removed leads to this socket no more. */
static bool
is_reachable(const struct ask *ask, const struct held *held)
{
	return endpoint_path(&held->at) == NULL || paths_lead_to(ask, held);
}

/* It has an address already, and the kernel says no to a second one; where we
   may not duplicate it nobody can tell. */
static bool
is_bound(const struct ask *ask)
{
	struct endpoint at;

	if (handover_of(ask)->way != HANDOVER_DUPLICATE)
		return false;
	int r = peek_duplicate(ask->tid, (int)ask->arg[0]);
	if (r < 0)
		return false;
	autoclose int fd = r;
	return endpoint_of(fd, &at) == 0;
}

/* Bound for a connection of its own, and not in order to listen; or closed
   again by the only life that had it, whatever has become of it meanwhile. */
static bool
is_spent(const struct ask *ask, const struct held *held)
{
	unsigned char raw[ENDPOINT_BYTES], state = TCP_CLOSE;
	socklen_t len = sizeof(raw), size = sizeof(state);

	if (held->listening)
		return held_is_over(held);
	if (getpeername(held->fd, (struct sockaddr *)raw, &len) == 0)
		return true;
	(void)getsockopt(held->fd, IPPROTO_TCP, TCP_INFO, &state, &size);
	if (state != TCP_CLOSE && state != TCP_LISTEN)
		return true;
	return held_lives_alone(
		   held, ask->owner->index, ask->owner->spare_of != NULL) &&
	       !is_open_in(ask, held);
}

/* Whoever would block in accept(2) because of us waits for ever; the other way
   round it is what its last life has left, and others may live on it. */
static void
unblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags != -1 && (flags & O_NONBLOCK) == 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/* Whoever made the socket and lets a child bind it waits for that very one. */
static bool
is_of_parents(const struct ask *ask, ino_t inode)
{
	pid_t pid =
	    ask->tid == ask->owner->pid ? ask->tid : peek_process(ask->tid);

	for (int i = 0; i < PARENTS_MAX && pid > 0; i++) {
		if (pid == ask->owner->pid)
			return false;
		pid = tree_parent(pid);
		if (pid <= 1 || pid == getpid())
			return false;
		if (peek_holds(pid, inode))
			return true;
	}
	return false;
}

/* Some watch a socket before they bind it; with the socket that would end. */
static int
give_one(const struct ask *ask, int socket, int number, bool cloexec,
    const struct peek_around *around)
{
	int r = watch_give(ask, socket, number, cloexec);
	size_t epolls = number > STDERR_FILENO ? around->epolls : 0;

	for (size_t i = 0; r == 0 && i < epolls; i++)
		epolls_watch(ask->tid, &around->epoll[i], socket, number);
	return r;
}

/* The caller may have duplicates of its descriptor, which are one socket. */
static int
give_all(const struct ask *ask, int socket, const struct peek_socket *theirs)
{
	struct peek_around around, of_copy;
	struct peek_socket copy;
	int number = (int)ask->arg[0];

	peek_around(ask->tid, number, theirs->inode, &around);
	int r = give_one(ask, socket, number, theirs->cloexec, &around);
	for (size_t i = 0; r == 0 && i < around.copies; i++) {
		number = around.copy[i];
		if (peek_socket(ask->tid, number, &copy) < 0 ||
		    copy.inode != theirs->inode)
			continue;
		peek_around(ask->tid, number, theirs->inode, &of_copy);
		if (give_one(ask, socket, number, copy.cloexec, &of_copy) < 0)
			break;
	}
	return r;
}

static int
option_of(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);
	return getsockopt(fd, level, name, &value, &len) == 0 ? value : -1;
}

static enum ask_answer
hand_over(
    const struct ask *ask, struct held *held, const struct peek_socket *theirs)
{
	if (theirs->inode == held->inode || is_bound(ask))
		return ASK_GO_ON;
	if (!held->given && is_open_in(ask, held)) {
		held->several |=
		    option_of(held->fd, SOL_SOCKET, SO_REUSEPORT) == 1;
		return ASK_GO_ON;
	}
	int r = give_all(ask, held->fd, theirs);
	if (r < 0) {
		log_debug("%s: cannot hand over a socket: %s",
		    ask->owner->plan->shown, strerror(-r));
		return ASK_GO_ON;
	}
	if (theirs->nonblock)
		unblock(held->fd);
	handover_claim(held, ask->owner);
	held->removed = false;
	held->several = false;
	return ASK_DONE;
}

static struct wish *
wish_of(struct handover *h, ino_t inode)
{
	for (size_t i = 0; i < WISHES_MAX; i++)
		if (h->wish[i].inode == inode)
			return &h->wish[i];
	return NULL;
}

/* A port that the program's user may not have is not ours to give. */
static bool
is_too_low(const struct ask *ask, const struct endpoint *at)
{
	return at->port != 0 && at->port < PORT_ANYBODY &&
	       peek_is_other(ask->tid);
}

static void
ask_for(const struct ask *ask, const struct endpoint *at, int fd)
{
	struct held *held =
	    held_ask(&handover_of(ask)->helds, ask->owner->plan->first, at);
	if (held == NULL) {
		guard_close(&fd);
		return;
	}
	handover_claim(held, ask->owner);
	if (fd == -1)
		return;
	held_keep(held, fd);
	held->until = clock_ms() + HANDOVER_SOON_MS;
	paths_note(ask, held);
}

/* The only life that had them has closed what stands in the way of its bind. */
static bool
clear_closed(const struct ask *ask, const struct endpoint *at)
{
	struct helds *h = &handover_of(ask)->helds;
	bool any = false;

	for (struct held *held = h->item; held < h->item + h->top; held++) {
		if (!held->used || held->fd == -1 || held->given ||
		    held->group != ask->owner->plan->first ||
		    !held_lives_alone(held, ask->owner->index,
			ask->owner->spare_of != NULL) ||
		    !endpoint_in_the_way(&held->at, at) ||
		    is_open_in(ask, held))
			continue;
		held_drop(held);
		any = true;
	}
	return any;
}

static int
bind_it(const struct ask *ask, int fd, const struct endpoint *at)
{
	const struct sockaddr *address = (const void *)at->bytes;

	if (bind(fd, address, at->len) == 0)
		return 0;
	if (errno != EADDRINUSE || !clear_closed(ask, at))
		return -1;
	return bind(fd, address, at->len);
}

/* On the program's own socket; a UNIX path must belong to its own user. */
static enum ask_answer
bind_theirs(const struct ask *ask, const struct endpoint *at)
{
	int r = peek_duplicate(ask->tid, (int)ask->arg[0]);
	if (r < 0)
		return ASK_GO_ON;
	autoclose int fd = r;
	if (option_of(fd, SOL_SOCKET, SO_DOMAIN) != at->family)
		return ASK_GO_ON;
	if (endpoint_path(at) != NULL || is_too_low(ask, at) ||
	    bind_it(ask, fd, at) == -1) {
		ask_for(ask, at, -1);
		return ASK_GO_ON;
	}
	ask_for(ask, at, TAKE_FD(fd));
	return ASK_DONE;
}

/* A new socket with what the program can have asked for so far. */
static int
make_socket(const struct ask *ask, const struct endpoint *at,
    const struct peek_socket *theirs)
{
	const struct wish *wish = wish_of(handover_of(ask), theirs->inode);
	const int on = 1;

	if (wish != NULL && wish->reuseport)
		return -EADDRINUSE;
	autoclose int fd = socket(at->family,
	    SOCK_STREAM | SOCK_CLOEXEC | (theirs->nonblock ? SOCK_NONBLOCK : 0),
	    0);
	if (fd == -1)
		return -errno;
	if (at->family != AF_UNIX)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (at->family == AF_INET6 && wish != NULL && wish->v6only_known)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &wish->v6only,
		    sizeof(wish->v6only));
	(void)fchmod(fd, theirs->mode);
	mode_t mine = umask(peek_umask(ask->tid));
	int r = bind(fd, (const struct sockaddr *)at->bytes, at->len);
	int err = errno;
	(void)umask(mine);
	return r == -1 ? -err : TAKE_FD(fd);
}

/* A file of ours would not be the program's, or not where it looks. */
static bool
can_be_ours(const struct ask *ask, const struct endpoint *at)
{
	const char *path = endpoint_path(at);
	return path == NULL || (path[0] == '/' && peek_is_at_home(ask->tid));
}

static enum ask_answer
bind_ours(const struct ask *ask, const struct endpoint *at,
    const struct peek_socket *theirs)
{
	if (!can_be_ours(ask, at) || is_too_low(ask, at))
		return ASK_GO_ON;
	int r = make_socket(ask, at, theirs);
	if (r < 0)
		return ASK_GO_ON;
	autoclose int fd = r;
	if (give_all(ask, fd, theirs) < 0) {
		if (endpoint_path(at) != NULL)
			(void)unlink(endpoint_path(at));
		return ASK_GO_ON;
	}
	ask_for(ask, at, TAKE_FD(fd));
	return ASK_DONE;
}

/* Before Linux 5.19 a signal makes a call that waits for us begin anew, which
   may have been done already. */
static bool
is_asked_again(const struct ask *ask, const struct held *held,
    const struct peek_socket *theirs)
{
	return ask->watch->unheard == ask->tid && held->fd != -1 &&
	       theirs->inode == held->inode;
}

/* No other socket can take its place: others have it, or an epoll(7) watches it
   that we have no right to change. */
static bool
is_rooted(const struct ask *ask, const struct peek_socket *theirs)
{
	struct peek_around around = { 0 };

	if (is_of_parents(ask, theirs->inode))
		return true;
	if (handover_of(ask)->way == HANDOVER_OWN)
		peek_around(ask->tid, (int)ask->arg[0], theirs->inode, &around);
	return around.epolls > 0;
}

/* A datagram socket has ports of its own: it neither takes what is held nor
   stands in its way. */
enum ask_answer
binding_bind(const struct ask *ask)
{
	struct handover *h = handover_of(ask);
	struct peek_socket theirs;
	struct endpoint at;

	if (ask->owner == NULL || h->way == HANDOVER_OFF ||
	    h->way == HANDOVER_CLUSTER)
		return ASK_GO_ON;
	int r = binding_read_address(ask, &at);
	if (r < 0) {
		if (r != -EADDRNOTAVAIL)
			cannot_look(ask, r);
		return ASK_GO_ON;
	}
	if (!peek_is_near(ask->tid) ||
	    peek_socket(ask->tid, (int)ask->arg[0], &theirs) < 0 ||
	    !theirs.stream)
		return ASK_GO_ON;
	size_t group = ask->owner->plan->first;
	struct held *held = held_at(&h->helds, group, &at);
	if (held != NULL && is_asked_again(ask, held, &theirs))
		return ASK_DONE;
	bool rooted = is_rooted(ask, &theirs);
	if (held != NULL && held->fd != -1 && is_reachable(ask, held) &&
	    !is_spent(ask, held) && (!rooted || held->given))
		return hand_over(ask, held, &theirs);
	if (held != NULL)
		held_drop(held);
	held_clear(&h->helds, group, &at);
	if (h->way == HANDOVER_DUPLICATE)
		return bind_theirs(ask, &at);
	return rooted ? ASK_GO_ON : bind_ours(ask, &at, &theirs);
}

/* ---- keeping ---- */

/* Its address was asked for, and is known now by the socket itself. */
static struct held *
take_asked(const struct ask *ask, int fd)
{
	struct handover *h = handover_of(ask);
	struct endpoint at;

	if (endpoint_of(fd, &at) < 0)
		return NULL;
	struct held *held = held_at(&h->helds, ask->owner->plan->first, &at);
	return held != NULL && held->fd == -1 ? held : NULL;
}

struct held *
binding_keep(const struct ask *ask)
{
	if (handover_of(ask)->way != HANDOVER_DUPLICATE ||
	    !peek_is_near(ask->tid))
		return NULL;
	int r = peek_duplicate(ask->tid, (int)ask->arg[0]);
	if (r < 0)
		return NULL;
	autoclose int fd = r;
	struct held *held = take_asked(ask, fd);
	if (held == NULL)
		return NULL;
	held_keep(held, TAKE_FD(fd));
	paths_note(ask, held);
	return held;
}

/* ---- options ---- */

static struct wish *
note_wish(struct handover *h, ino_t inode)
{
	struct wish *wish = wish_of(h, inode);
	if (wish == NULL) {
		wish = &h->wish[h->wishes++ % WISHES_MAX];
		*wish = (struct wish){ .inode = inode };
	}
	return wish;
}

enum ask_answer
binding_option(const struct ask *ask)
{
	struct peek_socket theirs;
	int value = 0;

	if ((uint32_t)ask->arg[4] < sizeof(value) ||
	    peek_socket(ask->tid, (int)ask->arg[0], &theirs) < 0 ||
	    peek_memory(ask->tid, ask->arg[3], &value, sizeof(value)) < 0)
		return ASK_GO_ON;
	struct wish *wish = note_wish(handover_of(ask), theirs.inode);
	if ((int)ask->arg[1] == IPPROTO_IPV6) {
		wish->v6only_known = true;
		wish->v6only = value;
	} else {
		wish->reuseport = value != 0;
	}
	return ASK_GO_ON;
}
