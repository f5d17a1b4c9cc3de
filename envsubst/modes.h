#ifndef ENVSUBST_MODES_H
#define ENVSUBST_MODES_H

#include "envsubst/engine.h"
#include "envsubst/envfile.h"
#include "envsubst/expand.h"
#include "envsubst/meta.h"
#include "envsubst/token.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * From what somebody asks for to what the engine is given: the table of modes.
 */

/* In the order of the choices of "assets[].mode". */
enum modes_kind { MODES_META, MODES_EXPAND, MODES_TOKEN, MODES_FILE, MODES };

struct modes_wish {
	enum modes_kind kind;

	/* The variables in their order, NULL data for those that are not set;
	   sorted by nobody.  All of it is lent while the mode is used. */
	const struct scope_var *var;
	size_t count;
	const char *const *prefix; /* expand: touched too */
	size_t prefixes;
	bool all;     /* expand: as is every other name */
	bool at_once; /* expand: the first problem ends it; else the hook does,
			 which tells several */

	int quoting; /* expand, token: enum quote, or -1: place.h */
	enum fillin_unset unset;
	bool strict;                /* expand */
	const char *const *pattern; /* token; none: the usual ones */
	size_t patterns;
	const char *path; /* file */
	const char *global;
	bool hash;
	bool pad; /* meta */
};

/* It must stay where it is while the job runs. */
struct modes {
	enum modes_kind kind;
	struct needles *needles;
	struct scope_var *sorted;
	struct value_set values;
	struct meta meta;
	struct expand expand;
	struct expand_problems problems;
	struct token token;
	struct envfile file;
};

/*
 * Make it, and set what is the mode's in the job: mode, values, needles.
 * *ret_hook is set to the hook that must run first, if
 * there is one, else its run is NULL.  0, or -1; the caller frees.
 */
int modes_make(const struct modes_wish *wish, struct modes *ret,
    struct job *job, struct hook *ret_hook, struct failure *f);

/* Harmless on an empty one. */
void modes_free(struct modes *m);

#endif
