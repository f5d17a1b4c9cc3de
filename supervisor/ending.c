#include "supervisor/ending.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/log.h"
#include "supervisor/birth.h"
#include "supervisor/handover.h"
#include "supervisor/init.h"
#include "supervisor/report.h"
#include "supervisor/spawn.h"
#include "supervisor/terminal.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/pid1.h"

static struct backoff_rules
rules_of(const struct plan_service *plan)
{
	return (struct backoff_rules){
		.first_ms = plan->delay_first_ms,
		.max_ms = plan->delay_max_ms,
		.stable_ms = plan->stable_ms,
		.window_ms = plan->window_ms,
		.window_count = plan->window_count,
	};
}

void
ending_record(struct service *s, int status, const struct rusage *usage)
{
	int64_t now = clock_us();
	s->death = (struct death){
		.status = status,
		.at_us = now,
		.uptime_ms = (now - s->born_us) / 1000,
		.peak_bytes = (int64_t)usage->ru_maxrss * 1024,
		.cpu_ms =
		    (int64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) *
			1000 +
		    (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000,
	};
	s->died = true;
}

bool
ending_is_clean(const struct service *s, int status)
{
	if (!WIFEXITED(status))
		return false;
	unsigned code = (unsigned)WEXITSTATUS(status);
	return (s->plan->clean_codes[code / 8] >> (code % 8) & 1) != 0;
}

static void
count_exit(struct service *s, const struct service *who)
{
	if (who->death.oom)
		s->exits_oom++;
	else if (who->down == DOWN_UNRESPONSIVE)
		s->exits_probe++;
	else if (who->down == DOWN_MEMORY)
		s->exits_memory++;
	else if (WIFSIGNALED(who->death.status))
		s->exits_signal++;
	else if (ending_is_clean(s, who->death.status))
		s->exits_clean++;
	else
		s->exits_error++;
}

void
ending_kill_old_group(struct service *s)
{
	if (s->old_group != 0)
		(void)kill(-s->old_group, SIGKILL);
	s->old_group = 0;
	s->old_deadline = NEVER;
}

/*
 * What a life left behind may hold its port: it is told to end, and gets the
 * grace that the service itself would get.  The next life does not wait for it.
 */
static void
release_group(struct service *s)
{
	ending_kill_old_group(s);
	if (s->pid <= 0 || kill(-s->pid, SIGTERM) == -1)
		return;
	s->old_group = s->pid;
	s->old_deadline = clock_ms() + s->plan->grace_ms;
}

static void
end_with(struct service *s, bool gave_up)
{
	struct init *init = s->init;

	service_handle(s, LIFE_EV_DIED_FOR_GOOD);
	s->gave_up = gave_up;
	if (!s->plan->essential)
		return;
	farewell_to(init, s);
	init_stop_with(init, service_exit_code(s->death.status));
}

static bool
is_hopeless(const struct service *s)
{
	int err = s->death.exec_errno;
	return err != 0 && s->starts == 1 && !spawn_may_pass(err);
}

/* Out of patience or of hope: the container shall see the app's own code. */
static void
give_up(struct service *s, const char *how, int window)
{
	if (!is_hopeless(s)) {
		log_error(0, "%s %s: failure %d within %lld s, giving up",
		    s->plan->shown, how, window,
		    (long long)s->plan->window_ms / 1000);
		report_death(s, EVENT_GAVE_UP, window);
	}
	end_with(s, true);
}

/* A crash loop that is kept up says so each time: its pause is a long one. */
static void
loop_on(struct service *s, const char *how, int window)
{
	log_error(0,
	    "%s %s after %lld ms: failure %d within %lld s, a crash loop, "
	    "next life in %lld ms",
	    s->plan->shown, how, (long long)s->death.uptime_ms, window,
	    (long long)s->plan->window_ms / 1000, (long long)s->next_ms);
	service_handle(s, LIFE_EV_DIED_AGAIN);
}

static void
live_again(struct service *s, const char *how)
{
	log_warn(0, "%s %s after %lld ms, next life in %lld ms", s->plan->shown,
	    how, (long long)s->death.uptime_ms, (long long)s->next_ms);
	service_handle(s, LIFE_EV_DIED_AGAIN);
}

static enum event_kind
kind_of(const struct service *s)
{
	if (s->down == DOWN_UNRESPONSIVE)
		return EVENT_UNRESPONSIVE;
	return s->down == DOWN_MEMORY ? EVENT_MEMORY : EVENT_CRASH;
}

/* Another life, or the end of trying. */
static void
fail(struct service *s)
{
	const struct backoff_rules rules = rules_of(s->plan);
	int64_t now = s->death.at_us / 1000;
	char how[96];

	report_describe(&s->death, how, sizeof(how));
	s->next_ms = backoff_next(
	    &s->backoff.row, &rules, s->death.uptime_ms, init_noise(s->init));
	if (s->standby.state == SPARE_PARKED)
		s->next_ms = 0; /* it was calm for long enough to have one */
	if (s->down == DOWN_NOT && ending_is_clean(s, s->death.status)) {
		live_again(s, how);
		return;
	}
	backoff_failed(&s->backoff, now);
	int window = backoff_window(&s->backoff, &rules, now);
	bool loop = window >= rules.window_count;
	if (!s->crashed)
		s->outage_ms = 0;
	if (!s->crashed || s->down_us == 0)
		s->down_us = s->death.at_us;
	s->crashed = true;
	if (loop && s->plan->give_up_keep)
		s->next_ms = rules.max_ms;
	bool over = is_hopeless(s) || (loop && !s->plan->give_up_keep);
	if (over)
		s->next_ms = SERVICE_NO_NEXT_MS;
	report_death(s, kind_of(s), window);
	if (over) {
		give_up(s, how, window);
		return;
	}
	if (window == rules.window_count)
		report_death(s, EVENT_CRASH_LOOP, window);
	if (loop)
		loop_on(s, how, window);
	else
		live_again(s, how);
}

static bool
lives_again(const struct service *s)
{
	if (s->init->phase != PHASE_RUN)
		return false;
	if (s->plan->restart == PLAN_RESTART_NEVER)
		return false;
	return s->plan->restart == PLAN_RESTART_ALWAYS ||
	       !ending_is_clean(s, s->death.status);
}

/* Nobody asked for this end. */
static void
judge_own_end(struct service *s, bool left)
{
	bool clean = ending_is_clean(s, s->death.status);

	if (left || (clean && !lives_again(s))) {
		end_with(s, false);
	} else if (lives_again(s)) {
		fail(s);
	} else {
		s->next_ms = SERVICE_NO_NEXT_MS;
		report_death(s, EVENT_CRASH, 1);
		end_with(s, false);
	}
}

/* It was taken down: what follows was decided then; a stop overrides it. */
static void
judge_asked_end(struct service *s)
{
	enum service_down why =
	    s->init->phase == PHASE_RUN ? s->down : DOWN_FOR_GOOD;
	switch (why) {
	case DOWN_TO_REST:
		service_handle(s, LIFE_EV_DIED_TO_REST);
		break;
	case DOWN_TO_RESTART:
		s->next_ms = 0;
		service_handle(s, LIFE_EV_DIED_AGAIN);
		break;
	case DOWN_UNRESPONSIVE:
	case DOWN_MEMORY:
		fail(s);
		break;
	case DOWN_NOT:
	case DOWN_FOR_GOOD:
		end_with(s, false);
		break;
	}
}

void
ending_judge(struct service *s)
{
	bool asked = life_goes_down(s->state);
	bool left = terminal_was_left(s);

	s->died = false;
	s->away = true;
	s->death.oom = !asked && oom_took(s, s->death.status);
	s->last = s->death;
	s->cpu_past_ms += s->death.cpu_ms;
	s->last_at_ms = clock_wall_ns() / 1000000;
	errand_abandon(&s->hook);
	ear_close(s);
	handover_lost(s);
	birth_expect_nothing(s);
	count_exit(s, s);
	release_group(s);
	if (asked)
		judge_asked_end(s);
	else
		judge_own_end(s, left);
	s->pid = 0;
}

void
ending_of_spare(struct service *spare)
{
	struct service *s = spare->spare_of;

	spare->died = false;
	s->cpu_past_ms += spare->death.cpu_ms;
	errand_abandon(&spare->hook);
	ear_close(spare);
	handover_lost(spare);
	birth_expect_nothing(spare);
	release_group(spare);
	if (life_goes_down(spare->state) && spare->state != LIFE_KILLING)
		count_exit(s, spare);
	if (spare->down == DOWN_MEMORY)
		report_death(spare, EVENT_MEMORY, 1);
	spare->pid = 0;
	spare->state = LIFE_WAITING;
}
