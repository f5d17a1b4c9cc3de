#ifndef ENVSUBST_SUMS_H
#define ENVSUBST_SUMS_H

#include "envsubst/md5.h"
#include "envsubst/sha1.h"

#include <sodium.h>
#include <stddef.h>

/*
 * All the digests by which a page, a manifest or a service worker may name a
 * content, in one pass over it.
 */

enum sums_kind {
	SUMS_MD5,
	SUMS_SHA1,
	SUMS_SHA256,
	SUMS_SHA384,
	SUMS_SHA512,
	SUMS_KINDS,
};

#define SUMS_SIZE_MAX 64

struct sums {
	unsigned char of[SUMS_KINDS][SUMS_SIZE_MAX];
};

struct sums_state {
	unsigned kinds;
	struct md5 md5;
	struct sha1 sha1;
	crypto_hash_sha256_state sha256;
	crypto_hash_sha512_state sha384;
	crypto_hash_sha512_state sha512;
};

/* Bytes of one digest, and its name as in "sha256". */
size_t sums_size(enum sums_kind kind);
const char *sums_name(enum sums_kind kind);

/* Only the kinds whose bits (1 << kind) are set; the others come out as 0. */
#define SUMS_ALL ((1u << SUMS_KINDS) - 1)
void sums_begin(struct sums_state *s, unsigned kinds);

/* Always 0; a sink_put itself, whose arg is the struct sums_state. */
int sums_add(void *state, const void *data, size_t len);
void sums_end(struct sums_state *s, struct sums *ret);

#endif
