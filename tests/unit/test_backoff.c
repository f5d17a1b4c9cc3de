#include "supervisor/backoff.h"

#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct backoff_rules rules = { .first_ms = 100,
	.max_ms = 30000,
	.stable_ms = 10000,
	.window_ms = 120000,
	.window_count = 10 };

static void
the_first_restart_is_immediate_and_then_they_double(void **unused)
{
	(void)unused;
	const int64_t want[] = { 0, 100, 200, 400, 800, 1600, 3200, 6400, 12800,
		25600, 30000, 30000 };
	struct backoff b = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		assert_int_equal(backoff_next(&b.row, &rules, 5, 0), want[i]);
}

static void
jitter_adds_at_most_a_tenth(void **unused)
{
	(void)unused;
	for (uint32_t noise = 0; noise < 1000; noise++) {
		struct backoff b = { .row.delay_ms = 1000 };
		int64_t delay = backoff_next(&b.row, &rules, 5, noise);
		assert_in_range(delay, 1000, 1100);
	}
}

static void
a_stable_life_starts_the_row_again(void **unused)
{
	(void)unused;
	struct backoff b = { .row.delay_ms = 800 };

	assert_int_equal(backoff_next(&b.row, &rules, 10000, 0), 0);
	assert_int_equal(backoff_next(&b.row, &rules, 9999, 0), 100);
}

static void
a_life_shorter_than_its_own_delay_is_not_stable(void **unused)
{
	(void)unused;
	struct backoff b = { .row = { .delay_ms = 25600, .given_ms = 12800 } };

	assert_int_equal(backoff_next(&b.row, &rules, 12799, 0), 25600);
	assert_int_equal(backoff_next(&b.row, &rules, 25600, 0), 0);
}

static void
failures_are_counted_in_a_window_that_slides(void **unused)
{
	(void)unused;
	struct backoff b = { 0 };

	for (int64_t i = 0; i < 9; i++)
		backoff_failed(&b, i * 20000);
	/* at 160 s those of 0, 20 and 40 s are older than 120 s */
	assert_int_equal(backoff_window(&b, &rules, 160000), 6);
	assert_int_equal(backoff_window(&b, &rules, 400000), 0);
}

static void
more_failures_than_the_memory_holds_are_still_a_loop(void **unused)
{
	(void)unused;
	struct backoff b = { 0 };

	for (int64_t i = 0; i < 3 * BACKOFF_WINDOW_MAX; i++)
		backoff_failed(&b, i);
	assert_int_equal(backoff_window(&b, &rules, 3 * BACKOFF_WINDOW_MAX),
	    BACKOFF_WINDOW_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_first_restart_is_immediate_and_then_they_double),
		cmocka_unit_test(jitter_adds_at_most_a_tenth),
		cmocka_unit_test(a_stable_life_starts_the_row_again),
		cmocka_unit_test(
		    a_life_shorter_than_its_own_delay_is_not_stable),
		cmocka_unit_test(failures_are_counted_in_a_window_that_slides),
		cmocka_unit_test(
		    more_failures_than_the_memory_holds_are_still_a_loop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
