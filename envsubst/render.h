#ifndef ENVSUBST_RENDER_H
#define ENVSUBST_RENDER_H

#include "envsubst/scan.h"
#include "envsubst/value.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A pristine file with the values put in its placeholders, piece by piece, in
 * memory that does not grow with the file.
 */
struct render {
	int source;    /* open for reading, at any position */
	uint64_t size; /* of the source when it was scanned */
	const struct scan *scan;
	const struct value_set *values;
};

/* Takes one piece; 0 or -errno, which ends the rendering. */
typedef int render_put(void *arg, const void *data, size_t len);

/* 0 or -errno; -ESTALE: the source has become shorter than `size`. */
int render_file(const struct render *r, render_put *put, void *arg);

#endif
