#include "supervisor/watch.h"

#include "core/guard.h"
#include "core/log.h"
#include "supervisor/binding.h"
#include "supervisor/filter.h"
#include "supervisor/handover.h"
#include "supervisor/init.h"
#include "supervisor/paths.h"
#include "supervisor/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/pid1.h"

/* The kernel's structures may be larger than those of our headers. */
#define MESSAGE_SIZE 512

union question {
	struct seccomp_notif notif;
	_Alignas(8) char room[MESSAGE_SIZE];
};

union reply {
	struct seccomp_notif_resp resp;
	_Alignas(8) char room[MESSAGE_SIZE];
};

static void
on_listener(struct ev_loop *loop, struct ev_io *io, int events)
{
	struct watch *w = container_of(io, struct watch, io);
	(void)loop;
	(void)events;
	w->pending = true;
}

#define EACH(watches, one)                        \
	for (struct watch *one = (watches)->item; \
	     one < (watches)->item + (watches)->top; one++)

static void
end(struct watch *w)
{
	if (w->init->loop != NULL)
		ev_io_stop(w->init->loop, &w->io);
	guard_close(&w->fd);
	w->used = false;
}

static struct service *
owner_of(const struct watch *w)
{
	struct service *s = &w->init->service[w->index];
	struct service *spare = standby_spare(s);
	if (s->pid == w->leader)
		return s;
	return spare != NULL && spare->pid == w->leader ? spare : NULL;
}

/* With none left somebody who outlived his service loses his. */
static struct watch *
room(struct init *init)
{
	struct watches *all = &init->watches;
	struct watch *last = NULL;
	EACH(all, w)
	{
		if (!w->used)
			return w;
		if (owner_of(w) == NULL)
			last = w;
	}
	if (all->top < WATCHES_MAX)
		return &all->item[all->top++];
	if (last != NULL)
		end(last);
	return last;
}

void
watch_begin(struct init *init, size_t index, pid_t leader, int fd)
{
	EACH(&init->watches, old)
	if (old->used && old->leader == leader)
		old->leader = -1; /* its number has come round */
	struct watch *w = room(init);
	if (w == NULL) {
		(void)close(fd);
		return;
	}
	*w = (struct watch){
		.used = true,
		.fd = fd,
		.init = init,
		.index = index,
		.leader = leader,
		.pending = true,
	};
	ev_io_init(&w->io, on_listener, fd, EV_READ);
}

void
watch_adopt(struct init *init)
{
	if (init->handover.way == HANDOVER_DUPLICATE ||
	    init->handover.way == HANDOVER_OWN)
		(void)filter_prepare();
	EACH(&init->watches, w)
	{
		if (!w->used)
			continue;
		ev_io_init(&w->io, on_listener, w->fd, EV_READ);
		w->pending = true;
	}
}

/* ---- answering ---- */

/* Whoever asked may be gone: false, nobody is there to be told. */
static bool
answer(const struct watch *w, uint64_t id, enum ask_answer what)
{
	union reply reply;
	memset(&reply, 0, sizeof(reply));
	reply.resp.id = id;
	if (what == ASK_GO_ON)
		reply.resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (what == ASK_REFUSE)
		reply.resp.error = -ECONNREFUSED;
	return filter_ioctl(w->fd, SECCOMP_IOCTL_NOTIF_SEND, &reply.resp) == 0;
}

int
watch_give(const struct ask *ask, int fd, int in_place_of, bool cloexec)
{
	struct seccomp_notif_addfd gift = {
		.id = ask->id,
		.flags = SECCOMP_ADDFD_FLAG_SETFD,
		.srcfd = (uint32_t)fd,
		.newfd = (uint32_t)in_place_of,
		.newfd_flags = cloexec ? O_CLOEXEC : 0,
	};
	return filter_ioctl(ask->watch->fd, SECCOMP_IOCTL_NOTIF_ADDFD, &gift) ==
		       -1
		   ? -errno
		   : 0;
}

