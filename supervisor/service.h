#ifndef SUPERVISOR_SERVICE_H
#define SUPERVISOR_SERVICE_H

#include "config/plan.h"
#include "core/histogram.h"
#include "core/wire_types.h"
#include "supervisor/backoff.h"
#include "supervisor/life.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/*
 * One supervised service: the life machine (life.h) plus what it needs to act.
 * Reaping records the death; service_turn alone acts on it.
 */

#define SERVICE_ALIVE_MS 1000          /* ready, when nothing better is known */
#define SERVICE_NO_NEXT_MS WIRE_MS_MAX /* no life follows */
#define SERVICE_RECOVERED_MS 30000     /* stable again after a crash */

struct init;

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
	int64_t deadline;    /* of BACKOFF and STOPPING */
	int64_t next_ms;     /* the delay it was given in BACKOFF */
	int64_t alive_at;    /* ready by having lived that long */
	bool probing;        /* the health role looks for its readiness */
	uint32_t probe;      /* serial of that search, from 1 */
	uint32_t told_probe; /* what the role that runs now was told; 0: none */
	bool answered;       /* that search has found it ready */

	struct backoff backoff;
	bool crashed;         /* and has not been stable since */
	int64_t recovered_at; /* when that is over */
	pid_t old_group;      /* what its last life left behind; 0: nothing */
	int64_t old_deadline; /* ... and when that is killed */
	int64_t down_us;      /* when the outage began */
	int64_t outage_ms;
	bool gave_up;
	int64_t oom_seen; /* cgroup's counter before */

	int64_t starts;
	int64_t exits_clean, exits_error, exits_signal, exits_oom;
	int64_t out_lines, err_lines;
	int64_t out_lines_before, err_lines_before; /* of earlier scribes */
	struct death last;
	int64_t last_at_ms; /* wall clock; 0: never ended */
	struct histogram restart;
};

void service_setup(
    struct service *s, struct init *init, const struct plan_service *plan);

/* Events from outside the service's own process. */
void service_go(struct service *s);
void service_stop(struct service *s);
void service_force(struct service *s);

/* The reaper found its process. */
void service_record_death(
    struct service *s, int status, const struct rusage *usage);

/* Act on a recorded death and on deadlines that have come. */
void service_turn(struct service *s);

int64_t service_deadline(const struct service *s);

/* A shell's number for a wait(2) status: the code, or 128 + signal. */
int service_exit_code(int status);

#endif
