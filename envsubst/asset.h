#ifndef ENVSUBST_ASSET_H
#define ENVSUBST_ASSET_H

#include "envsubst/digest.h"
#include "envsubst/engine.h"

#include <sys/stat.h>
#include <time.h>

/* The contents of one file of an asset tree. */
struct asset {
	const struct job *job;
	const char *path;        /* from the root */
	int source;              /* the pristine file */
	const struct stat *st;   /* of it when it was looked through */
	struct edit_list *edits; /* in it */
};

/*
 * What the file will be: its digest, and written to the open file `to` unless
 * that is -1.  0, or -1: it changed since, or the mode gave up.
 */
int asset_render(
    const struct asset *a, int to, struct digest *ret, struct failure *f);

/*
 * Mode and owner of `like`, and a time that follows from the contents alone, so
 * that replicas agree on it.  0 or -errno.
 */
int asset_dress(int fd, const struct stat *like, const struct digest *contents);

/* The bytes of one file into another one: 0 or -errno. */
int asset_copy(int from, int to);

/* The same with mode, owner and time: 0 or -errno. */
int asset_clone(int from, const struct stat *st, int to);

/* Whether two open files have the same bytes: 1, 0, or -errno. */
int asset_same(int one, int other);

#endif
