#include "logs/tail.h"

#include "core/guard_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
the_last_whole_lines_are_found(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		bool cut;
		size_t lines, bytes;
		const char *want;
	} cases[] = {
		{ "", false, 3, 100, "" },
		{ "\n", false, 3, 100, "\n" },
		{ "a", false, 3, 100, "a" },
		{ "a\nb\nc\n", false, 3, 100, "a\nb\nc\n" },
		{ "a\nb\nc\n", false, 2, 100, "b\nc\n" },
		{ "a\nb\nc", false, 2, 100, "b\nc" },
		{ "a\n\n\n", false, 2, 100, "\n\n" },
		/* by bytes */
		{ "aaa\nbbb\nccc\n", false, 9, 11, "bbb\nccc\n" },
		{ "aaa\nbbb\nccc\n", false, 9, 8, "bbb\nccc\n" },
		{ "aaa\nbbb\nccc\n", false, 9, 7, "ccc\n" },
		{ "aaa\nbbb\nccc\n", false, 9, 12, "aaa\nbbb\nccc\n" },
		/* the first line has lost its beginning */
		{ "aaa\nbbb\n", true, 9, 100, "bbb\n" },
		{ "aaa\n", true, 9, 100, "aaa\n" },
		{ "aaa", true, 9, 100, "aaa" },
		/* the last line is too long: its end */
		{ "a\nbbbbbb\n", false, 9, 4, "bbb\n" },
		{ "bbbbbb", false, 9, 4, "bbbb" },
		/* never from the middle of a character */
		{ "x\xe2\x82\xac"
		  "yz",
		    false, 9, 3, "yz" },
		{ "x\xe2\x82\xac"
		  "yz",
		    false, 9, 4, "yz" },
		{ "x\xe2\x82\xac"
		  "yz",
		    false, 9, 5,
		    "\xe2\x82\xac"
		    "yz" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t start = tail_start(cases[i].text, strlen(cases[i].text),
		    cases[i].cut, cases[i].lines, cases[i].bytes);
		assert_string_equal(cases[i].text + start, cases[i].want);
	}
}

static void
newlines_are_counted(void **unused)
{
	(void)unused;
	enum { LEN = 5000 };
	autofree char *text = malloc(LEN);
	uint32_t random = 1;
	size_t want = 0;
	for (size_t i = 0; i < LEN; i++) {
		random = random * 1103515245 + 12345;
		/* newlines, their neighbours, and with the high bit set */
		text[i] = "\n\n\n\x0b\x09\x8a\x00\xff"[random >> 16 & 7];
		want += text[i] == '\n';
	}
	for (size_t from = 0; from < 9; from++) {
		assert_int_equal(tail_count(text + from, LEN - from), want);
		want -= text[from] == '\n';
	}
	memset(text, '\n', LEN);
	for (size_t len = 0; len < LEN; len += 13)
		assert_int_equal(tail_count(text, len), len);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_whole_lines_are_found),
		cmocka_unit_test(newlines_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
