#ifndef ENVSUBST_META_H
#define ENVSUBST_META_H

#include "envsubst/engine.h"
#include "envsubst/value.h"

#include <stdbool.h>

/*
 * The mode import-meta-env: the placeholder in every form that minifiers write
 * it in,
 *
 *	JSON . parse ( \..' \.." WORD \.." \..' )
 *
 * with ', " or ` outside, any number of backslashes before each quote (the same
 * number behind the word), and blanks inside the call, also those that are
 * escaped because the code lies in a string.  A word that stands in no such
 * call is left over.
 */
extern const struct mode meta_mode;

/* What meta_mode takes for `values`. */
struct meta {
	const struct value_set *values;
	bool pad; /* fill up with blanks so that nothing behind it moves */
};

/* What it is found by: 0 or -ENOMEM. */
int meta_needles(struct needles **ret);

#endif
