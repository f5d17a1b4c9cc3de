#ifndef ENVSUBST_BROTLI_H
#define ENVSUBST_BROTLI_H

#include <stdbool.h>
#include <stddef.h>

struct pack;

/* brotli (RFC 7932) with uncompressed meta-blocks; see pack.c. */
size_t brotli_head(unsigned char *to);
size_t brotli_block(unsigned char *to, size_t len, bool first);
size_t brotli_end(unsigned char *to, const struct pack *p);

#endif
