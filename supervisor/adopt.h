#ifndef SUPERVISOR_ADOPT_H
#define SUPERVISOR_ADOPT_H

#include "supervisor/testament.h"

struct init;

/*
 * Read what a failed PID 1 has left (testament.h) in the memory file fd, which
 * is wiped and closed in any case, into init: every pointer into the old
 * program, the plan and the sealed values is turned to its new place.  What
 * lives only in a process (the event loop, signals, helpers' channels, the
 * services' environments) is not made here.  0, or -errno when it is not a
 * testament of this very program, or makes no sense.
 */
int adopt_read(int fd, struct init *init, struct testament *ret);

/*
 * Once environment and helpers are set up: make the state agree with the
 * processes that there are.  Where PID 1 failed between a death and its record,
 * that is a death with the code 70; so it is between a birth and its record,
 * and the newborn, of which nothing is known, is killed.
 */
void adopt_processes(struct init *init, const struct testament *t);

/* Say what happened, as a line and as an event. */
void adopt_tell(struct init *init, const struct testament *t);

/* Nothing is known any more: end every child, and the exit code. */
int adopt_nothing(int err);

#endif
