#include "supervisor/oom.h"

#include "core/clock.h"
#include "core/guard.h"
#include "core/log.h"
#include "supervisor/cgroup.h"
#include "supervisor/init.h"
#include "supervisor/tree.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "supervisor/pid1.h"

/*
 * Whoever was taken takes a moment to end, and version 1 wakes us before the
 * kill.  Version 2 also wakes us for each reclaim at the limit, which may go on
 * for hours: each look that sees nothing doubles the pause.
 */
#define SETTLE_MS 300
#define PAUSE_MAX_MS 4800

static void
account_for(struct init *init, int64_t count)
{
	init->oom.told = count;
	for (size_t i = 0; i < init->services; i++)
		init->service[i].oom_seen = count;
}

/* The count is read behind this, or a rise between the two would be missed. */
static int64_t
clear_and_count(const struct oom *o)
{
	if (o->alarm >= 0)
		cgroup_clear_oom_alarm(o->alarm);
	return cgroup_oom_kills();
}

/* A count that cannot be read tells nothing. */
static int64_t
rise(int64_t before, int64_t now)
{
	return before == -1 || now <= before ? 0 : now - before;
}

static void
on_alarm(struct ev_loop *loop, struct ev_io *io, int events)
{
	struct oom *o = container_of(io, struct oom, io);
	(void)events;
	ev_io_stop(loop, io);
	o->look_at = clock_ms() + o->pause_ms;
}

void
oom_setup(struct init *init)
{
	init->oom = (struct oom){
		.alarm = -1,
		.told = -1,
		.look_at = NEVER,
		.pause_ms = SETTLE_MS,
	};
}

void
oom_listen(struct init *init)
{
	struct oom *o = &init->oom;

	oom_setup(init);
	o->alarm = cgroup_oom_alarm();
	account_for(init, clear_and_count(o));
	if (o->alarm < 0)
		return;
	ev_io_init(&o->io, on_alarm, o->alarm, EV_READ);
	ev_io_start(init->loop, &o->io);
}

void
oom_suspect(struct init *init)
{
	struct oom *o = &init->oom;
	if (o->alarm < 0 && o->look_at == NEVER &&
	    rise(o->told, cgroup_oom_kills()) > 0)
		o->look_at = clock_ms() + SETTLE_MS;
}

/* A shell or npm, say, whose child was taken, has a code of its own for it. */
static bool
may_be_taken(const struct init *init, int status)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGKILL;
	return WEXITSTATUS(status) == 128 + SIGKILL ||
	       (WEXITSTATUS(status) != 0 && init->oom.alarm >= 0);
}

bool
oom_took(struct service *s, int status)
{
	if (!may_be_taken(s->init, status))
		return false;
	int64_t before = s->oom_seen;
	int64_t count = cgroup_oom_kills();
	s->oom_seen = count;
	if (rise(before, count) == 0)
		return false;
	s->init->oom.told = count;
	return true;
}

bool
oom_took_task(struct init *init, int status)
{
	int64_t before = init->oom.told;

	if (!may_be_taken(init, status))
		return false;
	account_for(init, cgroup_oom_kills());
	return rise(before, init->oom.told) > 0;
}

/* ---- the turn ---- */

/* With several the kernel does not say whose it was. */
static const struct service *
only_service(const struct init *init)
{
	return init->services == 1 ? &init->service[0] : NULL;
}

static void
tell(struct init *init, int64_t kills)
{
	const struct service *s = only_service(init);
	const char *whose = s != NULL ? s->plan->shown : "the container";

	log_warn(0,
	    "the kernel's OOM killer took %s of %s: the memory limit was "
	    "reached",
	    kills == 1 ? "a process" : "processes", whose);
	struct obituary *one = obituary_new(&init->obituaries, EVENT_OOM);
	if (one == NULL)
		return;
	one->service = s != NULL ? s->plan->shown : init->plan->app;
	one->pid = s != NULL ? s->pid : getpid();
	one->oom = true;
	one->uptime_ms =
	    (clock_us() - (s != NULL ? s->born_us : init->born_us)) / 1000;
	one->restart = s != NULL && s->starts > 0 ? s->starts - 1 : 0;
	one->next_ms = SERVICE_NO_NEXT_MS;
}

/* One that ends just now will account for it itself. */
static bool
any_is_ending(const struct init *init)
{
	const struct boot *b = &init->boot;

	if (b->task_died || (b->task_pid != 0 && tree_is_ending(b->task_pid)))
		return true;
	for (size_t i = 0; i < init->services; i++) {
		const struct service *s = &init->service[i];
		if (s->died || (s->pid > 0 && tree_is_ending(s->pid)))
			return true;
	}
	return false;
}

static void
look(struct init *init)
{
	struct oom *o = &init->oom;
	int64_t count = clear_and_count(o);
	int64_t kills = rise(o->told, count);
	bool later = kills > 0 && any_is_ending(init);

	o->pause_ms *= 2;
	if (o->pause_ms > PAUSE_MAX_MS)
		o->pause_ms = PAUSE_MAX_MS;
	o->look_at = later ? clock_ms() + o->pause_ms : NEVER;
	if (later)
		return;
	if (kills > 0) {
		tell(init, kills);
		o->pause_ms = SETTLE_MS;
	}
	account_for(init, count);
	if (o->alarm >= 0)
		ev_io_start(init->loop, &o->io);
}

void
oom_turn(struct init *init)
{
	if (init->phase == PHASE_RUN && clock_ms() >= init->oom.look_at)
		look(init);
}

int64_t
oom_deadline(const struct init *init)
{
	return init->phase == PHASE_RUN ? init->oom.look_at : NEVER;
}
