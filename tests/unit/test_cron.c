#include "config/cron.h"

#include "core/clock.h"
#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

/* Central Europe, written out: no file of zones is needed. */
#define EUROPE "CET-1CEST,M3.5.0,M10.5.0/3"
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"

static void
use_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

/* "2026-11-21 10:07:00" of UTC. */
static int64_t
utc(const char *text)
{
	struct tm tm = { 0 };
	assert_non_null(strptime(text, "%Y-%m-%d %H:%M:%S", &tm));
	return (int64_t)timegm(&tm) * 1000;
}

static char *
utc_text(int64_t ms)
{
	static char text[32];
	time_t at = (time_t)(ms / 1000);
	struct tm tm;
	if (ms == NEVER)
		return "never";
	(void)strftime(
	    text, sizeof(text), "%Y-%m-%d %H:%M:%S", gmtime_r(&at, &tm));
	return text;
}

struct next_case {
	const char *text;
	const char *now; /* UTC, as is `next` */
	const char *next;
};

static void
check_next(const struct next_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct plan_cron cron;
		char why[CRON_WHY_MAX] = "";
		if (cron_parse(cases[i].text, &cron, why) == -1)
			fail_msg("%s: %s", cases[i].text, why);
		int64_t next = cron_next(&cron, utc(cases[i].now));
		if (strcmp(utc_text(next), cases[i].next) != 0)
			fail_msg("%s after %s: %s", cases[i].text, cases[i].now,
			    utc_text(next));
	}
}

static void
each_field_decides_in_its_own_way(void **unused)
{
	(void)unused;
	static const struct next_case cases[] = {
		{ "* * * * *", "2026-11-21 10:07:00", "2026-11-21 10:08:00" },
		{ "* * * * * *", "2026-11-21 10:07:59", "2026-11-21 10:08:00" },
		{ "30 * * * * *", "2026-11-21 10:07:30",
		    "2026-11-21 10:08:30" },
		{ "*/15 * * * *", "2026-11-21 10:07:00",
		    "2026-11-21 10:15:00" },
		{ "5/10 * * * *", "2026-11-21 10:07:00",
		    "2026-11-21 10:15:00" },
		{ "0 4 * * *", "2026-11-21 10:07:00", "2026-11-22 04:00:00" },
		{ " 0  4 * * * ", "2026-11-21 03:59:59",
		    "2026-11-21 04:00:00" },
		{ "0 8-18/2 * * 1-5", "2026-11-20 18:00:00",
		    "2026-11-23 08:00:00" },
		{ "0 0 * JAN-MAR MON,fri", "2026-11-21 10:07:00",
		    "2027-01-01 00:00:00" },
		{ "0 0 * * 7", "2026-11-21 10:07:00", "2026-11-22 00:00:00" },
		{ "0 0 * * 5-7", "2026-11-21 10:07:00", "2026-11-22 00:00:00" },
		{ "0 0 ? * 1", "2026-11-21 10:07:00", "2026-11-23 00:00:00" },
		{ "1,3,5-7 12 * * *", "2026-11-21 12:05:00",
		    "2026-11-21 12:06:00" },
	};
	use_zone("UTC0");
	check_next(cases, ARRAY_LEN(cases));
}

static void
the_short_names_are_what_cron_has(void **unused)
{
	(void)unused;
	static const struct next_case cases[] = {
		{ "@hourly", "2026-11-21 10:07:00", "2026-11-21 11:00:00" },
		{ "@daily", "2026-11-21 10:07:00", "2026-11-22 00:00:00" },
		{ "@midnight", "2026-11-21 00:00:00", "2026-11-22 00:00:00" },
		{ "@weekly", "2026-11-21 10:07:00", "2026-11-22 00:00:00" },
		{ "@monthly", "2026-11-21 10:07:00", "2026-12-01 00:00:00" },
		{ "@yearly", "2026-11-21 10:07:00", "2027-01-01 00:00:00" },
		{ "@annually", "2026-11-21 10:07:00", "2027-01-01 00:00:00" },
	};
	use_zone("UTC0");
	check_next(cases, ARRAY_LEN(cases));
}

