#ifndef HEALTHCHECK_VERDICT_H
#define HEALTHCHECK_VERDICT_H

#include "healthcheck/facts.h"
#include "healthcheck/query.h"
#include "healthcheck/reply.h"

/*
 * The probes' yes or no.  Each is a list of named checks, shown as the
 * Kubernetes API server shows its own: always after a no, with ?verbose after a
 * yes.  An excluded check counts as passed.  A service's check is called
 * service/NAME, and may be excluded by NAME alone too.
 */

/* PID 1 answers and has not given up. */
void verdict_live(struct reply *r, const struct facts *f, struct query *q);

/* Every essential service is ready and no stop has begun. */
void verdict_ready(struct reply *r, const struct facts *f, struct query *q);

/* Boot is complete. */
void verdict_started(struct reply *r, const struct facts *f, struct query *q);

/* As ready; but without ?verbose the body is the state of all in words. */
void verdict_summary(struct reply *r, const struct facts *f, struct query *q);

/* No, because PID 1 did not answer; name as in "livez". */
void verdict_unanswered(struct reply *r, const char *name);

#endif
