#ifndef CORE_HISTOGRAM_H
#define CORE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Durations counted into fixed buckets: PID 1 counts, the health role shows.
 * Bucket i counts what is at most histogram_bound_us(i) and more than the bound
 * before it; the last bucket has no bound.  No heap.
 */

#define HISTOGRAM_BOUNDS 12
#define HISTOGRAM_BUCKETS (HISTOGRAM_BOUNDS + 1)
#define HISTOGRAM_BYTES (HISTOGRAM_BUCKETS * 8)

struct histogram {
	uint64_t count[HISTOGRAM_BUCKETS]; /* each bucket's own, not summed */
	int64_t sum_us;
};

/* 500 us for bucket 0 ... 30 s for bucket 11. */
int64_t histogram_bound_us(size_t bucket);

/* Count one duration; a negative one counts as 0. */
void histogram_add(struct histogram *h, int64_t us);

/* The counts as they travel in HEALTH_SERVICE: u64, little-endian, in order. */
void histogram_encode(
    const struct histogram *h, unsigned char bytes[HISTOGRAM_BYTES]);

/*
 * The other way; no bytes at all are an empty histogram.  sum_us is left 0: it
 * travels in a field of its own.  0, or -EBADMSG and *ret untouched.
 */
int histogram_decode(const void *bytes, size_t len, struct histogram *ret);

#endif
