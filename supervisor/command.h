#ifndef SUPERVISOR_COMMAND_H
#define SUPERVISOR_COMMAND_H

#include "config/plan.h"
#include "core/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct init;

/*
 * What one client of the control socket has asked for, until it is answered:
 * the rows of a status, a restart and its outcome, or a piece of a log.  It
 * acts once, then gives one answer after the other.
 */

enum command_kind {
	COMMAND_NONE,
	COMMAND_STATUS,
	COMMAND_VERB,
	COMMAND_READ,
};

struct command {
	enum command_kind kind;
	bool begun; /* it was acted on */
	uint32_t serial;
	char name[WIRE_NAME_MAX + 1]; /* of the service; "": all */

	unsigned step; /* of a status */

	int verb; /* WIRE_CONTROL_* */
	bool wait;
	bool leaving;     /* it waits for cradle's own end */
	uint64_t targets; /* bit i: services[i] is still to be answered for */
	int64_t starts[PLAN_SERVICES_MAX];   /* before it was acted on, */
	int64_t failures[PLAN_SERVICES_MAX]; /* ... of reloads as well */
	bool idle[PLAN_SERVICES_MAX];        /* nothing had to be done */
	int64_t began_us;
	int64_t deadline;

	size_t slot; /* of a log */
	unsigned channel;
	int64_t from;
	bool last_too;
	bool asked; /* the scribe */

	char refusal[320]; /* "": none; it is then the only answer */
};

enum command_more {
	COMMAND_LATER, /* nothing to say yet */
	COMMAND_MORE,  /* a message, and others follow */
	COMMAND_LAST,  /* a message, and it is the last one */
};

/* Take a client's message: false when it is none that a client may send. */
bool command_take(struct command *c, const struct wire_msg *msg);

/* Do it, once. */
void command_begin(struct command *c, struct init *init);

/*
 * The next answer, good until the next call; text lies in static memory.  It is
 * the same again until command_told says that it was sent.
 */
enum command_more command_answer(
    struct command *c, struct init *init, struct wire_msg *ret);
void command_told(struct command *c);

/* When an answer is due at the latest; NEVER. */
int64_t command_deadline(const struct command *c);

#endif
