#include "supervisor/init.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/log.h"
#include "core/signame.h"
#include "supervisor/adopt.h"
#include "supervisor/control.h"
#include "supervisor/evmem.h"
#include "supervisor/launch.h"
#include "supervisor/leave.h"
#include "supervisor/meaning.h"
#include "supervisor/spawn.h"
#include "supervisor/setup.h"
#include "supervisor/terminal.h"
#include "supervisor/testament.h"
#include "supervisor/trim.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define HASTE_MS 50 /* two signals of one sender are no further apart */

static struct init the;

static void begin_stop(struct init *init, int signal);

/* ---- what callbacks record ---- */

static bool
was_service(pid_t pid, int status, const struct rusage *usage)
{
	for (size_t i = 0; i < the.services; i++)
		if (service_reaped(&the.service[i], pid, status, usage))
			return true;
	return false;
}

static struct helper *
helper_of(pid_t pid)
{
	for (int i = 0; i < ROLES; i++)
		if (the.helper[i].pid == pid)
			return &the.helper[i];
	return NULL;
}

static void
record_death(pid_t pid, int status, const struct rusage *usage)
{
	struct helper *h = helper_of(pid);

	if (was_service(pid, status, usage))
		return;
	if (h != NULL) {
		helper_died(h, status);
	} else if (pid == the.boot.task_pid) {
		the.boot.task_died = true;
		the.boot.task_status = status;
	} else {
		the.orphans++;
	}
}

/* SIGCHLD is a level: one may stand for many deaths. */
static void
reap(void)
{
	for (;;) {
		struct rusage usage;
		int status;
		pid_t pid = wait4(
		    -1, &status, WNOHANG | terminal_wait_flags(&the), &usage);
		if (pid == -1 && errno == EINTR)
			continue;
		the.childless = pid == -1;
		if (pid <= 0)
			return;
		if (WIFSTOPPED(status))
			terminal_stopped(&the, pid, status);
		else
			record_death(pid, status, &usage);
	}
}

/*
 * timeout(1) tells its child and then its whole group, which the child belongs
 * to, and continues both: that is one TERM, although two come.  So a second one
 * right behind the first waits for a moment, whether CONT follows.
 */
static void
ask_to_stop(int sig)
{
	int64_t now = clock_ms();

	if (the.phase == PHASE_RUN)
		begin_stop(&the, sig);
	else if (the.asked && sig != SIGQUIT && the.force_ms == 0)
		the.force_ms =
		    now - the.asked_ms < HASTE_MS ? now + HASTE_MS : now;
	if (!the.asked)
		the.asked_ms = now;
	the.asked = true;
}

static void
take_unmapped(int sig)
{
	switch (sig) {
	case SIGCHLD:
		reap();
		break;
	case SIGTERM:
	case SIGINT:
	case SIGQUIT:
		ask_to_stop(sig);
		break;
	default:
		meaning_forward(&the, sig);
		break;
	}
}

/* But those that somebody has stopped by hand, and those that are done. */
static void
restart_all(int sig)
{
	bool reload = the.plan->signal[sig].what == PLAN_SIGNAL_RELOAD;
	uint64_t targets = 0;

	log_info("%s: %s every service", signame(sig),
	    reload ? "reloading" : "restarting");
	for (size_t i = 0; i < the.services; i++) {
		const struct service *s = &the.service[i];
		bool done = s->state == LIFE_ENDED && !s->gave_up;
		if (!done && s->state != LIFE_RESTING)
			targets |= UINT64_C(1) << i;
	}
	rolling_begin(&the, targets, reload);
}

static void
take_signal(int sig)
{
	const struct plan_signal_rule *rule = &the.plan->signal[sig];

	if (sig == SIGCONT) /* whatever else it means */
		the.force_ms = 0;
	switch (meaning_of(&the, sig)) {
	case PLAN_SIGNAL_DEFAULT:
		take_unmapped(sig);
		break;
	case PLAN_SIGNAL_FORWARD:
		meaning_forward(&the, sig);
		break;
	case PLAN_SIGNAL_DROP:
		break;
	case PLAN_SIGNAL_SEND:
		meaning_forward(&the, rule->number);
		break;
	case PLAN_SIGNAL_RESTART:
	case PLAN_SIGNAL_RELOAD:
		restart_all(sig);
		break;
	}
}

