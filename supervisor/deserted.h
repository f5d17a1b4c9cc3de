#ifndef SUPERVISOR_DESERTED_H
#define SUPERVISOR_DESERTED_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Held sockets that a living program has closed: whoever connects would wait
 * there for nobody.  The kernel tells nobody of a close(2), but it tells who
 * connects: each listening socket wakes us once, is looked for among the
 * descriptors of all processes, and is not looked for again within
 * DESERTED_REST_MS.  So nothing is done while nobody connects, and next to
 * nothing when many do.
 *
 * One that nobody has any more is closed after DESERTED_GRACE_MS, for a program
 * that closes its sockets may be about to end, and its next life wants them.
 * Meanwhile the program's epoll(7) forgets it, as its close(2) would have done.
 *
 * Where a life has several sockets on one port, each of its own, whoever comes
 * to the one that nobody has would have been taken by another: that one is
 * closed at once, which is DESERTED_SEVERAL_MS later, for its whole life may be
 * about to be over.
 *
 * A program may also end with shutdown(2) of the socket that it shares with us
 * and with its next life: then it listens no more, for nobody.  The kernel
 * tells us, and we make it listen again.
 */

#define DESERTED_REST_MS 1000
#define DESERTED_SEVERAL_MS 20
#define DESERTED_REST_MAX_MS 10000
#define DESERTED_GRACE_MS 5000 /* the time they are held, if shorter */

struct held;
struct init;

struct deserted {
	struct ev_io io;
	int fd; /* of epoll(7), which has them all; 0: none yet */
	bool pending;
	int64_t look_at; /* NEVER; 0 as long as there is no fd */
};

/* That descriptor of that thread's process listens on it from now on. */
void deserted_watch(
    struct init *init, struct held *held, int holder, int number);

void deserted_turn(struct init *init);
int64_t deserted_deadline(const struct init *init);

/* In a new program of PID 1: none is watched any more; watch them again. */
void deserted_adopt(struct init *init);

#endif
