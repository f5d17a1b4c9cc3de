#ifndef ENVSUBST_BLAME_H
#define ENVSUBST_BLAME_H

#include "envsubst/engine.h"

/*
 * A mode cannot write an edit: "cannot substitute FILE:LINE:COLUMN: " and what
 * is wrong, with the exit code of a wrong configuration.  Always -1.
 */
int blame_site(struct site *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
