#include "config/schema.h"

#include "config/keys.h"
#include "core/buf.h"
#include "core/guard.h"

#include <assert.h>
#include <string.h>

/*
 * Strings are checked before their ${NAME} are filled in, so a pattern lets
 * every string pass that has one.
 */
#define OR_FILLED "|.*\\\\$\\\\{.*"

static void object(FILE *to, const struct key *key);
static void type_of(FILE *to, const struct key *key);

static void
string(FILE *to, const char *text)
{
	char memory[2048];
	struct buf b;
	buf_init(&b, memory, sizeof(memory));
	buf_json(&b, text, strlen(text));
	(void)fputs(b.data, to);
}

static void
choices(FILE *to, const char *list)
{
	(void)fputs("\"anyOf\":[{\"enum\":[", to);
	for (const char *p = list; p != NULL;) {
		size_t len = strcspn(p, "|");
		(void)fprintf(
		    to, "%s\"%.*s\"", p == list ? "" : ",", (int)len, p);
		p = p[len] == '|' ? p + len + 1 : NULL;
	}
	(void)fputs("]},{\"type\":\"string\",\"pattern\":\"\\\\$\\\\{\"}]", to);
}

#define TEXT "\"type\":\"string\""
#define SIZE "[0-9]+([bB]|[kKmMgGtT]([iI]?[bB])?)"
#define PATTERN(text) TEXT ",\"pattern\":\"^(" text OR_FILLED ")$\""
#define NUMBER_OR(text) \
	"\"anyOf\":[{\"type\":\"integer\",\"minimum\":0},{" PATTERN(text) "}]"
#define BOUNDS(one) "(" one "|unlimited)(:(" one "|unlimited))?"

static const char *const fixed[KEY_TYPES] = {
	[KEY_STRING] = TEXT,
	[KEY_REF] = TEXT,
	[KEY_WEB] = TEXT,
	[KEY_WEB_REF] = TEXT,
	[KEY_LISTEN] = TEXT,
	[KEY_URL] = TEXT,
	[KEY_TCP] = TEXT,
	[KEY_BOOL] = "\"type\":\"boolean\"",
	[KEY_SIGNAL] = "\"type\":[\"string\",\"integer\"]",
	[KEY_AFTER] = "\"type\":\"array\",\"items\":{" TEXT "}",
	[KEY_CRON] = TEXT,
	[KEY_SHARE] = PATTERN(SIZE "|[0-9]+%"),
	[KEY_HEAP] = PATTERN(SIZE "|auto"),
	[KEY_USER] = "\"type\":[\"string\",\"integer\"]",
	[KEY_CONTROL] = PATTERN("[/@].*|off"),
	[KEY_UMASK] = NUMBER_OR("[0-7]{1,4}"),
	[KEY_LIMIT] = NUMBER_OR(BOUNDS("[0-9]+")),
	[KEY_LIMIT_SIZE] = NUMBER_OR(BOUNDS("[0-9]+|" SIZE)),
	[KEY_LIMIT_TIME] = NUMBER_OR(BOUNDS("[0-9]+(s|m|h)?")),
	[KEY_ADDRESSES] = "\"type\":\"array\",\"minItems\":1,\"items\":{"
			  "\"type\":[\"string\",\"integer\"]}",
	[KEY_SIGNALS] =
	    "\"type\":\"object\",\"additionalProperties\":{" TEXT "}",
	[KEY_COMMAND] =
	    "\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\"}",
};

/* A value of the other key, or a string; or an object of key's members. */
static void
or_object(FILE *to, const struct key *key, const struct key *other)
{
	(void)fputs("\"anyOf\":[{", to);
	if (other != NULL)
		type_of(to, other);
	else
		(void)fputs(TEXT, to);
	(void)fputs("},{", to);
	object(to, key);
	(void)fputs("}]", to);
}

/* A word or an object, or a list of those. */
static void
probe(FILE *to, const struct key *key)
{
	for (int list = 0; list < 2; list++) {
		(void)fputs(list ? "},{\"type\":\"array\",\"minItems\":1,"
				   "\"items\":{\"anyOf\":[{"
				 : "\"anyOf\":[{",
		    to);
		(void)fputs(TEXT ",\"pattern\":\"^(", to);
		for (const char *p = key->choices; *p != '\0'; p++)
			(void)fputs(
			    *p == 'N' ? "[0-9]+" : (char[]){ *p, '\0' }, to);
		(void)fputs(OR_FILLED ")$\"},{", to);
		object(to, key);
	}
	(void)fputs("}]}}]", to);
}

