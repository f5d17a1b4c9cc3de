#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stddef.h>

/*
 * Length (1 to 4) of the well-formed UTF-8 sequence that text begins with, or
 * 0 when the bytes are not one: overlong forms, surrogates and values above
 * U+10FFFF included (RFC 3629).  Never reads past len.
 */
size_t utf8_len(const char *text, size_t len);

#endif
