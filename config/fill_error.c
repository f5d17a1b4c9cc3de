#include "config/fill_error.h"

#include "config/nearest.h"
#include "config/value_expected.h"
#include "core/buf.h"
#include "core/exits.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define QUOTED_MAX 64

static void
add_quoted(struct buf *b, const char *name)
{
	size_t len = strlen(name);
	buf_json(b, name, len > QUOTED_MAX ? QUOTED_MAX : len);
	if (len > QUOTED_MAX)
		buf_str(b, "...");
}

static void
begin(struct fill *f, struct buf *b)
{
	f->error->code = EXITS_CONFIG;
	buf_init(b, f->error->text, sizeof(f->error->text));
	buf_str(b, "cannot use the configuration: ");
}

static void
add_place(const struct fill *f, struct buf *b, struct json_place at)
{
	buf_fmt(b, " at %s:%u:%u", f->file, at.line, at.column);
}

/* The value of node: by its name where it has one. */
static void
begin_value(struct fill *f, struct buf *b, const struct json *node)
{
	begin(f, b);
	if (node->name != NULL)
		add_quoted(b, node->name);
	else
		buf_str(b, "the value");
	add_place(f, b, node->at);
	buf_str(b, " ");
}

int
fill_error(struct fill *f, const struct json *node, const char *fmt, ...)
{
	struct buf b;
	va_list ap;
	begin_value(f, &b, node);
	va_start(ap, fmt);
	buf_vfmt(&b, fmt, ap);
	va_end(ap);
	return -1;
}

int
fill_error_type(struct fill *f, const struct key *key, const struct json *node)
{
	char expected[VALUE_WHY_MAX];
	bool unitless = node->type == JSON_NUMBER &&
			(key->type == KEY_DURATION || key->type == KEY_SHARE ||
			    key->type == KEY_HEAP);
	value_expected(key, expected);
	return fill_error(f, node, "%s, not %s%s", expected,
	    json_type_name(node->type), unitless ? " without a unit" : "");
}

int
fill_error_element(
    struct fill *f, const struct key *key, const struct json *node)
{
	if (key->type == KEY_ADDRESSES)
		return fill_error(f, node, "must be an address or a port");
	if (key->type == KEY_CODES)
		return fill_error(
		    f, node, "must be an exit code from 0 to 255");
	return fill_error(f, node, "must be a string, not %s%s",
	    json_type_name(node->type),
	    node->type == JSON_NUMBER || node->type == JSON_BOOL
		? " (put it in quotes)"
		: "");
}

int
fill_error_count(struct fill *f, const struct key *key, const struct json *node)
{
	return fill_error(f, node, "must not have more than %lld members",
	    (long long)key->max);
}

int
fill_error_missing(
    struct fill *f, const struct key *key, const struct json *node)
{
	return fill_error(f, node, "has no \"%s\" (such as %s)", keys_name(key),
	    key->example);
}

/* A key of that name in another place, for what was put at a wrong depth. */
static const struct key *
elsewhere(const char *name)
{
	for (size_t i = 0; i < keys_count(); i++)
		if (keys_at(i)->type != KEY_LATER &&
		    strcmp(keys_name(keys_at(i)), name) == 0)
			return keys_at(i);
	return NULL;
}

int
fill_error_unknown(struct fill *f, const struct key *parent,
    const struct json *node, bool later)
{
	struct buf b;
	struct nearest near;
	const struct key *k = NULL;
	begin(f, &b);
	buf_str(&b, later ? "the key " : "unknown key ");
	add_quoted(&b, node->name);
	add_place(f, &b, node->name_at);
	if (later) {
		buf_str(&b, " is not supported by this version");
		return -1;
	}
	nearest_init(&near, node->name);
	while ((k = keys_next(parent, k)) != NULL)
		if (k->type != KEY_LATER)
			nearest_offer(&near, keys_name(k));
	if (near.best != NULL)
		buf_fmt(&b, " (did you mean \"%s\"?)", near.best);
	else if ((k = elsewhere(node->name)) != NULL)
		buf_fmt(&b, " (there is %s)", k->path);
	return -1;
}

bool
fill_name_ok(const char *name)
{
	size_t len = strlen(name);
	return len >= 1 && len <= 64 &&
	       strspn(name,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		   "0123456789._-") == len;
}

const char *
fill_variable_refused(const char *name)
{
	if (name[0] == '\0')
		return "must have a variable's name";
	if (strlen(name) > 255)
		return "must have a name of at most 255 bytes";
	for (const char *p = name; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == '=' || *p == 0x7f)
			return "must have a name without blanks, \"=\" and "
			       "control characters";
	if (strncmp(name, "CRADLE_", 7) == 0)
		return "must not be given: a service never sees cradle's own "
		       "variables";
	return NULL;
}
