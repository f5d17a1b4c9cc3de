#ifndef ENVSUBST_BLANK_H
#define ENVSUBST_BLANK_H

#include <stddef.h>

/*
 * What JavaScript takes for blank, in UTF-8: the bytes that text begins with,
 * or 0.  blank_len is \s, line terminators included; blank_line_end is one of
 * these, \r apart.
 */
size_t blank_len(const char *text, size_t len);
size_t blank_line_end(const char *text, size_t len);

/* Text without blanks on either side. */
void blank_trim(const char **text, size_t *len);

#endif
