#ifndef BENCH_PROC_H
#define BENCH_PROC_H

#include <stdbool.h>
#include <sys/types.h>

/* What /proc says of a process that is measured. */

/*
 * The sum of the numbers behind these labels (NULL ends them) in a file of
 * "LABEL: N" lines under /proc/PID; -1 without such a file.
 */
double proc_sum(pid_t pid, const char *file, const char *const labels[]);

/* KiB that are in no file: what the kernel cannot drop. */
double proc_anonymous(pid_t pid);

/* Processor time so far, in us. */
double proc_cpu(pid_t pid);

/* Its children, at most max of them: how many were written to ret. */
size_t proc_children(pid_t pid, pid_t *ret, size_t max);

/*
 * The process in the tree below root that is number pid in its innermost PID
 * namespace; 0: there is none.
 */
pid_t proc_inside(pid_t root, pid_t pid);

/* Stop it and wait until it stands; false: it is gone. */
bool proc_freeze(pid_t pid);

#endif
