#ifndef SUPERVISOR_STANDBY_H
#define SUPERVISOR_STANDBY_H

#include "supervisor/spare.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/*
 * What a service does with a second process (spare.h): a spare that waits for
 * its death, a new one that takes over while the old one drains.
 *
 * The second process is a struct service of its own, init->spare[index], with
 * the life machine, the ear and the probes of any other; it has no policy, no
 * counters and no clock.  When it becomes the service the two exchange what
 * belongs to their processes, and the counters stay where they are: whoever
 * looks at init->service[index] always sees the service.
 */

struct service;

struct standby {
	enum spare_state state;
	int64_t calm_at; /* a spare is made then; NEVER */
	int64_t late_at; /* it is given up then, */
	int64_t aged_at; /* ... or made anew; NEVER */
	int failures;    /* of spares, in a row */
	bool unfit;      /* no spare can be made of this program */
	int64_t failed_reloads;
	int64_t began_us; /* the reload */
};

void standby_setup(struct service *s);

/* A life is about to begin: true when the spare has become it. */
bool standby_promote(struct service *s);

/* The spare calls listen(2) on a held socket: whether it waits there. */
bool standby_parks(struct service *spare);

/* It cannot be a spare, for its boot is felt by the service: it takes over. */
void standby_unfit(struct service *spare);

/*
 * A new process in the place of one that works: a fresh one, or whichever is
 * there.  standby_can: there is a socket to hand over, else it cannot be done.
 */
bool standby_can(const struct service *s);
void standby_reload(struct service *s);
void standby_swap(struct service *s);

/*
 * The service uses too much memory: its spare goes first.  True when there was
 * one that goes, or a reload is on its way; then it is looked at again later.
 */
bool standby_relieve(struct service *s);

/* No spare any more; one that leaves goes on leaving, or is killed. */
void standby_stop(struct service *s);
void standby_force(struct service *s);

/* For service.c, which passes on what concerns both. */
bool standby_reaped(
    struct service *s, pid_t pid, int status, const struct rusage *usage);
void standby_turn(struct service *s);
int64_t standby_deadline(const struct service *s);

/* The second process; NULL when there is none. */
struct service *standby_spare(const struct service *s);

#endif
