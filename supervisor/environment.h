#ifndef SUPERVISOR_ENVIRONMENT_H
#define SUPERVISOR_ENVIRONMENT_H

#include "config/plan.h"
#include "core/secret.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What each service and task finds in its environment, and where the secrets in
 * it lie.
 *
 * At boot every variable whose whole value is a secret reference becomes a
 * `want`.  When all wants have their value, environment_seal packs the values
 * into one sealed region (core/secret.h) and builds an envp per service and
 * task whose secret strings point into it.  The region has no access but during
 * a spawn (environment_show, environment_hide), so the values are kept for
 * restarts without being readable in between, and never fetched twice.
 *
 * Precedence for a service: its own env, then secrets.env, then what cradle
 * inherited.  cradle's own variables (plan_variable_is_own) are left out.
 */

#define ENVIRONMENT_WANTS_MAX 512

enum want_owner {
	WANT_INHERITED, /* an inherited variable: for every process */
	WANT_SHARED,    /* secrets.env: for every process */
	WANT_SERVICE,   /* env of service `index`, for all its instances */
	WANT_TASK,      /* env of task `index` */
	WANT_OWN,       /* cradle's own credential `index` (enum own_secret) */
};

enum own_secret { OWN_SLACK_WEBHOOK, OWN_LOKI_TOKEN, OWN_SECRETS };

struct want {
	const char *variable;
	const char *reference;
	enum want_owner owner;
	size_t index;
	bool absent;         /* optional and without a value: unset */
	struct secret value; /* between fetch and seal */
	size_t len;          /* of the value */
	const char *sealed;  /* "VARIABLE=value" in the region, after seal */
};

struct environment {
	const struct plan *plan;
	char *const *inherited;
	size_t wants;
	size_t open;       /* wants without an answer */
	char problem[400]; /* why environment_collect refused */
	struct secret region;
	char **service_envp[PLAN_SERVICES_MAX];
	char **task_envp[PLAN_TASKS_MAX];
	struct want want[ENVIRONMENT_WANTS_MAX];
};

/*
 * Find the wants.  inherited must stay; it is PID 1's own environ.  0, or -1
 * with one line in e->problem.
 */
int environment_collect(
    struct environment *e, const struct plan *plan, char *const *inherited);

/* An answer for want i; the value is copied into sealed memory.  0/-errno. */
int environment_take(
    struct environment *e, size_t i, const char *value, size_t len);
void environment_take_absent(struct environment *e, size_t i);

/* Seal and build; a want without an answer is left unset.  0 or -ENOMEM. */
int environment_seal(struct environment *e);

/*
 * After a rebirth of PID 1, with the plan and the region in their new places
 * and the same inherited environment: what was sealed is built again; answers
 * that were not sealed yet are forgotten.  0, -EBADMSG or -ENOMEM.
 */
int environment_adopt(struct environment *e, char *const *inherited);

/* Give and withdraw read access to the sealed strings.  Nothing sealed: fine.
 */
void environment_show(const struct environment *e);
void environment_hide(const struct environment *e);

/*
 * Length of a want's variable name: an inherited one is still "NAME=reference".
 */
size_t environment_name_len(const struct want *w);

/* The value of a want within the region; shown or not. */
const char *environment_value(const struct want *w, size_t *ret_len);

/* cradle's own credential: the fetched one, else fallback.  Show it first. */
const char *environment_own(
    const struct environment *e, enum own_secret which, const char *fallback);

/*
 * A variable as the main service will see it, before or after sealing.
 * Returns 0 unset, 1 with *ret_value, 2 when it comes from a secret.
 */
int environment_lookup(
    const struct environment *e, const char *name, const char **ret_value);

/*
 * Overwrite the credentials in the original environment block, where anybody of
 * our user could read them through /proc.  True when there was one.
 */
bool environment_wipe(char **inherited);

#endif
