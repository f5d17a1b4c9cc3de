#ifndef HEALTHCHECK_ACCEPTS_H
#define HEALTHCHECK_ACCEPTS_H

#include "core/httpmsg.h"

#include <stdbool.h>

/*
 * Whether an Accept header asks for OpenMetrics 1.0 at least as much as for the
 * plain Prometheus text, by RFC 9110's weights.  A wildcard asks for neither.
 */
bool accepts_openmetrics(struct httpmsg_text accept);

#endif
