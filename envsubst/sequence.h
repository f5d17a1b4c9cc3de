#ifndef ENVSUBST_SEQUENCE_H
#define ENVSUBST_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What stands in braces as FROM..TO or FROM..TO..STEP: whole numbers, padded
 * with zeros when one of them is, or single letters.
 */
struct sequence {
	long long from;
	long long to;
	long long step; /* above 0, in either direction */
	size_t width;
	bool letters;
};

/* False: the text is none. */
bool sequence_read(const char *text, size_t len, struct sequence *ret);

/* One of its items, without a NUL; its length. */
#define SEQUENCE_ITEM_MAX 64
size_t sequence_item(
    const struct sequence *q, long long n, char to[SEQUENCE_ITEM_MAX]);

#endif
