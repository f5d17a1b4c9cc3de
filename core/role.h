#ifndef CORE_ROLE_H
#define CORE_ROLE_H

#include "core/jail.h"
#include "core/wire.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The helper's side of its channel: what every role does alike.
 *
 * A role's main is called with nothing but its channel at CHANNEL_FD (plus 0,
 * 1 and 2 of the container).  It takes its setup messages until GO, enters its
 * jail, and works.  When the channel closes PID 1 is gone or has no more use
 * for the role: the role ends.  One process has one role, so the state is
 * static; a received message's fields stay valid until the next role_recv.
 */

/* Remember the name for log lines; called once by the role table. */
void role_begin(const char *name);

/*
 * Wait until the deadline (clock_ms; NEVER) for a message.  1: *ret is it.
 * 0: the channel closed, so end.  -ETIMEDOUT: none came.  LOGGING and SETENV
 * are handled inside and never returned.  Garbage from PID 1 is a defect: exit.
 */
int role_recv(int64_t deadline, struct wire_msg *ret);

/* Send; blocks; a closed channel ends the process quietly. */
void role_send(const struct wire_msg *msg);

/* The same for a role that has work to finish: false when it is closed. */
bool role_tell(const struct wire_msg *msg);

/* Send FAILED with cradle's exit code and one line. */
void role_fail(int code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Enter the jail and report what it took with JAILED. */
void role_jail(const struct jail *jail);

/*
 * The channel's descriptor, for a role that waits for other things too: when
 * poll says readable, role_recv(0, ...) takes what is there without waiting.
 */
int role_channel(void);

/*
 * For tests: talk over this descriptor in place of CHANNEL_FD.
 */
void role_use_channel(int fd);

#endif
