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

/*
 * The fetched value of a variable that the main service gets from a secret, to
 * be shown first (environment_show); NULL: it has none, or not yet.
 */
const char *environment_names_secret(
    const struct environment *e, const char *name, size_t *ret_len);

/* Whether an asset root allows, by name, a variable that is a secret. */
bool environment_names_allowed(const struct environment *e, const char *name);
bool environment_names_any_allowed(const struct environment *e);

#endif