static bool
still_waits(const struct watch *w, uint64_t id)
{
	return filter_ioctl(w->fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static enum ask_answer
decide(const struct ask *ask, int number)
{
	switch (number) {
	case SYS_bind:
		return binding_bind(ask);
	case SYS_listen:
		return handover_listen(ask);
	case SYS_setsockopt:
		return binding_option(ask);
	case SYS_connect:
		return paths_connect(ask);
#ifdef SYS_unlink
	case SYS_unlink:
	case SYS_rmdir:
#endif
	case SYS_unlinkat:
		return paths_unlink(ask, number);
	default:
		return ASK_GO_ON;
	}
}

/* All three arguments are numbers of 32 bits in its memory. */
static int
open_socketcall(struct ask *ask)
{
	uint32_t arg[3] = { 0 };
	size_t count = ask->arg[0] == FILTER_SOCKETCALL_BIND ? 3 : 2;
	int number = count == 3 ? SYS_bind : SYS_listen;

	if (peek_memory(ask->tid, ask->arg[1], arg, count * sizeof(*arg)) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(arg); i++)
		ask->arg[i] = arg[i];
	return number;
}

/* What that call is called here; -1: nothing that concerns us. */
static int
number_of(struct ask *ask, const struct seccomp_data *data)
{
	if (data->arch != FILTER_ARCH_32)
		return data->nr;
	switch (data->nr) {
	case FILTER_BIND_32:
		return SYS_bind;
#if FILTER_ARCH_32 != 0
	case FILTER_LISTEN_32:
		return SYS_listen;
	case FILTER_SOCKETCALL_32:
		return open_socketcall(ask);
#endif
	default:
		return -1;
	}
}

/* A call that was interrupted and asks again leaves its place to others. */
static bool
park(struct watch *w, uint64_t id)
{
	for (size_t i = 0; i < WATCH_PARKED; i++) {
		if (w->parked[i] != 0 && still_waits(w, w->parked[i]))
			continue;
		w->parked[i] = id;
		return true;
	}
	return false;
}

/*
 * What is being answered is written down first: a PID 1 that fails in the
 * middle lets the call go on in its next program.
 */
static void
take(struct watch *w, const struct seccomp_notif *n)
{
	struct ask ask = {
		.watch = w,
		.owner = owner_of(w),
		.id = n->id,
		.tid = (pid_t)n->pid,
	};
	memcpy(ask.arg, n->data.args, sizeof(ask.arg));
	w->busy = n->id;
	enum ask_answer what = ASK_GO_ON;
	if (n->pid != 0 && still_waits(w, n->id))
		what = decide(&ask, number_of(&ask, &n->data));
	bool heard = true;
	if (what != ASK_PARK || !park(w, n->id))
		heard = answer(w, n->id, what == ASK_PARK ? ASK_GO_ON : what);
	if (heard && w->unheard == ask.tid)
		w->unheard = 0;
	if (what == ASK_DONE && !heard)
		w->unheard = ask.tid;
	w->busy = 0;
}

/* True when one was taken. */
static bool
take_next(struct watch *w)
{
	struct pollfd look = { .fd = w->fd, .events = POLLIN };
	union question question;

	if (poll(&look, 1, 0) != 1)
		return false;
	if ((look.revents & POLLIN) == 0) {
		w->over = true;
		return false;
	}
	memset(&question, 0, sizeof(question));
	if (filter_ioctl(w->fd, SECCOMP_IOCTL_NOTIF_RECV, &question.notif) ==
	    -1)
		return errno == EINTR || errno == ENOENT;
	take(w, &question.notif);
	return true;
}

static void
turn(struct watch *w)
{
	int n = 0;

	w->pending = false;
	if (w->busy != 0)
		(void)answer(w, w->busy, ASK_GO_ON);
	w->busy = 0;
	while (n < WATCH_TURN && take_next(w))
		n++;
	if (w->init->loop == NULL)
		w->pending = true;
	else if (w->over)
		ev_io_stop(w->init->loop, &w->io);
	else if (!ev_is_active(&w->io))
		ev_io_start(w->init->loop, &w->io);
}

void
watch_turn(struct init *init)
{
	EACH(&init->watches, w)
	if (w->used && w->pending)
		turn(w);
}

void
watch_tidy(struct init *init)
{
	EACH(&init->watches, w)
	if (w->used && w->over && owner_of(w) == NULL)
		end(w);
}

/* ---- parked ---- */

static struct watch *
watch_of(struct init *init, pid_t leader)
{
	EACH(&init->watches, w)
	if (w->used && w->leader == leader)
		return w;
	return NULL;
}

bool
watch_is_parked(struct init *init, pid_t leader)
{
	const struct watch *w = watch_of(init, leader);
	for (size_t i = 0; w != NULL && i < WATCH_PARKED; i++)
		if (w->parked[i] != 0 && still_waits(w, w->parked[i]))
			return true;
	return false;
}

void
watch_let_go(struct init *init, pid_t leader)
{
	struct watch *w = watch_of(init, leader);
	for (size_t i = 0; w != NULL && i < WATCH_PARKED; i++) {
		if (w->parked[i] != 0)
			(void)answer(w, w->parked[i], ASK_GO_ON);
		w->parked[i] = 0;
	}
}

bool
watch_is_pending(struct init *init)
{
	EACH(&init->watches, w)
	if (w->used && w->pending && init->loop != NULL)
		return true;
	return false;
}

void
watch_descriptors(const struct init *init, void each(int fd, bool on), bool on)
{
	const struct watches *all = &init->watches;
	for (size_t i = 0; i < all->top; i++)
		if (all->item[i].used)
			each(all->item[i].fd, on);
}
