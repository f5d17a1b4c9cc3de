#ifndef ENVSUBST_CONTEXT_H
#define ENVSUBST_CONTEXT_H

#include "envsubst/scan.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What a placeholder of the original tool's three forms is written into, from
 * the outside inwards; it decides which characters survive there.  The names
 * say the strings that hold the code: CONTEXT_DOUBLE_TEMPLATE is code in a
 * template in code in a "..." string.
 */
enum context_kind {
	CONTEXT_CODE,
	CONTEXT_DOUBLE,
	CONTEXT_SINGLE,
	CONTEXT_TEMPLATE,
	CONTEXT_DOUBLE_TEMPLATE,
	CONTEXT_SINGLE_DOUBLE,
	CONTEXT_UNSURE,
	CONTEXTS,
};

struct context {
	enum context_kind kind;
	bool page; /* the code is in a script element, or may be in one */
};

/*
 * The context behind these bytes, which are a file's from its start to the
 * placeholder.  HTML is told from JavaScript by its first character, in the
 * file and in each string.  CONTEXT_UNSURE when it cannot be told, or when the
 * answer cannot go with the placeholder's form.
 */
struct context context_at(const char *text, size_t len, enum scan_form form);

#endif
