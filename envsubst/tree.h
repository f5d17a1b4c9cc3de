#ifndef ENVSUBST_TREE_H
#define ENVSUBST_TREE_H

#include "envsubst/failure.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A walk through a directory tree that cannot leave it: every step goes by an
 * open directory and no symbolic link is followed.  Names are bytes.
 */

#define TREE_DEPTH_MAX 128

enum tree_kind { TREE_FILE, TREE_DIRECTORY, TREE_LINK };

struct tree_entry {
	enum tree_kind kind;
	int at;           /* the directory it is in; lent */
	const char *name; /* in there */
	const char *path; /* from the root */
};

/*
 * Called for each entry, a directory before what is in it; sockets, devices
 * and FIFOs are left out.  0: go on.  -1: stop, *f is filled.
 */
typedef int tree_visit(
    void *arg, const struct tree_entry *entry, struct failure *f);

/* 0, or -1.  name is what to call the root in a failure. */
int tree_walk(int root, const char *name, tree_visit *visit, void *arg,
    struct failure *f);

/*
 * A cheap test whether it is of any use to look into a file of this name: not
 * for images, fonts, archives and the like, nor for source maps and backups.
 */
bool tree_may_hold_text(const char *name);

/* Whether the first bytes of a file of that name look like no text. */
bool tree_is_binary(const char *name, const char *data, size_t len);

#endif
