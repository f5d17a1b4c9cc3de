#ifndef LOGS_FLOW_H
#define LOGS_FLOW_H

#include "logs/outlet.h"
#include "logs/ring.h"
#include "logs/stream.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * All streams on their way from the services' pipes, through the ring, to the
 * container's stdout and stderr.
 *
 * What holds here:
 * - nothing is read for an outlet that takes nothing, so that an app feels its
 *   reader as if we were not there; only flow_drain reads on, into memory;
 * - nothing waits, and nothing needs to be looked at again before poll or
 *   flow_deadline says so;
 * - the ring has a byte before the outlet has it;
 * - streams that share an outlet take turns at the ends of lines, as far as
 *   lines are shorter than STREAM_PART_MAX and complete in STREAM_PATIENCE_MS.
 */

#define FLOW_STREAMS_MAX 256
#define FLOW_SERVICES_MAX 1024
#define FLOW_POLL_MAX (RING_CHANNELS + FLOW_STREAMS_MAX)

struct flow {
	struct ring ring;
	struct outlet outlet[RING_CHANNELS];
	struct stream stream[FLOW_STREAMS_MAX];
	size_t top; /* no stream is in use from here on */
	int64_t lines[FLOW_SERVICES_MAX][RING_CHANNELS];
	/* a stream has ended and all of it has been passed on */
	void (*ended)(struct flow *f, int64_t id, unsigned service);
};

/* What SCRIBE_OPEN says. */
struct flow_source {
	int64_t id; /* above 0 */
	unsigned service;
	unsigned channel;
	bool fresh;
};

/* Before the jail.  Both are lent; the ring is the caller's to attach. */
void flow_setup(struct flow *f, int out, int err);

/*
 * Take a pipe's read end, which is then the flow's.  -EINVAL when the source
 * breaks a limit, -ENOSPC when there are too many; fd is closed then.
 */
int flow_open(struct flow *f, const struct flow_source *source, int fd);

/* No stream is open any more. */
bool flow_is_empty(const struct flow *f);

/* What to wait for, into p (FLOW_POLL_MAX), and until when: NEVER mostly. */
nfds_t flow_poll(const struct flow *f, struct pollfd *p);
int64_t flow_deadline(const struct flow *f);

/* Do what poll has found possible, and what the time has come for. */
void flow_go_on(struct flow *f, const struct pollfd *p, nfds_t count);

/*
 * Read now what the pipes of a dead service hold, bounded, even if its outlet
 * is blocked, so that the ring has its last words.
 */
void flow_drain(struct flow *f, unsigned service);

/*
 * Pass on what lies in all pipes now, waiting for the outlets until the
 * deadline at most, and give everything back but the ring.
 */
void flow_leave(struct flow *f, int64_t deadline);

#endif
