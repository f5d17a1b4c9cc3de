#ifndef SUPERVISOR_LAUNCH_H
#define SUPERVISOR_LAUNCH_H

#include "supervisor/spawn.h"

#include <stddef.h>

struct init;

/*
 * Spawn a service's or a task's process: how says what and where (argv, envp,
 * cwd, foreground); its output goes to the pipes of that slot, its secrets can
 * be read for just as long.  As spawn_process.
 */
pid_t launch_process(struct init *init, size_t slot, struct spawn how,
    enum spawn_step *ret_step);

/* The same for a command beside a service: it writes to the container's own
   output, so that it cannot end up in a service's last words. */
pid_t launch_beside(
    struct init *init, struct spawn how, enum spawn_step *ret_step);

#endif
