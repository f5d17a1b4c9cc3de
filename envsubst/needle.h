#ifndef ENVSUBST_NEEDLE_H
#define ENVSUBST_NEEDLE_H

#include <stddef.h>

/*
 * The first SCAN_WORD in the bytes, or NULL.  Looks at about one byte in ten
 * of ordinary JavaScript, whatever the C library's memmem does.
 */
const char *needle_find(const char *data, size_t len);

#endif
