#ifndef CONFIG_DIRECT_PLAN_H
#define CONFIG_DIRECT_PLAN_H

#include "config/arena.h"
#include "config/plan.h"

/*
 * Take the commands of all services with "direct" apart: command,
 * command_shown, cwd, env and direct_note of the plan become what will run.  A
 * refusal is logged in one line, and that service stays as written.  0, or -1
 * with *ret_error filled when a script does not exist.
 */
int direct_plan_take(struct plan *plan, struct arena *arena,
    char *const environ_in[], struct plan_error *ret_error);

/*
 * What "direct" would make of a service that does not have it: true and one
 * line in text ("npm start could be left out: ...") when it would work.
 */
bool direct_plan_hint(const struct plan *plan, const struct plan_service *s,
    char *const environ_in[], char *text, size_t size);

#endif
