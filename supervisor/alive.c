#include "supervisor/alive.h"

#include "core/clock.h"
#include "core/wire.h"
#include "supervisor/init.h"
#include "supervisor/listening.h"

#include <stdio.h>
#include <sys/wait.h>

#include "supervisor/pid1.h"

#define FROZEN_MS 1000 /* so late is only who did not run */
#define SECOND_LOOK_MS 250
#define LISTEN_FIRST_MS 10
#define LISTEN_MAX_MS 250
#define WHY_SIZE 96

static void
rest_exec(struct ask_exec *x)
{
	errand_abandon(&x->errand);
	x->next = NEVER;
	x->late_at = NEVER;
	x->complained = false;
}

void
alive_setup(struct service *s)
{
	struct alive *a = &s->alive;
	errand_setup(&a->ready_exec.errand, "the ready command");
	errand_setup(&a->alive_exec.errand, "the alive command");
	alive_rest(s);
}

void
alive_rest(struct service *s)
{
	struct alive *a = &s->alive;
	for (int i = 0; i < ASK_SLOTS; i++)
		a->slot[i].wanted = 0;
	rest_exec(&a->ready_exec);
	rest_exec(&a->alive_exec);
	a->listen_next = NEVER;
	a->watchdog_at = NEVER;
	a->overdue = a->triggered = false;
}

/* ---- beginning ---- */

static void
ask(struct service *s, unsigned kinds, size_t first)
{
	struct ask_slot *slot = &s->alive.slot[first];
	if (kinds & PLAN_READY_HTTP)
		slot[0].wanted = ++s->init->probe_serial;
	if (kinds & PLAN_READY_TCP)
		slot[1].wanted = ++s->init->probe_serial;
}

void
alive_await(struct service *s)
{
	struct alive *a = &s->alive;
	int64_t now = clock_ms();

	alive_rest(s);
	a->period_ms = 0;
	ask(s, s->awaited, 0);
	if (s->awaited & PLAN_READY_EXEC)
		a->ready_exec.next = now;
	if (s->awaited & PLAN_READY_LISTEN) {
		a->listen_ms = LISTEN_FIRST_MS;
		a->listen_next = now + LISTEN_FIRST_MS;
	}
}

void
alive_watch(struct service *s)
{
	const struct plan_probe *p = &s->plan->alive.probe;
	struct alive *a = &s->alive;
	int64_t now = clock_ms();

	alive_rest(s);
	for (int i = 0; i < ASK_KINDS; i++)
		a->failed[i] = 0;
	ask(s, p->kinds, ASK_SLOTS / 2);
	if (p->kinds & PLAN_READY_EXEC)
		a->alive_exec.next = now + p->every_ms;
	if (p->kinds & PLAN_READY_NOTIFY) {
		if (a->period_ms == 0)
			a->period_ms = p->every_ms;
		a->watchdog_at = now + a->period_ms;
	}
}

/* ---- the watchdog ---- */

void
alive_ping(struct service *s)
{
	struct alive *a = &s->alive;
	a->overdue = false;
	if (a->watchdog_at != NEVER)
		a->watchdog_at = clock_ms() + a->period_ms;
}

void
alive_set_period(struct service *s, int64_t us)
{
	if ((s->plan->alive.probe.kinds & PLAN_READY_NOTIFY) == 0)
		return;
	s->alive.period_ms = (us + 999) / 1000;
	alive_ping(s);
}

void
alive_trigger(struct service *s)
{
	if (s->alive.watchdog_at != NEVER)
		s->alive.triggered = true;
}

/*
 * Who is thawed finds its deadline in the past before the service had a chance:
 * a miss is believed at the second look, and only when we came to both in time.
 */
static void
look_at_watchdog(struct service *s, int64_t now)
{
	struct alive *a = &s->alive;
	char why[WHY_SIZE];

	if (a->triggered) {
		service_replace(s, DOWN_UNRESPONSIVE,
		    "asked to be replaced (WATCHDOG=trigger)");
		return;
	}
	if (now < a->watchdog_at)
		return;
	if (now - a->watchdog_at > FROZEN_MS) {
		alive_ping(s);
		return;
	}
	if (!a->overdue) {
		a->overdue = true;
		a->watchdog_at = now + SECOND_LOOK_MS;
		return;
	}
	(void)snprintf(why, sizeof(why),
	    "did not send WATCHDOG=1 within %lld ms", (long long)a->period_ms);
	service_replace(s, DOWN_UNRESPONSIVE, why);
}

/* ---- answers ---- */

static void
count(struct service *s, enum ask_kind kind, bool ok, const char *why)
{
	const struct plan_alive *p = &s->plan->alive;
	const char *const asked[] = {
		[ASK_HTTP] = p->probe.http,
		[ASK_TCP] = p->probe.tcp,
		[ASK_EXEC] = p->probe.exec_shown ? p->probe.exec_shown[0] : "",
	};
	char line[WHY_SIZE];

	if (ok || s->state != LIFE_READY) {
		s->alive.failed[kind] = 0;
		return;
	}
	if (++s->alive.failed[kind] < p->failures)
		return;
	(void)snprintf(line, sizeof(line), "did not answer %d probe%s (%s: %s)",
	    p->failures, p->failures == 1 ? "" : "s", asked[kind], why);
	service_replace(s, DOWN_UNRESPONSIVE, line);
}

