#ifndef NOTIFY_LIMIT_H
#define NOTIFY_LIMIT_H

#include "notify/fingerprint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How often people hear of the same thing.  Pure: no clock, no memory of its
 * own; times are the caller's clock_ms.
 *
 * An incident is one fingerprint of one service.  Its first crash is told at
 * once and opens a window of 1 minute, then 5, then 15, and 15 again.  While
 * the window is open, repeats are held back (FOLDING); at its end they become
 * one digest and the next window opens.  A window that ends without a repeat
 * ends the incident, and so does the service's recovery.
 *
 *	        seen              due                told           recovered
 *	NONE    send -> QUIET     -                  -              -
 *	QUIET   hold -> FOLDING   forget -> NONE     -              forget
 *	FOLDING hold              digest -> QUIET    fold -> QUIET  fold, forget
 *
 * "told" is a message about the same service that goes out anyway (a crash
 * loop, giving up) and takes the repeats along.
 */
#define LIMIT_STATES(S) S(NONE) S(QUIET) S(FOLDING)

enum limit_state {
#define LIMIT_ENUM(state) LIMIT_##state,
	LIMIT_STATES(LIMIT_ENUM)
#undef LIMIT_ENUM
	    LIMIT_STATES_COUNT
};

enum limit_event {
	LIMIT_EV_SEEN,
	LIMIT_EV_DUE,
	LIMIT_EV_TOLD,
	LIMIT_EV_RECOVERED,
	LIMIT_EVENTS,
};

enum limit_todo {
	LIMIT_DO_SEND = 1 << 0,   /* this one, now */
	LIMIT_DO_HOLD = 1 << 1,   /* keep it for the digest */
	LIMIT_DO_DIGEST = 1 << 2, /* what is held becomes a message */
	LIMIT_DO_FOLD = 1 << 3,   /* what is held joins the message going out */
	LIMIT_DO_ARM = 1 << 4,    /* the next window begins */
	LIMIT_DO_FORGET = 1 << 5,
};

/* What must be done; *state is the new one. */
unsigned limit_step(enum limit_state *state, enum limit_event event);

/* How long the window after `steps` earlier ones is, in ms. */
int64_t limit_window_ms(unsigned steps);

/*
 * A rate: one each every_ms on the average, `burst` at once.  {0} is idle.
 */
struct limit_pace {
	int64_t theirs_ms; /* when the last one sent would have been due */
};

/* From when on the next one may go: now or later. */
int64_t limit_pace_next(
    const struct limit_pace *pace, int64_t every_ms, int burst, int64_t now);
void limit_pace_spend(struct limit_pace *pace, int64_t every_ms, int64_t now);

#endif
