#ifndef ENVSUBST_GZIP_H
#define ENVSUBST_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack;

/*
 * gzip (RFC 1952) with stored blocks.  No time and no name in it, so that the
 * same bytes give the same file.  pack.c says what each one writes.
 */
size_t gzip_head(unsigned char *to);
size_t gzip_block(unsigned char *to, size_t len, bool first);
size_t gzip_end(unsigned char *to, const struct pack *p);

/* The CRC-32 of the bytes behind those that gave `sum`; 0 to begin with. */
uint32_t gzip_check(uint32_t sum, const unsigned char *data, size_t len);

#endif
