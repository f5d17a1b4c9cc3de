#ifndef ENVSUBST_GLOBWALK_H
#define ENVSUBST_GLOBWALK_H

#include "envsubst/glob.h"
#include "envsubst/segment.h"

#include <stdbool.h>
#include <stddef.h>

/* A glob without braces: what each of its parts means. */
struct globwalk_pattern {
	struct segment *segment;
	size_t count;
	bool *spent; /* of each "**": it has entered the one link it may */
};

/*
 * Add the plain files that the patterns find from that directory on, as glob 11
 * walks: 0 or -ENOMEM.  Some may be added twice.
 */
int globwalk_run(const struct globwalk_pattern *list, size_t count,
    const char *from, struct glob_files *files);

#endif
