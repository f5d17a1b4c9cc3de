#include "envsubst/needles_way.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

const char *
needles_way_plain(const struct sample *s, const char *at, const char *end)
{
	const size_t n = s->count;
	const unsigned char *p = (const unsigned char *)at;
	const unsigned char *last = (const unsigned char *)end;

	if (n == SAMPLE_MAX) {
		for (; last - p >= (ptrdiff_t)SAMPLE_MAX; p++)
			if (s->byte[0][p[0]] & s->byte[1][p[1]] &
			    s->byte[2][p[2]])
				return (const char *)p;
		return NULL;
	}
	for (; last - p >= (ptrdiff_t)n; p++) {
		unsigned buckets = s->byte[0][p[0]];
		if (n == 2)
			buckets &= s->byte[1][p[1]];
		if (buckets != 0)
			return (const char *)p;
	}
	return NULL;
}

/*
 * With vectors a byte's buckets are those of its low half and of its high half:
 * two shuffles are two tables of sixteen for all lanes at once.  That lets a
 * few bytes through that no needle has, which needles.c sorts out.
 */

#if defined(__x86_64__)

__attribute__((target("ssse3"))) static __m128i
buckets_16(const struct sample *s, size_t i, const char *at)
{
	const __m128i half = _mm_set1_epi8(15);
	__m128i text = _mm_loadu_si128((const __m128i *)(const void *)at);
	__m128i low = _mm_loadu_si128((const __m128i *)(const void *)s->low[i]);
	__m128i high =
	    _mm_loadu_si128((const __m128i *)(const void *)s->high[i]);
	__m128i up = _mm_and_si128(_mm_srli_epi16(text, 4), half);
	return _mm_and_si128(_mm_shuffle_epi8(low, _mm_and_si128(text, half)),
	    _mm_shuffle_epi8(high, up));
}

__attribute__((target("ssse3"))) const char *
needles_way_ssse3(const struct sample *s, const char *at, const char *end)
{
	const __m128i none = _mm_setzero_si128();

	for (; end - at >= (ptrdiff_t)(16 + SAMPLE_MAX); at += 16) {
		__m128i all = buckets_16(s, 0, at);
		for (size_t i = 1; i < s->count; i++)
			all = _mm_and_si128(all, buckets_16(s, i, at + i));
		unsigned miss =
		    (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(all, none));
		if (miss != 0xffff)
			return at + __builtin_ctz(~miss);
	}
	return needles_way_plain(s, at, end);
}

__attribute__((target("avx2"), always_inline)) static inline __m256i
table_32(const uint8_t half[16])
{
	return _mm256_broadcastsi128_si256(
	    _mm_loadu_si128((const __m128i *)(const void *)half));
}

__attribute__((target("avx2"), always_inline)) static inline __m256i
buckets_32(__m256i low, __m256i high, const char *at)
{
	const __m256i half = _mm256_set1_epi8(15);
	__m256i text = _mm256_loadu_si256((const __m256i *)(const void *)at);
	__m256i up = _mm256_and_si256(_mm256_srli_epi16(text, 4), half);
	return _mm256_and_si256(
	    _mm256_shuffle_epi8(low, _mm256_and_si256(text, half)),
	    _mm256_shuffle_epi8(high, up));
}

/* With the count known the tables stay in registers. */
__attribute__((target("avx2"), always_inline)) static inline const char *
find_32(
    const struct sample *s, const size_t count, const char *at, const char *end)
{
	const __m256i none = _mm256_setzero_si256();
	const __m256i low0 = table_32(s->low[0]);
	const __m256i low1 = table_32(s->low[1]);
	const __m256i low2 = table_32(s->low[2]);
	const __m256i high0 = table_32(s->high[0]);
	const __m256i high1 = table_32(s->high[1]);
	const __m256i high2 = table_32(s->high[2]);

	for (; end - at >= (ptrdiff_t)(32 + SAMPLE_MAX); at += 32) {
		__m256i all = buckets_32(low0, high0, at);
		if (count > 1)
			all = _mm256_and_si256(
			    all, buckets_32(low1, high1, at + 1));
		if (count > 2)
			all = _mm256_and_si256(
			    all, buckets_32(low2, high2, at + 2));
		unsigned miss = (unsigned)_mm256_movemask_epi8(
		    _mm256_cmpeq_epi8(all, none));
		if (miss != 0xffffffff)
			return at + __builtin_ctz(~miss);
	}
	return needles_way_plain(s, at, end);
}

__attribute__((target("avx2"))) const char *
needles_way_avx2(const struct sample *s, const char *at, const char *end)
{
	if (s->count == 1)
		return find_32(s, 1, at, end);
	return s->count == 2 ? find_32(s, 2, at, end) : find_32(s, 3, at, end);
}

#elif defined(__aarch64__)

static uint8x16_t
buckets_16(const struct sample *s, size_t i, const char *at)
{
	uint8x16_t text = vld1q_u8((const uint8_t *)at);
	return vandq_u8(
	    vqtbl1q_u8(vld1q_u8(s->low[i]), vandq_u8(text, vdupq_n_u8(15))),
	    vqtbl1q_u8(vld1q_u8(s->high[i]), vshrq_n_u8(text, 4)));
}

const char *
needles_way_neon(const struct sample *s, const char *at, const char *end)
{
	for (; end - at >= (ptrdiff_t)(16 + SAMPLE_MAX); at += 16) {
		uint8x16_t all = buckets_16(s, 0, at);
		for (size_t i = 1; i < s->count; i++)
			all = vandq_u8(all, buckets_16(s, i, at + i));
		if (vmaxvq_u8(all) == 0)
			continue;
		/* four bits a lane, for there is no movemask */
		uint8x8_t lanes =
		    vshrn_n_u16(vreinterpretq_u16_u8(vtstq_u8(all, all)), 4);
		uint64_t hit = vget_lane_u64(vreinterpret_u64_u8(lanes), 0);
		return at + __builtin_ctzll(hit) / 4;
	}
	return needles_way_plain(s, at, end);
}

#endif

#if defined(__x86_64__)

/*
 * By hand: __builtin_cpu_supports brings a constructor that asks the processor
 * for everything at each start of every process, and in a virtual machine each
 * question goes to the hypervisor.
 */
enum { HAS_SSSE3 = 1, HAS_AVX2 = 2 };

static unsigned
processor(void)
{
	unsigned a, b, c, d;
	unsigned has = 0;
	unsigned low, high;

	if (!__get_cpuid(1, &a, &b, &c, &d))
		return 0;
	if (c & bit_SSSE3)
		has |= HAS_SSSE3;
	if (!(c & bit_OSXSAVE) || !(c & bit_AVX) ||
	    !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2))
		return has;
	/* whether the kernel keeps the wide registers */
	__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	(void)high;
	return (low & 6) == 6 ? has | HAS_AVX2 : has;
}

#endif

needles_way *
needles_way_named(const char *name)
{
#if defined(__x86_64__)
	unsigned has = processor();

	if ((name == NULL || strcmp(name, "avx2") == 0) && has & HAS_AVX2)
		return needles_way_avx2;
	if ((name == NULL || strcmp(name, "ssse3") == 0) && has & HAS_SSSE3)
		return needles_way_ssse3;
#elif defined(__aarch64__)
	if (name == NULL || strcmp(name, "neon") == 0)
		return needles_way_neon;
#endif
	return name == NULL || strcmp(name, "plain") == 0 ? needles_way_plain
							  : NULL;
}
