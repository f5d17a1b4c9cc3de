#include "envsubst/brotli.h"

#include "envsubst/pack.h"

#include <assert.h>
#include <stdint.h>

/*
 * The stream begins with one bit, 0, for a window of 64 KiB; it shares its byte
 * with what follows, so that the head is written there.
 */
#define WINDOW_BITS 1

size_t
brotli_head(unsigned char *to)
{
	(void)to;
	return 0;
}

/* Not the last (0), 4 nibbles of length (00), length - 1, uncompressed (1). */
size_t
brotli_block(unsigned char *to, size_t len, bool first)
{
	assert(len > 0 && len <= 65536);
	uint32_t bits = (uint32_t)(len - 1) << 3 | (uint32_t)1 << 19;
	if (first)
		bits <<= WINDOW_BITS;
	to[0] = (unsigned char)bits;
	to[1] = (unsigned char)(bits >> 8);
	to[2] = (unsigned char)(bits >> 16);
	return 3;
}

/* The last one (1), which is empty (1). */
size_t
brotli_end(unsigned char *to, const struct pack *p)
{
	to[0] = p->size > 0 ? 3 : 3 << WINDOW_BITS;
	return 1;
}
