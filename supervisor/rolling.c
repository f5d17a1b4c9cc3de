#include "supervisor/rolling.h"

#include "core/clock.h"
#include "core/log.h"
#include "supervisor/init.h"

#include "supervisor/pid1.h"

static uint64_t
bit(size_t i)
{
	return UINT64_C(1) << i;
}

/* All instances of the service that p is one of. */
static uint64_t
group_of(const struct plan_service *p)
{
	uint64_t group = 0;
	for (int i = 0; i < p->instances; i++)
		group |= bit(p->first + (size_t)i);
	return group;
}

static bool
is_up(const struct service *s)
{
	return s->state == LIFE_STARTING || s->state == LIFE_READY;
}

bool
rolling_has(const struct rolling *r, size_t index)
{
	return ((r->waiting | r->moving) & bit(index)) != 0;
}

int64_t
rolling_patience(const struct plan_service *p)
{
	return p->grace_ms + ROLLING_EXTRA_MS + service_start_ms(p);
}

static void
tell(const struct rolling *r, struct service *s)
{
	if (r->reloads & bit(s->index))
		service_reload(s);
	else
		service_restart(s);
}

static void
begin(struct rolling *r, struct service *s)
{
	size_t i = s->index;
	r->waiting &= ~bit(i);
	r->moving |= bit(i);
	r->starts[i] = s->starts;
	r->failures[i] = s->standby.failed_reloads;
	r->deadline[i] = clock_ms() + rolling_patience(s->plan);
	tell(r, s);
}

void
rolling_begin(struct init *init, uint64_t targets, bool reload)
{
	struct rolling *r = &init->rolling;
	for (size_t i = 0; i < init->services; i++) {
		struct service *s = &init->service[i];
		if ((targets & bit(i)) == 0)
			continue;
		/* asked once more: it is not over with what was begun */
		r->moving &= ~bit(i);
		r->waiting &= ~bit(i);
		r->reloads &= ~bit(i);
		if (reload)
			r->reloads |= bit(i);
		if (s->plan->instances == 1 || s->state == LIFE_WAITING)
			tell(r, s);
		else if (is_up(s))
			r->waiting |= bit(i);
		else
			begin(r, s);
	}
	rolling_turn(init);
}

enum progress { GOES_ON, IS_BACK, FAILED };

/* The life that was asked for is the first one since. */
static enum progress
progress_of(const struct rolling *r, const struct service *s)
{
	int64_t lives = s->starts - r->starts[s->index];
	if (lives == 1 && s->state == LIFE_READY)
		return IS_BACK;
	if (s->standby.failed_reloads > r->failures[s->index])
		return FAILED;
	if (lives > 1 || (lives == 1 && s->state == LIFE_BACKOFF) ||
	    s->state == LIFE_RESTING || s->state == LIFE_ENDED ||
	    clock_ms() >= r->deadline[s->index])
		return FAILED;
	return GOES_ON;
}

static void
look_after(struct rolling *r, const struct service *s)
{
	enum progress p = progress_of(r, s);
	uint64_t left = r->waiting & group_of(s->plan);
	if (p == GOES_ON)
		return;
	r->moving &= ~bit(s->index);
	if (p == IS_BACK || left == 0)
		return;
	r->waiting &= ~left;
	if (s->state == LIFE_RESTING) /* somebody has stopped it meanwhile */
		return;
	log_warn(0,
	    "%s did not become ready again: the instances after it are not "
	    "restarted",
	    s->plan->shown);
}

/* One that went down meanwhile has its restart already, or is to lie still. */
static void
move_on(struct rolling *r, struct service *s)
{
	if (r->moving & group_of(s->plan))
		return;
	if (is_up(s))
		begin(r, s);
	else
		r->waiting &= ~bit(s->index);
}

void
rolling_turn(struct init *init)
{
	struct rolling *r = &init->rolling;
	if ((r->waiting | r->moving) == 0)
		return;
	if (init->phase != PHASE_RUN)
		r->waiting = r->moving = 0;
	for (size_t i = 0; i < init->services; i++)
		if (r->moving & bit(i))
			look_after(r, &init->service[i]);
	for (size_t i = 0; i < init->services; i++)
		if (r->waiting & bit(i))
			move_on(r, &init->service[i]);
}

int64_t
rolling_deadline(const struct init *init)
{
	const struct rolling *r = &init->rolling;
	int64_t first = NEVER;
	for (size_t i = 0; r->moving != 0 && i < init->services; i++)
		if ((r->moving & bit(i)) && r->deadline[i] < first)
			first = r->deadline[i];
	return first;
}
