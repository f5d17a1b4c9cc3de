#include "supervisor/service.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/log.h"
#include "supervisor/birth.h"
#include "supervisor/ending.h"
#include "supervisor/handover.h"
#include "supervisor/init.h"
#include "supervisor/paths.h"
#include "supervisor/report.h"
#include "supervisor/schedule.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "supervisor/pid1.h"

void
service_setup(
    struct service *s, struct init *init, const struct plan_service *plan)
{
	s->init = init;
	s->plan = plan;
	s->index = (size_t)(plan - init->plan->services);
	s->state = LIFE_WAITING;
	s->deadline = NEVER;
	s->alive_at = NEVER;
	s->start_late_at = NEVER;
	s->recovered_at = NEVER;
	s->old_deadline = NEVER;
	s->oom_seen = -1;
	schedule_arm(s);
	standby_setup(s);
	errand_setup(&s->hook, "before_stop");
	ear_setup(s);
	alive_setup(s);
}

int64_t
service_start_ms(const struct plan_service *plan)
{
	return plan->start_timeout_ms == NEVER ? SERVICE_START_MS
					       : plan->start_timeout_ms;
}

int
service_exit_code(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return EXITS_SIGNALED + WTERMSIG(status);
}

bool
service_is_ready(const struct service *s)
{
	return s->state == LIFE_READY && !s->ear.stopping;
}

bool
service_is_followed(const struct service *s)
{
	return s->init->phase == PHASE_RUN && life_goes_down(s->state) &&
	       (s->down == DOWN_TO_RESTART || s->down == DOWN_UNRESPONSIVE ||
		   s->down == DOWN_MEMORY);
}

void
service_met(struct service *s, unsigned kinds)
{
	s->met |= kinds;
}

void
service_listens(struct service *s)
{
	alive_look_again(s);
	service_accepts(s);
}

/* The first of its sockets ends the outage. */
void
service_accepts(struct service *s)
{
	if (!s->away)
		return;
	s->away = false;
	s->handed.count[HANDED_RESTART]++;
	histogram_add(&s->outage, clock_us() - s->last.at_us);
}

bool
service_reaped(
    struct service *s, pid_t pid, int status, const struct rusage *usage)
{
	if (s->pid == pid) {
		ending_record(s, status, usage);
		return true;
	}
	return errand_died(&s->hook, pid, status) ||
	       alive_died(s, pid, status) ||
	       standby_reaped(s, pid, status, usage);
}

/* ---- what the machine asks for ---- */

static void
announce(struct service *s)
{
	int64_t now = clock_us();
	s->was_ready = true;
	s->alive_at = NEVER;
	s->start_late_at = NEVER;
	s->awaited = 0;
	alive_watch(s);
	if (!s->crashed)
		return;
	if (s->down_us != 0)
		s->outage_ms += (now - s->down_us) / 1000;
	s->down_us = 0;
	s->recovered_at = now / 1000 + SERVICE_RECOVERED_MS;
}

static void
signal_group(const struct service *s, int sig)
{
	if (s->pid > 0 && kill(-s->pid, sig) == -1 && errno != ESRCH)
		(void)kill(s->pid, sig);
}

/* The grace begins; the command may use half of it. */
static void
run_hook(struct service *s)
{
	int64_t half = s->plan->grace_ms / 2;

	s->grace_until = clock_ms() + s->plan->grace_ms;
	s->deadline = NEVER;
	if (s->plan->before_stop == NULL) {
		s->hook.over = true;
		return;
	}
	s->hook.program = s->plan->before_stop_shown[0];
	errand_start(&s->hook, s->init, s->index, s->plan->before_stop, half);
}

/* A stop by hand has no signal of its own; one that hangs may have to tell. */
static int
stop_signal_of(const struct service *s)
{
	if (s->down == DOWN_UNRESPONSIVE && s->plan->alive.report)
		return SIGABRT;
	if (s->plan->stop_signal != 0)
		return s->plan->stop_signal;
	return s->init->stop_signal != 0 ? s->init->stop_signal : SIGTERM;
}

/* One that does not answer would not read a message either. */
static void
tell_to_stop(struct service *s)
{
	if (s->plan->stop_message && s->down != DOWN_UNRESPONSIVE &&
	    ear_say_shutdown(s))
		return;
	signal_group(s, stop_signal_of(s));
	signal_group(s, SIGCONT); /* one that was halted could not hear it */
}

static void
be_told(struct service *s, unsigned todo)
{
	if (todo & LIFE_DO_DRAIN)
		s->deadline = clock_ms() + s->plan->stop_delay_ms;
	if (todo & LIFE_DO_HOOK)
		run_hook(s);
	if (todo & LIFE_DO_TERM) {
		if (s->spare_of == NULL &&
		    (s->down == DOWN_FOR_GOOD || s->down == DOWN_TO_REST))
			handover_release(s);
		tell_to_stop(s);
	}
	if (todo & LIFE_DO_GRACE)
		s->deadline = s->grace_until;
	if (todo & LIFE_DO_KILL) {
		s->deadline = NEVER;
		errand_abandon(&s->hook);
		signal_group(s, SIGKILL);
	}
}

