#ifndef CONFIG_ORDER_H
#define CONFIG_ORDER_H

#include "config/arena.h"
#include "config/plan.h"

/*
 * Bring the services into start order: each behind those that it is after, and
 * otherwise as they stand; the bits of `after` are indexes of the old order
 * before and of the new one afterwards.  0, or -1 with the error that names the
 * whole circle of services that wait for each other.
 */
int order_services(
    struct plan *plan, struct arena *arena, struct plan_error *ret_error);

#endif
