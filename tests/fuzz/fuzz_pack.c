#include "envsubst/brotli.c"
#include "envsubst/gzip.c"
#undef STORED_MAX
#include "envsubst/zstd.c"
#include "envsubst/pack.c"

#include "kept.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of a stream, and the bytes that must come out of it. */
struct reader {
	const unsigned char *at;
	const unsigned char *end;
	const unsigned char *want;
	size_t want_len;
};

static uint32_t
take(struct reader *r, unsigned bytes)
{
	uint32_t n = 0;
	assert((size_t)(r->end - r->at) >= bytes);
	for (unsigned i = 0; i < bytes; i++)
		n |= (uint32_t)r->at[i] << (8 * i);
	r->at += bytes;
	return n;
}

static void
take_bytes(struct reader *r, size_t len)
{
	assert((size_t)(r->end - r->at) >= len && r->want_len >= len);
	assert(memcmp(r->at, r->want, len) == 0);
	r->at += len;
	r->want += len;
	r->want_len -= len;
}

/* The standards' decoders, for the few kinds of blocks that are written. */
static void
read_gzip(struct reader *r)
{
	const unsigned char *data = r->want;
	uint32_t crc = 0xffffffff;
	size_t size = r->want_len;
	bool last = false;

	assert(take(r, 4) == 0x00088b1f && take(r, 4) == 0);
	(void)take(r, 2);
	while (!last) {
		last = take(r, 1);
		uint32_t len = take(r, 2);
		assert(take(r, 2) == (len ^ 0xffff));
		take_bytes(r, len);
	}
	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	assert(take(r, 4) == ~crc);
	assert(take(r, 4) == (uint32_t)size);
}

static void
read_brotli(struct reader *r)
{
	unsigned skip = 1; /* the bit that is the window's */
	assert((r->at[0] & 1) == 0);
	for (;;) {
		if (r->at[0] >> skip & 1) {
			assert(take(r, 1) >> skip == 3);
			return;
		}
		uint32_t head = take(r, 3) >> skip;
		skip = 0;
		assert((head >> 1 & 3) == 0);
		assert(head >> 19 == 1);
		take_bytes(r, (head >> 3 & 0xffff) + 1);
	}
}

static void
read_zstd(struct reader *r)
{
	bool last = false;
	assert(take(r, 4) == 0xfd2fb528 && take(r, 1) == 0);
	size_t window = (size_t)1 << (10 + (take(r, 1) >> 3));
	while (!last) {
		uint32_t head = take(r, 3);
		last = head & 1;
		assert((head >> 1 & 3) == 0);
		assert(head >> 3 <= window && head >> 3 <= 128 * 1024);
		take_bytes(r, head >> 3);
	}
}

/* Whatever the bytes and the pieces they come in, they come out again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(
	    struct reader *) = { read_gzip, read_brotli, read_zstd };
	static struct pack pack;
	if (size < 2)
		return 0;
	enum pack_kind kind = data[0] % PACKS;
	size_t copies = data[0] > 250 ? 5000 : 1;
	size_t step = 1 + (size_t)data[1] * 7;
	size_t len = (size - 2) * copies;
	unsigned char *text = malloc(len + 1);
	for (size_t i = 0; i < len; i++)
		text[i] = data[2 + i % (size - 2)];

	kept_len = 0;
	pack_begin(&pack, kind, kept_add, NULL);
	for (size_t at = 0; at < len; at += step)
		(void)pack_add(
		    &pack, text + at, step < len - at ? step : len - at);
	(void)pack_end(&pack);
	struct reader r = { kept, kept + kept_len, text, len };
	readers[kind](&r);
	assert(r.at == r.end && r.want_len == 0);
	free(text);
	return 0;
}
