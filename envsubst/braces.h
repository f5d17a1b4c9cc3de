#ifndef ENVSUBST_BRACES_H
#define ENVSUBST_BRACES_H

#include "config/arena.h"

#include <stddef.h>

/*
 * The words that braces stand for, as glob 11 takes them from brace-expansion
 * 2: lists, number and letter sequences, nested; what is no such thing stays
 * as it is.
 */

#define BRACES_WORDS_MAX 16384
#define BRACES_PATTERN_MAX 65536

struct braces {
	const char **word; /* `count` of them, in memory's keeping */
	size_t count;
};

/* 0, or -E2BIG: too long or too many. */
int braces_expand(
    struct arena *memory, const char *pattern, struct braces *ret);

#endif
