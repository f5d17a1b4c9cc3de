#ifndef SUPERVISOR_TASKS_H
#define SUPERVISOR_TASKS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The tasks, one after the other, each within its timeout and with its tries
 * again; their state is struct boot's.  One that fails for good fails the boot
 * with its own exit code.
 */

struct init;

/* Act on a task's death and deadlines; true when all of them are through. */
bool tasks_turn(struct init *init);

int64_t tasks_deadline(const struct init *init);

/* The stop has begun: tell the one that runs; kill it. */
void tasks_stop(struct init *init, int signal);
void tasks_force(struct init *init);

#endif
