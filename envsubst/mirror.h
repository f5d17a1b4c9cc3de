#ifndef ENVSUBST_MIRROR_H
#define ENVSUBST_MIRROR_H

#include "envsubst/failure.h"
#include "envsubst/store.h"
#include "envsubst/value.h"

/*
 * Substitution into another directory, for a root that cannot be written: the
 * output becomes a complete copy of the root with the values put in.  What is
 * right there already is not written again.  Files of the output that the root
 * does not have are left alone and counted in a warning.
 *
 * root and output are absolute; the output is made when it is missing.  0, or
 * -1 and the output's files are as they were.
 */
int mirror_run(const char *root, const char *output,
    const struct value_set *values, struct tally *ret, struct failure *f);

#endif
