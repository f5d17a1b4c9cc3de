#include "config/order.h"

#include "config/nearest.h"
#include "core/buf.h"
#include "core/exits.h"

#include <stdio.h>
#include <string.h>

#define NOBODY PLAN_SERVICES_MAX

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
index_of(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->services_count; i++)
		if (strcmp(plan->services[i].name, name) == 0)
			return i;
	return NOBODY;
}

static int
refuse_unknown(struct order *o, const char *who, const char *name)
{
	struct nearest near;
	nearest_init(&near, name);
	for (size_t i = 0; i < o->plan->services_count; i++)
		nearest_offer(&near, o->plan->services[i].name);
	o->error->code = EXITS_CONFIG;
	int len = snprintf(o->error->text, sizeof(o->error->text),
	    "cannot use the configuration: the service \"%s\" is after "
	    "\"%.100s\", which is no service",
	    who, name);
	if (near.best != NULL)
		(void)snprintf(o->error->text + len,
		    sizeof(o->error->text) - (size_t)len,
		    " (did you mean \"%s\"?)", near.best);
	return -1;
}

static int
resolve_names(struct order *o)
{
	for (size_t i = 0; i < o->plan->services_count; i++) {
		const struct plan_service *s = &o->plan->services[i];
		for (char **name = s->after_names; name && *name; name++) {
			size_t other = index_of(o->plan, *name);
			if (other == NOBODY)
				return refuse_unknown(o, s->name, *name);
			o->after[i] |= bit(other);
		}
	}
	return 0;
}

static size_t
lowest(uint64_t set)
{
	return (size_t)__builtin_ctzll(set);
}

/* Whoever is left waits for somebody who is left: follow until it repeats. */
static int
refuse_circle(struct order *o)
{
	size_t at = lowest(~o->placed), seen[PLAN_SERVICES_MAX], n = 0;
	uint64_t passed = 0;
	struct buf line = BUF_ON(o->error->text);

	while (!(passed & bit(at))) {
		passed |= bit(at);
		seen[n++] = at;
		at = lowest(o->after[at] & ~o->placed);
	}
	o->error->code = EXITS_CONFIG;
	buf_str(&line,
	    "cannot use the configuration: services wait for each other: ");
	bool within = false;
	for (size_t i = 0; i < n; i++) {
		within = within || seen[i] == at;
		if (within)
			buf_fmt(&line, "%s after ",
			    o->plan->services[seen[i]].name);
	}
	buf_str(&line, o->plan->services[at].name);
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
	if (resolve_names(&o) == -1 || place_all(&o) == -1)
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
