#ifndef ENVSUBST_DOTENV_VALUE_H
#define ENVSUBST_DOTENV_VALUE_H

#include <stddef.h>

/*
 * What dotenv makes of the text behind a separator: without blanks around,
 * without the quotes around each run of lines that has them, and \n and \r
 * expanded when it began with a double quote.  0 or -ENOMEM; the caller frees
 * the value, which has a NUL behind it.
 */
int dotenv_value(const char *text, size_t len, char **ret, size_t *ret_len);

#endif
