#include "config/check_refs.h"

#include "config/ref.h"
#include "core/guard.h"
#include "core/wire_types.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void
each_variable(const struct plan_variables *list, const char *where,
    const char *who, check_ref_take *take, void *arg)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct plan_variable *v = &list->item[i];
		struct check_ref ref = { v->name, v->value, where, who };
		if (ref_is_reference(v->value, false))
			take(arg, &ref);
	}
}

static bool
is_given(const struct plan_variables *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i].name, name) == 0)
			return true;
	return false;
}

static void
each_inherited(const struct plan *plan, char *const environ_in[],
    check_ref_take *take, void *arg)
{
	char name[WIRE_NAME_MAX];
	for (char *const *e = environ_in; *e != NULL; e++) {
		const char *equals = strchr(*e, '=');
		if (equals == NULL || !ref_is_reference(equals + 1, true))
			continue;
		(void)snprintf(
		    name, sizeof(name), "%.*s", (int)(equals - *e), *e);
		if (plan_variable_is_own(name) ||
		    is_given(&plan->secrets.env, name))
			continue;
		struct check_ref ref = { name, equals + 1, "environment", "" };
		take(arg, &ref);
	}
}

static void
one(const char *key, const char *reference, check_ref_take *take, void *arg)
{
	struct check_ref ref = { key, reference, "events", "" };
	if (ref_is_reference(reference, false))
		take(arg, &ref);
}

void
check_refs_each(const struct plan *plan, char *const environ_in[],
    check_ref_take *take, void *arg)
{
	each_inherited(plan, environ_in, take, arg);
	each_variable(&plan->secrets.env, "secrets.env", "", take, arg);
	for (size_t i = 0; i < plan->tasks_count; i++)
		each_variable(&plan->tasks[i].env, "task", plan->tasks[i].name,
		    take, arg);
	for (size_t i = 0; i < plan->services_count;
	     i = plan_next_service(plan, i))
		each_variable(&plan->services[i].env, "service",
		    plan->services[i].name, take, arg);
	one("events.slack.webhook", plan->events.slack_webhook, take, arg);
	one("events.loki.token", plan->events.loki_token, take, arg);
}

static void
count(void *arg, const struct check_ref *ref)
{
	(void)ref;
	++*(size_t *)arg;
}

static bool
probes(const struct plan *plan)
{
	for (size_t i = 0; i < plan->services_count;
	     i = plan_next_service(plan, i))
		if ((plan->services[i].ready.kinds |
			plan->services[i].alive.probe.kinds) &
		    (PLAN_READY_HTTP | PLAN_READY_TCP))
			return true;
	return false;
}

const char *
check_refs_helper(
    const struct plan *plan, char *const environ_in[], enum check_helper helper)
{
	static const char *const names[] = {
		[CHECK_HEALTH] = "health",
		[CHECK_FETCH] = "fetch",
		[CHECK_INJECT] = "inject",
		[CHECK_SCRIBE] = "scribe",
		[CHECK_COURIER] = "courier",
	};
	_Static_assert(ARRAY_LEN(names) == CHECK_HELPERS, "a name per helper");
	size_t references = 0;
	bool sinks = plan->events.slack_webhook[0] != '\0' ||
		     plan->events.loki_url[0] != '\0';
	assert(helper < CHECK_HELPERS);

	check_refs_each(plan, environ_in, count, &references);
	const bool needed[] = {
		[CHECK_HEALTH] = plan->health.listen[0] != '\0' || probes(plan),
		[CHECK_FETCH] = references > 0,
		[CHECK_INJECT] = plan->assets_count > 0,
		[CHECK_SCRIBE] = sinks,
		[CHECK_COURIER] = sinks,
	};
	_Static_assert(ARRAY_LEN(needed) == CHECK_HELPERS, "one per helper");
	return needed[helper] ? names[helper] : NULL;
}
