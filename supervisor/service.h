#ifndef SUPERVISOR_SERVICE_H
#define SUPERVISOR_SERVICE_H

#include "config/plan.h"
#include "core/histogram.h"
#include "core/wire_types.h"
#include "supervisor/alive.h"
#include "supervisor/backoff.h"
#include "supervisor/ear.h"
#include "supervisor/errand.h"
#include "supervisor/handed.h"
#include "supervisor/life.h"
#include "supervisor/standby.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/*
 * One supervised service: the life machine (life.h) plus what it needs to act.
 * Whoever learns of something records it here; service_turn alone acts.
 * birth.c begins a life, ending.c judges its end, service.c does the rest.
 */

#define SERVICE_ALIVE_MS 1000  /* ready, when nothing better is known */
#define SERVICE_START_MS 60000 /* to be ready, without a start_timeout */
#define SERVICE_NO_NEXT_MS WIRE_MS_MAX /* no life follows */
#define SERVICE_REPORT_MS 3000         /* to write a report after SIGABRT */
#define SERVICE_RECOVERED_MS 30000     /* stable again after a crash */

struct init;

/* Why a service that lives is taken down. */
enum service_down {
	DOWN_NOT,
	DOWN_FOR_GOOD,     /* cradle stops */
	DOWN_TO_REST,      /* stopped by hand */
	DOWN_TO_RESTART,   /* restarted by hand, by a signal or by the clock */
	DOWN_UNRESPONSIVE, /* it does not answer */
	DOWN_MEMORY,       /* it eats too much */
};

/* How a life ended; a failed exec counts as an exit with 126 or 127. */
struct death {
	int status; /* wait(2) */
	int exec_errno;
	int64_t at_us;
	int64_t uptime_ms;
	int64_t peak_bytes;
	int64_t cpu_ms;
	bool oom;
};

struct service {
	struct init *init;
	const struct plan_service *plan;
	size_t index;

	enum life_state state;
	pid_t pid;
	bool died; /* recorded by the reaper, not acted on yet */
	struct death death;
	int64_t born_us;
	int64_t deadline; /* of BACKOFF, DRAINING, HOOKING and STOPPING */
	int64_t next_ms;  /* the delay it was given in BACKOFF */
	enum service_down down;
	char down_why[96];     /* of UNRESPONSIVE and MEMORY */
	int64_t grace_until;   /* from the hook on */
	struct errand hook;    /* before_stop */
	unsigned awaited;      /* enum plan_ready: what must be met, */
	unsigned met;          /* ... and what has been */
	int64_t alive_at;      /* ready by having lived that long */
	int64_t start_late_at; /* not ready by then: replaced */
	bool minds_paths;      /* under a filter with those (paths.h) */
	struct alive alive;    /* what it is asked, */
	struct ear ear;        /* ... and what it says of itself */

	/* up to here it goes with the process (standby.h), from here on not */
	struct service *spare_of; /* NULL: it is the service itself */
	struct standby standby;

	int64_t cron_due_ms; /* wall clock */
	int64_t cron_at;     /* when that is looked at */

	int64_t recovered_at; /* when `crashed` is over */
	pid_t old_group;      /* what its last life left behind; 0: nothing */
	bool crashed;         /* and has not been stable since */
	int64_t old_deadline; /* ... and when that is killed */
	int64_t down_us;      /* when the outage began; 0: it is over */
	int64_t outage_ms;    /* of all of them since it was stable */
	bool gave_up;
	bool was_ready;   /* once: those that come after it may start */
	bool away;        /* since its last death: it does not accept yet */
	int64_t oom_seen; /* cgroup's counter before */

	int64_t starts;
	int64_t exits_clean, exits_error, exits_signal, exits_oom;
	int64_t exits_probe, exits_memory;
	int64_t cpu_past_ms; /* of earlier lives */
	int64_t cpu_told_ms; /* a counter: it never goes back */
	int64_t out_lines, err_lines;
	int64_t out_lines_before, err_lines_before; /* of earlier scribes */
	struct death last;
	int64_t last_at_ms; /* wall clock; 0: never ended */
	struct histogram restart;
	struct histogram outage; /* from that death to its listen(2) */
	struct handed handed;
	struct backoff backoff; /* large, as `ear`: at the end of its part */
};

void service_setup(
    struct service *s, struct init *init, const struct plan_service *plan);

/* How long to wait until a new life is ready before that counts as failed. */
int64_t service_start_ms(const struct plan_service *plan);

/* Its turn to begin has come; or it is started by hand. */
void service_go(struct service *s);

/* For good, with the delay and the hook; or killed at once. */
void service_stop(struct service *s);
void service_force(struct service *s);

/* By hand: stop it until service_go; end this life and begin another. */
void service_rest(struct service *s);
void service_restart(struct service *s);

/*
 * A new process comes up, takes the sockets over, and the old one drains.  A
 * service that holds no socket is restarted.
 */
void service_reload(struct service *s);

/*
 * Take it down at once and start it again: it counts as a failure, with the
 * event and the metric of `down`.  why: a phrase ("did not answer 3 probes").
 */
void service_replace(
    struct service *s, enum service_down down, const char *why);

/* It uses too much memory: a reload, or the same, as the plan says. */
void service_outgrown(struct service *s, const char *why);

/* Something that its readiness waits for has come: bits of enum plan_ready. */
void service_met(struct service *s, unsigned kinds);

/* It calls listen(2) on a socket of TCP, or of any kind, which runs in a
   moment. */
void service_listens(struct service *s);
void service_accepts(struct service *s);

/* It is, and it has not been told to go. */
bool service_is_ready(const struct service *s);

/* It goes down, and another life follows. */
bool service_is_followed(const struct service *s);

/* The reaper found a process: true when it was this one's or its hook's. */
bool service_reaped(
    struct service *s, pid_t pid, int status, const struct rusage *usage);

/* Feed the life machine and do what it says: for ending.c and this folder's
   service.c. */
void service_handle(struct service *s, enum life_event event);

/* Act on a recorded death and on deadlines that have come. */
void service_turn(struct service *s);

int64_t service_deadline(const struct service *s);

/* A shell's number for a wait(2) status: the code, or 128 + signal. */
int service_exit_code(int status);

#endif
