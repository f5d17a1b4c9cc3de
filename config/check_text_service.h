#ifndef CONFIG_CHECK_TEXT_SERVICE_H
#define CONFIG_CHECK_TEXT_SERVICE_H

#include "config/check_print.h"
#include "config/plan.h"

/* The lines of check_text.h that tell of services and tasks. */

/* Everything of one service, in start order. */
void check_text_service(
    const struct check_print *p, const struct plan *plan, size_t i);

/* Whom a service or task runs as; nothing where that is nobody else. */
void check_text_service_identity(
    const struct check_print *p, const struct plan_identity *identity);

/* The order in which the services are stopped, "b, c, then a". */
void check_text_service_stops(
    const struct check_print *p, const struct plan *plan);

#endif
