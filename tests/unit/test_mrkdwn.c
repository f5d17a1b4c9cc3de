#include "notify/mrkdwn.h"
#include "notify/text.h"

#include "core/guard_heap.h"
#include "core/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define ZW "\xe2\x80\x8b"
#define DOTS "\xe2\x80\xa6"
#define FFFD "\xef\xbf\xbd"

static void
a_line_is_escaped_first_and_cut_by_its_escaped_length(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		size_t max;
		const char *wanted;
	} cases[] = {
		{ "a & b < c > d", 100, "a &amp; b &lt; c &gt; d" },
		{ "&amp;", 100, "&amp;amp;" },
		{ "<!channel> <@U1>", 100, "&lt;!channel&gt; &lt;@U1&gt;" },
		{ "12345", 5, "12345" },
		{ "123456", 5, "1234" DOTS },
		{ "ab&", 7, "ab&amp;" },
		{ "ab&", 6, "ab" DOTS },
		{ "ab&cd", 7, "ab" DOTS },
		{ "\xc3\xa4\xc3\xb6\xc3\xbc", 3, "\xc3\xa4\xc3\xb6\xc3\xbc" },
		{ "\xc3\xa4\xc3\xb6\xc3\xbc", 2, "\xc3\xa4" DOTS },
		/* an emoji is two of Slack's characters */
		{ "\xf0\x9f\x94\xa5", 2, "\xf0\x9f\x94\xa5" },
		{ "x\xf0\x9f\x94\xa5", 2, "x" DOTS },
		{ "one\ntwo\tthree", 100, "one two three" },
		{ "bad \xff\xc3 utf-8", 100, "bad " FFFD FFFD " utf-8" },
		{ "", 5, "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char memory[256];
		struct buf b = BUF_ON(memory);
		buf_init(&b, memory, sizeof(memory));

		mrkdwn_line(
		    &b, cases[i].text, strlen(cases[i].text), cases[i].max);

		assert_string_equal(memory, cases[i].wanted);
	}
}

static void
a_line_never_ends_in_half_of_something_where_the_memory_ends(void **unused)
{
	(void)unused;
	static const char text[] = "ab&\xe2\x82\xac\xf0\x9f\x94\xa5";

	for (size_t size = 1; size < 24; size++) {
		char memory[24];
		struct buf b;
		buf_init(&b, memory, size);

		mrkdwn_line(&b, text, strlen(text), 100);

		const char *amp = strchr(memory, '&');
		assert_true(amp == NULL || strncmp(amp, "&amp;", 5) == 0);
		for (size_t i = 0, n; i < b.len; i += n) {
			n = utf8_len(memory + i, b.len - i);
			assert_int_not_equal(n, 0);
		}
	}
}

static void
expect_code(const char *text, size_t max, const char *wanted)
{
	autofree char *code = NULL;

	assert_int_equal(mrkdwn_code(text, strlen(text), max, &code), 0);
	assert_string_equal(code, wanted);
}

static void
a_code_block_is_always_closed_and_holds_no_fence_of_the_apps(void **unused)
{
	(void)unused;
	expect_code("a\nb\n", 600, "```\na\nb\n```");
	expect_code("\n \n  a\n\n\n", 600, "```\n  a\n```");
	expect_code("", 600, "");
	expect_code("\n\n  \n", 600, "");
	expect_code("x```y", 600, "```\nx``" ZW "`y\n```");
	expect_code("``````", 600, "```\n``" ZW "``" ZW "``\n```");
	expect_code("a\tb <c>", 600, "```\na\tb &lt;c&gt;\n```");
}

static void
the_last_lines_stay_and_the_cut_ones_are_counted(void **unused)
{
	(void)unused;
	char text[4096] = "";
	autofree char *code = NULL;

	for (int i = 1; i <= 100; i++)
		(void)sprintf(
		    text + strlen(text), "line %03d ...........\n", i);
	assert_int_equal(mrkdwn_code(text, strlen(text), 600, &code), 0);

	/* 600 - 8 for the fences - 32 for the marker, 21 for each line */
	assert_true(strncmp(code, "```\n" DOTS " (74 lines cut)\nline 075",
			strlen("```\n" DOTS " (74 lines cut)\nline 075")) == 0);
	assert_non_null(strstr(code, "line 100 ...........\n```"));
	assert_true(strlen(code) <= 602);
}

static void
one_huge_line_loses_its_end_and_not_its_neighbours(void **unused)
{
	(void)unused;
	static char text[20000];
	autofree char *code = NULL;

	(void)strcpy(text, "before\n");
	memset(text + 7, '&', 15000);
	(void)strcpy(text + 15007, "\nTypeError: x");
	assert_int_equal(mrkdwn_code(text, strlen(text), 1000, &code), 0);

	assert_non_null(strstr(code, "```\nbefore\n&amp;"));
	assert_non_null(strstr(code, "&amp;" DOTS "\nTypeError: x\n```"));
	assert_true(strlen(code) < 1000);
}

static void
text_is_cleaned_of_what_terminals_obey(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		const char *wanted;
	} cases[] = {
		{ "\033[31mred\033[0m", "red" },
		{ "\033[1;38;5;196mx\033[K", "x" },
		{ "\033]0;title\ax", "x" },
		{ "\033]8;;http://x\033\\link\033]8;;\033\\", "link" },
		{ "\033]0;never ends\nlast words", "0;never ends\nlast words" },
		{ "\033(Bx", "x" },
		{ "x\033", "x" },
		{ "x\033[", "x" },
		{ "a\r\nb\rc\n", "a\nb\nc\n" },
		{ "tab\there", "tab\there" },
		{ "bell\a", "bell" FFFD },
		{ "\x80x\xc3", FFFD "x" FFFD },
		{ "c1 \xc2\x9b"
		  "31m",
		    "c1 " FFFD "31m" },
		{ "a\xe2\x80\xae"
		  "b",
		    "ab" },
		{ "\xed\xa0\x80", FFFD FFFD FFFD },
		{ "\xe2\x82\xac", "\xe2\x82\xac" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *clean = NULL;
		size_t len = 0;

		assert_int_equal(text_clean(cases[i].text,
				     strlen(cases[i].text), &clean, &len),
		    0);

		assert_string_equal(clean, cases[i].wanted);
		assert_int_equal(len, strlen(cases[i].wanted));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_line_is_escaped_first_and_cut_by_its_escaped_length),
		cmocka_unit_test(
		    a_line_never_ends_in_half_of_something_where_the_memory_ends),
		cmocka_unit_test(
		    a_code_block_is_always_closed_and_holds_no_fence_of_the_apps),
		cmocka_unit_test(
		    the_last_lines_stay_and_the_cut_ones_are_counted),
		cmocka_unit_test(
		    one_huge_line_loses_its_end_and_not_its_neighbours),
		cmocka_unit_test(text_is_cleaned_of_what_terminals_obey),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
