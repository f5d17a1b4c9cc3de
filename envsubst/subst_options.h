#ifndef ENVSUBST_SUBST_OPTIONS_H
#define ENVSUBST_SUBST_OPTIONS_H

#include "envsubst/depend.h"
#include "envsubst/modes.h"

#include <stdbool.h>
#include <stddef.h>

/* A list of texts that are lent, NULL behind the last. */
struct subst_list {
	const char **item;
	size_t count;
};

/* The command line of `cradle subst`. */
struct subst_options {
	struct modes_wish wish; /* what of it the options say */
	bool unset_given;
	const char *example; /* NULL: not given, as all of these */
	const char *env_file;
	const char *root;
	const char *output;
	const char *store;
	const char *csp;
	struct subst_list names; /* of --variables */
	struct subst_list prefixes;
	struct subst_list allow;
	struct subst_list patterns;
	struct subst_list paths;
	struct depend depend; /* but for its csp */
	bool overlay;
	bool allow_leftover;
	bool index;
	bool dry_run;
	bool json;
	bool quiet;
};

/*
 * 0: go on.  1: what was asked for has been said, and *ret_code is the exit
 * code.  -ENOMEM.  The caller frees in each case.
 */
int subst_options_read(
    int argc, char *argv[], struct subst_options *ret, int *ret_code);

/* Harmless on an empty one. */
void subst_options_free(struct subst_options *o);

#endif
