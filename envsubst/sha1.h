#ifndef ENVSUBST_SHA1_H
#define ENVSUBST_SHA1_H

#include "envsubst/blocks.h"

#include <stddef.h>

/* SHA-1 (RFC 3174), as Angular's manifests name the contents of files. */

#define SHA1_SIZE 20

struct sha1 {
	struct blocks blocks;
};

void sha1_begin(struct sha1 *h);
void sha1_add(struct sha1 *h, const void *data, size_t len);
void sha1_end(struct sha1 *h, unsigned char *ret);

#endif
