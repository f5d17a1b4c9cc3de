#ifndef SUPERVISOR_SPARE_H
#define SUPERVISOR_SPARE_H

/*
 * The second process of a service, as a pure machine: no system call, no clock.
 *
 * NONE     there is none.
 * BOOTING  it boots, to be parked at its listen().
 * PARKED   it waits there until it is needed.
 * COMING   it boots as far as it can be ready, to take over from one that runs.
 * LEAVING  it was the service until another one took over, and drains.
 * QUEUED   the same, and a new one shall come when it has gone.
 * ENDING   it was killed; only its death is waited for.
 * RENEWING the same, and a new one shall come then.
 *
 * NEEDED is the death of the service itself: whoever boots or is parked becomes
 * it on the spot.  RELOAD asks for a new process, SWAP for any other one.
 */

enum spare_state {
	SPARE_NONE,
	SPARE_BOOTING,
	SPARE_PARKED,
	SPARE_COMING,
	SPARE_LEAVING,
	SPARE_QUEUED,
	SPARE_ENDING,
	SPARE_RENEWING,
	SPARE_STATES,
};

enum spare_event {
	SPARE_EV_CALM,
	SPARE_EV_PARKS,
	SPARE_EV_READY,
	SPARE_EV_DIED,
	SPARE_EV_LATE, /* it takes too long */
	SPARE_EV_AGED, /* it has been parked for too long */
	SPARE_EV_NEEDED,
	SPARE_EV_RELOAD,
	SPARE_EV_SWAP,
	SPARE_EV_STOP,
	SPARE_EVENTS,
};

/* What the caller must do, in this order. */
enum spare_todo {
	SPARE_DO_COMPLAIN = 1 << 0, /* it will not be a spare */
	SPARE_DO_FAIL = 1 << 1,   /* the reload has failed: the old one stays */
	SPARE_DO_KILL = 1 << 2,   /* SIGKILL to its group */
	SPARE_DO_SPAWN = 1 << 3,  /* begin a new one */
	SPARE_DO_LET_GO = 1 << 4, /* its listen() goes on */
	SPARE_DO_PROMOTE = 1 << 5, /* it is the service now, which is dead */
	SPARE_DO_TAKE_OVER = 1
			     << 6, /* the same, and the old one is told to go */
};

unsigned spare_step(enum spare_state *state, enum spare_event event);

/* Whether its process exists in that state. */
int spare_has_process(enum spare_state state);

/* "none", "booting": as status shows it. */
const char *spare_name(enum spare_state state);

#endif
