#ifndef ENVSUBST_SHAPE_H
#define ENVSUBST_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Runs of the characters that digests are written with, 0-9A-Za-z and +/-_, as
 * long as the shortest digest: they are rare, so finding them must cost little
 * more than reading.
 */

/* An MD5 in base64, its padding left out. */
#define SHAPE_RUN_MIN 22

/* In which forms of mention.h a character is a digit: 1 << form; or 0. */
extern const unsigned char shape_table[256];

static inline unsigned
shape_of(char c)
{
	return shape_table[(unsigned char)c];
}

/*
 * Where the first run of at least SHAPE_RUN_MIN begins, when `from` is not
 * inside of one; without one, a place so near to the end that a run which
 * begins there may still become long enough.
 */
const char *shape_next(const char *from, const char *end);

/* Where a run ends that goes on here. */
const char *shape_end(const char *from, const char *end);

/* Do without vector instructions; for tests. */
void shape_use_plain(bool plain);

#endif
