#include "supervisor/deserted.h"

#include "core/clock.h"
#include "core/guard.h"
#include "core/log.h"
#include "supervisor/epolls.h"
#include "supervisor/init.h"
#include "supervisor/peek.h"
#include "supervisor/tree.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define EVENTS 32
#define MENDS_MAX 256 /* within DESERTED_REST_MS */

#define EACH(init, one)                                                      \
	for (struct held *one = (init)->handover.helds.item;                 \
	     one < (init)->handover.helds.item + (init)->handover.helds.top; \
	     one++)

static void
on_connection(struct ev_loop *loop, struct ev_io *io, int events)
{
	struct deserted *d = container_of(io, struct deserted, io);
	(void)loop;
	(void)events;
	d->pending = true;
}

static int
open_it(struct deserted *d)
{
	if (d->fd > 0)
		return 0;
	int fd = epoll_create1(EPOLL_CLOEXEC);
	if (fd == -1)
		return -errno;
	d->fd = fd;
	d->look_at = NEVER;
	d->pending = true; /* the loop is told in our turn */
	ev_io_init(&d->io, on_connection, fd, EV_READ);
	return 0;
}

/* A listener that is not one any more wakes us in any case, as long as it is in
   there at all. */
static void
tell_of(const struct deserted *d, struct held *held, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.u64 = held->serial };

	if (held->watcher == d->fd &&
	    epoll_ctl(d->fd, EPOLL_CTL_MOD, held->fd, &e) == 0)
		return;
	held->watcher = 0;
	if (events != 0 && epoll_ctl(d->fd, EPOLL_CTL_ADD, held->fd, &e) == 0)
		held->watcher = d->fd;
}

static void
look_again(struct deserted *d, struct held *held, int64_t at)
{
	held->look_at = at;
	d->look_at = clock_earlier(d->look_at, at);
}

/* Whoever waits at a look wakes us again at once: a program that is stopped, or
   hangs, must not keep us awake. */
static int64_t
rest_of(const struct held *held)
{
	struct pollfd look = { .fd = held->fd, .events = POLLIN };

	if (poll(&look, 1, 0) != 1)
		return 0;
	return held->rest == 0
		   ? DESERTED_SEVERAL_MS
		   : clock_earlier(2 * held->rest, DESERTED_REST_MAX_MS);
}

/* The first who comes after a while is looked after at once. */
static int64_t
after_rest(const struct held *held, int64_t now)
{
	int64_t rested =
	    held->looked + held->rest + (held->several ? 0 : DESERTED_REST_MS);
	int64_t soonest = now + (held->several ? DESERTED_SEVERAL_MS : 0);
	return rested > soonest ? rested : soonest;
}

/* The call itself is still to come. */
void
deserted_watch(struct init *init, struct held *held, int tid, int number)
{
	if (held->given || open_it(&init->deserted) < 0)
		return;
	held->holder = peek_process(tid);
	held->number = number;
	held->closed_at = NEVER;
	look_again(&init->deserted, held, clock_ms() + DESERTED_REST_MS);
}

/* ---- who has it ---- */

struct search {
	const struct init *init;
	struct held *held;
	bool found;
};

static bool
is_helper(const struct init *init, pid_t pid)
{
	for (int i = 0; i < ROLES; i++)
		if (init->helper[i].pid == pid)
			return true;
	return false;
}

/* What we may not look into could have it. */
static void
look_into(pid_t pid, pid_t parent, void *arg)
{
	struct search *search = arg;

	(void)parent;
	if (search->found || is_helper(search->init, pid))
		return;
	int r = peek_number(pid, search->held->inode, 0);
	if (r < 0 && r != -EACCES && r != -EPERM)
		return;
	search->found = true;
	search->held->holder = pid;
	search->held->number = r;
}

static bool
is_open_somewhere(const struct init *init, struct held *held)
{
	struct search search = { .init = init, .held = held };
	struct peek_socket socket;

	if (held->number >= 0 && held->holder > 0 &&
	    peek_socket(held->holder, held->number, &socket) == 0 &&
	    socket.inode == held->inode)
		return true;
	return tree_visit(look_into, &search) < 0 || search.found;
}

/* Who lives on it, and how many of them stay. */
struct lives {
	size_t all;
	size_t stay;
	bool followed; /* one that goes makes room for another, */
	bool remains;  /* ... or has left processes behind */
};

static void
count_life(struct lives *lives, const struct service *s)
{
	lives->all++;
	lives->remains |= s != NULL && s->old_group != 0;
	if (s != NULL && !s->died &&
	    (s->state == LIFE_STARTING || s->state == LIFE_READY))
		lives->stay++;
	else if (s != NULL)
		lives->followed |= service_is_followed(s);
}

static struct lives
lives_of(const struct init *init, const struct held *held)
{
	struct lives lives = { .all = 0 };

	for (size_t i = 0; i < init->services; i++) {
		const struct service *s = &init->service[i];
		if (held->claims >> i & 1)
			count_life(&lives, s);
		if (held->spares >> i & 1)
			count_life(&lives, standby_spare(s));
	}
	return lives;
}

