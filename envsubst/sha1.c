#include "envsubst/sha1.h"

#include <string.h>

static uint32_t
load(const unsigned char *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 |
	       (uint32_t)from[2] << 8 | (uint32_t)from[3];
}

static uint32_t
mix(unsigned i, uint32_t b, uint32_t c, uint32_t d)
{
	switch (i / 20) {
	case 0:
		return ((b & c) | (~b & d)) + 0x5a827999;
	case 1:
		return (b ^ c ^ d) + 0x6ed9eba1;
	case 2:
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	default:
		return (b ^ c ^ d) + 0xca62c1d6;
	}
}

static void
add_block(uint32_t *state, const unsigned char *block)
{
	uint32_t w[80];
	uint32_t v[5];

	for (unsigned i = 0; i < 16; i++)
		w[i] = load(block + 4 * (size_t)i);
	for (unsigned i = 16; i < 80; i++)
		w[i] = blocks_rotate(
		    w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	memcpy(v, state, sizeof(v));
	for (unsigned i = 0; i < 80; i++) {
		uint32_t next = blocks_rotate(v[0], 5) +
				mix(i, v[1], v[2], v[3]) + v[4] + w[i];
		v[4] = v[3];
		v[3] = v[2];
		v[2] = blocks_rotate(v[1], 30);
		v[1] = v[0];
		v[0] = next;
	}
	for (unsigned i = 0; i < 5; i++)
		state[i] += v[i];
}

void
sha1_begin(struct sha1 *h)
{
	h->blocks = (struct blocks){
		.work = add_block,
		.big_endian = true,
		.state = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
		    0xc3d2e1f0 },
	};
}

void
sha1_add(struct sha1 *h, const void *data, size_t len)
{
	blocks_add(&h->blocks, data, len);
}

void
sha1_end(struct sha1 *h, unsigned char *ret)
{
	blocks_end(&h->blocks, ret, SHA1_SIZE);
}
