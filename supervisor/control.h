#ifndef SUPERVISOR_CONTROL_H
#define SUPERVISOR_CONTROL_H

#include "core/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct init;

/*
 * The control socket: who runs `cradle status` or `cradle restart` in the
 * container speaks with PID 1 here, in messages of core/wire.h.  Only root and
 * our own user are listened to, CONTROL_CLIENTS at most, and one that says
 * nothing for CONTROL_SILENCE_MS or does not take its answer is cut.  Nothing
 * that a client does makes PID 1 wait, and without clients nothing wakes it.
 *
 * PID 1 is one, so the state is static.
 */

#define CONTROL_CLIENTS 8
#define CONTROL_SILENCE_MS 5000

/*
 * Listen, at the first call, which comes once the services were started; act on
 * what was asked and answer.  Never blocks.
 */
void control_turn(struct init *init);

int64_t control_deadline(const struct init *init);

/* The scribe's side: the next question for it, to be sent, or false. */
bool control_scribe_question(struct wire_msg *ret);

/* ... which was sent; a new scribe has been asked nothing; and its answer. */
void control_scribe_asked(const struct wire_msg *question);
void control_scribe_forget(void);
void control_scribe_answer(const struct wire_msg *msg);

/* Cradle is over: those who wait for that are told, and the name is free. */
void control_close(struct init *init);

#endif
