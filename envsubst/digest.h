#ifndef ENVSUBST_DIGEST_H
#define ENVSUBST_DIGEST_H

#include "envsubst/text.h"

#include <stddef.h>
#include <sodium.h>

/* Which content a file has: BLAKE2b, 32 bytes. */

#define DIGEST_SIZE 32

struct digest {
	unsigned char bytes[DIGEST_SIZE];
};

struct digest_state {
	crypto_generichash_state hash;
};

void digest_begin(struct digest_state *s);
void digest_add(struct digest_state *s, const void *data, size_t len);
void digest_end(struct digest_state *s, struct digest *ret);

/* Of an open file from its start: 0 or -errno. */
int digest_file(int fd, struct digest *ret);

/* As lower-case hex. */
void digest_hex(struct text *to, const struct digest *d);

#endif
