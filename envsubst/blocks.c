#include "envsubst/blocks.h"

#include <string.h>

uint32_t
blocks_rotate(uint32_t n, unsigned by)
{
	return n << by | n >> (32 - by);
}

void
blocks_add(struct blocks *b, const void *data, size_t len)
{
	const unsigned char *from = data;
	while (len > 0) {
		size_t have = (size_t)(b->size % sizeof(b->block));
		size_t n = sizeof(b->block) - have;
		n = len < n ? len : n;
		memcpy(b->block + have, from, n);
		b->size += n;
		from += n;
		len -= n;
		if (have + n == sizeof(b->block))
			b->work(b->state, b->block);
	}
}

/* The i-th byte of a word of so many bytes. */
static unsigned char
byte_of(const struct blocks *b, uint64_t word, unsigned bytes, unsigned i)
{
	return (unsigned char)(word >> 8 * (b->big_endian ? bytes - 1 - i : i));
}

void
blocks_end(struct blocks *b, unsigned char *ret, size_t size)
{
	static const unsigned char pad[64] = { 0x80 };
	uint64_t bits = b->size * 8;
	unsigned char end[8];

	for (unsigned i = 0; i < sizeof(end); i++)
		end[i] = byte_of(b, bits, sizeof(end), i);
	blocks_add(b, pad, 1 + (size_t)((119 - b->size % 64) % 64));
	blocks_add(b, end, sizeof(end));
	for (unsigned i = 0; i < size; i++)
		ret[i] = byte_of(b, b->state[i / 4], 4, i % 4);
}
