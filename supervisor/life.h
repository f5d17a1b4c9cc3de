#ifndef SUPERVISOR_LIFE_H
#define SUPERVISOR_LIFE_H

/*
 * The life of a service, as a pure machine: no system call, no clock.
 *
 * WAITING   not started yet: boot has not come to it.
 * STARTING  its process runs, and is not ready yet.
 * READY     its process runs and is ready.
 * BACKOFF   it died and will live again at its deadline, which may be now.
 * DRAINING  the stop has begun, it is not ready any more and works on: those
 *           who send it work notice; at its deadline the hook follows.
 * HOOKING   its before_stop command runs; its end or the deadline ends that.
 * STOPPING  it was told to stop; at its deadline it is killed.
 * KILLING   it was sent SIGKILL; only its death is waited for.
 * RESTING   stopped by hand: it may be started by hand.
 * ENDED     it ended for good.
 *
 * A death is three events, because policy, exit code and crash window are the
 * caller's: DIED_AGAIN asks for another life, DIED_TO_REST and DIED_FOR_GOOD do
 * not.  A failed spawn is a death.
 *
 * There are three ways down: STOP with the whole ceremony, when the container
 * stops; REST and RESTART by hand, without the delay; REPLACE at once, for one
 * that does not answer or eats too much.
 */

enum life_state {
	LIFE_WAITING,
	LIFE_STARTING,
	LIFE_READY,
	LIFE_BACKOFF,
	LIFE_DRAINING,
	LIFE_HOOKING,
	LIFE_STOPPING,
	LIFE_KILLING,
	LIFE_RESTING,
	LIFE_ENDED,
	LIFE_STATES,
};

enum life_event {
	LIFE_EV_GO,
	LIFE_EV_READY,
	LIFE_EV_DIED_AGAIN,
	LIFE_EV_DIED_TO_REST,
	LIFE_EV_DIED_FOR_GOOD,
	LIFE_EV_DEADLINE,
	LIFE_EV_HOOKED, /* the before_stop command is over */
	LIFE_EV_STOP,
	LIFE_EV_REST,
	LIFE_EV_RESTART,
	LIFE_EV_REPLACE,
	LIFE_EV_FORCE,
	LIFE_EVENTS,
};

/* What the caller must do, in this order. */
enum life_todo {
	LIFE_DO_SPAWN = 1 << 0,
	LIFE_DO_ANNOUNCE = 1 << 1, /* it is ready */
	LIFE_DO_DELAY = 1 << 2,    /* set the deadline to the next life */
	LIFE_DO_DRAIN = 1 << 3,    /* set the deadline to the hook */
	LIFE_DO_HOOK = 1 << 4,     /* run before_stop; the grace begins */
	LIFE_DO_TERM = 1 << 5,     /* send the stop signal to the group */
	LIFE_DO_GRACE = 1 << 6,    /* set the deadline to the kill */
	LIFE_DO_KILL = 1 << 7,     /* SIGKILL to the group */
	LIFE_DO_END = 1 << 8,      /* it lies still: no deadline */
};

unsigned life_step(enum life_state *state, enum life_event event);

/* Whether a process of this service exists in that state. */
int life_has_process(enum life_state state);

/* Whether it is on its way down, and still has a process. */
int life_goes_down(enum life_state state);

/* "starting" and so on, as status and log lines show it. */
const char *life_name(enum life_state state);

#endif
