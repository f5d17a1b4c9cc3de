#ifndef SUPERVISOR_STATE_H
#define SUPERVISOR_STATE_H

#include "core/wire.h"

#include <stdbool.h>

struct init;

/*
 * PID 1's state as messages, for whoever asked: step 0 is the summary, then one
 * row per service, role and sink, then the end.  False with the last one.
 */
bool state_message(struct init *init, unsigned step, struct wire_msg *ret);

/* Every essential service is ready and no stop has begun. */
bool state_ready(const struct init *init);

#endif
