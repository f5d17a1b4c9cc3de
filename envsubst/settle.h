#ifndef ENVSUBST_SETTLE_H
#define ENVSUBST_SETTLE_H

#include "envsubst/change.h"

/*
 * What becomes of each file of the set: written, removed, put back as the build
 * had it, or left alone because it is right.
 */

/*
 * Write the new contents of a file with edits beside its place, unless they are
 * there already.  0 or -1.
 */
int settle_render(struct changes *c, struct change *item, struct failure *f);

/*
 * After the hooks: what is in the end to be written is dressed and ready; all
 * else is taken out of the swap again.  0 or -1.
 */
int settle_all(struct changes *c, struct failure *f);

#endif
