#include "supervisor/birth.h"

#include "core/clock.h"
#include "core/log.h"
#include "supervisor/cgroup.h"
#include "supervisor/handover.h"
#include "supervisor/init.h"
#include "supervisor/launch.h"
#include "supervisor/opened.h"
#include "supervisor/tree.h"

#include "supervisor/pid1.h"

void
birth_expect_nothing(struct service *s)
{
	s->alive_at = NEVER;
	s->start_late_at = NEVER;
	s->recovered_at = NEVER;
	s->awaited = 0;
	s->met = 0;
	alive_rest(s);
}

/* Instead of its listening, which nobody can see. */
static void
await_age(struct service *s)
{
	s->awaited &= ~(unsigned)PLAN_READY_LISTEN;
	s->awaited |= PLAN_READY_ALIVE;
	if (s->starts <= 1 && s->spare_of == NULL)
		log_warn(0,
		    "%s: who listens cannot be seen, for /proc is missing or "
		    "another PID namespace's: it is ready when it has lived "
		    "for %d ms (mount /proc, or say what makes it ready)",
		    s->plan->shown, SERVICE_ALIVE_MS);
}

void
birth_await(struct service *s)
{
	int64_t now = clock_ms();

	birth_expect_nothing(s);
	s->awaited = s->plan->ready.kinds;
	if ((s->awaited & PLAN_READY_LISTEN) != 0 && !tree_is_seen())
		await_age(s);
	if (s->awaited & PLAN_READY_ALIVE)
		s->alive_at = now + SERVICE_ALIVE_MS;
	if (s->plan->start_timeout_ms != NEVER && s->spare_of == NULL)
		s->start_late_at = now + s->plan->start_timeout_ms;
	alive_await(s);
}

static void
record_failed_spawn(struct service *s, enum spawn_step step, int err)
{
	char why[400];
	spawn_explain(step, err, s->plan->command_shown[0], s->plan->cwd, why);
	log_error(0, "cannot start %s: %s", s->plan->shown, why);
	s->death = (struct death){
		.status = spawn_exit_code(step, err) << 8,
		.exec_errno = err,
		.at_us = s->born_us,
	};
	s->died = true;
}

static pid_t
launch(struct service *s, enum spawn_step *ret_step)
{
	struct init *init = s->init;
	struct spawn how = {
		.argv = s->plan->command,
		.envp = init->environment.service_envp[s->index],
		.cwd = s->plan->cwd,
		.foreground = s->index == 0 && init->tty_group != 0,
	};

	ear_open(s, &how);
	pid_t pid = opened_give(s, &how);
	handover_dress(s, &how);
	if (pid == 0)
		pid = launch_process(init, s->index, how, ret_step);
	else
		*ret_step = SPAWN_DESCRIPTORS;
	ear_spawned(s);
	handover_spawned(s, pid);
	return pid;
}

/* Where the filter is refused the handover goes on without it, and the very
   first life too must be born for that. */
void
birth_begin(struct service *s)
{
	enum spawn_step step = SPAWN_FORK;

	if (standby_promote(s))
		return;
	pid_t pid = launch(s, &step);
	if (pid < 0 && step == SPAWN_FILTER)
		pid = launch(s, &step);

	bool was_resting = s->down == DOWN_TO_REST;
	s->down = DOWN_NOT;
	s->born_us = clock_us();
	if (s->starts++ > 0 && !was_resting && s->spare_of == NULL)
		histogram_add(&s->restart, s->born_us - s->death.at_us);
	if (pid < 0) {
		record_failed_spawn(s, step, -pid);
		return;
	}
	s->pid = pid;
	birth_await(s);
	if (s->init->obituaries.on)
		s->oom_seen = cgroup_oom_kills();
}
