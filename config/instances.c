#include "config/instances.h"

#include "config/expand.h"
#include "config/quota.h"
#include "core/exits.h"
#include "core/guard.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MASK_BYTES 1024 /* of 8192 processors, more than kernels know */
#define COUNTED_MAX 8   /* variables of one service that are counted up */
#define NAME_MAX_BYTES 128

int
instances_processors(const char *root)
{
	unsigned long mask[MASK_BYTES / sizeof(unsigned long)] = { 0 };
	int count = 0;
	if (sched_getaffinity(0, sizeof(mask), (cpu_set_t *)(void *)mask) == 0)
		for (size_t i = 0; i < ARRAY_LEN(mask); i++)
			count += __builtin_popcountl(mask[i]);
	if (count == 0)
		count = (int)sysconf(_SC_NPROCESSORS_ONLN);
	return quota_processors(root, count);
}

static int
refuse(struct plan_error *error, const struct plan_service *s, const char *why)
{
	error->code = EXITS_CONFIG;
	(void)snprintf(error->text, sizeof(error->text),
	    "cannot use the configuration: %s %s", s->name, why);
	return -1;
}

static const char *
value_in(const struct plan_variables *map, const char *name)
{
	for (size_t i = 0; i < map->count; i++)
		if (strcmp(map->item[i].name, name) == 0)
			return map->item[i].value;
	return NULL;
}

/* The first of several names, cut out of the rest; NULL: there is none. */
static const char *
next_name(const char **rest, char name[NAME_MAX_BYTES])
{
	size_t len = strcspn(*rest, ",");
	if (len == 0 || len >= NAME_MAX_BYTES)
		return NULL;
	memcpy(name, *rest, len);
	name[len] = '\0';
	*rest += len + ((*rest)[len] == ',');
	return name;
}

/* What a variable of that name starts from; -1: no number. */
static int64_t
start_of(const struct plan *plan, const struct plan_service *s,
    char *const environ_in[], const char *name)
{
	const char *text = value_in(&s->env, name);
	if (text == NULL)
		text = value_in(&plan->secrets.env, name);
	if (text == NULL)
		text = expand_variable(environ_in, name, strlen(name));
	size_t len = text == NULL ? 0 : strspn(text, "0123456789");
	if (len == 0 || len > 15 || text[len] != '\0')
		return -1;
	return strtoll(text, NULL, 10);
}

static bool
can_count_up(const struct plan *plan, const struct plan_service *s,
    char *const environ_in[])
{
	const char *rest = s->increment_var;
	int count = 0;
	while (*rest != '\0') {
		char memory[NAME_MAX_BYTES];
		const char *name = next_name(&rest, memory);
		if (name == NULL || ++count > COUNTED_MAX ||
		    start_of(plan, s, environ_in, name) == -1)
			return false;
	}
	return true;
}

/* As many as the machine has, and as the other services leave room for. */
static int
processors_for(const struct plan *plan, const struct plan_service *me)
{
	int n = instances_processors("");
	int room = PLAN_SERVICES_MAX;
	for (size_t i = 0; i < plan->services_count; i++) {
		const struct plan_service *s = &plan->services[i];
		if (s != me)
			room -= s->instances > 0 ? s->instances : 1;
	}
	if (room < 1)
		room = 1;
	return n < room ? n : room;
}

int
instances_count(
    struct plan *plan, char *const environ_in[], struct plan_error *ret_error)
{
	int total = 0;
	for (size_t i = 0; i < plan->services_count; i++) {
		struct plan_service *s = &plan->services[i];
		s->numbered = s->instances != 0;
		if (s->instances == 0)
			s->instances = 1;
		if (s->instances == PLAN_INSTANCES_CPU)
			s->instances = processors_for(plan, s);
		total += s->instances;
		if (total > PLAN_SERVICES_MAX)
			return refuse(ret_error, s,
			    "has more instances than one cradle runs: 64, the "
			    "other services counted in");
		if (!can_count_up(plan, s, environ_in))
			return refuse(ret_error, s,
			    "has an increment_var that no variable with a "
			    "whole number has the name of");
	}
	return 0;
}
_Static_assert(PLAN_SERVICES_MAX == 64, "as the text says");

static const char *
numeral(struct arena *arena, int64_t n)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRId64, n);
	return arena_text(arena, text, (size_t)len);
}

static void
set(struct plan_variables *map, const char *name, const char *value)
{
	size_t i = 0;
	while (i < map->count && strcmp(map->item[i].name, name) != 0)
		i++;
	map->item[i] = (struct plan_variable){ name, value };
	if (i == map->count)
		map->count++;
}

static void
count_up(struct plan_service *s, const struct plan *plan, struct arena *arena,
    char *const environ_in[])
{
	const char *rest = s->increment_var;
	char memory[NAME_MAX_BYTES];
	const char *name;
	while ((name = next_name(&rest, memory)) != NULL) {
		int64_t start = start_of(plan, s, environ_in, name);
		set(&s->env, arena_text(arena, name, strlen(name)),
		    numeral(arena, start + s->instance));
	}
}

/* Its own list: the other instances have other values. */
static void
set_variables(struct plan_service *s, const struct plan *plan,
    struct arena *arena, char *const environ_in[])
{
	if (!s->numbered && s->increment_var[0] == '\0')
		return;
	struct plan_variable *item =
	    arena_take(arena, (s->env.count + COUNTED_MAX + 2) * sizeof(*item));
	if (s->env.count > 0)
		memcpy(item, s->env.item, s->env.count * sizeof(*item));
	s->env.item = item;
	count_up(s, plan, arena, environ_in);
	if (!s->numbered)
		return;
	const char *number = numeral(arena, s->instance);
	set(&s->env, "CRADLE_INSTANCE", number);
	set(&s->env,
	    s->instance_var[0] != '\0' ? s->instance_var : "NODE_APP_INSTANCE",
	    number);
}

static const char *
shown(const struct plan_service *s, struct arena *arena)
{
	size_t max = strlen(s->name) + 16;
	if (s->instances == 1)
		return s->name;
	char *text = arena_room(arena, max);
	int len = snprintf(text, max, "%s:%d", s->name, s->instance);
	arena_keep(arena, (size_t)len + 1);
	return text;
}

/* first[i]: where the instances of services[i] begin from now on. */
static uint64_t
renumbered(const struct plan *plan, const size_t first[], uint64_t set)
{
	uint64_t now = 0;
	for (size_t i = 0; i < plan->services_count; i++) {
		if ((set >> i & 1) == 0)
			continue;
		for (int k = 0; k < plan->services[i].instances; k++)
			now |= UINT64_C(1) << (first[i] + (size_t)k);
	}
	return now;
}

void
instances_expand(
    struct plan *plan, struct arena *arena, char *const environ_in[])
{
	size_t first[PLAN_SERVICES_MAX];
	size_t count = 0;
	for (size_t i = 0; i < plan->services_count; i++) {
		first[i] = count;
		count += (size_t)plan->services[i].instances;
	}
	struct plan_service *all = arena_take(arena, count * sizeof(*all));
	for (size_t i = 0; i < plan->services_count; i++) {
		const struct plan_service *s = &plan->services[i];
		for (int k = 0; k < s->instances; k++) {
			struct plan_service *one = &all[first[i] + (size_t)k];
			*one = *s;
			one->instance = k;
			one->first = first[i];
			one->after = renumbered(plan, first, s->after);
			one->shown = shown(one, arena);
			set_variables(one, plan, arena, environ_in);
		}
	}
	plan->services = all;
	plan->services_count = count;
}
