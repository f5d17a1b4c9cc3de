#ifndef SUPERVISOR_HELD_H
#define SUPERVISOR_HELD_H

#include "supervisor/endpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The listening sockets that PID 1 keeps for its services, so that connections
 * wait in the kernel's queue while nobody accepts them.  A socket belongs to a
 * group: a service with all of its instances; nobody else is ever given it.
 * Whoever lives on it has claimed it by his own bind(2): a bit for each service
 * in `claims`, and for each spare in `spares`.  One that nobody claims is kept
 * until its deadline.
 *
 * An entry without a descriptor is an address that somebody has asked for and
 * may listen on in a moment.
 */

#define HELD_MAX 512
#define HELD_QUEUE 4096    /* that may wait for the next life, for TCP */
#define HELD_GROUP_MAX 256 /* of one group, asked ones included */

struct held {
	bool used;
	int fd; /* -1: only asked for */
	size_t group;
	ino_t inode;
	struct endpoint at;
	ino_t file;   /* of a UNIX path; 0: none */
	dev_t disk;   /* where that number means something */
	bool removed; /* that path, as somebody believes: paths.h */
	bool listening;
	bool given;      /* to each life when it begins: opened.h */
	uint64_t claims; /* bit i: service i lives on it */
	uint64_t spares; /* bit i: the spare of service i */
	int64_t until;   /* nobody claims it: closed then; NEVER */
	uint64_t serial; /* the order of asking */

	/* deserted.h: who has it open, as far as that was seen */
	pid_t holder;
	int number;
	int watcher;       /* the epoll(7) that has it; 0: none */
	bool several;      /* a life has others on the same port */
	int64_t looked;    /* when it was looked at last */
	int64_t rest;      /* longer each time that somebody waited in vain */
	int64_t look_at;   /* and when it is again; NEVER: when it wakes us */
	int64_t mended;    /* somebody had shut it down: when that began, */
	int mends;         /* ... and how often since */
	int64_t closed_at; /* nobody has it: closed then; NEVER */
};

struct helds {
	struct held item[HELD_MAX];
	size_t top; /* nothing is used from here on */
	uint64_t serial;
};

/* Found, or NULL. */
struct held *held_at(struct helds *h, size_t group, const struct endpoint *at);
struct held *held_with(struct helds *h, size_t group, ino_t inode);

/*
 * An entry for that address, which is not there yet: without a descriptor.  The
 * group's oldest asked one makes room; NULL when there is none.
 */
struct held *held_ask(struct helds *h, size_t group, const struct endpoint *at);

/* It is this socket; the descriptor is the table's from now on. */
void held_keep(struct held *held, int fd);

/* Close it and forget it.  While others have it open, epoll(7) would go on
   speaking of it: it is taken out of its watcher first, as everywhere here. */
void held_drop(struct held *held);

/* Whether service i lives on it, or its spare does; and whether nobody else. */
bool held_lives_on(const struct held *held, size_t i, bool spare);
bool held_lives_alone(const struct held *held, size_t i, bool spare);

/* Its watcher hears of it no more. */
void held_unwatch(struct held *held);

/* A UNIX socket that somebody has called shutdown(2) on never listens again. */
bool held_is_over(const struct held *held);

/* Sockets of the group that are really held. */
size_t held_count(const struct helds *h, size_t group);

/*
 * Take a claim back: bits of `claims` or `spares`.  What nobody claims any more
 * is kept until then, with room for many who wait, or is closed at once
 * (until 0); what never listened, or has no path any more, is closed anyway.
 */
void held_unclaim(
    struct helds *h, uint64_t claims, uint64_t spares, int64_t until);

/* Close all that the group has and nobody claims. */
void held_close(struct helds *h, size_t group);

/* Close all but what cradle opened itself: nobody can be given it any more. */
void held_forget(struct helds *h);

/* The spare of service i has become service i; its old self is the spare. */
void held_exchange(struct helds *h, size_t i);

/* Whether service i lives on a listening one; and its spare on all of those. */
bool held_claimed(const struct helds *h, size_t i);
bool held_covers(const struct helds *h, size_t i);

/* Close what nobody claims and stands in the way of that address. */
void held_clear(struct helds *h, size_t group, const struct endpoint *at);

/* Each descriptor, for a new program of PID 1. */
void held_descriptors(
    const struct helds *h, void each(int fd, bool on), bool on);

/* Close what is overdue: how many of them listened; and when the next one is.
   One that never listened is only asked for again. */
size_t held_expire(struct helds *h, size_t group, int64_t now);
int64_t held_deadline(const struct helds *h);

#endif
