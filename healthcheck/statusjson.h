#ifndef HEALTHCHECK_STATUSJSON_H
#define HEALTHCHECK_STATUSJSON_H

#include "healthcheck/facts.h"
#include "healthcheck/reply.h"

/* Everything that PID 1 told, as one JSON object. */
void statusjson_render(struct reply *r, const struct facts *f);

#endif
