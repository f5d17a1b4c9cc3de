#ifndef CONFIG_ARENA_H
#define CONFIG_ARENA_H

#include <stddef.h>

/*
 * Memory for what is made once and kept until the process ends: one mapped
 * region that is used up from its start.  Pages that nobody touched cost
 * nothing, so its size is a maximum and not a price.  No heap.
 *
 * Running out is a programmer's error: whoever reads input from outside keeps
 * limits (JSON_*_MAX, EXPAND_TOTAL_MAX) whose sum is far below ARENA_SIZE.
 */
#define ARENA_SIZE ((size_t)48 * 1024 * 1024)

struct arena {
	char *base;
	size_t used;
};

/* Map it, left out of core dumps: it may hold credentials.  0 or -errno. */
int arena_open(struct arena *ret);

/* Give everything back at once; harmless on one that was never opened. */
void arena_close(struct arena *a);

/* size zeroed bytes, aligned for any type. */
void *arena_take(struct arena *a, size_t size);

/* A NUL-terminated copy. */
char *arena_text(struct arena *a, const char *text, size_t len);

/*
 * For what has an unknown length: room for max bytes that are not taken yet.
 * The caller writes there, takes nothing else meanwhile, and then keeps as many
 * as he used.
 */
char *arena_room(struct arena *a, size_t max);
void arena_keep(struct arena *a, size_t used);

#endif
