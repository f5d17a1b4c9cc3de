#ifndef ENVSUBST_SRCMAP_H
#define ENVSUBST_SRCMAP_H

#include "envsubst/column.h"
#include "envsubst/sink.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A source map (ECMA-426), or an index of maps by sections, whose generated
 * file has been edited: what stands behind an edit on its line gets its new
 * column, what was mapped into the edited text stays inside of it.  Everything
 * else of the map's JSON is kept byte for byte, in memory that does not grow
 * with it.
 */

/* One edit of the generated file, where it was and where it is now. */
struct srcmap_edit {
	struct column start;
	struct column end;
	struct column new_start;
	struct column new_end;
};

struct srcmap {
	const struct srcmap_edit *edit; /* `count` of them, in order */
	size_t count;
};

enum srcmap_found {
	SRCMAP_SAME,    /* nothing of it moves */
	SRCMAP_MOVED,   /* it is another map now */
	SRCMAP_STRANGE, /* no map, or none that can be read */
};

/*
 * Read the map that is open at its start; with put, write what becomes of it.
 * 0 and *ret; -errno.  When it is neither SAME nor MOVED, what was put is of no
 * use; so ask without put first.
 */
int srcmap_rewrite(const struct srcmap *m, int source, sink_put *put, void *arg,
    enum srcmap_found *ret);

#endif
