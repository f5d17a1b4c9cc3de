#ifndef ENVSUBST_SEGMENT_H
#define ENVSUBST_SEGMENT_H

#include "config/arena.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * One part of a glob, between two slashes, with the meaning that minimatch 10
 * gives it: it becomes a literal name, or a regular expression, whose accidents
 * (a leading dot, an empty name, a class that is none) are the contract.
 */

struct regex;

enum segment_kind {
	SEGMENT_LITERAL,
	SEGMENT_GLOBSTAR, /* double star */
	SEGMENT_PATTERN,
};

enum segment_way {
	SEGMENT_REGEX,
	SEGMENT_STAR,          /* "*": any name without a leading dot */
	SEGMENT_STAR_TAIL,     /* "*.js" */
	SEGMENT_QUESTIONS,     /* "??" and "??.js" */
	SEGMENT_STAR_DOT_STAR, /* "*.*" */
	SEGMENT_DOT_STAR,      /* ".*" */
};

struct segment {
	enum segment_kind kind;
	const char *glob; /* as it was written */
	const char *name; /* of a literal */
	enum segment_way way;
	const char *tail; /* what a name must end with */
	size_t count;     /* of units in a name, for questions */
	struct regex *regex;
};

/* 0, or -E2BIG: too complex.  Everything is in memory's keeping. */
int segment_parse(struct arena *memory, const char *glob, struct segment *ret);

/* Whether a name in a directory is one that the pattern means. */
bool segment_match(const struct segment *s, const char *name);

#endif
