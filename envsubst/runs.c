#include "envsubst/runs.h"

#include "envsubst/needles_way.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define BLOCK 64

/* Which of BLOCK bytes are of the alphabets, the first one in bit 0. */
typedef uint64_t mask_of(const char *at);

static mask_of *mask;
static bool chosen; /* mask may be NULL: plain */

static const unsigned char is_digit[256] = {
	['0' ... '9'] = 1,
	['A' ... 'Z'] = 1,
	['a' ... 'z'] = 1,
	['+'] = 1,
	['/'] = 1,
	['-'] = 1,
	['_'] = 1,
};

#if defined(__x86_64__) || defined(__aarch64__)

/*
 * The same by the halves of a byte: a bit for each row of the ASCII table that
 * has other columns.
 */
enum { ROW_2 = 1, ROW_3 = 2, ROWS_4_6 = 4, ROW_5 = 8, ROW_7 = 16 };
#define FIRST (ROW_3 | ROW_5 | ROW_7)
#define DIGITS (ROW_3 | ROWS_4_6 | ROW_5 | ROW_7)

static const uint8_t low[16] = { FIRST, DIGITS, DIGITS, DIGITS, DIGITS, DIGITS,
	DIGITS, DIGITS, DIGITS, DIGITS, ROWS_4_6 | ROW_5 | ROW_7,
	ROWS_4_6 | ROW_2, ROWS_4_6, ROWS_4_6 | ROW_2, ROWS_4_6,
	ROWS_4_6 | ROW_5 | ROW_2 };
static const uint8_t high[16] = { [2] = ROW_2,
	[3] = ROW_3,
	[4] = ROWS_4_6,
	[5] = ROW_5,
	[6] = ROWS_4_6,
	[7] = ROW_7 };

#endif

#if defined(__x86_64__)

__attribute__((target("ssse3"))) static uint64_t
mask_ssse3(const char *at)
{
	const __m128i half = _mm_set1_epi8(15);
	const __m128i lows =
	    _mm_loadu_si128((const __m128i *)(const void *)low);
	const __m128i highs =
	    _mm_loadu_si128((const __m128i *)(const void *)high);
	uint64_t none = 0;

	for (unsigned i = 0; i < BLOCK; i += 16) {
		__m128i text =
		    _mm_loadu_si128((const __m128i *)(const void *)(at + i));
		__m128i up = _mm_and_si128(_mm_srli_epi16(text, 4), half);
		__m128i both = _mm_and_si128(
		    _mm_shuffle_epi8(lows, _mm_and_si128(text, half)),
		    _mm_shuffle_epi8(highs, up));
		unsigned bits = (unsigned)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(both, _mm_setzero_si128()));
		none |= (uint64_t)bits << i;
	}
	return ~none;
}

__attribute__((target("avx2"))) static uint64_t
mask_avx2(const char *at)
{
	const __m256i half = _mm256_set1_epi8(15);
	const __m256i lows = _mm256_broadcastsi128_si256(
	    _mm_loadu_si128((const __m128i *)(const void *)low));
	const __m256i highs = _mm256_broadcastsi128_si256(
	    _mm_loadu_si128((const __m128i *)(const void *)high));
	uint64_t none = 0;

	for (unsigned i = 0; i < BLOCK; i += 32) {
		__m256i text =
		    _mm256_loadu_si256((const __m256i *)(const void *)(at + i));
		__m256i up = _mm256_and_si256(_mm256_srli_epi16(text, 4), half);
		__m256i both = _mm256_and_si256(
		    _mm256_shuffle_epi8(lows, _mm256_and_si256(text, half)),
		    _mm256_shuffle_epi8(highs, up));
		unsigned bits = (unsigned)_mm256_movemask_epi8(
		    _mm256_cmpeq_epi8(both, _mm256_setzero_si256()));
		none |= (uint64_t)bits << i;
	}
	return ~none;
}

#elif defined(__aarch64__)

static uint64_t
mask_neon(const char *at)
{
	static const uint8_t weight[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2,
		4, 8, 16, 32, 64, 128 };
	const uint8x16_t weights = vld1q_u8(weight);
	uint8x16_t part[4];

	for (unsigned i = 0; i < 4; i++) {
		uint8x16_t text = vld1q_u8((const uint8_t *)at + 16 * i);
		uint8x16_t both = vandq_u8(
		    vqtbl1q_u8(vld1q_u8(low), vandq_u8(text, vdupq_n_u8(15))),
		    vqtbl1q_u8(vld1q_u8(high), vshrq_n_u8(text, 4)));
		part[i] = vandq_u8(vtstq_u8(both, both), weights);
	}
	uint8x16_t sum =
	    vpaddq_u8(vpaddq_u8(part[0], part[1]), vpaddq_u8(part[2], part[3]));
	sum = vpaddq_u8(sum, sum);
	return vgetq_lane_u64(vreinterpretq_u64_u8(sum), 0);
}

#endif

bool
runs_use(const char *way)
{
	needles_way *found = needles_way_named(way);

	if (found == NULL)
		return false;
	mask = NULL;
#if defined(__x86_64__)
	if (found == needles_way_avx2)
		mask = mask_avx2;
	else if (found == needles_way_ssse3)
		mask = mask_ssse3;
#elif defined(__aarch64__)
	if (found == needles_way_neon)
		mask = mask_neon;
#endif
	chosen = true;
	return true;
}

/* A long run covers one of every RUNS_MIN places: many bytes are not read. */
static const char *
find_plain(const char *at, const char *end)
{
	while (end - at >= RUNS_MIN) {
		const char *p = at + RUNS_MIN;
		while (p > at && is_digit[(unsigned char)p[-1]])
			p--;
		if (p == at)
			return at;
		at = p;
	}
	return NULL;
}

/* Bit i: bits i to i + RUNS_MIN - 1 are all set. */
static uint64_t
long_runs(uint64_t m)
{
	m &= m >> 1;
	m &= m >> 2;
	m &= m >> 4;
	m &= m >> 8;
	return m & m >> (RUNS_MIN - 16);
}

const char *
runs_find(const char *at, const char *end)
{
	size_t before = 0; /* bytes of the run that the last block ended in */

	if (!chosen)
		(void)runs_use(NULL);
	for (; mask != NULL && end - at >= BLOCK; at += BLOCK) {
		uint64_t m = mask(at);
		size_t lead = ~m == 0 ? BLOCK : (size_t)__builtin_ctzll(~m);
		if (before + lead >= RUNS_MIN)
			return at - before;
		uint64_t whole = long_runs(m);
		if (whole != 0)
			return at + __builtin_ctzll(whole);
		before = (size_t)__builtin_clzll(~m);
	}
	return find_plain(at - before, end);
}
