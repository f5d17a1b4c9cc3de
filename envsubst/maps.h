#ifndef ENVSUBST_MAPS_H
#define ENVSUBST_MAPS_H

#include "envsubst/changes.h"

/*
 * The source maps of the files in the set that have edits: those whose columns
 * shift join the set.  A map is the one that the file's last lines name, or
 * the file FILE.map.  Maps that cannot be kept true are left as they are, with
 * a warning.  0 or -1.
 */
int maps_follow(struct changes *c, struct failure *f);

#endif
