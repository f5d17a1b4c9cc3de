#include "envsubst/zstd.h"

#include "envsubst/pack.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* A window of 2^17, the largest that a block may need. */
#define WINDOW_LOG 17
#define RAW_MAX ((size_t)1 << WINDOW_LOG)

static size_t
put_block_head(unsigned char *to, size_t len, bool last)
{
	uint32_t head = (uint32_t)len << 3 | last; /* type 0: raw */
	to[0] = (unsigned char)head;
	to[1] = (unsigned char)(head >> 8);
	to[2] = (unsigned char)(head >> 16);
	return 3;
}

size_t
zstd_head(unsigned char *to)
{
	/* magic; neither size, checksum nor dictionary; the window */
	static const unsigned char head[6] = { 0x28, 0xb5, 0x2f, 0xfd, 0,
		(WINDOW_LOG - 10) << 3 };
	memcpy(to, head, sizeof(head));
	return sizeof(head);
}

size_t
zstd_block(unsigned char *to, size_t len, bool first)
{
	(void)first;
	assert(len <= RAW_MAX);
	return put_block_head(to, len, false);
}

size_t
zstd_end(unsigned char *to, const struct pack *p)
{
	(void)p;
	return put_block_head(to, 0, true);
}
