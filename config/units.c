#include "config/units.h"

#include "core/guard.h"
#include "core/signame.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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

static const char size_letters[] = "bkmgt";

/* "", "B", "K", "KB" or "KiB": the power of 1024, or -1. */
static int
size_power(const char *unit)
{
	static const char *const tails[] = { "", "b", "ib" };
	if (*unit == '\0' || strcasecmp(unit, "b") == 0)
		return 0;
	for (int power = 1; size_letters[power] != '\0'; power++) {
		if ((*unit | 0x20) != size_letters[power])
			continue;
		for (size_t i = 0; i < ARRAY_LEN(tails); i++)
			if (strcasecmp(unit + 1, tails[i]) == 0)
				return power;
	}
	return -1;
}

int
units_size(
    const char *text, int64_t *ret_bytes, bool *ret_bare, const char **ret_why)
{
	int64_t n = 0;
	const char *unit = text;
	for (; *unit >= '0' && *unit <= '9'; unit++)
		n = n > UNITS_SIZE_MAX ? n : n * 10 + (*unit - '0');
	int power = size_power(unit);
	*ret_why = "is not a size";
	if (unit == text || power == -1)
		return -1;
	if (n > UNITS_SIZE_MAX >> 10 * power) {
		*ret_why = "is larger than 1024 TB";
		return -1;
	}
	*ret_bytes = n << 10 * power;
	*ret_bare = *unit == '\0';
	return 0;
}

void
units_size_text(int64_t bytes, char text[UNITS_TEXT_MAX])
{
	int power = 0;
	while (
	    bytes > 0 && bytes % 1024 == 0 && size_letters[power + 1] != '\0') {
		bytes /= 1024;
		power++;
	}
	(void)snprintf(text, UNITS_TEXT_MAX, "%lld %.*s%s", (long long)bytes,
	    power > 0, &"BKMGT"[power], "B");
}

/* "+3" from 34, "-3" from 64; nothing: the number itself. */
static int
real_time(const char *offset, int from, char sign)
{
	const char *end = offset;
	int64_t n = 0;
	if (*offset == sign) {
		n = leading_number(offset + 1, &end);
		if (end == offset + 1)
			return -1;
	}
	if (*end != '\0' || n > 30)
		return -1;
	return from + (int)(sign == '+' ? n : -n);
}

int
units_signal(const char *text)
{
	const char *end;
	int64_t n = leading_number(text, &end);
	if (end != text)
		return *end == '\0' && n >= 1 && n <= 64 ? (int)n : -1;
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	if (strncasecmp(name, "RTMIN", 5) == 0)
		return real_time(name + 5, 34, '+');
	if (strncasecmp(name, "RTMAX", 5) == 0)
		return real_time(name + 5, 64, '-');
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
