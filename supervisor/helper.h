#ifndef SUPERVISOR_HELPER_H
#define SUPERVISOR_HELPER_H

#include "core/wire.h"
#include "supervisor/backoff.h"

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * PID 1's side of its helper processes: start them, speak with them, start them
 * again when they die.  Nothing a helper does can make PID 1 wait or die: sends
 * never block, what cannot be sent now is sent when the channel is writable,
 * and garbage kills its sender.
 *
 * A role's `talk` keeps all that is to be said in PID 1's own state, so that a
 * helper that died is told everything again: `say` gives the setup message of
 * each step until it returns false, then GO follows; `pump` sends what has come
 * up since, and stops at the first send that fails.
 */

enum role {
	ROLE_FETCH,
	ROLE_INJECT,
	ROLE_SCRIBE,
	ROLE_COURIER,
	ROLE_HEALTH,
	ROLES,
};

struct init;

struct talk {
	const char *name;
	bool (*say)(struct init *init, unsigned step, struct wire_msg *msg);
	void (*pump)(struct init *init);
	void (*take)(struct init *init, const struct wire_msg *msg);
};

struct helper {
	const struct talk *talk;
	struct init *init;
	bool wanted; /* by whom it serves; it is started and kept up */

	pid_t pid;   /* 0: no process */
	int channel; /* -1: none */
	struct ev_io io;
	unsigned step;   /* of the setup */
	bool ready;      /* has been told everything up to GO */
	bool stuck;      /* the channel is full: wait until it is writable */
	int64_t kill_at; /* its channel was closed; it is late after this */

	int64_t retry_at;
	struct backoff_row row;
	int64_t born_ms;
	unsigned starts;
	unsigned jail; /* core/jail.h bits that took hold */
};

/*
 * h is static memory that nobody wrote to: most of it is never touched, and so
 * takes no memory, while its role is not needed.
 */
void helper_setup(struct helper *h, struct init *init, const struct talk *t);

/*
 * After a rebirth of PID 1: the channel is gone, so a process of the role will
 * end, or be killed, and is started again if it is still wanted.
 */
void helper_adopt(struct helper *h, const struct talk *t);

/* Bring it to what is wanted: spawn, speak, or let go.  Never blocks. */
void helper_turn(struct helper *h);

/* When helper_turn must be called next. */
int64_t helper_deadline(const struct helper *h);

/* It was reaped. */
void helper_died(struct helper *h, int status);

/*
 * Send one message: true when it is on its way.  False: try again from `pump`,
 * which is called when there is room or a new process.
 */
bool helper_send(struct helper *h, const struct wire_msg *msg);

/* Let it go: its channel is closed, it ends by itself or is killed. */
void helper_release(struct helper *h);

#endif
