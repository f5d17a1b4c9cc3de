#ifndef SUPERVISOR_OOM_H
#define SUPERVISOR_OOM_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The kernel's OOM killer takes the largest process, which need not be the one
 * that we wait for: a worker of the service's may be gone while its main
 * process lives, and nobody would hear of it.  The cgroup counts such kills,
 * and wakes us when the count may have changed: inotify on version 2, an
 * eventfd on version 1.  Where it may not (a read-only cgroup of version 1)
 * the memory limits' looks, if any, look here as well.
 *
 * A rise that no service's own end accounts for is told: a line, an event.
 */

struct init;
struct service;

struct oom {
	int alarm; /* -1: the kernel offers none */
	struct ev_io io;
	int64_t told;    /* kills accounted for; -1: cannot be known */
	int64_t look_at; /* NEVER: nothing has happened */
	int64_t pause_ms;
};

/* Nothing is known yet; take the alarm in, once the loop exists. */
void oom_setup(struct init *init);
void oom_listen(struct init *init);

/* There may be something to see, says somebody else than the kernel. */
void oom_suspect(struct init *init);

/* Whether that service, which has ended, was taken, or failed because one of
   its processes was: a rise since its birth, which is accounted for now. */
bool oom_took(struct service *s, int status);

/* The same of a task. */
bool oom_took_task(struct init *init, int status);

void oom_turn(struct init *init);
int64_t oom_deadline(const struct init *init);

#endif
