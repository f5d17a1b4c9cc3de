#include "supervisor/life.h"

#include "core/guard.h"

#include <assert.h>

#include "supervisor/pid1.h"

struct edge {
	enum life_state next;
	unsigned todo;
};

/* clang-format off */
static const struct edge edges[LIFE_STATES][LIFE_EVENTS] = {
	[LIFE_WAITING] = {
		[LIFE_EV_GO]              = { LIFE_STARTING, LIFE_DO_SPAWN },
		[LIFE_EV_READY]           = { LIFE_WAITING,  0 },
		[LIFE_EV_DIED_AGAIN]      = { LIFE_WAITING,  0 },
		[LIFE_EV_DIED_TO_REST]    = { LIFE_WAITING,  0 },
		[LIFE_EV_DIED_FOR_GOOD]   = { LIFE_WAITING,  0 },
		[LIFE_EV_DEADLINE]        = { LIFE_WAITING,  0 },
		[LIFE_EV_HOOKED]          = { LIFE_WAITING,  0 },
		[LIFE_EV_STOP]            = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_REST]            = { LIFE_RESTING,  LIFE_DO_END },
		[LIFE_EV_RESTART]         = { LIFE_WAITING,  0 },
		[LIFE_EV_REPLACE]         = { LIFE_WAITING,  0 },
		[LIFE_EV_FORCE]           = { LIFE_ENDED,    LIFE_DO_END },
	},
	[LIFE_STARTING] = {
		[LIFE_EV_GO]              = { LIFE_STARTING, 0 },
		[LIFE_EV_READY]           = { LIFE_READY,    LIFE_DO_ANNOUNCE },
		[LIFE_EV_DIED_AGAIN]      = { LIFE_BACKOFF,  LIFE_DO_DELAY },
		[LIFE_EV_DIED_TO_REST]    = { LIFE_RESTING,  LIFE_DO_END },
		[LIFE_EV_DIED_FOR_GOOD]   = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_DEADLINE]        = { LIFE_STARTING, 0 },
		[LIFE_EV_HOOKED]          = { LIFE_STARTING, 0 },
		[LIFE_EV_STOP]            = { LIFE_DRAINING, LIFE_DO_DRAIN },
		[LIFE_EV_REST]            = { LIFE_HOOKING,  LIFE_DO_HOOK },
		[LIFE_EV_RESTART]         = { LIFE_HOOKING,  LIFE_DO_HOOK },
		[LIFE_EV_REPLACE]         = { LIFE_STOPPING, LIFE_DO_TERM | LIFE_DO_GRACE },
		[LIFE_EV_FORCE]           = { LIFE_KILLING,  LIFE_DO_KILL },
	},
	[LIFE_READY] = {
		[LIFE_EV_GO]              = { LIFE_READY,    0 },
		[LIFE_EV_READY]           = { LIFE_READY,    0 },
		[LIFE_EV_DIED_AGAIN]      = { LIFE_BACKOFF,  LIFE_DO_DELAY },
		[LIFE_EV_DIED_TO_REST]    = { LIFE_RESTING,  LIFE_DO_END },
		[LIFE_EV_DIED_FOR_GOOD]   = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_DEADLINE]        = { LIFE_READY,    0 },
		[LIFE_EV_HOOKED]          = { LIFE_READY,    0 },
		[LIFE_EV_STOP]            = { LIFE_DRAINING, LIFE_DO_DRAIN },
		[LIFE_EV_REST]            = { LIFE_HOOKING,  LIFE_DO_HOOK },
		[LIFE_EV_RESTART]         = { LIFE_HOOKING,  LIFE_DO_HOOK },
		[LIFE_EV_REPLACE]         = { LIFE_STOPPING, LIFE_DO_TERM | LIFE_DO_GRACE },
		[LIFE_EV_FORCE]           = { LIFE_KILLING,  LIFE_DO_KILL },
	},
	[LIFE_BACKOFF] = {
		[LIFE_EV_GO]              = { LIFE_STARTING, LIFE_DO_SPAWN },
		[LIFE_EV_READY]           = { LIFE_BACKOFF,  0 },
		[LIFE_EV_DIED_AGAIN]      = { LIFE_BACKOFF,  0 },
		[LIFE_EV_DIED_TO_REST]    = { LIFE_BACKOFF,  0 },
		[LIFE_EV_DIED_FOR_GOOD]   = { LIFE_BACKOFF,  0 },
		[LIFE_EV_DEADLINE]        = { LIFE_STARTING, LIFE_DO_SPAWN },
		[LIFE_EV_HOOKED]          = { LIFE_BACKOFF,  0 },
		[LIFE_EV_STOP]            = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_REST]            = { LIFE_RESTING,  LIFE_DO_END },
		[LIFE_EV_RESTART]         = { LIFE_STARTING, LIFE_DO_SPAWN },
		[LIFE_EV_REPLACE]         = { LIFE_BACKOFF,  0 },
		[LIFE_EV_FORCE]           = { LIFE_ENDED,    LIFE_DO_END },
	},
	[LIFE_DRAINING] = {
		[LIFE_EV_GO]              = { LIFE_DRAINING, 0 },
		[LIFE_EV_READY]           = { LIFE_DRAINING, 0 },
		[LIFE_EV_DIED_AGAIN]      = { LIFE_BACKOFF,  LIFE_DO_DELAY },
		[LIFE_EV_DIED_TO_REST]    = { LIFE_RESTING,  LIFE_DO_END },
		[LIFE_EV_DIED_FOR_GOOD]   = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_DEADLINE]        = { LIFE_HOOKING,  LIFE_DO_HOOK },
		[LIFE_EV_HOOKED]          = { LIFE_DRAINING, 0 },
		[LIFE_EV_STOP]            = { LIFE_DRAINING, 0 },
		[LIFE_EV_REST]            = { LIFE_DRAINING, 0 },
		[LIFE_EV_RESTART]         = { LIFE_DRAINING, 0 },
		[LIFE_EV_REPLACE]         = { LIFE_DRAINING, 0 },
		[LIFE_EV_FORCE]           = { LIFE_KILLING,  LIFE_DO_KILL },
	},
	[LIFE_HOOKING] = {
		[LIFE_EV_GO]              = { LIFE_HOOKING,  0 },
		[LIFE_EV_READY]           = { LIFE_HOOKING,  0 },
		[LIFE_EV_DIED_AGAIN]      = { LIFE_BACKOFF,  LIFE_DO_DELAY },
		[LIFE_EV_DIED_TO_REST]    = { LIFE_RESTING,  LIFE_DO_END },
		[LIFE_EV_DIED_FOR_GOOD]   = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_DEADLINE]        = { LIFE_STOPPING, LIFE_DO_TERM | LIFE_DO_GRACE },
		[LIFE_EV_HOOKED]          = { LIFE_STOPPING, LIFE_DO_TERM | LIFE_DO_GRACE },
		[LIFE_EV_STOP]            = { LIFE_HOOKING,  0 },
		[LIFE_EV_REST]            = { LIFE_HOOKING,  0 },
		[LIFE_EV_RESTART]         = { LIFE_HOOKING,  0 },
		[LIFE_EV_REPLACE]         = { LIFE_HOOKING,  0 },
		[LIFE_EV_FORCE]           = { LIFE_KILLING,  LIFE_DO_KILL },
	},
	[LIFE_STOPPING] = {
		[LIFE_EV_GO]              = { LIFE_STOPPING, 0 },
		[LIFE_EV_READY]           = { LIFE_STOPPING, 0 },
		[LIFE_EV_DIED_AGAIN]      = { LIFE_BACKOFF,  LIFE_DO_DELAY },
		[LIFE_EV_DIED_TO_REST]    = { LIFE_RESTING,  LIFE_DO_END },
		[LIFE_EV_DIED_FOR_GOOD]   = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_DEADLINE]        = { LIFE_KILLING,  LIFE_DO_KILL },
		[LIFE_EV_HOOKED]          = { LIFE_STOPPING, 0 },
		[LIFE_EV_STOP]            = { LIFE_STOPPING, 0 },
		[LIFE_EV_REST]            = { LIFE_STOPPING, 0 },
		[LIFE_EV_RESTART]         = { LIFE_STOPPING, 0 },
		[LIFE_EV_REPLACE]         = { LIFE_STOPPING, 0 },
		[LIFE_EV_FORCE]           = { LIFE_KILLING,  LIFE_DO_KILL },
	},
	[LIFE_KILLING] = {
		[LIFE_EV_GO]              = { LIFE_KILLING,  0 },
		[LIFE_EV_READY]           = { LIFE_KILLING,  0 },
		[LIFE_EV_DIED_AGAIN]      = { LIFE_BACKOFF,  LIFE_DO_DELAY },
		[LIFE_EV_DIED_TO_REST]    = { LIFE_RESTING,  LIFE_DO_END },
		[LIFE_EV_DIED_FOR_GOOD]   = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_DEADLINE]        = { LIFE_KILLING,  0 },
		[LIFE_EV_HOOKED]          = { LIFE_KILLING,  0 },
		[LIFE_EV_STOP]            = { LIFE_KILLING,  0 },
		[LIFE_EV_REST]            = { LIFE_KILLING,  0 },
		[LIFE_EV_RESTART]         = { LIFE_KILLING,  0 },
		[LIFE_EV_REPLACE]         = { LIFE_KILLING,  0 },
		[LIFE_EV_FORCE]           = { LIFE_KILLING,  LIFE_DO_KILL },
	},
	[LIFE_RESTING] = {
		[LIFE_EV_GO]              = { LIFE_STARTING, LIFE_DO_SPAWN },
		[LIFE_EV_READY]           = { LIFE_RESTING,  0 },
		[LIFE_EV_DIED_AGAIN]      = { LIFE_RESTING,  0 },
		[LIFE_EV_DIED_TO_REST]    = { LIFE_RESTING,  0 },
		[LIFE_EV_DIED_FOR_GOOD]   = { LIFE_RESTING,  0 },
		[LIFE_EV_DEADLINE]        = { LIFE_RESTING,  0 },
		[LIFE_EV_HOOKED]          = { LIFE_RESTING,  0 },
		[LIFE_EV_STOP]            = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_REST]            = { LIFE_RESTING,  0 },
		[LIFE_EV_RESTART]         = { LIFE_STARTING, LIFE_DO_SPAWN },
		[LIFE_EV_REPLACE]         = { LIFE_RESTING,  0 },
		[LIFE_EV_FORCE]           = { LIFE_ENDED,    LIFE_DO_END },
	},
	[LIFE_ENDED] = {
		[LIFE_EV_GO]              = { LIFE_STARTING, LIFE_DO_SPAWN },
		[LIFE_EV_READY]           = { LIFE_ENDED,    0 },
		[LIFE_EV_DIED_AGAIN]      = { LIFE_ENDED,    0 },
		[LIFE_EV_DIED_TO_REST]    = { LIFE_ENDED,    0 },
		[LIFE_EV_DIED_FOR_GOOD]   = { LIFE_ENDED,    0 },
		[LIFE_EV_DEADLINE]        = { LIFE_ENDED,    0 },
		[LIFE_EV_HOOKED]          = { LIFE_ENDED,    0 },
		[LIFE_EV_STOP]            = { LIFE_ENDED,    0 },
		[LIFE_EV_REST]            = { LIFE_ENDED,    0 },
		[LIFE_EV_RESTART]         = { LIFE_STARTING, LIFE_DO_SPAWN },
		[LIFE_EV_REPLACE]         = { LIFE_ENDED,    0 },
		[LIFE_EV_FORCE]           = { LIFE_ENDED,    0 },
	},
};
/* clang-format on */

