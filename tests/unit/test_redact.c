#include "core/redact.h"

#include "core/guard_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static struct redact *
set_of(const char *const *values)
{
	struct redact *set = NULL;
	assert_int_equal(redact_new(&set), 0);
	for (; *values != NULL; values++)
		assert_int_equal(redact_add(set, *values, strlen(*values)), 0);
	return set;
}

static char *
masked(const struct redact *set, const char *text, size_t len)
{
	char *out = NULL;
	size_t out_len = 0;
	assert_int_equal(redact_text(set, text, len, &out, &out_len), 0);
	assert_int_equal(out[out_len], '\0');
	return out;
}

static void
expect(const char *value, const char *text, const char *want)
{
	const char *const values[] = { value, NULL };
	struct redact *set = set_of(values);
	autofree char *got = masked(set, text, strlen(text));
	assert_string_equal(got, want);
	redact_free(set);
}

static void
each_form_of_a_value_is_masked(void **unused)
{
	(void)unused;
	static const struct {
		const char *value, *text, *want;
	} cases[] = {
		{ "hunter2!", "pw=hunter2! ok", "pw=[redacted] ok" },
		{ "hunter2!", "hunter2!", "[redacted]" },
		{ "hunter2!", "hunter2", "hunter2" },
		{ "hunter2!", "", "" },
		/* as curl, encodeURIComponent, Java and a form write it */
		{ "a/b c+d!e", "u?p=a%2Fb%20c%2Bd%21e&x", "u?p=[redacted]&x" },
		{ "a/b c+d!e", "u?p=a%2fb%20c%2bd%21e&x", "u?p=[redacted]&x" },
		{ "a/b c+d!e", "u?p=a%2Fb%20c%2Bd!e&x", "u?p=[redacted]&x" },
		{ "a/b c+d!e", "u?p=a%2Fb+c%2Bd%21e&x", "u?p=[redacted]&x" },
		/* as JSON.stringify, PHP and Go write it */
		{ "q\"b\\s/n\n<t>", "{\"p\":\"q\\\"b\\\\s/n\\n<t>\"}",
		    "{\"p\":\"[redacted]\"}" },
		{ "q\"b\\s/n\n<t>", "{\"p\":\"q\\\"b\\\\s\\/n\\n<t>\"}",
		    "{\"p\":\"[redacted]\"}" },
		{ "q\"b\\s/n\n<t>",
		    "{\"p\":\"q\\\"b\\\\s/n\\n\\u003ct\\u003e\"}",
		    "{\"p\":\"[redacted]\"}" },
		{ "ctl\x01\x1f-end", "\"ctl\\u0001\\u001f-end\"",
		    "\"[redacted]\"" },
		/* base64 of "secret-value", "xsecret-value", "xysecret-value"
		 */
		{ "secret-value", "c2VjcmV0LXZhbHVl", "[redacted]" },
		{ "secret-value", "eHNlY3JldC12YWx1ZQ==", "eH[redacted]Q==" },
		{ "secret-value", "eHlzZWNyZXQtdmFsdWU=", "eHl[redacted]U=" },
		/* ">>>?\?\?>>>" has other characters in URLs */
		{ ">>>?\?\?>>>", "Pj4+Pz8/Pj4+", "[redacted]" },
		{ ">>>?\?\?>>>", "Pj4-Pz8_Pj4-", "[redacted]" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		expect(cases[i].value, cases[i].text, cases[i].want);
}

static void
short_and_ordinary_values_stay(void **unused)
{
	(void)unused;
	static const char *const values[] = { "", "a", "12345", "5432", "true",
		"false", "null", "prod", "production", "Production",
		"localhost", "      ", "x\n", NULL };
	const char text[] = "production on localhost:5432 is true, 12345 x\n";
	struct redact *set = set_of(values);

	autofree char *got = masked(set, text, strlen(text));

	assert_string_equal(got, text);
	redact_free(set);
}

static void
the_space_around_a_value_does_not_hide_it(void **unused)
{
	(void)unused;
	expect("s3cr3t-in-a-file\n", "pw s3cr3t-in-a-file.", "pw [redacted].");
	expect(" \t123456\r\n", "pw 123456.", "pw [redacted].");
}

static void
each_long_line_of_a_value_is_masked(void **unused)
{
	(void)unused;
	static const char value[] = "-----BEGIN KEY-----\r\n"
				    "MIIEvQIBADANBgkq\r\n"
				    "short\r\n"
				    "-----END KEY-----\r\n";
	expect(value, "a MIIEvQIBADANBgkq b short c", "a [redacted] b short c");
}

static void
overlapping_finds_merge(void **unused)
{
	(void)unused;
	static const struct {
		const char *const values[4];
		const char *text, *want;
	} cases[] = {
		{ { "abcdef", "defghi" }, "x abcdefghi y", "x [redacted] y" },
		{ { "abcdef", "abcdefghi" }, "abcdefghi", "[redacted]" },
		{ { "abcdef", "abcdefghi" }, "abcdefgh", "[redacted]gh" },
		{ { "abcdefghi", "cdefgh" }, "abcdefghi", "[redacted]" },
		{ { "abcdef", "cdefgh", "ghijkl" }, "abcdefghijkl",
		    "[redacted]" },
		{ { "aaaaaa" }, "aaaaaaaaa.", "[redacted]." },
		{ { "abcdef" }, "abcdefabcdef", "[redacted][redacted]" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct redact *set = set_of(cases[i].values);
		autofree char *got =
		    masked(set, cases[i].text, strlen(cases[i].text));
		assert_string_equal(got, cases[i].want);
		redact_free(set);
	}
}

static void
bytes_that_are_no_text_are_kept_and_masked(void **unused)
{
	(void)unused;
	static const char value[] = "k\0\xff\xfe\0k";
	static const char text[] = "\0\xff k\0\xff\xfe\0k \0";
	struct redact *set = NULL;
	char *got = NULL;
	size_t len = 0;

	assert_int_equal(redact_new(&set), 0);
	assert_int_equal(redact_add(set, value, sizeof(value) - 1), 0);
	assert_int_equal(
	    redact_text(set, text, sizeof(text) - 1, &got, &len), 0);

	assert_int_equal(len, 2 + 1 + strlen(REDACT_MARK) + 1 + 1);
	assert_memory_equal(got, "\0\xff [redacted] \0", len);
	free(got);
	redact_free(set);
}

static void
nothing_is_read_past_the_end(void **unused)
{
	(void)unused;
	static const char *const values[] = { "hunter2!", NULL };
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(two, MAP_FAILED);
	assert_int_equal(mprotect(two + page, page, PROT_NONE), 0);
	struct redact *set = set_of(values);

	for (size_t n = 0; n <= 16; n++) {
		memcpy(two + page - n, "hunter2!hunter2!", n);
		autofree char *got = masked(set, two + page - n, n);
		assert_int_equal(strncmp(got, "hunter2!", 8) == 0, 0);
	}
	redact_free(set);
	(void)munmap(two, 2 * page);
}

static void
the_set_of_nothing_changes_nothing(void **unused)
{
	(void)unused;
	static const char *const none[] = { NULL };
	struct redact *set = set_of(none);
	autofree char *got = masked(set, "as it is", 8);
	assert_string_equal(got, "as it is");
	redact_free(set);
	redact_free(NULL);
}

/* A reference that looks everywhere, for the plain form only. */
static void
many_values_in_a_long_text_are_all_found(void **unused)
{
	(void)unused;
	enum { VALUES = 400, LEN = 128 * 1024 };
	struct redact *set = NULL;
	autofree char *text = malloc(LEN + 1);
	size_t len = 0;
	char value[32];

	assert_int_equal(redact_new(&set), 0);
	for (int i = 0; i < VALUES; i++) {
		(void)snprintf(
		    value, sizeof(value), "value-%d-%x", i, i * 7919);
		assert_int_equal(redact_add(set, value, strlen(value)), 0);
	}
	for (int i = 0; len + 64 < LEN; i = (i + 1) % VALUES)
		len += (size_t)snprintf(
		    text + len, 64, "at value-%d-%x;\n", i, i * 7919);
	autofree char *got = masked(set, text, len);

	assert_null(strstr(got, "value-"));
	assert_non_null(strstr(got, "at [redacted];\nat [redacted];\n"));
	redact_free(set);
}

static void
a_value_of_the_largest_size_is_masked(void **unused)
{
	(void)unused;
	enum { LEN = 64 * 1024 };
	autofree char *value = malloc(LEN + 1);
	for (size_t i = 0; i < LEN; i++)
		value[i] = (char)('!' + i * i % 90);
	value[LEN] = '\0';
	expect(value, value, "[redacted]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_of_a_value_is_masked),
		cmocka_unit_test(short_and_ordinary_values_stay),
		cmocka_unit_test(the_space_around_a_value_does_not_hide_it),
		cmocka_unit_test(each_long_line_of_a_value_is_masked),
		cmocka_unit_test(overlapping_finds_merge),
		cmocka_unit_test(bytes_that_are_no_text_are_kept_and_masked),
		cmocka_unit_test(nothing_is_read_past_the_end),
		cmocka_unit_test(the_set_of_nothing_changes_nothing),
		cmocka_unit_test(many_values_in_a_long_text_are_all_found),
		cmocka_unit_test(a_value_of_the_largest_size_is_masked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
