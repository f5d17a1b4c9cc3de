#ifndef HEALTHCHECK_ROUTES_H
#define HEALTHCHECK_ROUTES_H

#include "healthcheck/facts.h"
#include "healthcheck/reply.h"
#include "healthcheck/request.h"

#include <stdbool.h>

/*
 * What each path answers.  Every known path needs PID 1's facts.
 */

bool routes_known(const struct request *q);

/* Answer from facts; NULL: PID 1 did not answer, which is 503 everywhere. */
void routes_answer(
    const struct request *q, const struct facts *f, struct reply *ret);

/* Answer a request that is refused with this status. */
void routes_refuse(int status, struct reply *ret);

#endif