static void
on_signal(struct ev_loop *loop, struct ev_io *io, int events)
{
	(void)loop;
	(void)io;
	(void)events;
	for (int sig; (sig = signals_next(&the.signals)) != 0;)
		take_signal(sig);
}

static void
on_timer(struct ev_loop *loop, struct ev_timer *timer, int events)
{
	(void)events;
	ev_timer_stop(loop, timer);
}

/* ---- stopping ---- */

static void
begin_stop(struct init *init, int signal)
{
	init->stop_signal = signal;
	boot_stop(init, signal);
	leave_begin(init);
}

/*
 * Who decides the exit code: the first that ended for good; in a stop that was
 * asked for, the main service.
 */
void
init_stop_with(struct init *init, int code)
{
	if (init->phase == PHASE_RUN) {
		init->exit_code = code;
		init->exit_known = true;
		begin_stop(init, SIGTERM);
	}
}

void
init_terminate(struct init *init)
{
	init->asked = true;
	if (init->phase == PHASE_RUN)
		begin_stop(init, SIGTERM);
}

static int
final_code(void)
{
	const struct service *s = &the.service[0];
	if (the.exit_known)
		return the.exit_code;
	if (the.boot.state == BOOT_TASKS && the.boot.task_told)
		return service_exit_code(the.boot.task_status);
	if (s->starts > 0)
		return service_exit_code(s->last.status);
	return EXITS_SIGNALED + the.stop_signal;
}

/* ---- the turn ---- */

static void
courier_turn(void)
{
	struct helper *h = &the.helper[ROLE_COURIER];
	if (the.phase != PHASE_PARTING && the.boot.state != BOOT_PREPARING &&
	    obituary_to_send(&the.obituaries) != NULL)
		h->wanted = true;
}

static int64_t
next_deadline(void)
{
	int64_t first =
	    clock_earlier(boot_deadline(&the), leave_deadline(&the));
	for (size_t i = 0; i < the.services; i++)
		first = clock_earlier(first, service_deadline(&the.service[i]));
	for (int i = 0; i < ROLES; i++)
		first = clock_earlier(first, helper_deadline(&the.helper[i]));
	first = clock_earlier(first, control_deadline(&the));
	first = clock_earlier(first, memory_deadline(&the));
	first = clock_earlier(first, rolling_deadline(&the));
	first = clock_earlier(first, handover_deadline(&the));
	first = clock_earlier(first, deserted_deadline(&the));
	if (watch_is_pending(&the))
		first = 0;
	if (the.force_ms != 0)
		first = clock_earlier(first, the.force_ms);
	first = clock_earlier(first, oom_deadline(&the));
	return clock_earlier(first, obituaries_deadline(&the.obituaries));
}

static void
act(void)
{
	boot_turn(&the);
	watch_turn(&the);
	handover_turn(&the);
	deserted_turn(&the);
	memory_turn(&the);
	for (size_t i = 0; i < the.services; i++)
		service_turn(&the.service[i]);
	rolling_turn(&the);
	oom_turn(&the);
	boot_turn(&the);
	if (the.phase == PHASE_RUN && leave_services_over(&the))
		leave_with_all(&the);
	if (the.force_ms != 0 && clock_ms() >= the.force_ms) {
		the.force_ms = 0;
		leave_force(&the);
	}
}

/* Helpers start after whatever the services needed. */
static void
act_on_helpers(void)
{
	watch_tidy(&the);
	obituaries_expire(&the.obituaries, clock_ms());
	courier_turn();
	if (the.streams.on && the.boot.state != BOOT_PREPARING &&
	    the.phase != PHASE_PARTING)
		the.helper[ROLE_SCRIBE].wanted = true;
	control_turn(&the);
	for (int i = 0; i < ROLES; i++)
		helper_turn(&the.helper[i]);
}

/*
 * Services whose deadline is now (a first restart) are served before anything
 * else, in the same turn; the bound is there for a command that cannot be
 * executed at all and a configured delay of nothing.
 */
static bool
turn(void)
{
	for (int round = 0; round < 4; round++) {
		act();
		if (next_deadline() > clock_ms())
			break;
	}
	if (leave_turn(&the))
		return false;
	act_on_helpers();
	return true;
}

static void
arm_timer(void)
{
	int64_t next = next_deadline();
	ev_timer_stop(the.loop, &the.timer);
	if (next == NEVER)
		return;
	int64_t left = next - clock_ms();
	ev_timer_set(
	    &the.timer, left > 0 ? (double)left / 1000 + 0.0005 : 0., 0.);
	ev_timer_start(the.loop, &the.timer);
}

