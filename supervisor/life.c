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
		[LIFE_EV_GO]            = { LIFE_STARTING, LIFE_DO_SPAWN },
		[LIFE_EV_READY]         = { LIFE_WAITING,  0 },
		[LIFE_EV_DIED_AGAIN]    = { LIFE_WAITING,  0 },
		[LIFE_EV_DIED_FOR_GOOD] = { LIFE_WAITING,  0 },
		[LIFE_EV_DEADLINE]      = { LIFE_WAITING,  0 },
		[LIFE_EV_STOP]          = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_FORCE]         = { LIFE_ENDED,    LIFE_DO_END },
	},
	[LIFE_STARTING] = {
		[LIFE_EV_GO]            = { LIFE_STARTING, 0 },
		[LIFE_EV_READY]         = { LIFE_READY,    LIFE_DO_ANNOUNCE },
		[LIFE_EV_DIED_AGAIN]    = { LIFE_BACKOFF,  LIFE_DO_DELAY },
		[LIFE_EV_DIED_FOR_GOOD] = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_DEADLINE]      = { LIFE_STARTING, 0 },
		[LIFE_EV_STOP]          = { LIFE_STOPPING, LIFE_DO_TERM | LIFE_DO_GRACE },
		[LIFE_EV_FORCE]         = { LIFE_KILLING,  LIFE_DO_KILL },
	},
	[LIFE_READY] = {
		[LIFE_EV_GO]            = { LIFE_READY,    0 },
		[LIFE_EV_READY]         = { LIFE_READY,    0 },
		[LIFE_EV_DIED_AGAIN]    = { LIFE_BACKOFF,  LIFE_DO_DELAY },
		[LIFE_EV_DIED_FOR_GOOD] = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_DEADLINE]      = { LIFE_READY,    0 },
		[LIFE_EV_STOP]          = { LIFE_STOPPING, LIFE_DO_TERM | LIFE_DO_GRACE },
		[LIFE_EV_FORCE]         = { LIFE_KILLING,  LIFE_DO_KILL },
	},
	[LIFE_BACKOFF] = {
		[LIFE_EV_GO]            = { LIFE_STARTING, LIFE_DO_SPAWN },
		[LIFE_EV_READY]         = { LIFE_BACKOFF,  0 },
		[LIFE_EV_DIED_AGAIN]    = { LIFE_BACKOFF,  0 },
		[LIFE_EV_DIED_FOR_GOOD] = { LIFE_BACKOFF,  0 },
		[LIFE_EV_DEADLINE]      = { LIFE_STARTING, LIFE_DO_SPAWN },
		[LIFE_EV_STOP]          = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_FORCE]         = { LIFE_ENDED,    LIFE_DO_END },
	},
	[LIFE_STOPPING] = {
		[LIFE_EV_GO]            = { LIFE_STOPPING, 0 },
		[LIFE_EV_READY]         = { LIFE_STOPPING, 0 },
		[LIFE_EV_DIED_AGAIN]    = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_DIED_FOR_GOOD] = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_DEADLINE]      = { LIFE_KILLING,  LIFE_DO_KILL },
		[LIFE_EV_STOP]          = { LIFE_STOPPING, 0 },
		[LIFE_EV_FORCE]         = { LIFE_KILLING,  LIFE_DO_KILL },
	},
	[LIFE_KILLING] = {
		[LIFE_EV_GO]            = { LIFE_KILLING,  0 },
		[LIFE_EV_READY]         = { LIFE_KILLING,  0 },
		[LIFE_EV_DIED_AGAIN]    = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_DIED_FOR_GOOD] = { LIFE_ENDED,    LIFE_DO_END },
		[LIFE_EV_DEADLINE]      = { LIFE_KILLING,  0 },
		[LIFE_EV_STOP]          = { LIFE_KILLING,  0 },
		[LIFE_EV_FORCE]         = { LIFE_KILLING,  LIFE_DO_KILL },
	},
	[LIFE_ENDED] = {
		[LIFE_EV_GO]            = { LIFE_ENDED,    0 },
		[LIFE_EV_READY]         = { LIFE_ENDED,    0 },
		[LIFE_EV_DIED_AGAIN]    = { LIFE_ENDED,    0 },
		[LIFE_EV_DIED_FOR_GOOD] = { LIFE_ENDED,    0 },
		[LIFE_EV_DEADLINE]      = { LIFE_ENDED,    0 },
		[LIFE_EV_STOP]          = { LIFE_ENDED,    0 },
		[LIFE_EV_FORCE]         = { LIFE_ENDED,    0 },
	},
};
/* clang-format on */

static const char *const names[] = {
	[LIFE_WAITING] = "waiting",
	[LIFE_STARTING] = "starting",
	[LIFE_READY] = "ready",
	[LIFE_BACKOFF] = "backoff",
	[LIFE_STOPPING] = "stopping",
	[LIFE_KILLING] = "killing",
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
life_has_process(enum life_state state)
{
	return state == LIFE_STARTING || state == LIFE_READY ||
	       state == LIFE_STOPPING || state == LIFE_KILLING;
}

const char *
life_name(enum life_state state)
{
	assert(state < LIFE_STATES);
	return names[state];
}
