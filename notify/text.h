#ifndef NOTIFY_TEXT_H
#define NOTIFY_TEXT_H

#include <stddef.h>

/*
 * Make an app's output fit for people and for JSON: valid UTF-8 (what is not
 * becomes U+FFFD), no terminal sequences, no control characters but newline and
 * tab (a carriage return ends a line; the others become U+FFFD), no characters
 * that turn the reading direction.  *ret_text is heap memory, NUL-terminated,
 * the caller's to wipe and free.  0 or -ENOMEM.
 */
int text_clean(const char *text, size_t len, char **ret_text, size_t *ret_len);

#endif
