#include "supervisor/held.h"

#include "core/clock.h"
#include "core/guard.h"

#include <assert.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define EACH(h, one) \
	for (struct held *one = (h)->item; one < (h)->item + (h)->top; one++)
#define EACH_CONST(h, one)                                                   \
	for (const struct held *one = (h)->item; one < (h)->item + (h)->top; \
	     one++)

struct held *
held_at(struct helds *h, size_t group, const struct endpoint *at)
{
	EACH(h, one)
	if (one->used && one->group == group && endpoint_same(&one->at, at))
		return one;
	return NULL;
}

struct held *
held_with(struct helds *h, size_t group, ino_t inode)
{
	EACH(h, one)
	if (one->used && one->fd != -1 && one->group == group &&
	    one->inode == inode)
		return one;
	return NULL;
}

/* The first empty one, or the group's oldest that is only asked for. */
static struct held *
room(struct helds *h, size_t group)
{
	struct held *empty = NULL, *oldest = NULL;
	size_t mine = 0;

	EACH(h, one)
	{
		if (!one->used)
			empty = one;
		if (!one->used || one->group != group)
			continue;
		mine++;
		if (one->fd == -1 &&
		    (oldest == NULL || one->serial < oldest->serial))
			oldest = one;
	}
	if (mine >= HELD_GROUP_MAX)
		return oldest;
	if (empty == NULL && h->top < HELD_MAX)
		empty = &h->item[h->top++];
	return empty != NULL ? empty : oldest;
}

struct held *
held_ask(struct helds *h, size_t group, const struct endpoint *at)
{
	struct held *one = room(h, group);
	if (one == NULL)
		return NULL;
	*one = (struct held){
		.used = true,
		.fd = -1,
		.group = group,
		.at = *at,
		.until = NEVER,
		.look_at = NEVER,
		.closed_at = NEVER,
		.serial = ++h->serial,
	};
	return one;
}

void
held_keep(struct held *held, int fd)
{
	struct stat st;
	assert(held->used && held->fd == -1);
	held->fd = fd;
	if (fstat(fd, &st) == 0)
		held->inode = st.st_ino;
}

bool
held_lives_on(const struct held *held, size_t i, bool spare)
{
	return ((spare ? held->spares : held->claims) >> i & 1) != 0;
}

bool
held_lives_alone(const struct held *held, size_t i, bool spare)
{
	uint64_t bit = (uint64_t)1 << i;
	return held->claims == (spare ? 0 : bit) &&
	       held->spares == (spare ? bit : 0);
}

void
held_unwatch(struct held *held)
{
	if (held->fd != -1 && held->watcher > 0)
		(void)epoll_ctl(held->watcher, EPOLL_CTL_DEL, held->fd, NULL);
	held->watcher = 0;
}

static void
close_it(struct held *held)
{
	held_unwatch(held);
	guard_close(&held->fd);
	held->fd = -1;
}

void
held_drop(struct held *held)
{
	close_it(held);
	*held = (struct held){ .fd = -1 };
}

size_t
held_count(const struct helds *h, size_t group)
{
	size_t n = 0;
	EACH_CONST(h, one)
	n += one->used && one->group == group && one->fd != -1;
	return n;
}

/* It was moved to another path before it listened: no life would find it. */
static bool
is_lost(const struct held *held)
{
	return endpoint_path(&held->at) != NULL && held->file == 0;
}

bool
held_is_over(const struct held *held)
{
	struct pollfd look = { .fd = held->fd };

	return held->at.family == AF_UNIX && held->listening &&
	       poll(&look, 1, 0) == 1 && (look.revents & POLLHUP) != 0;
}

/* Whoever has gone may have called shutdown(2) on what others live on. */
static void
listen_again(const struct held *held)
{
	int on = 1;
	socklen_t len = sizeof(on);

	if (held->listening && held->at.family != AF_UNIX &&
	    getsockopt(held->fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 &&
	    on == 0)
		(void)listen(held->fd, HELD_QUEUE);
}

/* Only those that somebody claimed just now are looked at. */
void
held_unclaim(struct helds *h, uint64_t claims, uint64_t spares, int64_t until)
{
	EACH(h, one)
	{
		if (!one->used || ((one->claims & claims) == 0 &&
				      (one->spares & spares) == 0))
			continue;
		one->claims &= ~claims;
		one->spares &= ~spares;
		if (one->claims != 0 || one->spares != 0) {
			listen_again(one);
			continue;
		}
		if (!one->listening || until == 0 || is_lost(one) ||
		    held_is_over(one)) {
			held_drop(one);
			continue;
		}
		one->until = until;
		/* of a UNIX socket it would change whose it seems to be */
		if (one->at.family != AF_UNIX)
			(void)listen(one->fd, HELD_QUEUE);
	}
}

void
held_exchange(struct helds *h, size_t i)
{
	EACH(h, one)
	{
		uint64_t differ = (one->claims ^ one->spares) & (uint64_t)1
								    << i;
		one->claims ^= differ;
		one->spares ^= differ;
		if (one->listening && one->claims != 0)
			one->until = NEVER;
	}
}

void
held_forget(struct helds *h)
{
	EACH(h, one)
	if (one->used && !one->given)
		held_drop(one);
}

bool
held_claimed(const struct helds *h, size_t i)
{
	EACH_CONST(h, one)
	if (one->used && one->listening && (one->claims >> i & 1) != 0)
		return true;
	return false;
}

bool
held_covers(const struct helds *h, size_t i)
{
	EACH_CONST(h, one)
	if (one->used && one->listening && (one->claims >> i & 1) != 0 &&
	    (one->spares >> i & 1) == 0)
		return false;
	return true;
}

void
held_clear(struct helds *h, size_t group, const struct endpoint *at)
{
	EACH(h, one)
	if (one->used && one->group == group && one->fd != -1 &&
	    one->claims == 0 && one->spares == 0 &&
	    endpoint_in_the_way(&one->at, at))
		held_drop(one);
}

void
held_close(struct helds *h, size_t group)
{
	EACH(h, one)
	if (one->used && one->group == group && one->claims == 0 &&
	    one->spares == 0)
		held_drop(one);
}

size_t
held_expire(struct helds *h, size_t group, int64_t now)
{
	size_t n = 0;
	EACH(h, one)
	{
		if (!one->used || one->group != group || one->until > now)
			continue;
		if (one->listening) {
			held_drop(one);
			n++;
			continue;
		}
		close_it(one);
		one->until = NEVER;
	}
	return n;
}

int64_t
held_deadline(const struct helds *h)
{
	int64_t first = NEVER;
	EACH_CONST(h, one)
	if (one->used && one->until < first)
		first = one->until;
	return first;
}

void
held_descriptors(const struct helds *h, void each(int fd, bool on), bool on)
{
	EACH_CONST(h, one)
	if (one->used && one->fd != -1)
		each(one->fd, on);
}
