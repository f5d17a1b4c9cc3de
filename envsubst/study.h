#ifndef ENVSUBST_STUDY_H
#define ENVSUBST_STUDY_H

#include "envsubst/chain.h"

/*
 * Learn the digests that an item, its inline scripts and styles and its
 * siblings had in the build, and who mentions them.  0 or -1.
 */
int study_item(struct chain *ch, uint32_t item, struct failure *f);

#endif
