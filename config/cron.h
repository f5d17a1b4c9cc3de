#ifndef CONFIG_CRON_H
#define CONFIG_CRON_H

#include "config/plan.h"

#include <stddef.h>
#include <stdint.h>

/*
 * "When", as cron writes it: five fields, minute, hour, day of the month,
 * month, day of the week, or six with the second in front.  Each is `*`, a
 * number, a range `1-5`, either with a step (`*`/15, 8-18/2, and 5/10 for
 * 5-59/10), or a list of those.  Months and days of the week have their English
 * names of three letters; 0 and 7 are Sunday; `L` is the last day of the
 * month; `?` in one of the two day fields is `*`.  @hourly, @daily (@midnight),
 * @weekly, @monthly and @yearly (@annually) are short for five fields.
 *
 * When both day fields say something, either of them makes a day due, as in
 * every cron.  Times are local: TZ and /etc/localtime decide, as for the app;
 * without both that is UTC.  A time that the clocks jump over is due as long
 * after the jump as it would have been after the hour before; one that they
 * show twice is due the first time; but where every hour is due, each hour that
 * passes is one.
 */

#define CRON_WHY_MAX 160

/*
 * 0 with *ret filled, or -1 and a phrase that begins with a verb ("has 4
 * fields ..."); what can never be due is refused as well.  Reads the time zone,
 * so that cron_next opens no file.
 */
int cron_parse(const char *text, struct plan_cron *ret, char why[CRON_WHY_MAX]);

/*
 * The first time that is due after wall_ms, both in ms of the wall clock; NEVER
 * when none comes within 40 years.  No heap, bounded work.
 */
int64_t cron_next(const struct plan_cron *cron, int64_t wall_ms);

/* The bit of plan_cron.days that stands for the month's last day. */
#define CRON_LAST_DAY (UINT32_C(1) << 0)

#endif
