#include "envsubst/escaped.h"

#include "core/guard_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define FOUND_MAX 16

static struct needles *needles;

struct found {
	size_t count;
	struct mention m[FOUND_MAX];
};

static int
take(void *arg, const struct mention *m)
{
	struct found *f = arg;
	if (f->count < FOUND_MAX)
		f->m[f->count] = *m;
	f->count++;
	return 0;
}

/* Pieces of `step` new bytes, each in memory of its own. */
static void
scan_by(const char *text, size_t step, struct found *ret)
{
	struct escaped_scan scan = { needles, take, ret, 0 };
	size_t len = strlen(text);
	size_t to = 0;

	*ret = (struct found){ 0 };
	do {
		to = len - to < step ? len : to + step;
		size_t from =
		    to > ESCAPED_REACH + step ? to - ESCAPED_REACH - step : 0;
		autofree char *piece = malloc(to - from + 1);
		assert_non_null(piece);
		memcpy(piece + 1, text + from, to - from);
		assert_int_equal(escaped_window(&scan, piece + 1, to - from,
				     from, to == len),
		    0);
	} while (to < len);
}

static unsigned char digest[SUMS_SIZE_MAX];

/* With pluses, slashes and all else, whatever its length is. */
static void
make_digest(void)
{
	for (size_t i = 0; i < sizeof(digest); i++)
		digest[i] = (unsigned char)(i % 3 == 0 ? 0xfb : i * 37);
}

/* The base64 of it with its signs as they are given; the pads follow. */
static void
spell(char *to, enum sums_kind kind, const char *plus, const char *slash,
    const char *pad)
{
	char plain[MENTION_LEN_MAX];
	size_t n = mention_write(MENTION_BASE64, kind, digest, plain);

	*to = '\0';
	for (size_t i = 0; i < n; i++) {
		const char one[2] = { plain[i], '\0' };
		(void)strcat(to, plain[i] == '+'   ? plus
				 : plain[i] == '/' ? slash
						   : one);
	}
	for (size_t i = 0; i < (3 - sums_size(kind) % 3) % 3; i++)
		(void)strcat(to, pad);
}

static const struct {
	const char *plus;
	const char *slash;
	const char *pad;
} ways[] = {
	{ "+", "\\/", "=" },
	{ "+", "\\\\/", "=" },
	{ "\\u002B", "\\u002F", "\\u003D" },
	{ "\\u002b", "\\u002f", "\\u003d" },
	{ "\\\\u002B", "\\\\u002F", "=" },
	{ "+", "\\u002F", "=" },
	{ "\\u002B", "/", "=" },
	{ "\\x2B", "\\x2f", "=" },
	{ "%2B", "%2F", "%3D" },
	{ "%2b", "%2f", "" },
	{ "&#x2B;", "/", "=" },
	{ "&#43;", "&#47;", "&#61;" },
};

static const enum sums_kind kinds[] = { SUMS_SHA256, SUMS_SHA384, SUMS_SHA512 };

static void
a_digest_in_any_escapes_is_found_and_written_alike(void **unused)
{
	char word[1200];
	char text[2400];
	char again[MENTION_LEN_MAX];
	struct found f;
	(void)unused;

	make_digest();
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
			spell(word, kinds[k], ways[i].plus, ways[i].slash,
			    ways[i].pad);
			int at = snprintf(text, sizeof(text), "<a x='%s-",
			    sums_name(kinds[k]));
			(void)strcat(strcat(text, word), "' y>");
			scan_by(text, sizeof(text), &f);
			assert_int_equal(f.count, 1);
			assert_int_equal(f.m[0].start, at);
			assert_int_equal(f.m[0].kind, kinds[k]);
			assert_int_equal(f.m[0].key, mention_key(digest));
			size_t n =
			    mention_write(f.m[0].form, kinds[k], digest, again);
			assert_memory_equal(word, again, n);
		}
}

/* Its digits need none, but those of the next one may. */
static void
a_pad_alone_says_how_the_next_digest_is_escaped(void **unused)
{
	static const struct {
		const char *pad;
		const char *next;
	} pads[] = { { "\\u003d", "+/" }, { "%3D", "%2B%2F" } };
	char text[200];
	char again[MENTION_LEN_MAX];
	struct found f;
	(void)unused;

	memset(digest, 0, sizeof(digest));
	digest[0] = 0xfb;
	digest[1] = 0xf0; /* "+/A..." */
	for (size_t i = 0; i < ARRAY_LEN(pads); i++) {
		(void)snprintf(text, sizeof(text),
		    "'sha256-47DEQpj8HBSa00TImW05JCeuQeRkm5NMpJWZG3hSuFU%s'",
		    pads[i].pad);
		scan_by(text, sizeof(text), &f);
		assert_int_equal(f.count, 1);
		assert_int_equal(f.m[0].start, 8);
		(void)mention_write(f.m[0].form, SUMS_SHA256, digest, again);
		assert_memory_equal(again, pads[i].next, strlen(pads[i].next));
	}
}

static void
what_is_not_escaped_or_in_two_ways_or_of_another_length_is_none(void **unused)
{
	static const char *const texts[] = {
		/* mention.h's */
		"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		"sha256-47DEQpj8HBSa+\\/TImW\\u002B5JCeuQeRkm5NMpJWZG3hSuFU=",
		"sha256-47DEQpj8HBSa+\\/TImW+5JCeuQeRkm5NMpJWZG3hSuF=",
		"sha256-47DEQpj8HBSa+\\/TImW+5JCeuQeRkm5NMpJWZG3hSuFUx=",
		"sha256-47DEQpj8HBSa+\\/TImW+5JCeuQeRkm5NMpJWZG3hSuFU==",
		"sha384-47DEQpj8HBSa+\\/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		"sha256-47DEQpj8HBSa+\\nTImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		"47DEQpj8HBSa+\\/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		"sha256-",
		"sha256-\\/\\",
		"sha256-47DEQpj8HBSa+\\/TImW\\u00",
	};
	struct found f;
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		scan_by(texts[i], 4096, &f);
		if (f.count != 0)
			fail_msg("%s", texts[i]);
	}
}

static void
how_the_text_is_cut_up_makes_no_difference(void **unused)
{
	static const char one[] =
	    "\"sha256-47DEQpj8HBSa+\\/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\" "
	    "and what stands between them is of another length sha25 ";
	static char text[9 * sizeof(one)] = "";
	struct found whole;
	struct found cut;
	(void)unused;

	for (int i = 0; i < 9; i++)
		(void)strcat(text, one);
	scan_by(text, sizeof(text), &whole);
	assert_int_equal(whole.count, 9);
	for (size_t step = 1; step < 700; step += step < 9 ? 1 : 41) {
		scan_by(text, step, &cut);
		assert_int_equal(cut.count, whole.count);
		for (size_t i = 0; i < whole.count; i++)
			assert_int_equal(cut.m[i].start, whole.m[i].start);
	}
}

static int
set_up(void **unused)
{
	(void)unused;
	return escaped_needles(&needles);
}

static int
tear_down(void **unused)
{
	(void)unused;
	needles_free(needles);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_digest_in_any_escapes_is_found_and_written_alike),
		cmocka_unit_test(
		    a_pad_alone_says_how_the_next_digest_is_escaped),
		cmocka_unit_test(
		    what_is_not_escaped_or_in_two_ways_or_of_another_length_is_none),
		cmocka_unit_test(how_the_text_is_cut_up_makes_no_difference),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
