#include "core/histogram.h"

#include "core/guard.h"

#include <assert.h>
#include <errno.h>

static const int64_t bounds_us[] = { 500, 1000, 2000, 5000, 10000, 20000, 50000,
	100000, 500000, 1000000, 5000000, 30000000 };
_Static_assert(ARRAY_LEN(bounds_us) == HISTOGRAM_BOUNDS, "all bounds");

int64_t
histogram_bound_us(size_t bucket)
{
	assert(bucket < HISTOGRAM_BOUNDS);
	return bounds_us[bucket];
}

void
histogram_add(struct histogram *h, int64_t us)
{
	size_t bucket = 0;

	if (us < 0)
		us = 0;
	while (bucket < HISTOGRAM_BOUNDS && us > bounds_us[bucket])
		bucket++;
	h->count[bucket]++;
	h->sum_us += us;
}

void
histogram_encode(
    const struct histogram *h, unsigned char bytes[HISTOGRAM_BYTES])
{
	for (size_t i = 0; i < HISTOGRAM_BYTES; i++)
		bytes[i] = (unsigned char)(h->count[i / 8] >> (8 * (i % 8)));
}

int
histogram_decode(const void *bytes, size_t len, struct histogram *ret)
{
	const unsigned char *p = bytes;
	struct histogram h = { 0 };

	if (len != 0 && len != HISTOGRAM_BYTES)
		return -EBADMSG;
	for (size_t i = 0; i < len; i++)
		h.count[i / 8] |= (uint64_t)p[i] << (8 * (i % 8));
	*ret = h;
	return 0;
}
