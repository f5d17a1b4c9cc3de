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

#endif
