#ifndef HEALTHCHECK_METRICS_H
#define HEALTHCHECK_METRICS_H

#include "healthcheck/facts.h"
#include "healthcheck/reply.h"

#include <stdbool.h>

/*
 * All that PID 1 told, for Prometheus: its text format 0.0.4, or
 * OpenMetrics 1.0. The names are a contract (product: health, metrics, status).
 */
void metrics_render(struct reply *r, const struct facts *f, bool openmetrics);

#endif
