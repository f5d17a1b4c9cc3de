#ifndef ENVSUBST_EXPAND_H
#define ENVSUBST_EXPAND_H

#include "envsubst/engine.h"
#include "envsubst/fillin.h"
#include "envsubst/scope.h"

#include <stdbool.h>

/*
 * The mode envsubst: $NAME and ${NAME...} by the grammar of expr.h, for the
 * names that the scope touches.  All else stays byte for byte, so that it is
 * safe on JavaScript.
 */
extern const struct mode expand_mode;

/* Values that are needed and missing, told together. */
#define EXPAND_PROBLEMS_MAX 8

struct expand_problems {
	size_t count; /* of those that were met */
	struct failure all;
};

/* What expand_mode takes for `values`. */
struct expand {
	struct scope scope;
	int quote; /* one for all places (enum quote), or -1: place.h */
	enum fillin_unset unset;
	bool strict; /* what is meant but cannot be read is an error; else it
			stays as it is */
	struct expand_problems *problems; /* NULL: the first ends the run */
};

/* The hook's run that tells the problems, which are its argument: 0 or -1. */
int expand_check(void *problems, struct changes *c, struct failure *f);

/* What it is found by: 0 or -ENOMEM. */
int expand_needles(const struct scope *scope, struct needles **ret);

#endif
