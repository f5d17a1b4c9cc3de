#ifndef CONFIG_CHECK_STOPS_H
#define CONFIG_CHECK_STOPS_H

#include "config/plan.h"

/*
 * The services, as bits, that are stopped next when those of `gone` have ended:
 * each whose dependents are among them.  0 when all are gone.
 */
uint64_t check_stops_next(const struct plan *plan, uint64_t gone);

#endif
