#include "supervisor/evmem.h"

#include "core/log.h"

#include <assert.h>
#include <errno.h>
#include <ev.h>
#include <stddef.h>
#include <string.h>

#include "supervisor/pid1.h"

/* Its arrays grow with the highest descriptor number, and pages that nobody
   touches cost nothing. */
#define ARENA_SIZE (8 * 1024 * 1024)

/* In front of each piece: its size, for the copy when it grows. */
union piece {
	size_t size;
	max_align_t align;
};

static union piece arena[ARENA_SIZE / sizeof(union piece)];
static size_t used;

/*
 * realloc(3) for libev.  The last piece grows in place; an older one leaves a
 * hole behind, which the doubling of its arrays keeps to their final size.
 */
static void *
evmem_realloc(void *old, long want)
{
	if (want == 0)
		return NULL;
	size_t size = (size_t)want;
	size_t units =
	    1 + (size + sizeof(union piece) - 1) / sizeof(union piece);
	union piece *was = old == NULL ? NULL : (union piece *)old - 1;

	if (was != NULL && was->size >= size)
		return old;
	assert(units <= sizeof(arena) / sizeof(arena[0]) - used);
	union piece *now = &arena[used];
	used += units;
	now->size = size;
	if (was != NULL)
		memcpy(now + 1, old, was->size);
	return now + 1;
}

static void
on_error(const char *message)
{
	log_error(errno, "event loop: %s", message);
}

void
evmem_setup(void)
{
	ev_set_allocator(evmem_realloc);
	ev_set_syserr_cb(on_error);
}
