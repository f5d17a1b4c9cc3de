#ifndef ENVSUBST_GROUNDS_H
#define ENVSUBST_GROUNDS_H

#include "envsubst/failure.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Where the parts of an asset root are: paths as they were given, lent ("" for
 * output and store: none), and then absolute ones without links, on the heap.
 */
struct grounds {
	const char *given;
	const char *output_given;
	const char *store_given;
	char *path;
	char *output; /* NULL: in place */
	char *store;  /* NULL: there is an output */
	char *index;  /* NULL: none was made */
};

/* Fill the absolute ones; 0 or -1.  The caller frees, after -1 too. */
int grounds_place(struct grounds *r, struct failure *f);

/* A file has one root, and nothing of ours lies in what is served: 0 or -1. */
int grounds_check_apart(
    const struct grounds *const *list, size_t count, struct failure *f);

/* Absolute and without links, though its last part may not be there yet. */
int grounds_absolute(const char *path, char **ret);

/* Whether an absolute path is that one or below it. */
bool grounds_is_inside(const char *path, const char *of);

/* Harmless on an empty one. */
void grounds_free(struct grounds *r);

#endif