/* ---- the turn ---- */

static int64_t
grace_of(const struct init *init, const struct held *held)
{
	return held->several
		   ? 0
		   : clock_earlier(DESERTED_GRACE_MS, init->plan->hold_ms);
}

/* When it is looked at again; NEVER: when it wakes us, or listens. */
static int64_t
look_at(struct init *init, struct held *held, int64_t now)
{
	char text[ENDPOINT_TEXT];

	held->looked = now;
	struct lives lives = lives_of(init, held);
	if (lives.all == 0)
		return NEVER;
	if (lives.stay < lives.all) { /* they leave it to those who come */
		tell_of(&init->deserted, held, EPOLLHUP);
		return now + DESERTED_REST_MS;
	}
	if (is_open_somewhere(init, held)) {
		held->closed_at = NEVER;
		held->rest = rest_of(held);
		tell_of(&init->deserted, held, EPOLLIN);
		return NEVER;
	}
	if (held->closed_at == NEVER) {
		held->closed_at = now + grace_of(init, held);
		if (held->holder > 0 && held->number >= 0)
			epolls_leave(held->holder, held->number, held->fd);
	}
	if (now < held->closed_at)
		return held->closed_at;
	endpoint_text(&held->at, text);
	log_debug("%s: nobody has its socket %s open any more: closed",
	    init->plan->services[held->group].name, text);
	held_drop(held);
	return NEVER;
}

static void
look_at_all(struct init *init, int64_t now)
{
	init->deserted.look_at = NEVER;
	EACH(init, held)
	{
		if (!held->used || held->fd == -1)
			continue;
		int64_t at = held->look_at;
		if (at <= now)
			at = look_at(init, held, now);
		look_again(&init->deserted, held, at);
	}
}

/*
 * Somebody has called shutdown(2) on it, as some do with what they close: all
 * who have it have lost it with him.  It listens again for those who stay, and
 * for those who follow.  Each worker of a life may do that as it ends; but
 * whoever does it on and on is left to it.
 */
static void
mend(struct init *init, struct held *held, int64_t now)
{
	struct lives lives = lives_of(init, held);
	bool wanted = lives.all != 1 || lives.followed || lives.remains;
	if (now >= held->mended + DESERTED_REST_MS) {
		held->mended = now;
		held->mends = 0;
	}
	if (++held->mends > MENDS_MAX || held->at.family == AF_UNIX ||
	    !wanted || listen(held->fd, HELD_QUEUE) == -1)
		held_unwatch(held);
}

/* Every event is answered by something that ends it: false, this one is of
   nothing that we know. */
static bool
hear_of(struct init *init, const struct epoll_event *e, int64_t now)
{
	EACH(init, held)
	{
		if (!held->used || held->fd == -1 ||
		    held->serial != e->data.u64)
			continue;
		if (e->events & (EPOLLHUP | EPOLLERR))
			mend(init, held, now);
		if ((e->events & EPOLLIN) == 0 || held->watcher == 0)
			return true;
		tell_of(&init->deserted, held, 0);
		look_again(&init->deserted, held,
		    clock_earlier(held->look_at, after_rest(held, now)));
		return true;
	}
	return false;
}

/* Nothing else stops the events of what is no descriptor of ours. */
static void
begin_anew(struct init *init)
{
	struct deserted *d = &init->deserted;

	if (init->loop != NULL)
		ev_io_stop(init->loop, &d->io);
	(void)close(d->fd);
	deserted_adopt(init);
}

static void
hear(struct init *init, int64_t now)
{
	struct deserted *d = &init->deserted;
	struct epoll_event event[EVENTS];
	bool known = true;

	d->pending = false;
	int n = epoll_wait(d->fd, event, EVENTS, 0);
	for (int i = 0; i < n; i++)
		known &= hear_of(init, &event[i], now);
	if (!known) {
		begin_anew(init);
		return;
	}
	if (init->loop == NULL)
		d->pending = true;
	else if (!ev_is_active(&d->io))
		ev_io_start(init->loop, &d->io);
}

void
deserted_turn(struct init *init)
{
	struct deserted *d = &init->deserted;
	int64_t now = clock_ms();

	if (d->fd <= 0)
		return;
	if (d->pending)
		hear(init, now);
	if (now >= d->look_at)
		look_at_all(init, now);
}

int64_t
deserted_deadline(const struct init *init)
{
	return init->deserted.fd <= 0 ? NEVER : init->deserted.look_at;
}

void
deserted_adopt(struct init *init)
{
	init->deserted = (struct deserted){ .fd = 0 };
	EACH(init, held)
	{
		held->watcher = 0;
		if (!held->used || held->fd == -1 || !held->listening ||
		    held->given || open_it(&init->deserted) < 0)
			continue;
		look_again(&init->deserted, held, 0);
	}
}
