#include "config/arena.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 16

int
arena_open(struct arena *ret)
{
	void *base = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return -errno;
	/* one huge page would be more than the whole of PID 1 may use */
	(void)madvise(base, ARENA_SIZE, MADV_NOHUGEPAGE);
	(void)madvise(base, ARENA_SIZE, MADV_DONTDUMP);
	*ret = (struct arena){ .base = base };
	return 0;
}

void
arena_close(struct arena *a)
{
	if (a->base != NULL)
		(void)munmap(a->base, ARENA_SIZE);
	*a = (struct arena){ 0 };
}

char *
arena_room(struct arena *a, size_t max)
{
	assert(a->base != NULL);
	assert(max <= ARENA_SIZE - a->used);

	return a->base + a->used;
}

void
arena_keep(struct arena *a, size_t used)
{
	assert(used <= ARENA_SIZE - ALIGNMENT - a->used);

	a->used = (a->used + used + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

void *
arena_take(struct arena *a, size_t size)
{
	void *taken = memset(arena_room(a, size), 0, size);
	arena_keep(a, size);
	return taken;
}

char *
arena_text(struct arena *a, const char *text, size_t len)
{
	char *copy = arena_room(a, len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	arena_keep(a, len + 1);
	return copy;
}
