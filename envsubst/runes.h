#ifndef ENVSUBST_RUNES_H
#define ENVSUBST_RUNES_H

#include "envsubst/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wctype.h>

/*
 * Text as characters, as a shell in a UTF-8 locale counts them, whatever the
 * locale of this process is.  A byte that is no UTF-8 is a character of its
 * own, above all others.
 */
struct runes {
	uint32_t *code;
	uint32_t *at; /* count + 1 offsets into the bytes */
	size_t count;
};

/* 0 or -ENOMEM. */
int runes_read(const char *data, size_t len, struct runes *ret);

/* Harmless on an empty one. */
void runes_free(struct runes *r);

#define autorunes __attribute__((cleanup(runes_free)))

size_t runes_count(const char *data, size_t len);

/* The first character of at least one byte, and how long it is. */
uint32_t runes_first(const char *data, size_t len, size_t *ret_len);

void runes_put(uint32_t code, struct text *to);

uint32_t runes_upper(uint32_t code);
uint32_t runes_lower(uint32_t code);

/* "alpha" and its like; 0 when there is none of that name. */
wctype_t runes_class(const char *name);
bool runes_is(uint32_t code, wctype_t class);

#endif
