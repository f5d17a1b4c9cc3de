#ifndef CONFIG_FINISH_H
#define CONFIG_FINISH_H

#include "config/arena.h"
#include "config/plan.h"
#include "config/vars.h"

/*
 * What of a plan follows from the rest of it and from the platform: "auto" as
 * the grace, the app's name, the example files; and what must fit together.
 * 0, or -1 with *ret_error filled.
 */
int finish_plan(struct plan *plan, struct arena *arena, const struct vars *vars,
    char *const environ_in[], struct plan_error *ret_error);

#endif
