#ifndef ENVSUBST_SUBST_NAMES_H
#define ENVSUBST_SUBST_NAMES_H

#include "envsubst/declare.h"
#include "envsubst/scope.h"
#include "envsubst/subst_options.h"

#include <stdbool.h>

/* The variables of one run, and where they come from. */
struct subst_names {
	struct dotenv names;
	struct dotenv file; /* of --env-file */
	struct variables variables;
	struct scope_var *var; /* each of the names with its value */
	char *example;         /* the file that names them, or NULL */
	bool all;              /* nothing does: it is about every name */
};

/*
 * By --example, --variables, the file beside the root, or (root NULL: a stream
 * of text for the modes that fill such) all that is set.  Values are taken and
 * checked unless an index is made.  0 or -1; the caller frees in each case.
 */
int subst_names_find(const struct subst_options *o, const char *root,
    struct subst_names *ret, struct failure *f);

/* Harmless on an empty one; wipes the values. */
void subst_names_free(struct subst_names *n);

#endif
