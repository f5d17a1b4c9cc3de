#ifndef CONFIG_FINISH_ASSETS_H
#define CONFIG_FINISH_ASSETS_H

#include "config/arena.h"
#include "config/plan.h"

/*
 * What follows for each asset root from what was set: its example file, and
 * lists as one text.  0, or -1 and *ret_error says what cannot be.
 */
int finish_assets_settle(
    struct plan *plan, struct arena *arena, struct plan_error *ret_error);

#endif
