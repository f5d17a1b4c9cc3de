#ifndef ENVSUBST_PATTERN_H
#define ENVSUBST_PATTERN_H

#include "envsubst/runes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A shell pattern: *, ?, [...] with ranges, classes, ! or ^; a backslash takes
 * the meaning from what follows.  A slash and a leading dot are nothing
 * special.  Matching takes time in proportion to pattern times text, whatever
 * they are.
 */

#define PATTERN_MAX 4096 /* characters */

struct pattern_part;
struct pattern_range;

struct pattern {
	struct pattern_part *part; /* `count` of them */
	size_t count;
	struct pattern_range *range; /* of all the sets, one after the other */
	size_t ranges;
	uint16_t *list; /* room to match in: 2 * (count + 1) ... */
	uint32_t *seen; /* ... and count + 1 */
	uint32_t turn;
};

/*
 * marks has a byte for each one of text: not 0 where it was quoted and so
 * stands for itself.  0, -ENOMEM, or -E2BIG over PATTERN_MAX.
 */
int pattern_build(
    const char *text, const char *marks, size_t len, struct pattern *ret);

/* Harmless on an empty one. */
void pattern_free(struct pattern *p);

#define autopattern __attribute__((cleanup(pattern_free)))

/* How many characters it matches from `from` on, or -1. */
long pattern_prefix(
    struct pattern *p, const struct runes *r, size_t from, bool longest);

/* The same at the end of the text. */
long pattern_suffix(struct pattern *p, const struct runes *r, bool longest);

/* Whether it matches that one character, whole. */
bool pattern_is(struct pattern *p, uint32_t code);

/*
 * Into starts (r->count + 1 bytes): 1 where a match, wherever it ends, begins.
 */
void pattern_starts(
    struct pattern *p, const struct runes *r, unsigned char *starts);

#endif
