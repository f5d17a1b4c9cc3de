#ifndef CONFIG_EXPAND_H
#define CONFIG_EXPAND_H

#include "config/arena.h"

/*
 * ${NAME}, ${NAME:-default}, ${NAME:?message} and $$ in the strings of the
 * configuration.  Only braces count: $NAME and a lone $ are text.  A default
 * may hold further ${...}; it and the message count when NAME is unset or
 * empty.
 */

#define EXPAND_TEXT_MAX                                      \
	((size_t)128 * 1024) /* the kernel's, for one string \
			      */
#define EXPAND_TOTAL_MAX ((size_t)8 * 1024 * 1024)
#define EXPAND_DEPTH_MAX 8

struct expand {
	char *const *environ_in;
	struct arena *arena;
	size_t total; /* made so far */
};

/*
 * *ret is text itself when there is nothing to do, else a new one in the arena.
 * 0, or -1 and a phrase in why, which names the variable and no value.
 */
int expand_text(struct expand *x, const char *text, const char **ret, char *why,
    size_t why_size);

/* The value of the variable with these len letters of name, or NULL. */
const char *expand_variable(
    char *const environ_in[], const char *name, size_t len);

#endif
