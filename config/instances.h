#ifndef CONFIG_INSTANCES_H
#define CONFIG_INSTANCES_H

#include "config/arena.h"
#include "config/plan.h"

/*
 * "instances": how many processes there are of each service, and the plan with
 * a struct for each of them.
 */

/*
 * Settle "cpu", and refuse a plan with too many processes or with a variable
 * that is to be counted up and holds no number.  0, or -1 with *ret_error.
 */
int instances_count(
    struct plan *plan, char *const environ_in[], struct plan_error *ret_error);

/*
 * In the place of each service its instances, side by side, with their numbers,
 * the variables that tell them, and everybody's `after` renumbered: who comes
 * after a service comes after all of its instances.  The services are in start
 * order, and instances_count was content.
 */
void instances_expand(
    struct plan *plan, struct arena *arena, char *const environ_in[]);

/* The processors that "cpu" counts; root as in config/quota.h. */
int instances_processors(const char *root);

#endif
