#ifndef CONFIG_FINISH_SERVICE_H
#define CONFIG_FINISH_SERVICE_H

#include "config/plan.h"

/*
 * What follows from the keys of a service for its sockets and its spare: the
 * readiness that nobody gave, "none" as an age.
 */
void finish_service_settle(struct plan *plan, char *const environ_in[]);

/*
 * What does not fit together about the sockets of services[i], which s is: NULL
 * or a phrase that begins with a verb.
 */
const char *finish_service_refused(
    const struct plan *plan, const struct plan_service *s);

/* Whether its instances can serve a port, with the handover or without it. */
bool finish_service_shares_ports(const struct plan_service *s, bool handover);

#endif
