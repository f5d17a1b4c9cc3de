#ifndef SUPERVISOR_WATCH_H
#define SUPERVISOR_WATCH_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The conversation with the kernel about calls that wait for us: one listener
 * for each life of a service that runs under the filter (filter.h).  What a
 * call is answered is decided in handover.c.
 *
 * A listener is kept until nobody is left under its filter, which may be long
 * after the life itself: without it the calls of whoever is left would fail.
 * Every notification is answered at once, but for those that are parked: the
 * listen(2) calls of a spare.  At most WATCH_TURN are answered of one listener
 * before others have their turn, so that a flood delays nobody but its sender.
 */

#define WATCHES_MAX 192
#define WATCH_TURN 32
#define WATCH_PARKED 8

struct init;
struct service;

struct watch {
	bool used;
	int fd;
	struct init *init;
	size_t index; /* of the service */
	pid_t leader; /* the life's main process */
	struct ev_io io;
	bool over;     /* nobody is left under its filter */
	bool pending;  /* somebody may be waiting */
	uint64_t busy; /* is being answered; 0: none */
	pid_t unheard; /* a signal took it away from a call that was done */
	uint64_t parked[WATCH_PARKED]; /* are kept waiting; 0: none */
};

struct watches {
	size_t top; /* none is used from here on */
	struct watch item[WATCHES_MAX];
};

/* A call that waits, and whose it is. */
struct ask {
	struct watch *watch;
	struct service *owner; /* NULL: of a life that is over */
	uint64_t id;
	pid_t tid;
	uint64_t arg[6];
};

enum ask_answer {
	ASK_GO_ON,  /* the call runs as if nobody had asked */
	ASK_DONE,   /* it has been done: 0 */
	ASK_REFUSE, /* ECONNREFUSED */
	ASK_PARK,   /* it waits */
};

/* A life has begun under a filter; the listener is ours from now on. */
void watch_begin(struct init *init, size_t index, pid_t leader, int fd);

/* Put our socket in the place of the caller's descriptor: 0 or -errno. */
int watch_give(const struct ask *ask, int fd, int in_place_of, bool cloexec);

/* Whether that life is parked; and let it go on. */
bool watch_is_parked(struct init *init, pid_t leader);
void watch_let_go(struct init *init, pid_t leader);

/* Answer who waits. */
void watch_turn(struct init *init);
/* Close those that nobody can ask on any more: the kernel says so before the
   death itself, whose next life is not to wait for that. */
void watch_tidy(struct init *init);
bool watch_is_pending(struct init *init);

/* Each listener, for a new program of PID 1, which goes on with them. */
void watch_descriptors(
    const struct init *init, void each(int fd, bool on), bool on);
void watch_adopt(struct init *init);

#endif
