#include "envsubst/runs.h"

#include "core/guard_heap.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const char *const ways[] = { "plain", "ssse3", "avx2", "neon" };

static bool
is_digit(unsigned char c)
{
	return (c < 128 && isalnum(c)) || (c != '\0' && strchr("+/-_", c));
}

static const char *
naive(const char *at, const char *end)
{
	long run = 0;
	for (; at < end; at++) {
		run = is_digit((unsigned char)*at) ? run + 1 : 0;
		if (run == RUNS_MIN)
			return at + 1 - RUNS_MIN;
	}
	return NULL;
}

static uint32_t
next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Words about as long as what is searched for, in any bytes. */
static void
fill(char *text, size_t len, uint32_t *state)
{
	for (size_t i = 0; i < len;) {
		size_t word = 10 + next(state) % 16;
		for (; word > 0 && i < len; word--)
			text[i++] = "aZ09+/-_fQ"[next(state) % 10];
		if (i < len)
			text[i++] = (char)next(state);
	}
}

static void
every_way_finds_what_is_found_by_hand(void **unused)
{
	uint32_t state = 11;
	(void)unused;

	for (int round = 0; round < 4000; round++) {
		size_t len = next(&state) % 300;
		autofree char *text = malloc(len + 1);
		assert_non_null(text);
		fill(text, len, &state);
		for (size_t w = 0; w < ARRAY_LEN(ways); w++)
			if (runs_use(ways[w]) && runs_find(text, text + len) !=
						     naive(text, text + len))
				fail_msg("%s, round %d", ways[w], round);
	}
	(void)runs_use(NULL);
}

static void
every_byte_is_known_for_what_it_is(void **unused)
{
	char text[200];
	(void)unused;

	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		if (!runs_use(ways[w]))
			continue;
		for (int c = 0; c < 256; c++) {
			memset(text, '.', sizeof(text));
			memset(text + 70, 'a', RUNS_MIN);
			text[80] = (char)c;
			const char *found =
			    runs_find(text, text + sizeof(text));
			assert_ptr_equal(found,
			    is_digit((unsigned char)c) ? text + 70 : NULL);
		}
	}
	(void)runs_use(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_finds_what_is_found_by_hand),
		cmocka_unit_test(every_byte_is_known_for_what_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
