#ifndef HEALTHCHECK_WATCH_H
#define HEALTHCHECK_WATCH_H

#include <poll.h>
#include <stdint.h>

/*
 * The descriptors of one poll(2), gathered anew for each wait: whoever wants to
 * watch one adds it and keeps the index, to ask afterwards what happened there.
 */

#define WATCH_MAX 2048
#define WATCH_NONE (-1) /* an index at which nothing ever happens */

struct watch {
	struct pollfd fd[WATCH_MAX];
	nfds_t count;
};

void watch_clear(struct watch *w);

int watch_add(struct watch *w, int fd, short events);

/* Until something happens or the deadline (clock_ms; NEVER) has come. */
void watch_wait(struct watch *w, int64_t deadline);

short watch_events(const struct watch *w, int index);

#endif
