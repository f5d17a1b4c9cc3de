#ifndef SUPERVISOR_TALK_H
#define SUPERVISOR_TALK_H

#include "supervisor/helper.h"

/*
 * What PID 1 says to each role and does with its answers: one file per role.
 * All of it works from PID 1's own state, so that a helper that died hears
 * everything again.  See struct talk in helper.h.
 */
extern const struct talk talk_fetch;
extern const struct talk talk_inject;
extern const struct talk talk_scribe;
extern const struct talk talk_courier;
extern const struct talk talk_health;

/* The LOGGING message that every helper hears first. */
void talk_say_logging(const struct init *init, struct wire_msg *msg);

/*
 * The SETENV messages for helpers that use the network come first: true with
 * the one of this step; false after the last, with their number taken off
 * *step.
 */
bool talk_say_network(unsigned *step, struct wire_msg *msg);

/*
 * Value number `step` that must be masked in whatever leaves, as a message of
 * that type; false after the last.
 */
bool talk_say_secret(const struct init *init, unsigned step,
    enum wire_type type, struct wire_msg *msg);

#endif
