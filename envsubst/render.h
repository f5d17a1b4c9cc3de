#ifndef ENVSUBST_RENDER_H
#define ENVSUBST_RENDER_H

#include "envsubst/engine.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A pristine file with the mode's text in the place of its edits, piece by
 * piece, in memory that does not grow with the file.
 */

/* Takes one piece; 0 or -errno, which ends the rendering. */
typedef int render_put(void *arg, const void *data, size_t len);

struct render {
	const struct mode *mode;
	const void *values;
	const char *path;
	int source;              /* open for reading, at any position */
	uint64_t size;           /* of the source when it was looked through */
	struct edit_list *edits; /* each is told what was written for it */
	render_put *put;
	void *arg;
};

/*
 * 0 or -errno: -ESTALE when the source has become shorter than `size`, and
 * -ECANCELED when the mode gave up and *f says why.
 */
int render_file(const struct render *r, struct failure *f);

#endif
