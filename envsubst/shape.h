#ifndef ENVSUBST_SHAPE_H
#define ENVSUBST_SHAPE_H

/* The characters that digests are written with. */

/* In which forms of mention.h a character is a digit: 1 << form; or 0. */
extern const unsigned char shape_table[256];

static inline unsigned
shape_of(char c)
{
	return shape_table[(unsigned char)c];
}

/* Where a run of such characters ends that goes on here. */
const char *shape_end(const char *from, const char *end);

#endif