static void
months_of_every_length_and_leap_years_are_known(void **unused)
{
	(void)unused;
	static const struct next_case cases[] = {
		{ "0 0 31 * *", "2026-04-01 00:00:00", "2026-05-31 00:00:00" },
		{ "0 0 29 2 *", "2026-11-21 00:00:00", "2028-02-29 00:00:00" },
		{ "0 0 29 2 *", "2096-03-01 00:00:00", "2104-02-29 00:00:00" },
		{ "0 0 L * *", "2026-11-21 00:00:00", "2026-11-30 00:00:00" },
		{ "0 0 L 2 *", "2027-11-21 00:00:00", "2028-02-29 00:00:00" },
		{ "59 59 23 31 12 *", "2026-12-31 23:59:59",
		    "2027-12-31 23:59:59" },
	};
	use_zone("UTC0");
	check_next(cases, ARRAY_LEN(cases));
}

static void
either_of_two_day_fields_makes_a_day_due(void **unused)
{
	(void)unused;
	static const struct next_case cases[] = {
		{ "0 0 13 * 5", "2026-11-10 00:00:00", "2026-11-13 00:00:00" },
		{ "0 0 25 * 1", "2026-11-21 00:00:00", "2026-11-23 00:00:00" },
		{ "0 0 25 * 1", "2026-11-23 00:00:00", "2026-11-25 00:00:00" },
		{ "0 0 31 2 1", "2026-11-21 00:00:00", "2027-02-01 00:00:00" },
		/* a step on a star is no choice: both must agree */
		{ "0 0 */2 * 1", "2026-11-21 00:00:00", "2026-11-23 00:00:00" },
		{ "0 0 */2 * 1", "2026-11-23 00:00:00", "2026-12-07 00:00:00" },
	};
	use_zone("UTC0");
	check_next(cases, ARRAY_LEN(cases));
}

/* 2026: forward on 29 March 01:00 UTC, back on 25 October 01:00 UTC. */
static void
times_are_local_and_survive_the_clocks_being_put(void **unused)
{
	(void)unused;
	static const struct next_case cases[] = {
		{ "0 4 * * *", "2026-07-01 00:00:00", "2026-07-01 02:00:00" },
		{ "0 4 * * *", "2026-12-01 00:00:00", "2026-12-01 03:00:00" },
		/* 02:30 does not exist: an hour later, and once */
		{ "30 2 * * *", "2026-03-28 20:00:00", "2026-03-29 01:30:00" },
		{ "30 2 * * *", "2026-03-29 01:30:00", "2026-03-30 00:30:00" },
		/* 02:30 comes twice: the first time, and once */
		{ "30 2 * * *", "2026-10-24 20:00:00", "2026-10-25 00:30:00" },
		{ "30 2 * * *", "2026-10-25 00:30:00", "2026-10-26 01:30:00" },
		{ "30 2 * * *", "2026-10-25 01:10:00", "2026-10-26 01:30:00" },
		/* every hour is every hour that passes */
		{ "0 * * * *", "2026-10-25 00:00:00", "2026-10-25 01:00:00" },
		{ "0 * * * *", "2026-10-25 01:00:00", "2026-10-25 02:00:00" },
		{ "0 * * * *", "2026-03-29 00:00:00", "2026-03-29 01:00:00" },
		{ "*/20 * 29 3 *", "2026-03-28 20:00:00",
		    "2026-03-28 23:00:00" },
	};
	use_zone(EUROPE);
	check_next(cases, ARRAY_LEN(cases));
	use_zone("UTC0");
}

static void
a_shift_of_half_an_hour_is_survived_too(void **unused)
{
	(void)unused;
	static const struct next_case cases[] = {
		{ "15 2 * * *", "2026-10-03 12:00:00", "2026-10-03 15:45:00" },
		{ "15 * * * *", "2026-10-03 15:20:00", "2026-10-03 16:15:00" },
		{ "0 0 * * *", "2026-10-03 12:00:00", "2026-10-03 13:30:00" },
	};
	use_zone(LORD_HOWE);
	check_next(cases, ARRAY_LEN(cases));
	use_zone("UTC0");
}

