#include "config/cron.h"

#include "core/clock.h"

#include <stdbool.h>
#include <time.h>

/*
 * A civil second is what the clocks on the wall show, counted as if they showed
 * UTC: it has no zone, and every day has 86,400 of them.
 */

#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)
#define DAYS_MAX (40 * 366)
#define EVERY_HOUR UINT32_C(0xffffff)

/* Beyond these years no clock is right, and time_t may not be large enough. */
#define WALL_MAX (INT64_C(253402300800) * 1000)

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Seconds east of UTC at that moment. */
static int64_t
offset(int64_t utc)
{
	time_t at = (time_t)utc;
	struct tm tm;
	return localtime_r(&at, &tm) == NULL ? 0 : tm.tm_gmtoff;
}

/*
 * The moment when the clocks show civil: the first of two; when they never do,
 * as if they had not been put forward.
 */
static int64_t
moment(int64_t civil)
{
	int64_t before = civil - offset(civil - DAY);
	if (before + offset(before) == civil)
		return before;
	int64_t after = civil - offset(civil + DAY);
	return after + offset(after) == civil ? after : before;
}

struct date {
	int month; /* 1 to 12 */
	int day;
	bool last; /* of its month */
	int weekday;
};

/* Years begin in March here, so that the leap day is a year's last. */
static void
march_date(int64_t days, int *month, int *day)
{
	int64_t in_era =
	    days + 719468 - floor_div(days + 719468, 146097) * 146097;
	int64_t year =
	    (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t m = (5 * in_year + 2) / 153;
	*day = (int)(in_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
}

static struct date
date_of(int64_t days)
{
	struct date d;
	int month, day;
	march_date(days, &d.month, &d.day);
	march_date(days + 1, &month, &day);
	d.last = day == 1;
	d.weekday = (int)(days + 4 - floor_div(days + 4, 7) * 7);
	return d;
}

static bool
day_is_due(const struct plan_cron *c, int64_t days)
{
	struct date d = date_of(days);
	bool day = (c->days >> d.day & 1) != 0 ||
		   (d.last && (c->days & CRON_LAST_DAY) != 0);
	bool weekday = (c->weekdays >> d.weekday & 1) != 0;
	if ((c->months >> d.month & 1) == 0)
		return false;
	return c->any_day || c->any_weekday ? day && weekday : day || weekday;
}

/* The first day from days on that is due, or -1 + days when none comes. */
static int64_t
due_day(const struct plan_cron *c, int64_t days)
{
	for (int64_t i = 0; i < DAYS_MAX; i++)
		if (day_is_due(c, days + i))
			return days + i;
	return days - 1;
}

/* The first bit from `from` on; 64 when there is none. */
static int
next_bit(uint64_t bits, int from)
{
	uint64_t rest = from > 63 ? 0 : bits >> from;
	return rest == 0 ? 64 : from + __builtin_ctzll(rest);
}

/* The first due second of an hour, from `from` on; HOUR when there is none. */
static int64_t
in_hour(const struct plan_cron *c, int64_t from)
{
	int minute = next_bit(c->minutes, (int)(from / 60));
	int second = minute == from / 60
			 ? next_bit(c->seconds, (int)(from % 60))
			 : next_bit(c->seconds, 0);
	if (minute < 64 && second == 64) {
		minute = next_bit(c->minutes, minute + 1);
		second = next_bit(c->seconds, 0);
	}
	return minute == 64 ? HOUR : (int64_t)minute * 60 + second;
}

/* The same of a day. */
static int64_t
in_day(const struct plan_cron *c, int64_t from)
{
	for (int hour = next_bit(c->hours, (int)(from / HOUR)); hour < 24;
	     hour = next_bit(c->hours, hour + 1)) {
		int64_t rest = hour == from / HOUR ? from % HOUR : 0;
		int64_t found = in_hour(c, rest);
		if (found < HOUR)
			return hour * HOUR + found;
	}
	return DAY;
}

/* Every hour that passes is looked at, whatever the clocks call it. */
static int64_t
next_of_every_hour(const struct plan_cron *c, int64_t utc)
{
	for (int i = 0; i < 100; i++) {
		int64_t civil = utc + offset(utc);
		int64_t today = floor_div(civil, DAY);
		int64_t day = due_day(c, today);
		int64_t rest = civil - floor_div(civil, HOUR) * HOUR;
		if (day < today)
			return NEVER;
		if (day > today) {
			utc = moment(day * DAY);
			continue;
		}
		int64_t found = in_hour(c, rest);
		if (found < HOUR)
			return utc - rest + found;
		utc += HOUR - rest;
	}
	return NEVER;
}

/* The first civil second from `civil` on; NEVER when there is none. */
static int64_t
next_civil(const struct plan_cron *c, int64_t civil)
{
	int64_t today = floor_div(civil, DAY);
	int64_t from = civil - today * DAY;
	int64_t day = due_day(c, today);
	if (day == today && in_day(c, from) < DAY)
		return day * DAY + in_day(c, from);
	day = day < today ? day : due_day(c, today + 1);
	return day <= today ? NEVER : day * DAY + in_day(c, 0);
}

/* Those that the clocks have shown before are passed over. */
static int64_t
next_of_day(const struct plan_cron *c, int64_t utc)
{
	int64_t civil = utc + offset(utc);
	for (int i = 0; i < DAY; i++) {
		civil = next_civil(c, civil);
		if (civil == NEVER)
			return NEVER;
		if (moment(civil) >= utc)
			return moment(civil);
		civil++;
	}
	return NEVER;
}

int64_t
cron_next(const struct plan_cron *cron, int64_t wall_ms)
{
	if (!cron->set || wall_ms < 0 || wall_ms > WALL_MAX)
		return NEVER;
	int64_t utc = wall_ms / 1000 + 1;
	int64_t due = (cron->hours & EVERY_HOUR) == EVERY_HOUR
			  ? next_of_every_hour(cron, utc)
			  : next_of_day(cron, utc);
	return due == NEVER ? NEVER : due * 1000;
}