void
service_handle(struct service *s, enum life_event event)
{
	unsigned todo = life_step(&s->state, event);

	if (todo & LIFE_DO_SPAWN) {
		s->deadline = NEVER;
		birth_begin(s);
	}
	if (todo & LIFE_DO_ANNOUNCE)
		announce(s);
	if (todo & LIFE_DO_DELAY)
		s->deadline = clock_ms() + s->next_ms;
	if (life_goes_down(s->state) || (todo & LIFE_DO_END) != 0)
		birth_expect_nothing(s);
	if (todo & LIFE_DO_END) {
		s->deadline = NEVER;
		if (s->spare_of == NULL) {
			standby_stop(s);
			handover_release(s);
		}
	}
	be_told(s, todo);
}

/* ---- what is asked from outside ---- */

void
service_go(struct service *s)
{
	service_handle(s, LIFE_EV_GO);
}

void
service_stop(struct service *s)
{
	s->down = DOWN_FOR_GOOD;
	standby_stop(s);
	service_handle(s, LIFE_EV_STOP);
}

void
service_force(struct service *s)
{
	s->down = DOWN_FOR_GOOD;
	if (s->spare_of == NULL)
		standby_force(s);
	service_handle(s, LIFE_EV_FORCE);
}

void
service_rest(struct service *s)
{
	s->down = DOWN_TO_REST;
	standby_stop(s);
	service_handle(s, LIFE_EV_REST);
}

void
service_restart(struct service *s)
{
	if (s->state != LIFE_WAITING)
		s->gave_up = false;
	s->down = DOWN_TO_RESTART;
	standby_stop(s);
	service_handle(s, LIFE_EV_RESTART);
}

void
service_reload(struct service *s)
{
	if (standby_can(s) && !paths_would_go(s)) {
		standby_reload(s);
		return;
	}
	if (s->state == LIFE_READY)
		log_info("%s: %s, so that this reload is a restart",
		    s->plan->shown,
		    standby_can(s) ? "it may remove its socket's path when it "
				     "ends"
				   : "no socket of its is held");
	service_restart(s);
}

/* A report is written at once, by a program that then goes on. */
static int64_t
grace_of_replaced(const struct service *s)
{
	int64_t grace = s->plan->grace_ms;
	bool report = s->down == DOWN_UNRESPONSIVE && s->plan->alive.report;
	return report && grace > SERVICE_REPORT_MS ? SERVICE_REPORT_MS : grace;
}

void
service_replace(struct service *s, enum service_down down, const char *why)
{
	if (s->state != LIFE_STARTING && s->state != LIFE_READY)
		return;
	log_warn(0, "%s %s and is replaced", s->plan->shown, why);
	(void)snprintf(s->down_why, sizeof(s->down_why), "%s", why);
	s->down = down;
	s->grace_until = clock_ms() + grace_of_replaced(s);
	service_handle(s, LIFE_EV_REPLACE);
}

void
service_outgrown(struct service *s, const char *why)
{
	if (standby_relieve(s))
		return;
	if (s->plan->memory.action != PLAN_MEMORY_RELOAD || !standby_can(s) ||
	    paths_would_go(s)) {
		service_replace(s, DOWN_MEMORY, why);
		return;
	}
	log_warn(0, "%s %s and is reloaded", s->plan->shown, why);
	(void)snprintf(s->down_why, sizeof(s->down_why), "%s", why);
	s->down = DOWN_MEMORY;
	standby_swap(s);
}

/* ---- the turn ---- */

static void
recover(struct service *s)
{
	s->recovered_at = NEVER;
	s->crashed = false;
	report_recovery(s);
}

static void
look_at_readiness(struct service *s, int64_t now)
{
	if (s->state != LIFE_STARTING || s->died)
		return;
	if (now >= s->alive_at) {
		s->alive_at = NEVER;
		s->met |= PLAN_READY_ALIVE;
	}
	if (s->awaited != 0 && (s->awaited & ~s->met) == 0)
		service_handle(s, LIFE_EV_READY);
	else if (now >= s->start_late_at)
		service_replace(s, DOWN_UNRESPONSIVE,
		    "was not ready in time (start_timeout)");
}

static void
meet_deadline(struct service *s)
{
	if (s->state == LIFE_STOPPING)
		log_warn(0, "%s did not end within %lld ms and is killed",
		    s->plan->shown, (long long)s->plan->grace_ms);
	service_handle(s, LIFE_EV_DEADLINE);
}

/* A restart that fails at once is a death again: bounded by the backoff. */
void
service_turn(struct service *s)
{
	int64_t now = clock_ms();

	if (s->died && s->spare_of == NULL)
		ending_judge(s);
	ear_turn(s);
	alive_turn(s);
	look_at_readiness(s, now);
	schedule_turn(s);
	if (now >= s->recovered_at && s->state == LIFE_READY)
		recover(s);
	if (now >= s->old_deadline)
		ending_kill_old_group(s);
	if (now >= s->deadline)
		meet_deadline(s);
	errand_turn(&s->hook);
	if (errand_over(&s->hook))
		service_handle(s, LIFE_EV_HOOKED);
	if (s->spare_of == NULL)
		standby_turn(s);
}

int64_t
service_deadline(const struct service *s)
{
	if (s->died || (s->awaited != 0 && (s->awaited & ~s->met) == 0))
		return 0;
	int64_t first = clock_earlier(s->deadline, s->alive_at);
	first = clock_earlier(first, s->start_late_at);
	first = clock_earlier(first, s->cron_at);
	first = clock_earlier(first, s->recovered_at);
	first = clock_earlier(first, s->old_deadline);
	first = clock_earlier(first, ear_deadline(s));
	first = clock_earlier(first, alive_deadline(s));
	if (s->spare_of == NULL)
		first = clock_earlier(first, standby_deadline(s));
	return clock_earlier(first, errand_deadline(&s->hook));
}
