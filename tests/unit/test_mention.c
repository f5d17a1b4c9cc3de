#include "envsubst/mention.h"

#include "core/guard_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define FOUND_MAX 16

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

/* Windows that grow by `step` bytes, each in memory of its own. */
static void
scan_by(const char *text, size_t len, size_t step, struct found *ret)
{
	struct mention_scan scan = { .take = take, .arg = ret };
	size_t from = 0;
	size_t to = 0;

	*ret = (struct found){ 0 };
	do {
		to = len - to < step ? len : to + step;
		autofree char *window = malloc(to - from + 1);
		assert_non_null(window);
		memcpy(window + 1, text + from, to - from);
		int64_t done = mention_window(
		    &scan, window + 1, to - from, from, to == len);
		assert_true(done >= 0 && (size_t)done <= to - from);
		from += (size_t)done;
	} while (to < len);
}

#define MD5 "d41d8cd98f00b204e9800998ecf8427e"
#define MD5_64 "1B2M2Y8AsgTpgAmY7PhCfg"
#define SHA1 "da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define SHA256 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
#define SHA256_URL "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
#define PLAIN "47DEQpj8HBSa00TImW05JCeuQeRkm5NMpJWZG3hSuFU"
#define SHA384 \
	"OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb"
#define SHA512                                                                 \
	"z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kx" \
	"vUdBeoGlODJ6+SfaPg"

static const struct {
	const char *text;
	int at; /* -1: nothing there */
	enum sums_kind kind;
	enum mention_form form;
} cases[] = {
	{ "{\"url\":\"i\",\"revision\":\"" MD5 "\"}", 23, SUMS_MD5,
	    MENTION_HEX },
	{ MD5, 0, SUMS_MD5, MENTION_HEX },
	{ "'D41D8CD98F00B204E9800998ECF8427E'", 1, SUMS_MD5, MENTION_UPPER },
	{ "a" MD5, -1, 0, 0 },
	{ MD5 "0", -1, 0, 0 },
	{ "x" MD5 "g", 1, SUMS_MD5, MENTION_HEX },
	{ "app-" MD5 ".js", 4, SUMS_MD5, MENTION_HEX },
	{ "md5-" MD5_64 "==", 4, SUMS_MD5, MENTION_BASE64 },
	{ "\"" MD5_64 "\"", 1, SUMS_MD5, MENTION_URL },
	{ MD5_64 "=", -1, 0, 0 },
	{ "\"/ngsw.js\": \"" SHA1 "\"", 13, SUMS_SHA1, MENTION_HEX },
	{ "'sha256-" SHA256 "='", 8, SUMS_SHA256, MENTION_BASE64 },
	{ "'sha256-" SHA256_URL "='", 8, SUMS_SHA256, MENTION_URL },
	{ "'sha256-" SHA256_URL "'", 8, SUMS_SHA256, MENTION_URL },
	{ "/v/" SHA256_URL "/", 3, SUMS_SHA256, MENTION_URL },
	{ "integrity=sha384-" SHA384 " ", 17, SUMS_SHA384, MENTION_BASE64 },
	{ "\"sha384-" SHA384 "\"", 8, SUMS_SHA384, MENTION_BASE64 },
	{ "\"sha384-" SHA384 "=\"", -1, 0, 0 },
	{ "`sha512-" SHA512 "==`", 8, SUMS_SHA512, MENTION_BASE64 },
	{ "`sha512-" SHA512 "`", -1, 0, 0 },
	{ "SHA512-" SHA512 "==", 7, SUMS_SHA512, MENTION_BASE64 },
	{ "\"aWordThatIsAsLongAsIts\"", -1, 0, 0 },
	/* escaped.h's, by its pad alone */
	{ "'sha256-" PLAIN "\\u003d'", -1, 0, 0 },
	{ "'sha256-" PLAIN "%3D", -1, 0, 0 },
	{ "\"" PLAIN "\\\\u003D", 1, SUMS_SHA256, MENTION_BASE64 },
	{ "'sha256-" SHA256_URL "\\u003d'", 8, SUMS_SHA256, MENTION_URL },
	{ "\\\"" PLAIN "\\\"", 2, SUMS_SHA256, MENTION_URL },
	{ "no digest in this text, however long it may turn out to be", -1, 0,
	    0 },
};

static void
check(size_t i, size_t step)
{
	struct found f;
	scan_by(cases[i].text, strlen(cases[i].text), step, &f);
	if (f.count != (cases[i].at >= 0))
		fail_msg("%zu found in %s", f.count, cases[i].text);
	if (cases[i].at < 0)
		return;
	assert_int_equal(f.m[0].start, cases[i].at);
	assert_int_equal(f.m[0].kind, cases[i].kind);
	assert_int_equal(f.m[0].form, cases[i].form);
}

static void
digests_are_found_in_every_form(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t step = 1; step < 80; step++)
			check(i, step);
}

static void
what_is_found_is_written_back_the_same(void **unused)
{
	unsigned char digest[SUMS_SIZE_MAX];

	(void)unused;
	for (size_t i = 0; i < sizeof(digest); i++)
		digest[i] = (unsigned char)(i * 37 + 250);
	for (enum sums_kind kind = 0; kind < SUMS_KINDS; kind++)
		for (enum mention_form form = 0; form < MENTION_FORMS; form++) {
			char text[MENTION_LEN_MAX + 4] = "";
			struct found f;
			size_t n = mention_write(form, kind, digest, text);
			size_t pads = form < MENTION_BASE64
					  ? 0
					  : (3 - sums_size(kind) % 3) % 3;
			memset(text + n, '=', pads);
			scan_by(text, n + pads, n + pads, &f);
			assert_int_equal(f.count, 1);
			assert_int_equal(f.m[0].key, mention_key(digest));
			assert_int_equal(f.m[0].kind, kind);
		}
}

static void
a_run_without_end_takes_no_memory(void **unused)
{
	struct mention_scan scan = { .take = take };
	struct found f = { 0 };
	static char piece[8192];

	(void)unused;
	scan.arg = &f;
	memset(piece, 'a', sizeof(piece));
	for (uint64_t at = 0; at < 1000000; at += sizeof(piece))
		assert_int_equal(
		    mention_window(&scan, piece, sizeof(piece), at, false),
		    sizeof(piece));
	memcpy(piece, "\"" MD5 "\"", 34);
	assert_true(mention_window(&scan, piece, 34, 1000000, true) >= 0);
	assert_int_equal(f.count, 1);
	assert_int_equal(f.m[0].start, 1000001);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_found_in_every_form),
		cmocka_unit_test(what_is_found_is_written_back_the_same),
		cmocka_unit_test(a_run_without_end_takes_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
