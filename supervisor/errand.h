#ifndef SUPERVISOR_ERRAND_H
#define SUPERVISOR_ERRAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A command that serves a service and is none: its before_stop hook, a probe.
 * It has the service's environment, folder and output, leads a process group
 * of its own, and is killed with it at its deadline.  The reaper records its
 * end; its owner looks with errand_over and acts.
 */

struct init;

struct errand {
	const char *what;
	pid_t pid; /* 0: none runs */
	int64_t deadline;
	bool over; /* it ended since it was started, or could not start */
	bool late; /* ... because its time was over */
	int status;
	bool quiet;          /* one that cannot start is no line */
	const char *program; /* as people know it, set before the start */
};

/* Make it one that does not run; what: its name in log lines. */
void errand_setup(struct errand *errand, const char *what);

/*
 * Run argv for the service of that slot, for at most ms.  A command that cannot
 * be started is one line, and over at once with code 127 or 126.
 */
void errand_start(struct errand *errand, struct init *init, size_t slot,
    char *const argv[], int64_t ms);

/* True once after each end: it was started and is over. */
bool errand_over(struct errand *errand);

/* Kill what runs; nothing more is told of it. */
void errand_abandon(struct errand *errand);

/* Kill it when it is late. */
void errand_turn(struct errand *errand);
int64_t errand_deadline(const struct errand *errand);

/* The reaper's: true when pid was this one's. */
bool errand_died(struct errand *errand, pid_t pid, int status);

#endif
