#ifndef SUPERVISOR_LEAVE_H
#define SUPERVISOR_LEAVE_H

#include <stdbool.h>
#include <stdint.h>

struct init;

/*
 * The way out, phase by phase (init.h).  Each phase has a deadline, and each is
 * left the moment its work is done.
 */

/* Begin with STOPPING: those without a process end, the others in order. */
void leave_begin(struct init *init);

/* No service and no task has a process, and none will have one again. */
bool leave_services_over(const struct init *init);

/*
 * When every one has ended for good and none was essential: leave with the code
 * of the first that failed, or 0.
 */
void leave_with_all(struct init *init);

/* Go on as far as possible; true: everything is over, leave. */
bool leave_turn(struct init *init);

/* A second TERM or INT: whatever is left is killed now. */
void leave_force(struct init *init);

int64_t leave_deadline(const struct init *init);

#endif
