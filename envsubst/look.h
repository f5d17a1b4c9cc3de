#ifndef ENVSUBST_LOOK_H
#define ENVSUBST_LOOK_H

#include "envsubst/change.h"

/*
 * The look through the whole tree: every file that a mode's edits are in, or
 * that an earlier run has changed, comes into the set.
 */

/*
 * c has job, root, store and index; it is filled, and can be searched
 * afterwards.  into: an index to be made, or NULL.  0 or -1: also when a
 * placeholder is left over and that is not allowed.
 */
int look_through(struct changes *c, struct index *into, struct failure *f);

/*
 * The first of the file's placeholders that are left over: an error, or with
 * JOB_ALLOW_LEFTOVER a warning.  name is the file's for people; more is how
 * many there are besides.
 */
int look_left_over(const struct job *job, int fd, const char *name,
    uint64_t offset, uint64_t more, struct failure *f);

#endif
