#ifndef HEALTHCHECK_PAGE_H
#define HEALTHCHECK_PAGE_H

#include "healthcheck/facts.h"
#include "healthcheck/reply.h"

/*
 * The facts for people: one HTML page without scripts, forms or anything from
 * elsewhere.  Its policy (CSP) allows the one style block, by hash, and no
 * more.
 */
void page_render(struct reply *r, const struct facts *f);

#endif
