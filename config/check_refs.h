#ifndef CONFIG_CHECK_REFS_H
#define CONFIG_CHECK_REFS_H

#include "config/plan.h"

/* One reference that a start would resolve. */
struct check_ref {
	const char *variable;  /* or the key that has it: "events.loki.token" */
	const char *reference; /* show it through ref_show only */
	const char *where;     /* "environment", "secrets.env", "service" ... */
	const char *who;       /* the service or task; "" for all */
};

typedef void check_ref_take(void *arg, const struct check_ref *ref);

/*
 * Every reference of the plan and of the inherited environment, in the order of
 * their strength, weakest first.
 */
void check_refs_each(const struct plan *plan, char *const environ_in[],
    check_ref_take *take, void *arg);

/* The helper processes that a start would use, in order. */
enum check_helper {
	CHECK_HEALTH,
	CHECK_FETCH,
	CHECK_INJECT,
	CHECK_SCRIBE,
	CHECK_COURIER,
	CHECK_HELPERS,
};

/* NULL when this plan does not need it. */
const char *check_refs_helper(const struct plan *plan, char *const environ_in[],
    enum check_helper helper);

#endif
