#ifndef CONFIG_OVERRIDE_H
#define CONFIG_OVERRIDE_H

#include "config/arena.h"
#include "config/plan.h"
#include "config/vars.h"

/*
 * The environment's part of a plan.  Texts are copied into the arena, so that
 * the environment may be wiped.  0, or -1 with *ret_error filled.
 */

/* The vendor's names: before the file is read, which is stronger. */
int override_weak(struct plan *plan, struct arena *arena,
    const struct vars *vars, struct plan_error *ret_error);

/* CRADLE_*: after the file and the command line have made the services. */
int override_strong(struct plan *plan, struct arena *arena,
    const struct vars *vars, struct plan_error *ret_error);

#endif
