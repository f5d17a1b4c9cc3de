#ifndef SUPERVISOR_ENVIRONMENT_NAMES_H
#define SUPERVISOR_ENVIRONMENT_NAMES_H

#include "core/buf.h"
#include "supervisor/environment.h"

/*
 * The variables that the main service will see and whose names begin with
 * prefix, a line each, in no order; secrets among them, and
 * some perhaps twice.
 */
void environment_names_list(const struct environment *e, const char *prefix,
    size_t len, struct buf *to);

#endif
