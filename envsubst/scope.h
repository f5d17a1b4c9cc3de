#ifndef ENVSUBST_SCOPE_H
#define ENVSUBST_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Which names a substitution touches, and their values.  All other names are
 * alien: what looks like a reference to one is text.
 */

struct scope_var {
	const char *name; /* lent, like all of these */
	const char *data; /* NULL: declared, but not set */
	size_t len;
};

struct scope {
	const struct scope_var *var; /* sorted by scope_sort */
	size_t count;
	const char *const *prefix; /* names that begin so are touched too */
	size_t prefixes;
	bool all; /* every name is */
};

/* A value that an expression gave to a name, for the rest of a file. */
struct scope_local {
	char *name;
	char *data;
	size_t len;
};

struct scope_locals {
	struct scope_local *item;
	size_t count;
};

#define SCOPE_LOCALS_MAX 1024

void scope_sort(struct scope_var *var, size_t count);

/* Letters, digits and underscores of ASCII, the first no digit. */
bool scope_begins_name(char c);
bool scope_is_name_char(char c);
size_t scope_name_len(const char *text, size_t len);

/* Whether it is touched whatever the list says. */
bool scope_has_prefix(const struct scope *s, const char *name, size_t len);

bool scope_touches(const struct scope *s, const char *name, size_t len);

/*
 * The value, or NULL when it is not set; locals (NULL: none) come first.  The
 * name must be touched.
 */
const char *scope_get(const struct scope *s, const struct scope_locals *locals,
    const char *name, size_t len, size_t *ret_len);

/* 0, -ENOMEM, or -E2BIG over SCOPE_LOCALS_MAX.  Both are copied. */
int scope_set(struct scope_locals *l, const char *name, size_t name_len,
    const char *data, size_t len);

/* Harmless on an empty one. */
void scope_forget(struct scope_locals *l);

#endif
