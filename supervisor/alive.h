#ifndef SUPERVISOR_ALIVE_H
#define SUPERVISOR_ALIVE_H

#include "config/plan.h"
#include "core/wire.h"
#include "supervisor/errand.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What is asked of a service from outside, and what follows from the answers:
 * readiness while it starts, liveness once it is ready.  http and tcp are asked
 * by the health role, in slots of four for each service; commands are run by
 * PID 1; the watchdog is the service's own word.  As many failures in a row of
 * one kind as the plan says, or a missed watchdog, and it is replaced.
 *
 * A container that was frozen answers nothing and hears nothing: what is late
 * because nobody ran is asked again.
 */

struct service;

enum ask_kind { ASK_HTTP, ASK_TCP, ASK_EXEC, ASK_KINDS };

#define ASK_SLOTS 4 /* of one service: ready http, tcp; alive http, tcp */

struct ask_slot {
	uint32_t wanted; /* serial of the question; 0: none */
	uint32_t told;   /* what the role that runs now was told */
};

/* A command that is run over and over. */
struct ask_exec {
	struct errand errand;
	int64_t next;    /* run; NEVER: not asked */
	int64_t late_at; /* the end of this run's time */
	bool complained; /* that it cannot be run, in this life */
};

struct alive {
	struct ask_slot slot[ASK_SLOTS];
	struct ask_exec ready_exec, alive_exec;
	int64_t listen_next; /* look at its sockets; NEVER: not waited for */
	int64_t listen_ms;   /* ... and then after that long */
	int failed[ASK_KINDS];
	int64_t period_ms;   /* of the watchdog */
	int64_t watchdog_at; /* it is due; NEVER: not watched */
	bool overdue;        /* ... and was missed once, a moment ago */
	bool triggered;
};

void alive_setup(struct service *s);

/* A life has begun: ask for what s->awaited holds.  It is ready: watch it.  It
   is on its way out: ask nothing. */
void alive_await(struct service *s);
void alive_watch(struct service *s);
void alive_rest(struct service *s);

/* Its sockets have changed, or are about to: look at them at once. */
void alive_look_again(struct service *s);

/* The service's own word: alive; another period; replace me. */
void alive_ping(struct service *s);
void alive_set_period(struct service *s, int64_t us);
void alive_trigger(struct service *s);

/* What slot number `slot` (service * ASK_SLOTS + its own) asks, as
   HEALTH_PROBE; and the answer, HEALTH_RESULT. */
void alive_question(const struct service *s, size_t slot, struct wire_msg *ret);
void alive_answer(struct service *s, size_t slot, const struct wire_msg *msg);

/* Whether the plan asks anything by the health role. */
bool alive_needs_health(const struct plan_service *plan);

/* A new program of PID 1: commands that nobody saw end are over. */
void alive_adopt(struct service *s, bool is_child(pid_t pid));

bool alive_died(struct service *s, pid_t pid, int status);
void alive_turn(struct service *s);
int64_t alive_deadline(const struct service *s);

#endif