static void
count(FILE *to, const struct key *key)
{
	(void)fprintf(to,
	    "\"anyOf\":[{\"type\":\"integer\",\"minimum\":%lld,\"maximum\":%"
	    "lld},"
	    "{" PATTERN("[0-9]+|%s") "}]",
	    (long long)key->min, (long long)key->max, key->choices);
}

static void
type_of(FILE *to, const struct key *key)
{
	switch ((int)key->type) {
	case KEY_OBJECT:
		if (key->shorthand == NULL)
			object(to, key);
		else
			or_object(to, key, keys_member(key, key->shorthand));
		break;
	case KEY_OBJECTS:
		(void)fputs("\"type\":\"array\",\"items\":{", to);
		object(to, key);
		(void)fputs("}", to);
		break;
	case KEY_NAMED:
		(void)fputs("\"type\":\"object\",\"propertyNames\":{"
			    "\"pattern\":\"^[A-Za-z0-9._-]{1,64}$\"},"
			    "\"additionalProperties\":{",
		    to);
		object(to, key);
		(void)fputs("}", to);
		break;
	case KEY_DURATION:
		(void)fprintf(to, PATTERN("[0-9]+(ms|s|m|h)%s%s"),
		    key->choices == NULL ? "" : "|",
		    key->choices == NULL ? "" : key->choices);
		break;
	case KEY_INTEGER:
		(void)fprintf(to,
		    "\"type\":\"integer\",\"minimum\":%lld,\"maximum\":%lld",
		    (long long)key->min, (long long)key->max);
		break;
	case KEY_COUNT:
		count(to, key);
		break;
	case KEY_MAP:
		(void)fputs(
		    "\"type\":\"object\",\"additionalProperties\":{" TEXT "}",
		    to);
		break;
	case KEY_CODES:
		(void)fprintf(to,
		    "\"type\":\"array\",\"items\":{\"type\":\"integer\","
		    "\"minimum\":%lld,\"maximum\":%lld}",
		    (long long)key->min, (long long)key->max);
		break;
	case KEY_CHOICE:
	case KEY_EITHER:
		choices(to, key->choices);
		break;
	case KEY_SECRET:
		or_object(to, key, NULL);
		break;
	case KEY_PROBE:
		probe(to, key);
		break;
	default:
		assert(fixed[key->type] != NULL);
		(void)fputs(fixed[key->type], to);
	}
}

/* Defaults of JSON's bare words stand as they are, others as strings. */
static void
fallback(FILE *to, const struct key *key)
{
	bool bare = key->type == KEY_BOOL || key->type == KEY_INTEGER ||
		    key->type == KEY_COUNT || key->type == KEY_CODES;
	if (key->fallback == NULL)
		return;
	(void)fputs(",\"default\":", to);
	if (bare)
		(void)fputs(key->fallback, to);
	else
		string(to, key->fallback);
}

static void
property(FILE *to, const struct key *key)
{
	string(to, keys_name(key));
	(void)fputs(":{\"description\":", to);
	string(to, key->doc);
	(void)fputs(",", to);
	type_of(to, key);
	fallback(to, key);
	if (key->example != NULL && strstr(key->example, "${") == NULL)
		(void)fprintf(to, ",\"examples\":[%s]", key->example);
	(void)fputs("}", to);
}

static void
object(FILE *to, const struct key *key)
{
	const char *gap = "";
	const struct key *k = NULL;
	(void)fputs("\"type\":\"object\",\"additionalProperties\":false,"
		    "\"properties\":{",
	    to);
	while ((k = keys_next(key, k)) != NULL) {
		if (k->type == KEY_LATER)
			continue;
		(void)fputs(gap, to);
		property(to, k);
		gap = ",";
	}
	(void)fputs("}", to);
	gap = ",\"required\":[";
	for (k = NULL; (k = keys_next(key, k)) != NULL;) {
		if (!k->required)
			continue;
		(void)fputs(gap, to);
		string(to, keys_name(k));
		gap = ",";
	}
	if (gap[1] == '\0')
		(void)fputs("]", to);
}

void
schema_print(FILE *to)
{
	(void)fputs("{\"$schema\":\"http://json-schema.org/draft-07/schema#\","
		    "\"title\":\"cradle.json\",\"allowComments\":true,"
		    "\"allowTrailingCommas\":true,\"description\":",
	    to);
	string(to, keys_top.doc);
	(void)fputs(",", to);
	object(to, &keys_top);
	(void)fputs("}\n", to);
}
