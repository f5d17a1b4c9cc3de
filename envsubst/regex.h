#ifndef ENVSUBST_REGEX_H
#define ENVSUBST_REGEX_H

#include "envsubst/utf16.h"

/*
 * Regular expressions of the kind that globs are turned into: characters,
 * classes with Unicode properties, groups, alternatives, ? * + (lazy or not),
 * negative lookahead, ^ and $.  As nothing is captured, how greedy they are
 * does not matter.  Time is at most the expression's size by the text's.
 */
struct regex;

/*
 * It may match anywhere in the text.  unicode: characters are code points, else
 * UTF-16 units.  NULL: it is no such expression, or too big.  In memory's
 * keeping.
 */
struct regex *regex_parse(
    struct arena *memory, const struct utf16 *source, bool unicode);

/* Texts over REGEX_TEXT_MAX bytes match nothing: no file has such a name. */
#define REGEX_TEXT_MAX 255
bool regex_match(const struct regex *r, const char *text);

#endif
