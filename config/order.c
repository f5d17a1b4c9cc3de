#include "config/order.h"

#include "core/buf.h"
#include "core/exits.h"

struct order {
	const struct plan *plan;
	struct plan_error *error;
	uint64_t after[PLAN_SERVICES_MAX]; /* by the file's indexes */
	size_t place[PLAN_SERVICES_MAX];   /* new index: the file's */
	uint64_t placed;                   /* of the file's */
	size_t count;
};

static uint64_t
bit(size_t i)
{
	return (uint64_t)1 << i;
}

static size_t
lowest(uint64_t set)
{
	return (size_t)__builtin_ctzll(set);
}

/*
 * Whoever is left waits for somebody who is left: follow until one comes a
 * second time.
 */
static int
refuse_circle(struct order *o)
{
	size_t at = lowest(~o->placed);
	uint64_t passed = 0;
	struct buf line;

	for (; !(passed & bit(at)); at = lowest(o->after[at] & ~o->placed))
		passed |= bit(at);
	o->error->code = EXITS_CONFIG;
	buf_init(&line, o->error->text, sizeof(o->error->text));
	buf_str(&line,
	    "cannot use the configuration: services wait for each other: ");
	size_t first = at;
	do {
		buf_fmt(&line, "%s -> ", o->plan->services[at].name);
		at = lowest(o->after[at] & ~o->placed);
	} while (at != first);
	buf_str(&line, o->plan->services[first].name);
	return -1;
}

/* The first that waits for nobody unplaced is next, so the rest keeps order. */
static int
place_all(struct order *o)
{
	while (o->count < o->plan->services_count) {
		size_t i = 0;
		while (i < o->plan->services_count &&
		       ((o->placed & bit(i)) || (o->after[i] & ~o->placed)))
			i++;
		if (i == o->plan->services_count)
			return refuse_circle(o);
		o->place[o->count++] = i;
		o->placed |= bit(i);
	}
	return 0;
}

static uint64_t
renumbered(const struct order *o, uint64_t set)
{
	uint64_t now = 0;
	for (size_t i = 0; i < o->count; i++)
		if (set & bit(o->place[i]))
			now |= bit(i);
	return now;
}

int
order_services(
    struct plan *plan, struct arena *arena, struct plan_error *ret_error)
{
	struct order o = { .plan = plan, .error = ret_error };
	for (size_t i = 0; i < plan->services_count; i++)
		o.after[i] = plan->services[i].after;
	if (place_all(&o) == -1)
		return -1;
	struct plan_service *sorted =
	    arena_take(arena, o.count * sizeof(*sorted));
	for (size_t i = 0; i < o.count; i++) {
		sorted[i] = plan->services[o.place[i]];
		sorted[i].after = renumbered(&o, o.after[o.place[i]]);
	}
	plan->services = sorted;
	return 0;
}
