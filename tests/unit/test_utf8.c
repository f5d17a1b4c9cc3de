#include "core/utf8.h"

#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static void
well_formed_sequences_have_their_length(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		size_t len, want;
	} cases[] = {
		{ "a", 1, 1 },
		{ "\0", 1, 1 },
		{ "\x7f", 1, 1 },
		{ "\xc2\x80", 2, 2 },
		{ "\xdf\xbf", 2, 2 },
		{ "\xe0\xa0\x80", 3, 3 },
		{ "\xed\x9f\xbf", 3, 3 },
		{ "\xee\x80\x80", 3, 3 },
		{ "\xef\xbf\xbf", 3, 3 },
		{ "\xf0\x90\x80\x80", 4, 4 },
		{ "\xf4\x8f\xbf\xbf", 4, 4 },
		{ "\xc3\xa9tude", 6, 2 },
		/* not one */
		{ "", 0, 0 },
		{ "\x80", 1, 0 },
		{ "\xbf\x80", 2, 0 },
		{ "\xc2", 1, 0 },
		{ "\xc2\x41", 2, 0 },
		{ "\xc2\xc2", 2, 0 },
		{ "\xe2\x82", 2, 0 },
		{ "\xe2\x82\x41", 3, 0 },
		{ "\xf0\x9f\x98", 3, 0 },
		/* overlong */
		{ "\xc0\x80", 2, 0 },
		{ "\xc1\xbf", 2, 0 },
		{ "\xe0\x9f\xbf", 3, 0 },
		{ "\xf0\x8f\xbf\xbf", 4, 0 },
		/* surrogates, and beyond Unicode */
		{ "\xed\xa0\x80", 3, 0 },
		{ "\xed\xbf\xbf", 3, 0 },
		{ "\xf4\x90\x80\x80", 4, 0 },
		{ "\xf5\x80\x80\x80", 4, 0 },
		{ "\xff", 1, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
		    utf8_len(cases[i].text, cases[i].len), cases[i].want);
}

/* Each code point, written by another rule, and what lies between them. */
static void
exactly_the_code_points_are_accepted(void **unused)
{
	(void)unused;
	for (uint32_t c = 0; c < 0x200000; c++) {
		char s[4];
		size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		for (size_t i = 1; i < n; i++)
			s[i] = (char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
		static const uint32_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
		s[0] = (char)(lead[n] | c >> 6 * (n - 1));
		int valid = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
		if (utf8_len(s, n) != (valid ? n : 0))
			fail_msg("U+%04X", (unsigned)c);
	}
}

static void
nothing_is_read_past_the_end(void **unused)
{
	(void)unused;
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(two, MAP_FAILED);
	assert_int_equal(mprotect(two + page, page, PROT_NONE), 0);
	for (int c = 0; c < 256; c++) {
		two[page - 1] = (char)c;
		assert_int_equal(utf8_len(two + page - 1, 1), c < 0x80);
	}
	(void)munmap(two, 2 * page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_sequences_have_their_length),
		cmocka_unit_test(exactly_the_code_points_are_accepted),
		cmocka_unit_test(nothing_is_read_past_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
