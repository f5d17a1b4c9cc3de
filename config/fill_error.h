#ifndef CONFIG_FILL_ERROR_H
#define CONFIG_FILL_ERROR_H

#include "config/fill.h"

#include <stdbool.h>

/*
 * What fill.c says when it refuses something, and the rules for names, which
 * are a matter of taste more than of types.  The functions that return int fill
 * f->error with a line that has file, line and column, and return -1.
 */

/* The value of node PHRASE: fill_error(f, node, "must not be empty"). */
int fill_error(struct fill *f, const struct json *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* node is of another type than key takes; or one member of a list or map is. */
int fill_error_type(
    struct fill *f, const struct key *key, const struct json *node);
int fill_error_element(
    struct fill *f, const struct key *key, const struct json *node);

/* Too many members. */
int fill_error_count(
    struct fill *f, const struct key *key, const struct json *node);

/* node lacks key; node's name is no member of parent, or one of later. */
int fill_error_missing(
    struct fill *f, const struct key *key, const struct json *node);
int fill_error_unknown(struct fill *f, const struct key *parent,
    const struct json *node, bool later);

/* Whether a service or task may be called so. */
bool fill_name_ok(const char *name);

/* NULL, or the phrase why no variable may be called so. */
const char *fill_variable_refused(const char *name);

#endif
