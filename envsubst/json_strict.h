#ifndef ENVSUBST_JSON_STRICT_H
#define ENVSUBST_JSON_STRICT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether JSON.parse would take it. */
bool json_strict_check(const char *text, size_t len);

#endif
