#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/units.h"

#include "core/guard.h"

#include <signal.h>
#include <string.h>

#define KB INT64_C(1024)

static void
sizes_count_in_1024_with_every_spelling(void **unused)
{
	static const struct {
		const char *text;
		int64_t bytes;
		bool bare;
	} cases[] = {
		{ "0", 0, true },
		{ "512", 512, true },
		{ "512B", 512, false },
		{ "512b", 512, false },
		{ "64k", 64 * KB, false },
		{ "64K", 64 * KB, false },
		{ "64kB", 64 * KB, false },
		{ "64KiB", 64 * KB, false },
		{ "450M", 450 * KB * KB, false },
		{ "450MB", 450 * KB * KB, false },
		{ "450mb", 450 * KB * KB, false },
		{ "450MiB", 450 * KB * KB, false },
		{ "1g", KB * KB * KB, false },
		{ "1024TB", UNITS_SIZE_MAX, false },
		{ "1125899906842624", UNITS_SIZE_MAX, true },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t bytes = -1;
		bool bare = !cases[i].bare;
		const char *why;
		int r = units_size(cases[i].text, &bytes, &bare, &why);
		if (r != 0 || bytes != cases[i].bytes || bare != cases[i].bare)
			fail_msg(
			    "%s: %d %lld", cases[i].text, r, (long long)bytes);
	}
}

static void
what_is_no_size_is_refused(void **unused)
{
	static const char *const cases[] = { "", "M", "-1M", "1.5G", "1 G",
		"1X", "1iB", "1Bi", "1MBs", "1KiBi", "1025TB",
		"1152921504606846976", "99999999999999999999",
		"99999999999999999999G", "90%" };
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t bytes = -1;
		bool bare;
		const char *why = NULL;
		if (units_size(cases[i], &bytes, &bare, &why) != -1 ||
		    bytes != -1 || why == NULL)
			fail_msg("%s: %lld", cases[i], (long long)bytes);
	}
}

static void
a_size_is_written_in_its_largest_whole_unit(void **unused)
{
	static const struct {
		int64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0 B" },
		{ 1000, "1000 B" },
		{ 1024, "1 KB" },
		{ 450 * KB * KB, "450 MB" },
		{ 1536 * KB, "1536 KB" },
		{ UNITS_SIZE_MAX, "1024 TB" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[UNITS_TEXT_MAX];
		units_size_text(cases[i].bytes, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void
signals_have_names_and_numbers(void **unused)
{
	static const struct {
		const char *text;
		int number;
	} cases[] = {
		{ "TERM", SIGTERM },
		{ "SIGTERM", SIGTERM },
		{ "sigterm", SIGTERM },
		{ "15", 15 },
		{ "RTMIN", 34 },
		{ "SIGRTMIN+3", 37 },
		{ "rtmin+30", 64 },
		{ "RTMAX", 64 },
		{ "RTMAX-30", 34 },
		{ "64", 64 },
		{ "0", -1 },
		{ "65", -1 },
		{ "15x", -1 },
		{ "-1", -1 },
		{ "", -1 },
		{ "SIG", -1 },
		{ "SIGSIGTERM", -1 },
		{ "RTMIN+", -1 },
		{ "RTMIN+31", -1 },
		{ "RTMIN-1", -1 },
		{ "RTMIN+3x", -1 },
		{ "RTMIN+99999999999999999999", -1 },
		{ "RTMAX+1", -1 },
		{ "RTMAX-31", -1 },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (units_signal(cases[i].text) != cases[i].number)
			fail_msg("%s: %d", cases[i].text,
			    units_signal(cases[i].text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_count_in_1024_with_every_spelling),
		cmocka_unit_test(what_is_no_size_is_refused),
		cmocka_unit_test(a_size_is_written_in_its_largest_whole_unit),
		cmocka_unit_test(signals_have_names_and_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
