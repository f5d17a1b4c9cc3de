#ifndef ENVSUBST_TEXT_H
#define ENVSUBST_TEXT_H

#include "core/guard_heap.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Growing text on the heap with its maximum at birth.  Appending past the
 * maximum or past the memory sets `failed`, which stays; look at it once, at
 * the end.  No NUL behind it.
 */
struct text {
	char *data;
	size_t len;
	size_t size;
	size_t max;
	bool failed;
};

#define TEXT_MAX(max_)        \
	{                     \
		.max = (max_) \
	}

void text_add(struct text *t, const void *data, size_t len);
void text_str(struct text *t, const char *string);

/* For numbers and the like: what is longer than 255 bytes fails. */
void text_fmt(struct text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Gives the memory back; harmless on an empty one. */
void text_free(struct text *t);

#define autotext __attribute__((cleanup(text_free)))

#endif
