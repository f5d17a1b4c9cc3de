#ifndef ENVSUBST_MIRROR_H
#define ENVSUBST_MIRROR_H

#include "envsubst/change.h"
#include "envsubst/failure.h"

#include <stdbool.h>

/*
 * Substitution into another directory, for a root that cannot be written: the
 * output becomes a complete copy of the root with the changes put in, or with
 * JOB_OVERLAY it gets the changed files only.  What is right there already is
 * not written again.  Files of the output that the root does not have are left
 * alone and counted in a warning.
 */
struct mirror;

/*
 * Open the output, which is made when it is missing, and its directories; from
 * then on it is the place of the set.  0 or -1; *ret is to be ended in any case
 * (it is NULL when there was no memory).
 */
int mirror_open(struct changes *c, struct mirror **ret, struct failure *f);

/* Copy the rest of the tree and put everything into its place: 0, or -1 and the
   output's files are as they were. */
int mirror_commit(struct mirror *m, struct failure *f);

/* Sweep up; after a failure what was made is removed.  Harmless on NULL. */
void mirror_end(struct mirror *m, bool failed);

#endif