/* What cron_next says must be what a walk over all minutes says. */
static void
a_walk_over_the_minutes_finds_the_same(void **unused)
{
	(void)unused;
	static const char *const texts[] = { "7 3 * * *", "*/40 1-22 1-15 * *",
		"0 0 L * 3", "13 13 13 * *", "5 */6 * 2,11 1-5" };
	use_zone("UTC0");
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct plan_cron c;
		char why[CRON_WHY_MAX];
		assert_int_equal(cron_parse(texts[i], &c, why), 0);
		int64_t next = cron_next(&c, utc("2027-01-30 11:11:11"));
		for (int64_t t = utc("2027-01-30 11:12:00");
		     t < utc("2028-04-01 00:00:00"); t += 60000) {
			assert_true(next >= t);
			if (next != t)
				continue;
			time_t at = (time_t)(t / 1000);
			struct tm tm;
			gmtime_r(&at, &tm);
			assert_true(c.minutes >> tm.tm_min & 1);
			assert_true(c.hours >> tm.tm_hour & 1);
			assert_true(c.months >> (tm.tm_mon + 1) & 1);
			next = cron_next(&c, t);
			assert_true(next > t);
		}
	}
}

static void
what_is_no_time_is_refused_with_a_reason(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "", "5 fields" },
		{ "* * * *", "5 fields" },
		{ "* * * * * * *", "5 fields" },
		{ "@reboot", "5 fields" },
		{ "60 * * * *", "minute \"60\", which is out of range" },
		{ "* 24 * * *", "hour \"24\", which is out of range" },
		{ "* * 0 * *", "day of the month \"0\"" },
		{ "* * * 13 *", "month \"13\"" },
		{ "* * * * 8", "day of the week \"8\"" },
		{ "*/0 * * * *", "step" },
		{ "*/60 * * * *", "step" },
		{ "22-2 * * * *", "backwards" },
		{ "1- * * * *", "without an end" },
		{ "a * * * *", "neither a number" },
		{ "1,,2 * * * *", "neither a number" },
		{ "1, * * * *", "neither a number" },
		{ "? * * * *", "only a day field" },
		{ "5x * * * *", "not understood" },
		{ "* * 15W * *", "not understood" },
		{ "* * * * 5#2", "not understood" },
		{ "99999999999 * * * *", "out of range" },
		{ "0 0 31 2 *", "none of its months" },
		{ "0 0 31 4,6,9,11 *", "none of its months" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct plan_cron c;
		char why[CRON_WHY_MAX] = "";
		if (cron_parse(cases[i].text, &c, why) != -1)
			fail_msg("%s was taken", cases[i].text);
		if (strstr(why, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].text, why);
	}
}

static void
a_clock_that_is_off_for_ages_is_no_trouble(void **unused)
{
	(void)unused;
	struct plan_cron c;
	char why[CRON_WHY_MAX];
	assert_int_equal(cron_parse("0 4 * * *", &c, why), 0);
	assert_true(cron_next(&c, INT64_MIN) == NEVER);
	assert_true(cron_next(&c, INT64_MAX) == NEVER);
	assert_true(cron_next(&c, 0) == INT64_C(4) * 3600 * 1000);
	assert_true(cron_next(&(struct plan_cron){ 0 }, 0) == NEVER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_decides_in_its_own_way),
		cmocka_unit_test(the_short_names_are_what_cron_has),
		cmocka_unit_test(
		    months_of_every_length_and_leap_years_are_known),
		cmocka_unit_test(either_of_two_day_fields_makes_a_day_due),
		cmocka_unit_test(
		    times_are_local_and_survive_the_clocks_being_put),
		cmocka_unit_test(a_shift_of_half_an_hour_is_survived_too),
		cmocka_unit_test(a_walk_over_the_minutes_finds_the_same),
		cmocka_unit_test(what_is_no_time_is_refused_with_a_reason),
		cmocka_unit_test(a_clock_that_is_off_for_ages_is_no_trouble),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
