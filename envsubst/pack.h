#ifndef ENVSUBST_PACK_H
#define ENVSUBST_PACK_H

#include "envsubst/sink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A stream in one of the containers that web servers serve beside a file, with
 * its bytes stored as they are: small code that cannot be wrong, no memory
 * that grows, and output that follows from the bytes alone, however they come.
 */

enum pack_kind { PACK_GZIP, PACK_BROTLI, PACK_ZSTD, PACKS };

#define PACK_BLOCK ((size_t)32 * 1024)
#define PACK_FRAME 32 /* room for any one head, block head or end */

struct pack {
	enum pack_kind kind;
	sink_put *put;
	void *arg;
	bool begun;     /* the head is out */
	uint32_t check; /* of all bytes; gzip's */
	uint64_t size;  /* of all bytes */
	size_t len;     /* in block */
	unsigned char block[PACK_BLOCK];
};

/* ".gz", ".br", ".zst". */
const char *pack_suffix(enum pack_kind kind);

/* Which kind a file's name says, or PACKS. */
enum pack_kind pack_kind_of(const char *name);

/* put takes what comes out. */
void pack_begin(struct pack *p, enum pack_kind kind, sink_put *put, void *arg);

/* 0 or what put returned; a sink_put itself, whose arg is the struct pack. */
int pack_add(void *pack, const void *data, size_t len);

/* All that is still held back, and the container's end.  0 or -errno. */
int pack_end(struct pack *p);

#endif
