#ifndef ENVSUBST_COMMANDER_H
#define ENVSUBST_COMMANDER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The command line of import-meta-env 0.7.4, read as the commander library
 * reads it: its grammar, its texts, its order of complaints.
 */
struct commander {
	const char *example;
	const char *env;
	char **path; /* `path_count` of them, heap; NULL: the default ones */
	size_t path_count;
	char **output;
	size_t output_count;
	bool disposable;
	bool allow_leftover; /* ours, in no help text */
};

/*
 * 0: go on.  1: what was asked for has been said, on stdout or stderr, and
 * *ret_code is the exit code.  -ENOMEM.
 */
int commander_parse(
    int argc, char *argv[], struct commander *ret, int *ret_code);

/* Harmless on an empty one. */
void commander_free(struct commander *c);

#endif
