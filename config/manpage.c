#include "config/manpage.h"

#include "config/keys.h"
#include "config/units.h"
#include "config/value.h"
#include "config/vars.h"
#include "core/guard.h"

#include <string.h>

/* What troff would take for its own is escaped. */
static void
text(FILE *to, const char *s)
{
	for (const char *p = s; *p != '\0'; p++) {
		if (*p == '\\')
			(void)fputs("\\e", to);
		else if (*p == '-')
			(void)fputs("\\-", to);
		else if ((*p == '.' || *p == '\'') && p == s)
			(void)fprintf(to, "\\&%c", *p);
		else
			(void)fputc(*p, to);
	}
}

/* "services.*.stop" is shown as services.NAME.stop. */
static void
path(FILE *to, const char *s)
{
	const char *star = strchr(s, '*');
	(void)fputs("\\fB", to);
	if (star == NULL) {
		text(to, s);
	} else {
		(void)fprintf(to, "%.*s\\fINAME\\fB", (int)(star - s), s);
		text(to, star + 1);
	}
	(void)fputs("\\fR", to);
}

static const char *const type_names[] = {
	[KEY_OBJECT] = "object",
	[KEY_OBJECTS] = "list of objects",
	[KEY_NAMED] = "object of named objects",
	[KEY_STRING] = "string",
	[KEY_REF] = "string or reference",
	[KEY_WEB] = "URL",
	[KEY_WEB_REF] = "URL or reference",
	[KEY_LISTEN] = "address",
	[KEY_URL] = "http:// URL of loopback",
	[KEY_TCP] = "HOST:PORT of loopback",
	[KEY_BOOL] = "true or false",
	[KEY_DURATION] = "duration",
	[KEY_INTEGER] = "whole number",
	[KEY_COUNT] = "whole number",
	[KEY_CHOICE] = "one of",
	[KEY_EITHER] = "one of",
	[KEY_SIGNAL] = "signal: a name, with or without SIG, or a number",
	[KEY_COMMAND] = "list of strings",
	[KEY_AFTER] = "list of names",
	[KEY_ADDRESSES] = "list of addresses",
	[KEY_SIGNALS] = "object: a signal, and what becomes of it",
	[KEY_CODES] = "list of whole numbers",
	[KEY_MAP] = "object of strings",
	[KEY_SECRET] = "string, or object",
	[KEY_PROBE] = "object, or a list of objects and words, or one of",
	[KEY_CRON] = "cron expression",
	[KEY_SHARE] = "size or percentage",
	[KEY_HEAP] = "size",
	[KEY_USER] = "name or number",
	[KEY_UMASK] = "octal digits, up to 777",
	[KEY_CONTROL] = "path, \\(dq@name\\(dq or \\(dqoff\\(dq",
	[KEY_LIMIT] = "number, \\(dqsoft:hard\\(dq or \\(dqunlimited\\(dq",
	[KEY_LIMIT_SIZE] = ("bytes or size, \\(dqsoft:hard\\(dq or "
			    "\\(dqunlimited\\(dq"),
	[KEY_LIMIT_TIME] = ("seconds or duration, \\(dqsoft:hard\\(dq or "
			    "\\(dqunlimited\\(dq"),
	[KEY_LATER] = NULL,
};
_Static_assert(ARRAY_LEN(type_names) == KEY_TYPES, "a name per type");

static void
choices(FILE *to, const char *list)
{
	for (const char *p = list; p != NULL;) {
		size_t len = strcspn(p, "|");
		(void)fputs(p == list ? " \"" : ", \"", to);
		for (size_t i = 0; i < len; i++)
			(void)fputs(
			    p[i] == '-' ? "\\-" : (char[]){ p[i], '\0' }, to);
		(void)fputs("\"", to);
		p = p[len] == '|' ? p + len + 1 : NULL;
	}
}

static void
range(FILE *to, const struct key *key)
{
	char least[UNITS_TEXT_MAX];
	char most[UNITS_TEXT_MAX];
	switch ((int)key->type) {
	case KEY_DURATION:
		units_text(key->min, least);
		units_text(key->max, most);
		(void)fprintf(to, ", %s to %s", least, most);
		break;
	case KEY_HEAP:
		units_size_text(key->min << 20, least);
		units_size_text(key->max << 20, most);
		(void)fprintf(to, ", %s to %s", least, most);
		break;
	case KEY_INTEGER:
	case KEY_COUNT:
	case KEY_CODES:
		(void)fprintf(to, ", %lld to %lld", (long long)key->min,
		    (long long)key->max);
		break;
	case KEY_NAMED:
	case KEY_OBJECTS:
	case KEY_MAP:
	case KEY_ADDRESSES:
		(void)fprintf(
		    to, ", %lld members at most", (long long)key->max);
		break;
	default:
		if (key->max > 0 && value_is_string(key))
			(void)fprintf(
			    to, ", %lld bytes at most", (long long)key->max);
	}
}

static bool
or_choice(enum key_type type)
{
	return type == KEY_DURATION || type == KEY_HEAP || type == KEY_COUNT;
}

static void
key_entry(FILE *to, const struct key *key)
{
	(void)fputs(".TP\n", to);
	path(to, key->path);
	(void)fprintf(to, "\n%s", type_names[key->type]);
	if (key->shorthand != NULL) {
		(void)fputs(", or a value of ", to);
		text(to, key->shorthand);
	}
	if (key->choices != NULL)
		(void)fputs(or_choice(key->type) ? ", or" : "", to);
	choices(to, key->choices);
	range(to, key);
	if (key->fallback != NULL) {
		(void)fputs(". Default: ", to);
		text(to, key->fallback);
	}
	(void)fputs(".\n.br\n", to);
	text(to, key->doc);
	(void)fputs("\n.br\nExample: \\fB", to);
	text(to, keys_name(key));
	(void)fputs(": ", to);
	text(to, key->example);
	(void)fputs("\\fR\n", to);
}

void
manpage_keys(FILE *to)
{
	size_t group = 0;
	const char *last = "";
	for (size_t i = 0; i < keys_count(); i++) {
		const struct key *k = keys_at(i);
		size_t len = strcspn(k->path, ".[");
		if (k->type == KEY_LATER)
			continue;
		/* the plain ones at the start share a heading */
		if (i == 0)
			(void)fputs(".SS General\n", to);
		else if ((len != group || memcmp(k->path, last, len) != 0) &&
			 keys_next(k, NULL) != NULL)
			(void)fprintf(to, ".SS %.*s\n", (int)len, k->path);
		group = len;
		last = k->path;
		key_entry(to, k);
	}
}

static void
variable_entry(FILE *to, const struct var *v)
{
	(void)fprintf(to, ".TP\n\\fB%s\\fR", v->name);
	if (v->kind == VARS_CREDENTIAL)
		(void)fprintf(to, ", \\fB%s_FILE\\fR", v->name);
	(void)fputs("\n", to);
	if (v->key != NULL) {
		(void)fputs("Stands for ", to);
		path(to, v->key);
		(void)fputs(".\n", to);
	}
	if (v->doc != NULL) {
		text(to, v->doc);
		(void)fputs("\n", to);
	}
	if (v->kind == VARS_PLATFORM)
		(void)fputs("Set by the platform; services see it too.\n", to);
}

void
manpage_variables(FILE *to)
{
	for (size_t i = 0; i < vars_count(); i++)
		if (vars_at(i)->kind != VARS_LATER)
			variable_entry(to, vars_at(i));
}
