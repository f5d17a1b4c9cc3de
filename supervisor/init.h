#ifndef SUPERVISOR_INIT_H
#define SUPERVISOR_INIT_H

#include "config/plan.h"
#include "core/wire.h"
#include "supervisor/account.h"
#include "supervisor/boot.h"
#include "supervisor/environment.h"
#include "supervisor/farewell.h"
#include "supervisor/handover.h"
#include "supervisor/helper.h"
#include "supervisor/inherit.h"
#include "supervisor/memory.h"
#include "supervisor/obituary.h"
#include "supervisor/oom.h"
#include "supervisor/rebirth.h"
#include "supervisor/rolling.h"
#include "supervisor/service.h"
#include "supervisor/signals.h"
#include "supervisor/streams.h"
#include "supervisor/watch.h"
#include "supervisor/deserted.h"

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * PID 1, in one static object.  Callbacks record into it; one turn(), run
 * before every wait, acts in a fixed order: reap, signals, boot, services,
 * helpers, leave.  One timer serves the earliest deadline; there is no other
 * clock.
 *
 * How it ends, phase by phase:
 *
 * RUN       boot and services.
 * STOPPING  services and tasks were told to stop.
 * SWEEPING  they are gone; what they left behind is told to, then killed.
 * FLUSHING  the tree is empty; events go out, the scribe drains.
 * PARTING   the helpers' channels are closed; they end.
 */
enum phase {
	PHASE_RUN,
	PHASE_STOPPING,
	PHASE_SWEEPING,
	PHASE_FLUSHING,
	PHASE_PARTING,
	PHASES,
};

#define INIT_FLUSH_MS 3000       /* for events, at exit */
#define INIT_FLUSH_FORCED_MS 300 /* after a second TERM */

struct init {
	const struct plan *plan;
	int self_fd; /* our own executable, for the helpers; -1: not yet */
	struct inherit inherit;
	struct signals signals;
	struct ev_loop *loop;
	struct ev_io on_signal, on_fault;
	struct ev_prepare before_wait;
	struct ev_timer timer;

	enum phase phase;
	bool forced;
	int stop_signal;
	int64_t phase_deadline;
	int64_t order_until; /* stopping in order is over: tell everybody */
	int64_t sweep_until; /* the grace is over: kill */
	int64_t flush_ms; /* the courier must be told to hurry; 0: was told */
	int exit_code;
	bool exit_known;
	bool childless;   /* the last reap found no child at all */
	bool asked;       /* somebody sent a TERM, INT or QUIT */
	int64_t asked_ms; /* ... when */
	int64_t force_ms; /* ... and another: then; 0: there is none */

	pid_t tty_group; /* ours, when stdin is our terminal; 0: it is not */

	int health_fd;     /* listening; -1: off */
	uint32_t question; /* serial of the health role's question */
	bool has_question;
	unsigned answer_step;
	uint32_t probe_serial;

	int64_t born_ms; /* wall clock */
	int64_t born_us;
	int64_t orphans;
	struct rebirths rebirths;
	uint32_t noise;

	struct boot boot;
	struct memory memory;
	struct rolling rolling;
	struct oom oom;
	struct farewell farewell;
	size_t services;
	struct environment environment;

	/*
	 * What is large stands behind the rest: a start touches few pages, and
	 * what it does not touch takes neither time nor memory.
	 */
	struct service service[PLAN_SERVICES_MAX];
	struct service spare[PLAN_SERVICES_MAX]; /* standby.h */
	struct helper helper[ROLES];
	struct watches watches;
	struct handover handover;
	struct deserted deserted;
	struct streams streams;
	struct obituaries obituaries;
	/* services by their index, then tasks by theirs */
	struct account account[PLAN_SERVICES_MAX + PLAN_TASKS_MAX];
};

/* Supervise what the plan says until it is over: the exit status. */
int init_main(const struct plan *plan, char **environment);

/*
 * The same after a failure of PID 1 itself, which has left its state in the
 * memory file fd (rebirth.h).
 */
int init_reborn(int fd, char **environment);

/* Begin the stop: something ended for good, with that exit code. */
void init_stop_with(struct init *init, int code);

/* The same as a SIGTERM. */
void init_terminate(struct init *init);

/* A number nobody needs to guess: jitter. */
uint32_t init_noise(struct init *init);

#endif
