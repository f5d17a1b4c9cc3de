#include "notify/limit.h"

#include "core/guard.h"

#include <assert.h>

#define MINUTE_MS INT64_C(60000)

struct edge {
	enum limit_state next;
	unsigned todo;
};

static const struct edge edges[LIMIT_STATES_COUNT][LIMIT_EVENTS] = {
	[LIMIT_NONE] = {
		[LIMIT_EV_SEEN]      = { LIMIT_QUIET, LIMIT_DO_SEND | LIMIT_DO_ARM },
		[LIMIT_EV_DUE]       = { LIMIT_NONE, 0 },
		[LIMIT_EV_TOLD]      = { LIMIT_NONE, 0 },
		[LIMIT_EV_RECOVERED] = { LIMIT_NONE, 0 },
	},
	[LIMIT_QUIET] = {
		[LIMIT_EV_SEEN]      = { LIMIT_FOLDING, LIMIT_DO_HOLD },
		[LIMIT_EV_DUE]       = { LIMIT_NONE, LIMIT_DO_FORGET },
		[LIMIT_EV_TOLD]      = { LIMIT_QUIET, 0 },
		[LIMIT_EV_RECOVERED] = { LIMIT_NONE, LIMIT_DO_FORGET },
	},
	[LIMIT_FOLDING] = {
		[LIMIT_EV_SEEN]      = { LIMIT_FOLDING, LIMIT_DO_HOLD },
		[LIMIT_EV_DUE]       = { LIMIT_QUIET, LIMIT_DO_DIGEST | LIMIT_DO_ARM },
		[LIMIT_EV_TOLD]      = { LIMIT_QUIET, LIMIT_DO_FOLD },
		[LIMIT_EV_RECOVERED] = { LIMIT_NONE, LIMIT_DO_FOLD | LIMIT_DO_FORGET },
	},
};

static const int64_t windows_ms[] = { MINUTE_MS, 5 * MINUTE_MS,
	15 * MINUTE_MS };

unsigned
limit_step(enum limit_state *state, enum limit_event event)
{
	assert(*state < LIMIT_STATES_COUNT);
	assert(event < LIMIT_EVENTS);

	const struct edge *e = &edges[*state][event];
	*state = e->next;
	return e->todo;
}

int64_t
limit_window_ms(unsigned steps)
{
	size_t last = ARRAY_LEN(windows_ms) - 1;
	return windows_ms[steps < last ? steps : last];
}

/*
 * The virtual schedule (GCRA): each one sent is due every_ms after the one
 * before it; a sender may be ahead of the schedule by burst - 1 intervals.
 */
int64_t
limit_pace_next(
    const struct limit_pace *pace, int64_t every_ms, int burst, int64_t now)
{
	int64_t earliest = pace->theirs_ms - (burst - 1) * every_ms;
	return earliest > now ? earliest : now;
}

void
limit_pace_spend(struct limit_pace *pace, int64_t every_ms, int64_t now)
{
	if (pace->theirs_ms < now)
		pace->theirs_ms = now;
	pace->theirs_ms += every_ms;
}
