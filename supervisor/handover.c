#include "supervisor/handover.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/guard.h"
#include "core/log.h"
#include "supervisor/binding.h"
#include "supervisor/deserted.h"
#include "supervisor/filter.h"
#include "supervisor/init.h"
#include "supervisor/paths.h"
#include "supervisor/peek.h"
#include "supervisor/spawn.h"
#include "supervisor/tree.h"

#include <errno.h>

#include "supervisor/pid1.h"

static struct handover *
handover_of(const struct ask *ask)
{
	return &ask->watch->init->handover;
}

static uint64_t
bit_of(const struct service *s)
{
	return (uint64_t)1 << s->index;
}

static bool
is_wanted(const struct init *init)
{
	for (size_t i = 0; i < init->plan->services_count; i++)
		if (init->plan->services[i].handover)
			return true;
	return false;
}

/* Node's own protocol is left; programs in other languages have "listen". */
static void
do_without(struct handover *h, const char *why)
{
	h->way = HANDOVER_CLUSTER;
	h->why_off = why;
	held_forget(&h->helds);
	log_info("handover is off but for servers in Node: %s", why);
}

void
handover_describe(const struct init *init, struct buf *line)
{
	const struct handover *h = &init->handover;
	if (h->way == HANDOVER_DUPLICATE)
		buf_str(line, "; handover by pidfd_getfd");
	else if (h->way == HANDOVER_OWN)
		buf_str(line, "; handover by sockets of our own");
	else if (h->way == HANDOVER_CLUSTER)
		buf_fmt(line, "; handover for Node only: %s", h->why_off);
}

void
handover_setup(struct init *init)
{
	struct handover *h = &init->handover;

	h->way = HANDOVER_OFF;
	if (!is_wanted(init))
		return;
	if (!tree_is_seen())
		do_without(h, "/proc is missing, or another PID namespace's");
	else if (!filter_is_known() || filter_prepare() < 0)
		do_without(
		    h, "this kernel or sandbox has no seccomp notifications");
	else if (peek_can_duplicate())
		h->way = HANDOVER_DUPLICATE;
	else
		h->way = HANDOVER_OWN;
}

void
handover_dress(struct service *s, struct spawn *how)
{
	enum handover_way way = s->init->handover.way;
	how->watched = s->plan->handover &&
		       (way == HANDOVER_DUPLICATE || way == HANDOVER_OWN);
	unsigned paths = how->watched ? paths_wanted(s) : 0;
	s->minds_paths = paths != 0;
	how->watched_more |= paths;
	if (way == HANDOVER_OWN)
		how->watched_more |= FILTER_OPTIONS;
}

/* A listener that was made is closed again when the exec failed behind it. */
void
handover_spawned(struct service *s, pid_t pid)
{
	struct handover *h = &s->init->handover;
	if (!s->plan->handover ||
	    (h->way != HANDOVER_DUPLICATE && h->way != HANDOVER_OWN))
		return;
	autoclose int fd = filter_receive();
	if (pid <= 0 && spawn_unwatched() == 0)
		return;
	if (fd == -1 && spawn_unwatched() == -ENOTSUP) {
		if (s->starts == 0)
			log_info("%s: its sockets are not held: its program is "
				 "setuid or has file capabilities, and would "
				 "lose them",
			    s->plan->shown);
		return;
	}
	if (fd == -1 && spawn_unwatched() == 0)
		(void)kill(-pid, SIGKILL); /* nobody would answer its calls */
	if (fd == -1) {
		do_without(
		    h, spawn_unwatched() == -EBUSY
			   ? "another seccomp filter has a listener already"
			   : "a seccomp filter is refused");
		return;
	}
	h->gives = h->gives || filter_can_give(fd);
	if (!h->gives)
		do_without(h, "this kernel gives no descriptor to others");
	watch_begin(s->init, s->index, pid, TAKE_FD(fd));
}

/* ---- claims ---- */

void
handover_claim(struct held *held, const struct service *s)
{
	if (s->spare_of == NULL)
		held->claims |= bit_of(s);
	else
		held->spares |= bit_of(s);
	if (held->listening)
		held->until = NEVER;
}

/* ---- listen ---- */

/* It has removed the path that leads to the service, and bound its own. */
static bool
took_path_away(const struct service *spare, const struct held *held)
{
	return endpoint_path(&held->at) != NULL &&
	       (held->claims & bit_of(spare)) == 0;
}

enum ask_answer
handover_listen(const struct ask *ask)
{
	struct peek_socket theirs;
	struct service *s = ask->owner;

	if (s == NULL || peek_socket(ask->tid, (int)ask->arg[0], &theirs) < 0 ||
	    !theirs.stream)
		return ASK_GO_ON;
	struct held *held =
	    held_with(&handover_of(ask)->helds, s->plan->first, theirs.inode);
	if (held == NULL)
		held = binding_keep(ask);
	if (held == NULL)
		return ASK_GO_ON;
	held->listening = true;
	handover_claim(held, s);
	deserted_watch(s->init, held, ask->tid, (int)ask->arg[0]);
	if (s->spare_of != NULL && took_path_away(s, held))
		standby_unfit(s);
	if (s->spare_of != NULL && standby_parks(s))
		return ASK_PARK;
	if (held->at.family != AF_UNIX) {
		service_listens(s);
	} else {
		service_accepts(s);
		paths_tidy(ask);
	}
	return ASK_GO_ON;
}

/* ---- lives ---- */

void
handover_lost(struct service *s)
{
	uint64_t bit = bit_of(s);
	bool spare = s->spare_of != NULL;
	held_unclaim(&s->init->handover.helds, spare ? 0 : bit, spare ? bit : 0,
	    clock_ms() + s->init->plan->hold_ms);
}

/* Somebody of the group lives on, or will live again. */
static bool
is_needed(const struct service *gone)
{
	const struct init *init = gone->init;
	for (size_t i = 0; i < init->services; i++) {
		const struct service *s = &init->service[i];
		if (s != gone && s->plan->first == gone->plan->first &&
		    s->state != LIFE_ENDED && s->state != LIFE_RESTING &&
		    s->down != DOWN_FOR_GOOD)
			return true;
	}
	return false;
}

void
handover_release(struct service *s)
{
	struct helds *helds = &s->init->handover.helds;
	held_unclaim(helds, bit_of(s), bit_of(s), 0);
	if (!is_needed(s))
		held_close(helds, s->plan->first);
}

void
handover_turn(struct init *init)
{
	struct helds *helds = &init->handover.helds;
	int64_t now = clock_ms();

	if (held_deadline(helds) > now)
		return;
	for (size_t i = 0; i < init->services; i++) {
		struct service *s = &init->service[i];
		size_t n = s->plan->first == i ? held_expire(helds, i, now) : 0;
		if (n > 0 && s->state != LIFE_READY)
			log_warn(0,
			    "%s: nobody took its %zu socket%s up within %lld "
			    "ms: connections are refused now",
			    s->plan->name, n, n == 1 ? "" : "s",
			    (long long)init->plan->hold_ms);
	}
}

int64_t
handover_deadline(const struct init *init)
{
	return held_deadline(&init->handover.helds);
}
