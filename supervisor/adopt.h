#ifndef SUPERVISOR_ADOPT_H
#define SUPERVISOR_ADOPT_H

#include "supervisor/testament.h"

struct init;

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
