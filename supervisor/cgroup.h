#ifndef SUPERVISOR_CGROUP_H
#define SUPERVISOR_CGROUP_H

#include <stdint.h>

/*
 * What the memory cgroup that we are in tells, of version 2 or 1.  Its folder
 * is looked for once: the path of /proc/self/cgroup where that is mounted, else
 * the root of the mount, which is a container's own.  -1 everywhere: unknown.
 */

/*
 * How many processes the kernel's OOM killer has taken so far.  The difference
 * over a SIGKILL tells the memory limit from a kill from outside.
 */
int64_t cgroup_oom_kills(void);

/*
 * A descriptor that becomes readable when that number may have risen, and stays
 * so until cgroup_clear_oom_alarm; the caller's to close.  -errno where none
 * may be had.
 */
int cgroup_oom_alarm(void);
void cgroup_clear_oom_alarm(int fd);

/* The lowest limit on our way up, in bytes; -1: none. */
int64_t cgroup_limit(void);

/* What counts against it and could not be dropped: usage without the page cache
   that lies idle, as the kubelet reckons. */
int64_t cgroup_working_set(void);

/*
 * A descriptor that becomes readable when memory gets short: pressure stalls on
 * version 2, usage over `bytes` on version 1 (an eventfd).  The caller's to
 * close; it stays readable until cgroup_clear_alarm.  -errno where neither may
 * be had.
 */
int cgroup_alarm(int64_t bytes);
void cgroup_clear_alarm(int fd);

#endif
