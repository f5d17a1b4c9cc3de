#ifndef ENVSUBST_BRACKET_H
#define ENVSUBST_BRACKET_H

#include "envsubst/utf16.h"

/*
 * A glob's [...] as the source of a regular expression, the way minimatch
 * writes it.  len 0: it is no class, the bracket stands for itself.
 */
struct bracket {
	struct utf16 source;
	size_t len; /* of the glob that it took */
	bool unicode;
	bool magic; /* false: it is one plain character */
};

struct bracket bracket_parse(
    struct arena *memory, const struct utf16 *glob, size_t at);

/* A character as it must stand in an expression. */
void bracket_escape(struct arena *memory, struct utf16 *to, uint16_t c);

#endif
