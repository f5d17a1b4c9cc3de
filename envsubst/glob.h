#ifndef ENVSUBST_GLOB_H
#define ENVSUBST_GLOB_H

#include <stddef.h>

/*
 * The plain files that a pattern means, as glob 11 finds them: no link is one,
 * no directory is, dots must be written, and "**" enters a linked directory one
 * level deep, which may lead out of the tree.  Directories that cannot be read
 * count as empty.
 */

struct glob_files {
	char **path; /* absolute; `count` of them */
	size_t count;
	size_t room;
};

/*
 * Add those of one pattern.  0; -E2BIG: the pattern is too long or complex;
 * -ENOMEM; what getcwd says.
 */
int glob_add(struct glob_files *files, const char *pattern);

/* By path, each once. */
void glob_sort(struct glob_files *files);

/* Harmless on an empty one. */
void glob_free(struct glob_files *files);

#endif
