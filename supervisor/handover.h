#ifndef SUPERVISOR_HANDOVER_H
#define SUPERVISOR_HANDOVER_H

#include "supervisor/held.h"
#include "supervisor/watch.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Which sockets are held, for whom, and how long: what bind(2) and listen(2) of
 * a service's tree are answered.
 *
 * bind    to an address whose socket is held: the caller's descriptor becomes
 *         that socket, and the call is done.  Else the bind is made by us: on
 *         the caller's own socket where we may duplicate it, which keeps every
 *         option it has; where not, on one that we make.  A bind that fails for
 *         us is left to the caller, who then sees the kernel's own error.
 * listen  on a held socket is noted, and goes on; that of a spare is parked.
 *
 * Left alone: datagrams, port 0, SO_REUSEPORT on a socket of ours, other
 * architectures, what we cannot look into.
 */

struct buf;
struct init;
struct service;
struct spawn;

/* How the socket of a first bind is got hold of. */
enum handover_way {
	HANDOVER_OFF,
	HANDOVER_DUPLICATE, /* pidfd_getfd(2) */
	HANDOVER_OWN,       /* a socket of our own */
	HANDOVER_CLUSTER,   /* no notifications: Node's cluster (cluster.h) */
};

#define WISHES_MAX 64
#define HANDOVER_SOON_MS 2000 /* from bind to listen: else it is no server */

/* An option that we could not ask the socket for. */
struct wish {
	ino_t inode; /* of the socket; 0: free */
	bool v6only_known;
	int v6only;
	bool reuseport;
};

struct handover {
	enum handover_way way;
	const char *why_off; /* a phrase; NULL: it is on */
	bool gives;          /* a listener has been seen to take descriptors */
	struct helds helds;
	struct wish wish[WISHES_MAX]; /* a ring */
	unsigned wishes;
	bool complained;
};

/* Find the way, once. */
void handover_setup(struct init *init);

/* A life is about to begin: under the filter or not.  It has begun; or has not,
   and pid is less than 1. */
void handover_dress(struct service *s, struct spawn *how);
void handover_spawned(struct service *s, pid_t pid);

/* What listen(2) is answered. */
enum ask_answer handover_listen(const struct ask *ask);

/* It lives on that socket. */
void handover_claim(struct held *held, const struct service *s);

/* Its life is over, and another one may follow. */
void handover_lost(struct service *s);

/* It goes for good, or is told to: its queue is closed. */
void handover_release(struct service *s);

/* Close what was held for too long. */
void handover_turn(struct init *init);
int64_t handover_deadline(const struct init *init);

/* "; handover by pidfd_getfd" or why it is off: for the boot line. */
void handover_describe(const struct init *init, struct buf *line);

#endif
