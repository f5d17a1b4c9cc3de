#include "config/cron.h"

#include "core/guard.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum field { SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };

static const struct {
	const char *title;
	int min;
	int max;
	const char *names; /* of three letters each, from min on */
} fields[FIELDS] = {
	[SECOND] = { "second", 0, 59, NULL },
	[MINUTE] = { "minute", 0, 59, NULL },
	[HOUR] = { "hour", 0, 23, NULL },
	[DAY] = { "day of the month", 1, 31, NULL },
	[MONTH] = { "month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec" },
	[WEEKDAY] = { "day of the week", 0, 7, "sunmontuewedthufrisat" },
};

static const struct {
	const char *name;
	const char *text;
} shorts[] = {
	{ "@hourly", "0 * * * *" },
	{ "@daily", "0 0 * * *" },
	{ "@midnight", "0 0 * * *" },
	{ "@weekly", "0 0 * * 0" },
	{ "@monthly", "0 0 1 * *" },
	{ "@yearly", "0 0 1 1 *" },
	{ "@annually", "0 0 1 1 *" },
};

struct reader {
	enum field field;
	const char *p;
	const char *end; /* of the field */
	char *why;
};

static int
fail(const struct reader *r, const char *what)
{
	(void)snprintf(r->why, CRON_WHY_MAX, "has the %s \"%.*s\", which %s",
	    fields[r->field].title,
	    (int)(r->end - r->p > 40 ? 40 : r->end - r->p), r->p, what);
	return -1;
}

static bool
take(const char **p, const char *end, char c)
{
	if (*p == end || **p != c)
		return false;
	(*p)++;
	return true;
}

/* Digits, at most four of them; -1 when there are none. */
static int
number(const char **p, const char *end)
{
	int n = -1;
	for (int i = 0; i < 4 && *p < end && **p >= '0' && **p <= '9'; i++)
		n = (n < 0 ? 0 : n * 10) + (*(*p)++ - '0');
	return n;
}

/* A number or a name; -1 when there is neither. */
static int
value(enum field field, const char **p, const char *end)
{
	const char *names = fields[field].names;
	for (int i = 0; names != NULL && names[i] != '\0' && end - *p >= 3;
	     i += 3) {
		if (strncasecmp(*p, names + i, 3) == 0) {
			*p += 3;
			return fields[field].min + i / 3;
		}
	}
	return number(p, end);
}

/* The first and last of "*", "5", "1-5"; whether a step may follow. */
static int
range(const struct reader *r, const char **p, const char *end, int *first,
    int *last)
{
	int max = fields[r->field].max;
	if (take(p, end, '*')) {
		*first = fields[r->field].min;
		*last = r->field == WEEKDAY ? 6 : max;
		return 0;
	}
	*first = value(r->field, p, end);
	if (*first == -1)
		return fail(r, "is neither a number nor a name");
	*last = *first;
	if (take(p, end, '-')) {
		*last = value(r->field, p, end);
		if (*last == -1)
			return fail(r, "is a range without an end");
	} else if (p[0] < end && **p == '/') {
		*last = r->field == WEEKDAY ? 6 : max;
	}
	if (*first < fields[r->field].min || *first > max || *last > max)
		return fail(r, "is out of range");
	if (*first > *last)
		return fail(r, "is a range that runs backwards");
	return 0;
}

/* One element of a list; its bits are added. */
static int
element(const struct reader *r, const char *p, const char *end, uint64_t *bits)
{
	int first = 0;
	int last = 0;
	int step = 1;
	if (r->field == DAY && end - p == 1 && (*p == 'L' || *p == 'l')) {
		*bits |= CRON_LAST_DAY;
		return 0;
	}
	if (range(r, &p, end, &first, &last) == -1)
		return -1;
	if (take(&p, end, '/')) {
		step = number(&p, end);
		if (step < 1 || step > fields[r->field].max)
			return fail(r, "has a step out of range");
	}
	if (p != end)
		return fail(r, "is not understood");
	for (int i = first; i <= last; i += step)
		*bits |= UINT64_C(1) << (r->field == WEEKDAY ? i % 7 : i);
	return 0;
}

/* *any: the field says nothing. */
static int
field_read(const struct reader *r, uint64_t *bits, bool *any)
{
	static const char every[] = "*";
	const char *p = r->p;
	*bits = 0;
	/* As cron has it: a step on "*" is still no choice of days. */
	*any = *p == '*' || *p == '?';
	if (r->end - p == 1 && *p == '?') {
		if (r->field != DAY && r->field != WEEKDAY)
			return fail(r, "only a day field can be");
		return element(r, every, every + 1, bits);
	}
	while (true) {
		const char *comma = memchr(p, ',', (size_t)(r->end - p));
		const char *end = comma == NULL ? r->end : comma;
		if (element(r, p, end, bits) == -1)
			return -1;
		if (comma == NULL)
			return 0;
		p = comma + 1;
	}
}

/* Whether some month that is due has some day that is due. */
static bool
is_ever_due(const struct plan_cron *c)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	if ((!c->any_day && !c->any_weekday) || (c->days & CRON_LAST_DAY) != 0)
		return true;
	for (int m = 0; m < 12; m++)
		for (int d = 1; d <= days[m]; d++)
			if ((c->months >> (m + 1) & 1) != 0 &&
			    (c->days >> d & 1) != 0)
				return true;
	return false;
}

/* Up to FIELDS + 1 words of text; how many there are. */
static int
split(const char *text, struct reader words[FIELDS + 1])
{
	int count = 0;
	for (const char *p = text + strspn(text, " \t"); *p != '\0';
	     p += strspn(p, " \t")) {
		if (count > FIELDS)
			return count;
		words[count].p = p;
		p += strcspn(p, " \t");
		words[count++].end = p;
	}
	return count;
}

static const char *
long_form(const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(shorts); i++)
		if (strcasecmp(text, shorts[i].name) == 0)
			return shorts[i].text;
	return text;
}

int
cron_parse(const char *text, struct plan_cron *ret, char why[CRON_WHY_MAX])
{
	struct reader words[FIELDS + 1];
	uint64_t bits[FIELDS] = { [SECOND] = 1 };
	bool any[FIELDS];
	int count = split(long_form(text), words);
	if (count != FIELDS && count != FIELDS - 1) {
		(void)snprintf(why, CRON_WHY_MAX,
		    "must be 5 fields, minute hour day month weekday, or 6 "
		    "with the second in front, such as \"0 4 * * *\"");
		return -1;
	}
	for (int i = 0; i < count; i++) {
		struct reader *r = &words[i];
		r->field = (enum field)(FIELDS - count + i);
		r->why = why;
		if (field_read(r, &bits[r->field], &any[r->field]) == -1)
			return -1;
	}
	struct plan_cron c = {
		.set = true,
		.seconds = bits[SECOND],
		.minutes = bits[MINUTE],
		.hours = (uint32_t)bits[HOUR],
		.days = (uint32_t)bits[DAY],
		.months = (uint32_t)bits[MONTH],
		.weekdays = (uint32_t)bits[WEEKDAY],
		.any_day = any[DAY],
		.any_weekday = any[WEEKDAY],
	};
	if (!is_ever_due(&c)) {
		(void)snprintf(why, CRON_WHY_MAX,
		    "names a day that none of its months has");
		return -1;
	}
	tzset();
	*ret = c;
	return 0;
}
