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

/* What expand_mode takes for `values`. */
struct expand {
	struct scope scope;
	int quote; /* one for all places (enum quote), or -1: place.h */
	enum fillin_unset unset;
	bool strict; /* what is meant but cannot be read is an error; else it
			stays as it is */
};

/* What it is found by: 0 or -ENOMEM. */
int expand_needles(const struct scope *scope, struct needles **ret);

#endif
