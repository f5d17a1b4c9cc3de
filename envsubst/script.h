#ifndef ENVSUBST_SCRIPT_H
#define ENVSUBST_SCRIPT_H

#include <stddef.h>

/*
 * Where a piece of JavaScript stops: in code, or in a string or a template
 * that began at `start`.  The text is not validated.  SCRIPT_UNSURE when it
 * ends in a comment or a regular expression, is too deep, or cannot be right
 * (a string over the end of a line): a slash after a brace was then probably
 * taken for what it is not.
 */

enum script_state {
	SCRIPT_CODE,
	SCRIPT_SINGLE,   /* '...' */
	SCRIPT_DOUBLE,   /* "..." */
	SCRIPT_TEMPLATE, /* `...` */
	SCRIPT_UNSURE,
};

/* ret_start: behind the opening quote of what it ends in. */
enum script_state script_end(const char *text, size_t len, size_t *ret_start);

/*
 * What the inside of a string or template means, into `to` (at least len
 * bytes): its bytes without one level of backslashes.  Substitutions in a
 * template become a single 0.  The count of bytes, or -1 when an escape is not
 * one that compilers write.
 */
long script_cook(const char *text, size_t len, char *to);

#endif