void
alive_question(const struct service *s, size_t slot, struct wire_msg *ret)
{
	bool ready = slot < ASK_SLOTS / 2;
	bool tcp = slot % 2 == 1;
	const struct plan_probe *p =
	    ready ? &s->plan->ready : &s->plan->alive.probe;

	*ret = (struct wire_msg){ .type = WIRE_HEALTH_PROBE,
		.serial = s->alive.slot[slot].wanted,
		.fd = -1,
		.field = {
		    [HEALTH_PROBE_PROBE] =
			WIRE_NUM((int64_t)(s->index * ASK_SLOTS + slot)),
		    [HEALTH_PROBE_KIND] = WIRE_NUM(tcp),
		    [HEALTH_PROBE_TARGET] = WIRE_STR(tcp ? p->tcp : p->http),
		    [HEALTH_PROBE_EVERY_MS] = WIRE_NUM(p->every_ms),
		    [HEALTH_PROBE_TIMEOUT_MS] = WIRE_NUM(p->timeout_ms),
		    [HEALTH_PROBE_ONCE] = WIRE_NUM(ready),
		} };
}

void
alive_answer(struct service *s, size_t slot, const struct wire_msg *msg)
{
	bool ok = msg->field[HEALTH_RESULT_OK].num != 0;
	bool tcp = slot % 2 == 1;

	if (s->alive.slot[slot].wanted != msg->serial)
		return;
	if (slot >= ASK_SLOTS / 2)
		count(s, tcp ? ASK_TCP : ASK_HTTP, ok,
		    msg->field[HEALTH_RESULT_WHY].ptr);
	else if (ok)
		service_met(s, tcp ? PLAN_READY_TCP : PLAN_READY_HTTP);
}

bool
alive_needs_health(const struct plan_service *plan)
{
	return ((plan->ready.kinds | plan->alive.probe.kinds) &
		   (PLAN_READY_HTTP | PLAN_READY_TCP)) != 0;
}

/* ---- commands ---- */

static void
run(struct service *s, struct ask_exec *x, const struct plan_probe *p)
{
	int64_t now = clock_ms();
	x->next = NEVER;
	x->late_at = now + p->timeout_ms;
	x->errand.quiet = x->complained;
	x->errand.program = p->exec_shown[0];
	errand_start(&x->errand, s->init, s->index, p->exec, p->timeout_ms);
	if (x->errand.pid == 0)
		x->complained = true;
}

/* True when it gave an answer: ok or not, with why.  */
static bool
hear(struct ask_exec *x, const struct plan_probe *p, bool *ret_ok,
    char why[WHY_SIZE])
{
	int64_t now = clock_ms();
	bool late = x->errand.late;

	errand_turn(&x->errand);
	if (!errand_over(&x->errand))
		return false;
	int status = x->errand.status;
	x->next = now + p->every_ms;
	*ret_ok = !late && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (late)
		(void)snprintf(why, WHY_SIZE, "no answer within %lld ms",
		    (long long)p->timeout_ms);
	else if (WIFSIGNALED(status))
		(void)snprintf(why, WHY_SIZE, "signal %d", WTERMSIG(status));
	else
		(void)snprintf(why, WHY_SIZE, "code %d", WEXITSTATUS(status));
	return !late || now - x->late_at < FROZEN_MS;
}

static void
turn_commands(struct service *s, int64_t now)
{
	struct alive *a = &s->alive;
	char why[WHY_SIZE];
	bool ok;

	if (hear(&a->ready_exec, &s->plan->ready, &ok, why) && ok) {
		a->ready_exec.next = NEVER;
		service_met(s, PLAN_READY_EXEC);
	}
	if (hear(&a->alive_exec, &s->plan->alive.probe, &ok, why))
		count(s, ASK_EXEC, ok, why);
	if (now >= a->ready_exec.next)
		run(s, &a->ready_exec, &s->plan->ready);
	if (now >= a->alive_exec.next)
		run(s, &a->alive_exec, &s->plan->alive.probe);
}

bool
alive_died(struct service *s, pid_t pid, int status)
{
	return errand_died(&s->alive.ready_exec.errand, pid, status) ||
	       errand_died(&s->alive.alive_exec.errand, pid, status);
}

static void
adopt_exec(struct ask_exec *x, bool is_child(pid_t pid))
{
	if (x->errand.pid == 0 || is_child(x->errand.pid))
		return;
	errand_abandon(&x->errand);
	x->next = clock_ms();
}

void
alive_adopt(struct service *s, bool is_child(pid_t pid))
{
	adopt_exec(&s->alive.ready_exec, is_child);
	adopt_exec(&s->alive.alive_exec, is_child);
}

void
alive_look_again(struct service *s)
{
	if (s->alive.listen_next == NEVER)
		return;
	s->alive.listen_next = clock_ms();
	s->alive.listen_ms = 1;
}

/* ---- the turn ---- */

static void
look_at_sockets(struct service *s, int64_t now)
{
	struct alive *a = &s->alive;
	a->listen_next = NEVER;
	if (listening_on_tcp(s->pid)) {
		service_met(s, PLAN_READY_LISTEN);
		return;
	}
	a->listen_next = now + a->listen_ms;
	a->listen_ms = clock_earlier(a->listen_ms * 2, LISTEN_MAX_MS);
}

void
alive_turn(struct service *s)
{
	int64_t now = clock_ms();

	if (s->died || s->pid == 0)
		return;
	if (now >= s->alive.listen_next)
		look_at_sockets(s, now);
	turn_commands(s, now);
	look_at_watchdog(s, now);
}

static int64_t
exec_deadline(const struct ask_exec *x)
{
	return clock_earlier(x->next, errand_deadline(&x->errand));
}

int64_t
alive_deadline(const struct service *s)
{
	const struct alive *a = &s->alive;
	int64_t first = clock_earlier(a->listen_next, a->watchdog_at);
	first = clock_earlier(first, exec_deadline(&a->ready_exec));
	return clock_earlier(first, exec_deadline(&a->alive_exec));
}
