#ifndef SUPERVISOR_ROLLING_H
#define SUPERVISOR_ROLLING_H

#include "config/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Restarting services whose instances must not all be away at once: of each
 * service one instance after the other, the next when the one before is ready
 * again.  One that does not become ready again ends it for that service: the
 * instances that work are left alone.
 */

#define ROLLING_EXTRA_MS 5000 /* for a kill to be carried out */

struct init;

struct rolling {
	uint64_t waiting; /* bit i: services[i], whose turn comes */
	uint64_t moving;  /* bit i: it was told, and is not ready again yet */
	uint64_t reloads; /* bit i: it is reloaded, not restarted */
	int64_t starts[PLAN_SERVICES_MAX];   /* before it was told, */
	int64_t failures[PLAN_SERVICES_MAX]; /* ... of reloads as well */
	int64_t deadline[PLAN_SERVICES_MAX]; /* ... and when it has failed */
};

/*
 * Restart or reload those: bit i is services[i], bits that have no service are
 * ignored.  One that is down begins at once, and those of its instances that
 * are up wait for it; else the first of these is told before this returns.
 */
void rolling_begin(struct init *init, uint64_t targets, bool reload);

/* Whether that one is still to be restarted, or to become ready again. */
bool rolling_has(const struct rolling *r, size_t index);

/* How long one restart may take. */
int64_t rolling_patience(const struct plan_service *p);

/* Whose turn is it? */
void rolling_turn(struct init *init);
int64_t rolling_deadline(const struct init *init);

#endif
