#include "config/finish.h"

#include "config/direct_plan.h"
#include "config/expand.h"
#include "config/finish_assets.h"
#include "config/finish_service.h"
#include "config/heap.h"
#include "config/instances.h"
#include "config/order.h"
#include "config/units.h"
#include "config/value.h"
#include "core/buf.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/wire_types.h"

#include <stdio.h>
#include <string.h>

/*
 * Kubernetes and ECS kill after 30 s unless told otherwise, docker after 10: a
 * second less leaves cradle the time to say what happened.
 */
#define GRACE_ORCHESTRATED 29000
#define GRACE_ALONE 9000

#define READY_ALIVE_MS 1000 /* "alive": as config/plan.h says */

static const struct {
	const char *variable;
	const char *platform;
} orchestrators[] = {
	{ "KUBERNETES_SERVICE_HOST", "Kubernetes" },
	{ "ECS_CONTAINER_METADATA_URI_V4", "ECS" },
	{ "ECS_CONTAINER_METADATA_URI", "ECS" },
};

static const char *
platform_of(char *const environ_in[])
{
	for (size_t i = 0; i < ARRAY_LEN(orchestrators); i++) {
		const char *name = orchestrators[i].variable;
		if (expand_variable(environ_in, name, strlen(name)) != NULL)
			return orchestrators[i].platform;
	}
	return NULL;
}

/* The boot line tells of the first service's grace. */
static void
set_grace(struct plan *plan, struct arena *arena, const struct vars *vars,
    char *const environ_in[])
{
	const char *platform = platform_of(environ_in);
	int64_t automatic = platform == NULL ? GRACE_ALONE : GRACE_ORCHESTRATED;
	const char *why = platform == NULL ? "default" : platform;
	char grace[UNITS_TEXT_MAX];
	char line[WIRE_NAME_MAX];
	struct buf b = BUF_ON(line);

	if (plan->services[0].grace_ms != VALUE_AUTO)
		why = vars_text(vars, "CRADLE_GRACE") != NULL ? "CRADLE_GRACE"
							      : plan->source;
	for (size_t i = 0; i < plan->services_count; i++)
		if (plan->services[i].grace_ms == VALUE_AUTO)
			plan->services[i].grace_ms = automatic;
	units_text(plan->services[0].grace_ms, grace);
	buf_fmt(&b, "%s (%s)", grace, why);
	plan->grace_source = arena_text(arena, line, b.len);
}

static bool
is_script(const char *word)
{
	static const char *const suffixes[] = { ".js", ".mjs", ".cjs", ".ts",
		".mts", ".cts", ".py", ".rb", ".php", ".pl", ".sh", ".jar",
		".dll" };
	const char *dot = strrchr(word, '.');
	if (dot == NULL || word[0] == '-' || strpbrk(word, " \t\n") != NULL)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		if (strcmp(dot, suffixes[i]) == 0)
			return true;
	return false;
}

/* The script that the first service runs, else its program. */
static const char *
app_of(char *const command[], struct arena *arena)
{
	const char *word = command[0];
	for (size_t i = 1; command[i] != NULL; i++) {
		if (!is_script(command[i]))
			continue;
		word = command[i];
		break;
	}
	const char *slash = strrchr(word, '/');
	const char *name = slash == NULL || slash[1] == '\0' ? word : slash + 1;
	size_t len = strnlen(name, WIRE_NAME_MAX);
	return arena_text(arena, name, len);
}

static int
fail(struct plan_error *error, const char *subject, const char *why)
{
	error->code = EXITS_CONFIG;
	(void)snprintf(error->text, sizeof(error->text),
	    "cannot use the configuration: %.300s %s", subject, why);
	return -1;
}

static int
check_together(const struct plan *plan, struct plan_error *error)
{
	for (size_t i = 0; i < plan->services_count; i++) {
		const struct plan_service *s = &plan->services[i];
		if (s->delay_first_ms > s->delay_max_ms)
			return fail(error, s->name,
			    "has a restart.delay above its restart.delay_max");
		if ((s->ready.kinds & PLAN_READY_ALIVE) &&
		    s->start_timeout_ms < READY_ALIVE_MS)
			return fail(error, s->name,
			    "has a start_timeout below 1 s, and is ready only "
			    "after 1 s");
		if (finish_service_refused(plan, s) != NULL)
			return fail(
			    error, s->name, finish_service_refused(plan, s));
	}
	if (plan->events.loki_token[0] != '\0' &&
	    plan->events.loki_url[0] == '\0')
		return fail(error, "events.loki", "has a token and no url");
	return 0;
}

int
finish_plan(struct plan *plan, struct arena *arena, const struct vars *vars,
    char *const environ_in[], struct plan_error *ret_error)
{
	if (order_services(plan, arena, ret_error) == -1 ||
	    direct_plan_take(plan, arena, environ_in, ret_error) == -1)
		return -1;
	finish_service_settle(plan, environ_in);
	if (instances_count(plan, environ_in, ret_error) == -1)
		return -1;
	heap_plan_take(plan, arena, environ_in, "");
	set_grace(plan, arena, vars, environ_in);
	if (plan->app[0] == '\0')
		plan->app = app_of(plan->services[0].command, arena);
	if (finish_assets_settle(plan, arena, ret_error) == -1)
		return -1;
	if (check_together(plan, ret_error) == -1)
		return -1;
	instances_expand(plan, arena, environ_in);
	return 0;
}
