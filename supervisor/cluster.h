#ifndef SUPERVISOR_CLUSTER_H
#define SUPERVISOR_CLUSTER_H

#include "supervisor/cluster_line.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Handover where the kernel has no notifications, for Node: the service is
 * started as a worker of Node's cluster module, and PID 1 is its primary.  Each
 * listen() of the program becomes a question on its IPC channel, answered with
 * the held socket, which is bound and not listening before Node itself listens.
 * A spare is parked by not answering it.
 *
 * Only a service that is known to be a server is started so (a PORT, "listen",
 * "ready": "listen", instances or a spare): a worker's channel keeps it alive,
 * so that a script that ends by itself would not.  A program that uses the
 * cluster module itself sees a worker, not a primary: it needs "handover":
 * "off".
 */

#define CLUSTER_LINE_MAX 4096 /* longer ones are passed over */
#define CLUSTER_PARKED 8

struct service;

struct cluster {
	bool on; /* this life is a worker */
	size_t have;
	bool too_long;
	size_t parked_count;
	struct cluster_line parked[CLUSTER_PARKED];
	char line[CLUSTER_LINE_MAX];
};

/* Whether the next life of this service is started as a worker. */
bool cluster_takes(const struct service *s);

/* What it writes on its channel; answers go there too. */
void cluster_hear(struct service *s, const char *data, size_t len);

/* Answer what was parked. */
void cluster_let_go(struct service *s);

#endif
