#ifndef ENVSUBST_SUBST_PATHS_H
#define ENVSUBST_SUBST_PATHS_H

#include "envsubst/failure.h"

#include <stdbool.h>
#include <stddef.h>

/* Folders to substitute in, and which of their files. */
struct subst_paths {
	char **root; /* as given, or found; `count` of them, heap */
	size_t count;
	bool filtered; /* only `file`, all of which are in the one root */
	char **file;   /* absolute without links, sorted; heap */
	size_t files;
};

/*
 * What somebody means by these words: folders; or files and globs of files,
 * in `root` or, without it, in the folder that they have in common; without any
 * word the usual folders.  0 or -1; the caller frees in each case.
 */
int subst_paths_find(const char *root, const char *const *word, size_t count,
    struct subst_paths *ret, struct failure *f);

/* For job.wants: whether that file of the absolute root is one of them. */
struct subst_wants {
	const struct subst_paths *paths;
	const char *root;
};
bool subst_paths_want(const void *wants, const char *path);

void subst_paths_free(struct subst_paths *p);

#endif
