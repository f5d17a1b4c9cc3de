#include "core/buf.h"

#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
texts_are_appended(void **unused)
{
	(void)unused;
	char memory[32];
	struct buf b;
	memset(memory, 'x', sizeof(memory));
	buf_init(&b, memory, sizeof(memory));
	assert_string_equal(memory, "");

	buf_str(&b, "one");
	buf_add(&b, " two", 4);
	buf_add(&b, NULL, 0);
	buf_fmt(&b, " %d%s", 3, "!");

	assert_string_equal(b.data, "one two 3!");
	assert_int_equal(b.len, 10);
	assert_false(b.cut);
}

static void
what_does_not_fit_is_cut_and_told(void **unused)
{
	(void)unused;
	static const struct {
		const char *first, *second, *want;
		bool cut;
	} cases[] = {
		{ "1234567", "", "1234567", false },
		{ "1234567", "8", "1234567", true },
		{ "123", "4567", "1234567", false },
		{ "123", "45678", "1234567", true },
		{ "", "123456789", "1234567", true },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (int way = 0; way < 2; way++) {
			char memory[9] = "........";
			struct buf b;
			buf_init(&b, memory, 8);
			buf_str(&b, cases[i].first);
			if (way == 0)
				buf_str(&b, cases[i].second);
			else
				buf_fmt(&b, "%s", cases[i].second);
			assert_string_equal(b.data, cases[i].want);
			assert_int_equal(b.len, strlen(cases[i].want));
			assert_int_equal(b.cut, cases[i].cut);
			assert_int_equal(memory[8], '\0');
			/* and goes on being cut */
			buf_str(&b, "x");
			buf_fmt(&b, "%d", 1);
			assert_string_equal(b.data, "1234567");
			assert_true(b.cut);
		}
}

static void
the_smallest_buffer_holds_nothing(void **unused)
{
	(void)unused;
	char memory[2] = "x";
	struct buf b;
	buf_init(&b, memory, 1);
	buf_str(&b, "a");
	buf_fmt(&b, "%d", 1);
	buf_json(&b, "a", 1);
	assert_string_equal(memory, "");
	assert_int_equal(b.len, 0);
	assert_true(b.cut);
}

static void
json_strings_are_escaped(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} cases[] = {
		{ "", 0, "\"\"" },
		{ "plain", 5, "\"plain\"" },
		{ "a\"b\\c/", 6, "\"a\\\"b\\\\c/\"" },
		{ "\n\r\t", 3, "\"\\n\\r\\t\"" },
		{ "\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\\u007f\"" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9,
		    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "a\xff"
		  "b",
		    3, "\"a\\ufffdb\"" },
		{ "\xe2\x82", 2, "\"\\ufffd\\ufffd\"" },
		{ "\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char memory[64];
		struct buf b;
		buf_init(&b, memory, sizeof(memory));
		buf_json(&b, cases[i].text, cases[i].len);
		assert_string_equal(b.data, cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_appended),
		cmocka_unit_test(what_does_not_fit_is_cut_and_told),
		cmocka_unit_test(the_smallest_buffer_holds_nothing),
		cmocka_unit_test(json_strings_are_escaped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
