#ifndef ENVSUBST_GLOBPARTS_H
#define ENVSUBST_GLOBPARTS_H

#include "config/arena.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A glob without braces, split at its slashes, and what glob 11 makes of a
 * list of them before it looks at any file: "a/../b" is "b", "." and empty
 * parts vanish, "**" and ".." change places, and what another one covers goes.
 */
struct globparts {
	const char **part; /* `count` of them */
	size_t count;
	size_t room;
};

struct globparts_list {
	struct globparts *item;
	size_t count;
	size_t room;
	bool spent; /* no memory: not to be used */
};

void globparts_add(
    struct arena *memory, struct globparts_list *list, const char *glob);

void globparts_simplify(struct arena *memory, struct globparts_list *list);

#endif
