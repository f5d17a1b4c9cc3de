#ifndef ENVSUBST_UTF16_H
#define ENVSUBST_UTF16_H

#include "config/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Text in UTF-16, which is what JavaScript's patterns are about: "?" is one
 * unit.  All of it lives in an arena; `spent` says that there was no room and
 * that the contents are not to be used.
 */
struct utf16 {
	uint16_t *at;
	size_t len;
	size_t room;
	bool spent;
};

/* Half of the arena: callers may take small things besides. */
#define UTF16_MEMORY_MAX (ARENA_SIZE / 2)

void utf16_add(struct arena *memory, struct utf16 *u, uint16_t unit);
void utf16_add_all(
    struct arena *memory, struct utf16 *u, const struct utf16 *more);

/* ASCII. */
void utf16_add_text(struct arena *memory, struct utf16 *u, const char *text);

/* From UTF-8; what is none becomes U+FFFD. */
struct utf16 utf16_of(struct arena *memory, const char *text, size_t len);

/* The same into room for at least len units; how many it were. */
size_t utf16_decode(const char *text, size_t len, uint16_t *to);

bool utf16_begin_with(const struct utf16 *u, size_t from, const char *text);

/* Back to UTF-8, with a NUL. */
char *utf16_text(struct arena *memory, const struct utf16 *u);

#endif
