#ifndef ENVSUBST_WEAVE_H
#define ENVSUBST_WEAVE_H

#include "envsubst/chain.h"

/*
 * Work out every node of the chain, those that it mentions first, and write
 * the files whose mentions have changed and the siblings.  A mention that would
 * depend on itself is left as it is, with a warning.  0 or -1.
 */
int weave_all(struct chain *ch, struct failure *f);

#endif
