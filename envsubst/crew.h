#ifndef ENVSUBST_CREW_H
#define ENVSUBST_CREW_H

#include "envsubst/failure.h"
#include "envsubst/tree.h"

#include <stddef.h>

/*
 * A walk through a tree whose files are looked at by several threads.  A small
 * tree is looked at by the caller alone; a large one costs the same memory as
 * that: a bounded queue, in which the walk itself takes part when it is full.
 */

#define CREW_MAX 4 /* threads, the caller included */

struct crew_file {
	int at;           /* the directory it is in; lent */
	const char *name; /* in there */
	const char *path; /* from the root */
};

struct crew_how {
	int root;
	const char *root_name; /* for failures */
	void *arg;

	/*
	 * On the caller's thread, for each entry of the tree: 1 when it is to
	 * be looked at, else 0 or -1.
	 */
	int (*enter)(
	    void *arg, const struct tree_entry *entry, struct failure *f);

	/* On any thread, which is worker 0 to CREW_MAX - 1.  0 or -1. */
	int (*look)(void *arg, size_t worker, const struct crew_file *file,
	    struct failure *f);
};

/*
 * 0 when all were looked at; else -1.  Of several failures at once the one with
 * the first path is told.
 */
int crew_run(const struct crew_how *how, struct failure *f);

#endif
