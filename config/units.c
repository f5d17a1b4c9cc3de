#include "config/units.h"

#include "core/guard.h"
#include "core/signame.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct unit {
	const char *name;
	const char *text;
	int64_t ms;
} units[] = {
	{ "ms", "ms", 1 },
	{ "s", "s", 1000 },
	{ "m", "min", 60 * 1000 },
	{ "h", "h", 60 * 60 * 1000 },
};

static const int64_t longest = INT64_C(365) * 24 * 60 * 60 * 1000;

/* A whole number without sign at the start of text; *ret_end behind it. */
static int64_t
leading_number(const char *text, const char **ret_end)
{
	int64_t n = 0;
	const char *p = text;
	for (; *p >= '0' && *p <= '9'; p++)
		n = n > longest ? n : n * 10 + (*p - '0');
	*ret_end = p;
	return n;
}

int
units_duration(const char *text, int64_t *ret_ms, const char **ret_why)
{
	const char *unit;
	int64_t n = leading_number(text, &unit);
	*ret_why = "is not a duration";
	if (unit == text)
		return -1;
	if (*unit == '\0') {
		*ret_why = "has no unit";
		return -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(unit, units[i].name) != 0)
			continue;
		if (n > longest / units[i].ms) {
			*ret_why = "is longer than a year";
			return -1;
		}
		*ret_ms = n * units[i].ms;
		return 0;
	}
	return -1;
}

void
units_text(int64_t ms, char text[UNITS_TEXT_MAX])
{
	const struct unit *fits = &units[0];
	for (size_t i = 1; i < ARRAY_LEN(units) && ms > 0; i++)
		if (ms % units[i].ms == 0)
			fits = &units[i];
	(void)snprintf(text, UNITS_TEXT_MAX, "%lld %s",
	    (long long)(ms / fits->ms), fits->text);
}

int
units_signal(const char *text)
{
	const char *end;
	int64_t n = leading_number(text, &end);
	if (end != text)
		return *end == '\0' && n >= 1 && n <= 64 ? (int)n : -1;
	return signame_number(text);
}

void
units_signal_text(int number, char text[UNITS_TEXT_MAX])
{
	if (number < SIGRTMIN)
		(void)snprintf(text, UNITS_TEXT_MAX, "%s", signame(number));
	else /* libcs count the real-time ones from different numbers */
		(void)snprintf(text, UNITS_TEXT_MAX, "signal %d", number);
}
