#include "supervisor/service.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/log.h"
#include "core/signame.h"
#include "supervisor/cgroup.h"
#include "supervisor/init.h"
#include "supervisor/launch.h"
#include "supervisor/report.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/pid1.h"

static void handle(struct service *s, enum life_event event);
static void expect_nothing(struct service *s);

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
	s->recovered_at = NEVER;
	s->old_deadline = NEVER;
	s->oom_seen = -1;
}

int
service_exit_code(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return EXITS_SIGNALED + WTERMSIG(status);
}

static struct backoff_rules
rules_of(const struct plan_service *plan)
{
	return (struct backoff_rules){
		.first_ms = plan->delay_first_ms,
		.max_ms = plan->delay_max_ms,
		.window_ms = plan->window_ms,
		.window_count = plan->window_count,
	};
}

/* ---- a life begins ---- */

static void
look_for_readiness(struct service *s)
{
	s->alive_at = NEVER;
	s->probing = false;
	s->answered = false;
	if (s->plan->ready == PLAN_READY_ALIVE) {
		s->alive_at = clock_ms() + SERVICE_ALIVE_MS;
		return;
	}
	s->probing = true;
	s->probe = ++s->init->probe_serial;
}

static void
start(struct service *s)
{
	enum spawn_step step = SPAWN_FORK;
	struct init *init = s->init;
	pid_t pid = launch_process(init, s->index,
	    (struct spawn){
		.argv = s->plan->command,
		.envp = init->environment.service_envp[s->index],
		.cwd = s->plan->cwd,
		.foreground = s->index == 0 && init->tty_group != 0,
	    },
	    &step);

	s->born_us = clock_us();
	if (s->starts++ > 0)
		histogram_add(&s->restart, s->born_us - s->death.at_us);
	if (pid > 0) {
		s->pid = pid;
		look_for_readiness(s);
		if (init->obituaries.on)
			s->oom_seen = cgroup_oom_kills();
		return;
	}
	log_error(pid, "cannot start %s: %s: %s", s->plan->name,
	    spawn_step_name(step), s->plan->command_shown[0]);
	int code = spawn_exit_code(step, -pid);
	s->death = (struct death){
		.status = code << 8,
		.exec_errno = -pid,
		.at_us = s->born_us,
	};
	s->died = true;
}

/* ---- a life ends ---- */

void
service_record_death(struct service *s, int status, const struct rusage *usage)
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

static bool
is_clean(const struct service *s, int status)
{
	if (!WIFEXITED(status))
		return false;
	unsigned code = (unsigned)WEXITSTATUS(status);
	return (s->plan->clean_codes[code / 8] >> (code % 8) & 1) != 0;
}

/* The kernel's counter tells the memory limit from somebody's kill -9. */
static bool
was_oom(struct service *s, int status)
{
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return false;
	int64_t before = s->oom_seen;
	s->oom_seen = cgroup_oom_kills();
	return before != -1 && s->oom_seen > before;
}

static void
count_exit(struct service *s)
{
	if (s->death.oom)
		s->exits_oom++;
	else if (WIFSIGNALED(s->death.status))
		s->exits_signal++;
	else if (is_clean(s, s->death.status))
		s->exits_clean++;
	else
		s->exits_error++;
}

static void
kill_old_group(struct service *s)
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
	kill_old_group(s);
	if (s->pid <= 0 || kill(-s->pid, SIGTERM) == -1)
		return;
	s->old_group = s->pid;
	s->old_deadline = clock_ms() + s->plan->grace_ms;
}

/* The terminal comes back to us; ^C there means the container, not one life. */
static bool
was_interrupted(const struct service *s)
{
	const struct init *init = s->init;
	int status = s->death.status;

	if (s->index != 0 || init->tty_group == 0)
		return false;
	(void)tcsetpgrp(STDIN_FILENO, init->tty_group);
	return WIFSIGNALED(status) &&
	       (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGQUIT);
}

static void
end_with(struct service *s, bool gave_up)
{
	struct init *init = s->init;

	handle(s, LIFE_EV_DIED_FOR_GOOD);
	s->gave_up = gave_up;
	if (s->plan->essential)
		init_stop_with(init, service_exit_code(s->death.status));
}

/* A command that cannot be executed now will not be executable in a moment. */
static bool
is_hopeless(const struct service *s)
{
	int err = s->death.exec_errno;
	return err != 0 && s->starts == 1 && err != EAGAIN && err != ENOMEM;
}

/* Out of patience or of hope: the container shall see the app's own code. */
static void
give_up(struct service *s, const char *how, int window)
{
	if (!is_hopeless(s)) {
		log_error(0, "%s %s: failure %d within %lld s, giving up",
		    s->plan->name, how, window,
		    (long long)s->plan->window_ms / 1000);
		report_death(s, EVENT_GAVE_UP, window);
	}
	end_with(s, true);
}

