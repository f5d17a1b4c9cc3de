#ifndef SUPERVISOR_MEMORY_H
#define SUPERVISOR_MEMORY_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Memory limits: a service whose whole tree uses more than its "memory" says is
 * replaced before the kernel's OOM killer comes.  Looked at each second while a
 * limited service lives, and at once when the kernel raises the alarm (memory
 * pressure, cgroup v1's threshold); without a limit nothing is looked at, and
 * PID 1 does not wake up.
 *
 * A share of the cgroup's limit is held against the cgroup's own working set
 * when there is a single service, since that is what the kernel counts, else
 * against the service's tree.
 */

struct init;

struct memory {
	bool on;
	int64_t limit[64]; /* bytes, per service; 0: none */
	bool whole;        /* the single service stands for the cgroup */
	int64_t next_ms;
	int alarm; /* -1: the kernel offers none */
	struct ev_io io;
	bool alarmed;
	int failed; /* errno of /proc, said once */
};

/* Resolve the limits; a share of a limit that is not there is said and off. */
void memory_setup(struct init *init);

/* Take the alarm in, once the loop exists. */
void memory_listen(struct init *init);

void memory_turn(struct init *init);
int64_t memory_deadline(const struct init *init);

#endif
