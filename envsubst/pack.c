#include "envsubst/pack.h"

#include "envsubst/brotli.h"
#include "envsubst/gzip.h"
#include "envsubst/zstd.h"

#include "core/guard.h"

#include <assert.h>
#include <string.h>

/*
 * How a container frames its blocks: each writes what stands before the first
 * one, before each one and behind the last one, and returns how long that is.
 */
static const struct format {
	const char *suffix;
	size_t (*head)(unsigned char *to);
	size_t (*block)(unsigned char *to, size_t len, bool first);
	size_t (*end)(unsigned char *to, const struct pack *p);
} formats[] = {
	[PACK_GZIP] = { ".gz", gzip_head, gzip_block, gzip_end },
	[PACK_BROTLI] = { ".br", brotli_head, brotli_block, brotli_end },
	[PACK_ZSTD] = { ".zst", zstd_head, zstd_block, zstd_end },
};

_Static_assert(ARRAY_LEN(formats) == PACKS, "a format has no writer");

const char *
pack_suffix(enum pack_kind kind)
{
	return formats[kind].suffix;
}

enum pack_kind
pack_kind_of(const char *name)
{
	const char *dot = strrchr(name, '.');
	enum pack_kind kind = PACK_GZIP;
	while (kind < PACKS &&
	       (dot == NULL || strcmp(dot, formats[kind].suffix) != 0))
		kind++;
	return kind;
}

void
pack_begin(struct pack *p, enum pack_kind kind, sink_put *put, void *arg)
{
	assert(kind < PACKS);
	p->kind = kind;
	p->put = put;
	p->arg = arg;
	p->begun = false;
	p->check = 0;
	p->size = 0;
	p->len = 0;
}

static int
put_head(struct pack *p)
{
	unsigned char head[PACK_FRAME];
	size_t n = formats[p->kind].head(head);
	return n == 0 ? 0 : p->put(p->arg, head, n);
}

static int
put_block(struct pack *p)
{
	unsigned char head[PACK_FRAME];
	bool first = !p->begun;
	int r = first ? put_head(p) : 0;

	p->begun = true;
	if (r < 0 || p->len == 0)
		return r;
	size_t n = formats[p->kind].block(head, p->len, first);
	r = p->put(p->arg, head, n);
	if (r == 0)
		r = p->put(p->arg, p->block, p->len);
	if (p->kind == PACK_GZIP)
		p->check = gzip_check(p->check, p->block, p->len);
	p->size += p->len;
	p->len = 0;
	return r;
}

int
pack_add(void *pack, const void *data, size_t len)
{
	struct pack *p = pack;
	const char *from = data;

	while (len > 0) {
		size_t room = PACK_BLOCK - p->len;
		size_t n = len < room ? len : room;
		memcpy(p->block + p->len, from, n);
		p->len += n;
		from += n;
		len -= n;
		int r = p->len == PACK_BLOCK ? put_block(p) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

int
pack_end(struct pack *p)
{
	unsigned char end[PACK_FRAME];
	int r = put_block(p);
	if (r < 0)
		return r;
	size_t n = formats[p->kind].end(end, p);
	return p->put(p->arg, end, n);
}
