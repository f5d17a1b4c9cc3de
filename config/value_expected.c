#include "config/value_expected.h"

#include "core/buf.h"
#include "core/guard.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void
add_choices(struct buf *b, const char *choices)
{
	for (const char *p = choices; p != NULL;) {
		const char *bar = strchr(p, '|');
		int len = bar == NULL ? (int)strlen(p) : (int)(bar - p);
		buf_fmt(b, "%s\"%.*s\"", p == choices ? "" : ", ", len, p);
		p = bar == NULL ? NULL : bar + 1;
	}
}

static const char *const expected[] = {
	[KEY_OBJECT] = "must be an object",
	[KEY_OBJECTS] = "must be a list of objects",
	[KEY_NAMED] = "must be an object of named objects",
	[KEY_STRING] = "must be a string",
	[KEY_REF] = "must be a string",
	[KEY_WEB] = "must be a URL",
	[KEY_WEB_REF] = "must be a URL or a reference",
	[KEY_LISTEN] = "must be an address",
	[KEY_URL] = "must be a URL",
	[KEY_TCP] = "must be an address",
	[KEY_BOOL] = "must be true or false",
	[KEY_DURATION] = "must be a duration",
	[KEY_INTEGER] = "must be a whole number",
	[KEY_COUNT] = "must be a whole number",
	[KEY_CHOICE] = "must be",
	[KEY_EITHER] = "must be",
	[KEY_SIGNAL] = "must be a signal",
	[KEY_COMMAND] = "must be a list of strings",
	[KEY_AFTER] = "must be a list of other services' names",
	[KEY_ADDRESSES] = "must be a list of addresses",
	[KEY_SIGNALS] = "must be an object of signals and what becomes of them",
	[KEY_CODES] = "must be a list of exit codes from 0 to 255",
	[KEY_MAP] = "must be an object of strings",
	[KEY_SECRET] = "must be a string, or an object",
	[KEY_PROBE] = "must be an object with http, tcp or exec, a list, or",
	[KEY_CRON] = "must be a cron expression",
	[KEY_SHARE] = "must be a size or a percentage",
	[KEY_HEAP] = "must be a size, or",
	[KEY_USER] = "must be a name or a number",
	[KEY_UMASK] = "must be up to 777, in octal digits",
	[KEY_CONTROL] = "must be a path, \"@name\" or \"off\"",
	[KEY_LIMIT] = "must be a number, \"soft:hard\" or \"unlimited\"",
	[KEY_LIMIT_SIZE] = "must be a size, \"soft:hard\" or \"unlimited\"",
	[KEY_LIMIT_TIME] = ("must be a number of seconds, \"soft:hard\" "
			    "or \"unlimited\""),
	[KEY_LATER] = "is not supported by this version",
};
_Static_assert(ARRAY_LEN(expected) == KEY_TYPES, "a phrase per type");

void
value_expected(const struct key *key, char text[VALUE_WHY_MAX])
{
	struct buf b;
	buf_init(&b, text, VALUE_WHY_MAX);
	buf_str(&b, expected[key->type]);
	if (key->type == KEY_CHOICE || key->type == KEY_EITHER ||
	    key->type == KEY_PROBE || key->type == KEY_HEAP) {
		assert(key->choices != NULL);
		buf_str(&b, strchr(key->choices, '|') ? " one of " : " ");
		add_choices(&b, key->choices);
	} else if (key->type == KEY_INTEGER || key->type == KEY_COUNT) {
		buf_fmt(&b, " from %lld to %lld", (long long)key->min,
		    (long long)key->max);
		if (key->choices != NULL)
			buf_str(&b, ", or ");
		add_choices(&b, key->choices);
	} else if (key->type == KEY_BOOL || key->type == KEY_STRING) {
		return;
	} else if (key->example != NULL) {
		buf_fmt(&b, " such as %s", key->example);
	}
}

int
value_expected_fail(
    const struct key *key, char why[VALUE_WHY_MAX], const char *but)
{
	value_expected(key, why);
	size_t len = strlen(why);
	if (but[0] != '\0')
		(void)snprintf(
		    why + len, VALUE_WHY_MAX - len, "; this one %s", but);
	return -1;
}
