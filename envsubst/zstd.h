#ifndef ENVSUBST_ZSTD_H
#define ENVSUBST_ZSTD_H

#include <stdbool.h>
#include <stddef.h>

struct pack;

/* Zstandard (RFC 8878), one frame of raw blocks, no checksum; see pack.c. */
size_t zstd_head(unsigned char *to);
size_t zstd_block(unsigned char *to, size_t len, bool first);
size_t zstd_end(unsigned char *to, const struct pack *p);

#endif
