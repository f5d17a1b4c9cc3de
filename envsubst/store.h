#ifndef ENVSUBST_STORE_H
#define ENVSUBST_STORE_H

#include "envsubst/failure.h"
#include "envsubst/value.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Substitution in place.  The originals of the files that are changed are kept
 * in a directory of our own, the store, outside of what is served; every start
 * substitutes them anew, so that the values of an earlier one leave no trace.
 * What must hold, after a kill at any point too:
 *
 * - a file of the tree is as it was or as it will be, never in between;
 * - before a file is replaced its original is in the store, and its next
 *   contents are in the store's journal or manifest, so that the next run
 *   knows it for ours;
 * - a file that is not what we wrote belongs to somebody else, who has laid a
 *   new build over it: it is the new original if it has placeholders, and is
 *   left alone if not.
 */

/* What was done to one asset root. */
struct tally {
	uint64_t scanned;
	uint64_t rewritten;
	uint64_t placeholders; /* files that have some */
};

/*
 * Where the store of an absolute root is when none is configured; the caller
 * frees it.  0, -ENOMEM, or -EINVAL: nothing is beside "/".
 */
int store_default(const char *root, char **ret);

/* root and store are absolute.  0, or -1 and the tree is as it was. */
int store_run(const char *root, const char *store,
    const struct value_set *values, struct tally *ret, struct failure *f);

#endif
