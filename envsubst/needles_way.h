#ifndef ENVSUBST_NEEDLES_WAY_H
#define ENVSUBST_NEEDLES_WAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The ways to find places where a needle may stand, for needles.c.  A few
 * bytes in a row at the same offset of every needle, its sample, are looked at.
 * Needles are put into eight buckets; a place may hold one of a bucket when
 * each byte of the sample has the bucket's bit.
 */

#define SAMPLE_MAX ((size_t)3)

struct sample {
	size_t count; /* bytes of it, 1 to SAMPLE_MAX */

	/* A byte's buckets; exact for bytes, wider by halves of a byte. */
	uint8_t byte[SAMPLE_MAX][256];
	uint8_t low[SAMPLE_MAX][16];
	uint8_t high[SAMPLE_MAX][16];
};

/* The first place from at to where the sample's end would pass end; or NULL. */
typedef const char *needles_way(
    const struct sample *s, const char *at, const char *end);

needles_way needles_way_plain;
#if defined(__x86_64__)
needles_way needles_way_ssse3;
needles_way needles_way_avx2;
#elif defined(__aarch64__)
needles_way needles_way_neon;
#endif

/* What this machine can: the named way, or with NULL the best; else NULL. */
needles_way *needles_way_named(const char *name);

#endif
