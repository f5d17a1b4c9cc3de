#ifndef SUPERVISOR_LAUNCH_H
#define SUPERVISOR_LAUNCH_H

#include "supervisor/spawn.h"

#include <stddef.h>

struct init;

/*
 * Look up every user and group that the plan names, before anything starts.
 * EXITS_OK, or after one line EXITS_CONFIG.
 */
int launch_prepare(struct init *init);

/*
 * Spawn a service's or a task's process: how says what and where (argv, envp,
 * cwd, foreground, and what is extra); its output goes to the pipes of that
 * slot, its secrets can be read for just as long.  As spawn_process.
 */
pid_t launch_process(struct init *init, size_t slot, struct spawn how,
    enum spawn_step *ret_step);

/* The same for a command beside the service of that slot: it writes to the
   container's own output, so that it cannot end up in a service's last words.
 */
pid_t launch_beside(struct init *init, size_t slot, struct spawn how,
    enum spawn_step *ret_step);

#endif