static void
live_again(struct service *s, const char *how)
{
	log_warn(0, "%s %s after %lld ms, next life in %lld ms", s->plan->name,
	    how, (long long)s->death.uptime_ms, (long long)s->next_ms);
	handle(s, LIFE_EV_DIED_AGAIN);
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
	    &s->backoff, &rules, s->death.uptime_ms, init_noise(s->init));
	if (is_clean(s, s->death.status)) {
		live_again(s, how);
		return;
	}
	backoff_failed(&s->backoff, now);
	int window = backoff_window(&s->backoff, &rules, now);
	bool loop = window >= rules.window_count;
	if (!s->crashed)
		s->down_us = s->death.at_us;
	s->crashed = true;
	if (loop && s->plan->give_up_keep)
		s->next_ms = rules.max_ms;
	bool over = is_hopeless(s) || (loop && !s->plan->give_up_keep);
	if (over)
		s->next_ms = SERVICE_NO_NEXT_MS;
	report_death(s, EVENT_CRASH, window);
	if (over) {
		give_up(s, how, window);
		return;
	}
	if (window == rules.window_count)
		report_death(s, EVENT_CRASH_LOOP, window);
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
	       !is_clean(s, s->death.status);
}

/* A clean end that policy "always" answers with a new life is no failure. */
static void
act_on_death(struct service *s)
{
	bool stopping = s->state == LIFE_STOPPING || s->state == LIFE_KILLING;
	bool clean = is_clean(s, s->death.status);

	s->died = false;
	s->death.oom = was_oom(s, s->death.status);
	s->last = s->death;
	s->last_at_ms = clock_wall_ns() / 1000000;
	expect_nothing(s);
	count_exit(s);
	release_group(s);
	if (was_interrupted(s) || stopping || (clean && !lives_again(s)))
		end_with(s, false);
	else if (lives_again(s))
		fail(s);
	else {
		s->next_ms = SERVICE_NO_NEXT_MS;
		report_death(s, EVENT_CRASH, 1);
		end_with(s, false);
	}
	s->pid = 0;
}

/* ---- the machine and its deadlines ---- */

/* It is on its way out: neither ready nor recovered will come of it. */
static void
expect_nothing(struct service *s)
{
	s->alive_at = NEVER;
	s->recovered_at = NEVER;
	s->probing = false;
	s->answered = false;
}

static void
announce(struct service *s)
{
	int64_t now = clock_us();
	s->alive_at = NEVER;
	s->probing = false;
	s->answered = false;
	if (!s->crashed)
		return;
	s->outage_ms = (now - s->down_us) / 1000;
	s->recovered_at = now / 1000 + SERVICE_RECOVERED_MS;
}

static void
signal_group(const struct service *s, int sig)
{
	if (s->pid > 0 && kill(-s->pid, sig) == -1 && errno != ESRCH)
		(void)kill(s->pid, sig);
}

static void
handle(struct service *s, enum life_event event)
{
	unsigned todo = life_step(&s->state, event);

	if (todo & LIFE_DO_SPAWN) {
		s->deadline = NEVER;
		start(s);
	}
	if (todo & LIFE_DO_ANNOUNCE)
		announce(s);
	if (todo & LIFE_DO_DELAY)
		s->deadline = clock_ms() + s->next_ms;
	if (todo & (LIFE_DO_TERM | LIFE_DO_KILL | LIFE_DO_END))
		expect_nothing(s);
	if (todo & LIFE_DO_TERM)
		signal_group(s, s->plan->stop_signal ? s->plan->stop_signal
						     : s->init->stop_signal);
	if (todo & LIFE_DO_GRACE)
		s->deadline = clock_ms() + s->plan->grace_ms;
	if (todo & LIFE_DO_KILL) {
		s->deadline = NEVER;
		signal_group(s, SIGKILL);
	}
	if (todo & LIFE_DO_END)
		s->deadline = NEVER;
}

void
service_go(struct service *s)
{
	handle(s, LIFE_EV_GO);
}

void
service_stop(struct service *s)
{
	handle(s, LIFE_EV_STOP);
}

void
service_force(struct service *s)
{
	handle(s, LIFE_EV_FORCE);
}

static void
recover(struct service *s)
{
	s->recovered_at = NEVER;
	s->crashed = false;
	report_recovery(s);
}

/* A restart that fails at once is a death again: bounded by the backoff. */
void
service_turn(struct service *s)
{
	int64_t now = clock_ms();

	if (s->died)
		act_on_death(s);
	if (now >= s->alive_at || s->answered)
		handle(s, LIFE_EV_READY);
	if (now >= s->recovered_at && s->state == LIFE_READY)
		recover(s);
	if (now >= s->old_deadline)
		kill_old_group(s);
	if (now < s->deadline)
		return;
	if (s->state == LIFE_STOPPING)
		log_warn(0, "%s did not end within %lld ms and is killed",
		    s->plan->name, (long long)s->plan->grace_ms);
	handle(s, LIFE_EV_DEADLINE);
}

int64_t
service_deadline(const struct service *s)
{
	int64_t first = s->deadline;
	if (s->died)
		return 0;
	if (s->alive_at < first)
		first = s->alive_at;
	if (s->recovered_at < first)
		first = s->recovered_at;
	if (s->old_deadline < first)
		first = s->old_deadline;
	return first;
}
