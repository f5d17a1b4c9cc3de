#include "healthcheck/watch.h"

#include "core/clock.h"

#include <assert.h>

void
watch_clear(struct watch *w)
{
	w->count = 0;
}

int
watch_add(struct watch *w, int fd, short events)
{
	assert(w->count < WATCH_MAX);
	w->fd[w->count] = (struct pollfd){ .fd = fd, .events = events };
	return (int)w->count++;
}

/* An interrupted wait is one in which nothing happened. */
void
watch_wait(struct watch *w, int64_t deadline)
{
	if (poll(w->fd, w->count, clock_left(deadline)) != -1)
		return;
	for (nfds_t i = 0; i < w->count; i++)
		w->fd[i].revents = 0;
}

short
watch_events(const struct watch *w, int index)
{
	return index == WATCH_NONE ? 0 : w->fd[index].revents;
}
