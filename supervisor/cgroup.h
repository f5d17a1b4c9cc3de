#ifndef SUPERVISOR_CGROUP_H
#define SUPERVISOR_CGROUP_H

#include <stdint.h>

/*
 * How many processes the kernel's OOM killer has taken in our cgroup so far:
 * memory.events of cgroup v2, memory.oom_control of v1; -1 when unknown.  The
 * difference over a SIGKILL tells the memory limit from a kill from outside.
 */
int64_t cgroup_oom_kills(void);

#endif
