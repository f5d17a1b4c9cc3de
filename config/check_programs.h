#ifndef CONFIG_CHECK_PROGRAMS_H
#define CONFIG_CHECK_PROGRAMS_H

#include "config/check_notes.h"

/*
 * A warning for each program of the plan that is not found here: of tasks,
 * services, their probes and before_stop.
 */
void check_programs_look(const struct plan *plan, char *const environ_in[],
    struct check_notes *notes);

#endif
