#ifndef ENVSUBST_BLOCKS_H
#define ENVSUBST_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the digests of MD4's family have in common: blocks of 64 bytes that are
 * worked into words of 32 bits, and an end of padding and the size in bits.
 */

struct blocks {
	void (*work)(uint32_t *state, const unsigned char *block);
	bool big_endian; /* the size at the end, and the digest */
	uint32_t state[5];
	uint64_t size;
	unsigned char block[64];
};

/* n with its bits turned left; by is 1 to 31. */
uint32_t blocks_rotate(uint32_t n, unsigned by);

/* A digest begins with its own work, byte order and state, and a size of 0. */
void blocks_add(struct blocks *b, const void *data, size_t len);

/* The first size bytes of the state, which is of no more use then. */
void blocks_end(struct blocks *b, unsigned char *ret, size_t size);

#endif
