#ifndef CONTROL_LINK_H
#define CONTROL_LINK_H

#include "core/wire.h"
#include "healthcheck/facts.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A connection to the control socket of the cradle that runs here.  A command
 * has one, so the state is static.
 */

/*
 * Find it: $CRADLE_CONTROL, else the configuration's `control` (file: as -c
 * gives it, or NULL), else the usual names.  0, or cradle's exit code with one
 * line said of where it was looked for.
 */
int link_open(const char *file);

/*
 * Connect anew where link_open did: who asks now and then leaves the place to
 * others in between.  0, or the exit code with one line said.
 */
int link_again(void);

/* Send a question.  0 or -errno. */
int link_ask(const struct wire_msg *msg);

/*
 * Wait until the deadline for a message, whose fields are good until the next
 * call.  1: *ret is it.  0: cradle has closed the connection.  -ETIMEDOUT,
 * -EBADMSG or another -errno.
 */
int link_hear(int64_t deadline, struct wire_msg *ret);

/* Ask for all that cradle knows of itself; NULL, with one line said: none. */
const struct facts *link_facts(void);

/* A link that went: one line, and the exit code. */
int link_lost(int r);

#endif
