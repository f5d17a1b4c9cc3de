#include "envsubst/shape.h"

#include "envsubst/mention.h"

#include <stdint.h>

#if defined(__SSE2__) && defined(__SIZEOF_INT128__)
#define VECTORS 1
#include <emmintrin.h>
#endif

#define LOWER (1 << MENTION_HEX)
#define UPPER (1 << MENTION_UPPER)
#define BASE64 (1 << MENTION_BASE64)
#define URL (1 << MENTION_URL)

const unsigned char shape_table[256] = {
	['0' ... '9'] = LOWER | UPPER | BASE64 | URL,
	['A' ... 'F'] = UPPER | BASE64 | URL,
	['G' ... 'Z'] = BASE64 | URL,
	['a' ... 'f'] = LOWER | BASE64 | URL,
	['g' ... 'z'] = BASE64 | URL,
	['+'] = BASE64,
	['/'] = BASE64,
	['-'] = URL,
	['_'] = URL,
};

static bool plain_only;

void
shape_use_plain(bool plain)
{
	plain_only = plain;
}

const char *
shape_end(const char *from, const char *end)
{
	while (from < end && shape_of(*from))
		from++;
	return from;
}

/*
 * Looking back from where the shortest run would end finds a character that
 * belongs to none after a few steps: most of the text is stepped over.
 */
static const char *
next_plain(const char *from, const char *end)
{
	while (end - from >= SHAPE_RUN_MIN) {
		const char *p = from + SHAPE_RUN_MIN;
		while (p > from && shape_of(p[-1]))
			p--;
		if (p == from)
			return from;
		from = p;
	}
	return from;
}

#ifdef VECTORS

/* 64 places at a time, and the 64 behind them to see the runs to their end. */
#define BLOCK 64

static __m128i
is_in(__m128i c, char first, char count)
{
	__m128i from = _mm_sub_epi8(c, _mm_set1_epi8(first));
	return _mm_cmpeq_epi8(
	    _mm_min_epu8(from, _mm_set1_epi8((char)(count - 1))), from);
}

static uint64_t
mask_of_16(const char *p)
{
	__m128i c = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i letter = is_in(_mm_or_si128(c, _mm_set1_epi8(0x20)), 'a', 26);
	__m128i digit = is_in(c, '/', 11); /* and the slash before them */
	__m128i plus = _mm_cmpeq_epi8(c, _mm_set1_epi8('+'));
	__m128i minus = _mm_cmpeq_epi8(c, _mm_set1_epi8('-'));
	__m128i line = _mm_cmpeq_epi8(c, _mm_set1_epi8('_'));
	__m128i any = _mm_or_si128(_mm_or_si128(letter, digit),
	    _mm_or_si128(_mm_or_si128(plus, minus), line));
	return (uint64_t)(unsigned)_mm_movemask_epi8(any);
}

static uint64_t
mask_of(const char *p)
{
	return mask_of_16(p) | mask_of_16(p + 16) << 16 |
	       mask_of_16(p + 32) << 32 | mask_of_16(p + 48) << 48;
}

/* A bit for each place behind which 22 bits are set, itself the first. */
static uint64_t
run_starts(uint64_t low, uint64_t high)
{
	unsigned __int128 x = (unsigned __int128)high << 64 | low;
	x &= x >> 1;
	x &= x >> 2;
	x &= x >> 4;
	x &= x >> 8;
	x &= x >> 6;
	return (uint64_t)x;
}

_Static_assert(SHAPE_RUN_MIN == 1 + 1 + 2 + 4 + 8 + 6, "as run_starts has it");

static const char *
next_by_vector(const char *from, const char *end)
{
	if (end - from < 2 * BLOCK)
		return next_plain(from, end);
	uint64_t low = mask_of(from);
	while (end - from >= 2 * BLOCK) {
		uint64_t high = mask_of(from + BLOCK);
		uint64_t starts = run_starts(low, high);
		if (starts != 0)
			return from + __builtin_ctzll(starts);
		low = high;
		from += BLOCK;
	}
	/* no run reaches over this place: it would have been seen whole */
	return next_plain(from, end);
}

#endif

const char *
shape_next(const char *from, const char *end)
{
#ifdef VECTORS
	if (!plain_only)
		return next_by_vector(from, end);
#endif
	return next_plain(from, end);
}
