#include "envsubst/sha1.h"

#include <string.h>

static uint32_t
rotate(uint32_t n, unsigned by)
{
	return n << by | n >> (32 - by);
}

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
add_block(uint32_t state[5], const unsigned char *block)
{
	uint32_t w[80];
	uint32_t v[5];

	for (unsigned i = 0; i < 16; i++)
		w[i] = load(block + 4 * (size_t)i);
	for (unsigned i = 16; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	memcpy(v, state, sizeof(v));
	for (unsigned i = 0; i < 80; i++) {
		uint32_t next =
		    rotate(v[0], 5) + mix(i, v[1], v[2], v[3]) + v[4] + w[i];
		v[4] = v[3];
		v[3] = v[2];
		v[2] = rotate(v[1], 30);
		v[1] = v[0];
		v[0] = next;
	}
	for (unsigned i = 0; i < 5; i++)
		state[i] += v[i];
}

void
sha1_begin(struct sha1 *h)
{
	*h = (struct sha1){ .state = { 0x67452301, 0xefcdab89, 0x98badcfe,
				0x10325476, 0xc3d2e1f0 } };
}

void
sha1_add(struct sha1 *h, const void *data, size_t len)
{
	const unsigned char *from = data;
	while (len > 0) {
		size_t have = (size_t)(h->size % sizeof(h->block));
		size_t n = sizeof(h->block) - have;
		n = len < n ? len : n;
		memcpy(h->block + have, from, n);
		h->size += n;
		from += n;
		len -= n;
		if (have + n == sizeof(h->block))
			add_block(h->state, h->block);
	}
}

void
sha1_end(struct sha1 *h, unsigned char *ret)
{
	static const unsigned char pad[64] = { 0x80 };
	uint64_t bits = h->size * 8;
	unsigned char size[8];

	for (unsigned i = 0; i < 8; i++)
		size[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha1_add(h, pad, 1 + (size_t)((119 - h->size % 64) % 64));
	sha1_add(h, size, sizeof(size));
	for (unsigned i = 0; i < SHA1_SIZE; i++)
		ret[i] = (unsigned char)(h->state[i / 4] >> (24 - 8 * (i % 4)));
}