static const char *const names[] = {
	[LIFE_WAITING] = "waiting",
	[LIFE_STARTING] = "starting",
	[LIFE_READY] = "ready",
	[LIFE_BACKOFF] = "backoff",
	[LIFE_DRAINING] = "draining",
	[LIFE_HOOKING] = "before_stop",
	[LIFE_STOPPING] = "stopping",
	[LIFE_KILLING] = "killing",
	[LIFE_RESTING] = "stopped",
	[LIFE_ENDED] = "ended",
};
_Static_assert(ARRAY_LEN(names) == LIFE_STATES, "a name per state");

unsigned
life_step(enum life_state *state, enum life_event event)
{
	assert(*state < LIFE_STATES);
	assert(event < LIFE_EVENTS);

	const struct edge *e = &edges[*state][event];
	*state = e->next;
	return e->todo;
}

int
life_goes_down(enum life_state state)
{
	return state == LIFE_DRAINING || state == LIFE_HOOKING ||
	       state == LIFE_STOPPING || state == LIFE_KILLING;
}

int
life_has_process(enum life_state state)
{
	return state == LIFE_STARTING || state == LIFE_READY ||
	       life_goes_down(state);
}

const char *
life_name(enum life_state state)
{
	assert(state < LIFE_STATES);
	return names[state];
}