/* The last thing before a wait: whatever runs afterwards is in memory again. */
static void
trim_once(void)
{
	static bool
	    trimmed; /* of this program: one that is reborn has its own */

	if (trimmed || the.boot.state != BOOT_DONE)
		return;
	trimmed = true;
	trim_program();
}

static void
before_wait(struct ev_loop *loop, struct ev_prepare *prepare, int events)
{
	(void)prepare;
	(void)events;
	bool more = turn();
	spawn_settled();
	if (!more) {
		ev_break(loop, EVBREAK_ALL);
		return;
	}
	arm_timer();
	trim_once();
}

uint32_t
init_noise(struct init *init)
{
	/* xorshift32: jitter needs to differ, not to be secret */
	init->noise ^= init->noise << 13;
	init->noise ^= init->noise >> 17;
	init->noise ^= init->noise << 5;
	return init->noise;
}

/* ---- birth ---- */

static void
start_loop(void)
{
	evmem_setup();
	the.loop = ev_default_loop(EVFLAG_AUTO | EVFLAG_NOENV);
	assert(the.loop != NULL);
	ev_io_init(&the.on_signal, on_signal, the.signals.fd, EV_READ);
	ev_io_init(&the.on_fault, on_signal, the.signals.fault_fd, EV_READ);
	ev_timer_init(&the.timer, on_timer, 0., 0.);
	ev_prepare_init(&the.before_wait, before_wait);
	ev_io_start(the.loop, &the.on_signal);
	ev_io_start(the.loop, &the.on_fault);
	ev_prepare_start(the.loop, &the.before_wait);
}

static int
run(void)
{
	ev_run(the.loop, 0);
	control_close(&the);
	int code = final_code();
	farewell_write(&the, code);
	return code;
}

int
init_main(const struct plan *plan, char **environment)
{
	the.plan = plan;
	the.born_us = clock_us();
	the.born_ms = clock_wall_ns() / 1000000;
	the.noise = ((uint32_t)the.born_us ^ (uint32_t)getpid() << 16) | 1;

	int code = launch_prepare(&the);
	if (code != EXITS_OK)
		return code;
	inherit_open(&the.inherit, environment);
	int r = signals_open(&the.signals);
	if (r < 0) {
		log_error(r, "cannot take charge of signals");
		return EXITS_OSERR;
	}
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	code = setup_all(&the, environment);
	if (code != EXITS_OK)
		return code;
	inherit_leave_home(&the.inherit);

	/* from here on we may not die */
	boot_begin(&the);
	rebirth_arm(&the);
	if (!the.boot.fetching && !the.boot.injecting)
		act();
	setup_self(&the);
	start_loop();
	memory_listen(&the);
	oom_listen(&the);
	return run();
}

/* What lives in a process alone is made again. */
static int
resume(const struct testament *t, char **environment)
{
	int r = signals_reopen(&the.signals, t->unread);
	if (r < 0)
		return r;
	rebirth_arm(&the);
	rebirth_pass_descriptors(&the, false);
	rebirths_add(&the.rebirths, t->tries, clock_ms());
	log_setup((enum log_level)the.plan->log_level,
	    (enum log_format)the.plan->log_format, NULL);
	r = environment_adopt(&the.environment, environment);
	if (r < 0)
		return r;
	if (the.boot.fetching)
		the.boot.fetched = false; /* its answers are asked for again */
	setup_adopted_helpers(&the);
	adopt_processes(&the, t);
	return 0;
}

int
init_reborn(int fd, char **environment)
{
	struct testament t;

	rebirth_arm_early(fd);
	int r = testament_read(fd, &the, &t);
	if (r == 0)
		r = resume(&t, environment);
	testament_burn(fd);
	if (r < 0) {
		rebirth_arm_early(-1);
		return adopt_nothing(r);
	}
	adopt_tell(&the, &t);
	if (the.self_fd == -1)
		setup_self(&the);
	memory_setup(&the);
	start_loop();
	memory_listen(&the);
	oom_listen(&the);
	reap();
	if (rebirths_recent(&the.rebirths, clock_ms()) > REBIRTHS_MAX) {
		farewell_because(&the, "PID 1 itself failed too often");
		init_stop_with(&the, EXITS_INTERNAL);
	}
	return run();
}
