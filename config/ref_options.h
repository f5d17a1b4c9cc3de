#ifndef CONFIG_REF_OPTIONS_H
#define CONFIG_REF_OPTIONS_H

#include "config/ref.h"

/*
 * The lower half of ref.c, which alone uses it.  All return NULL, or the phrase
 * that says what is wrong.
 */

/* Neither control characters, NUL among them, nor what is not UTF-8. */
const char *ref_options_check(const char *text, size_t len);

/* Percent-decode one component into ret, and check what came out. */
const char *ref_options_decode(
    const char *text, size_t len, char *ret, size_t size);

/* What follows the question mark. */
const char *ref_options_read(const char *text, struct ref *ref);

#endif
