#ifndef ENVSUBST_STORE_H
#define ENVSUBST_STORE_H

#include "envsubst/change.h"
#include "envsubst/failure.h"

#include <stdbool.h>
#include <sys/stat.h>

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

/*
 * Where the store of an absolute root is when none is configured; the caller
 * frees it.  0, -ENOMEM, or -EINVAL: nothing is beside "/".
 */
int store_default(const char *root, char **ret);

/* What is known from earlier runs; 0 or -1.  Both names are lent. */
struct store;
int store_load(const char *root_name, const char *name, struct store **ret,
    struct failure *f);

/* Harmless on NULL. */
void store_free(struct store *s);

/* Whether an earlier run may have changed that file.  On any thread. */
bool store_knows(const struct store *s, const char *path);

/*
 * Whether an open file of the tree is what we wrote, and then what its pristine
 * one is: the item's part about that.  On any thread.  0 or -1.
 */
int store_recognise(
    const struct store *s, int fd, struct change *item, struct failure *f);

/* The original of a file: 0 or -1. */
int store_open(const struct store *s, const char *path, int *ret_fd,
    struct stat *ret_st, struct failure *f);

/* Add those to the set that an earlier run has removed.  0 or -1. */
int store_add_removed(
    const struct store *s, struct changes *c, struct failure *f);

/* Keep the originals and put everything into its place: 0, or -1 and the tree
   is as it was. */
int store_commit(struct store *s, struct changes *c, struct failure *f);

#endif
