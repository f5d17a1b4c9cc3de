#ifndef CONFIG_ORDER_H
#define CONFIG_ORDER_H

#include "config/arena.h"
#include "config/plan.h"

/*
 * Bring the services into start order: each behind those that its "after"
 * names, and otherwise as the file has them; `after` is filled in as indexes
 * of the new order.  0, or -1 with the error that names the unknown service or
 * the whole circle.
 */
int order_services(
    struct plan *plan, struct arena *arena, struct plan_error *ret_error);

#endif
