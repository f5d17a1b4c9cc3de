#ifndef TESTS_PLAN_LOAD_H
#define TESTS_PLAN_LOAD_H

#include "config/plan.h"
#include "core/exits.h"
#include "tests/unit/config_scratch.h"

/*
 * For tests of what the configuration's keys become: the text of a whole file,
 * or of what stands in its only service "a", in the scratch folder.
 */

static inline int
plan_load_try(const char *text, struct plan **ret, struct plan_error *error)
{
	char *const none[] = { NULL };
	scratch_write("cradle.json", text);
	*error = (struct plan_error){ 0 };
	return plan_load(NULL, NULL, none, ret, error);
}

static inline struct plan *
plan_loaded(const char *text)
{
	struct plan *plan = NULL;
	struct plan_error error;
	if (plan_load_try(text, &plan, &error) != 0)
		fail_msg("%s: %s", text, error.text);
	return plan;
}

static inline void
plan_refused(const char *text, const char *part)
{
	struct plan *plan = NULL;
	struct plan_error error;
	int r = plan_load_try(text, &plan, &error);
	if (r != -1 || error.code != EXITS_CONFIG ||
	    strstr(error.text, part) == NULL ||
	    strncmp(error.text, "cannot ", 7) != 0 ||
	    strchr(error.text, '\n') != NULL)
		fail_msg("%s: got %d, %d: %s\nwanted: %s", text, r, error.code,
		    error.text, part);
}

#define PLAN_SERVICE_TEXT(text)                                                \
	"{ \"services\": { \"a\": { \"command\": [\"x\"], " text " }, \"b\": " \
	"{ \"command\": [\"x\"] } }, \"tasks\": { \"t\": { \"command\": "      \
	"[\"x\"] } } }"

/* members: `"heap": "auto"`. */
static inline const struct plan_service *
plan_service_of(const char *members)
{
	char text[2048];
	(void)snprintf(text, sizeof(text), PLAN_SERVICE_TEXT("%s"), members);
	return plan_loaded(text)->services;
}

static inline void
plan_service_refused(const char *members, const char *part)
{
	char text[2048];
	(void)snprintf(text, sizeof(text), PLAN_SERVICE_TEXT("%s"), members);
	plan_refused(text, part);
}

#endif
