#ifndef ENVSUBST_REMAKE_H
#define ENVSUBST_REMAKE_H

#include "envsubst/chain.h"

/* Forget the mentions of an item that are none, though they look so. */
int remake_check(struct chain *ch, struct chain_item *item, struct failure *f);

/*
 * Work out a node's new digests, all that it mentions being done, and write
 * the file or the sibling when that makes it another one.  0 or -1.
 */
int remake_node(struct chain *ch, uint32_t item, enum chain_which which,
    uint32_t index, struct failure *f);

#endif
