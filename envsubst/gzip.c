#include "envsubst/gzip.h"

#include "envsubst/pack.h"

#include <assert.h>
#include <string.h>

#define STORED_MAX 65535

static void
put_le(unsigned char *to, uint32_t n, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (unsigned char)(n >> (8 * i));
}

size_t
gzip_head(unsigned char *to)
{
	/* magic, deflate, no flags, no time, no hint, unknown system */
	static const unsigned char head[10] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0,
		255 };
	memcpy(to, head, sizeof(head));
	return sizeof(head);
}

size_t
gzip_block(unsigned char *to, size_t len, bool first)
{
	(void)first;
	assert(len <= STORED_MAX);
	to[0] = 0; /* not the last one, stored */
	put_le(to + 1, (uint32_t)len, 2);
	put_le(to + 3, ~(uint32_t)len, 2);
	return 5;
}

size_t
gzip_end(unsigned char *to, const struct pack *p)
{
	to[0] = 1; /* the last one, empty */
	put_le(to + 1, 0, 2);
	put_le(to + 3, 0xffff, 2);
	put_le(to + 5, p->check, 4);
	put_le(to + 9, (uint32_t)p->size, 4);
	return 13;
}

/* Four bits at a time: 16 entries are quick enough beside the disk. */
uint32_t
gzip_check(uint32_t sum, const unsigned char *data, size_t len)
{
	static const uint32_t nibble[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8,
		0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0,
		0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };

	sum = ~sum;
	for (size_t i = 0; i < len; i++) {
		sum ^= data[i];
		sum = sum >> 4 ^ nibble[sum & 15];
		sum = sum >> 4 ^ nibble[sum & 15];
	}
	return ~sum;
}
