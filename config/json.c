#include "config/json.h"

#include "config/json_text.h"
#include "core/guard.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct json_cursor cursor;
	struct arena *arena;
	struct json_error *error;
	unsigned depth;
	size_t nodes;
};

static int value(struct reader *r, struct json *ret);

static const char *const type_names[] = {
	[JSON_NULL] = "null",
	[JSON_BOOL] = "true or false",
	[JSON_NUMBER] = "a number",
	[JSON_STRING] = "a string",
	[JSON_LIST] = "a list",
	[JSON_OBJECT] = "an object",
};
_Static_assert(ARRAY_LEN(type_names) == JSON_TYPES, "a name per type");

const char *
json_type_name(enum json_type type)
{
	assert(type < JSON_TYPES);

	return type_names[type];
}

const struct json *
json_member(const struct json *object, const char *name)
{
	for (const struct json *m = object->first; m != NULL; m = m->next)
		if (m->name != NULL && strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

bool
json_integer(const struct json *number, int64_t *ret)
{
	if (number->type != JSON_NUMBER ||
	    strpbrk(number->text, ".eE") != NULL || number->len > 18)
		return false;
	*ret = strtoll(number->text, NULL, 10);
	return true;
}

static int
fail_at(struct reader *r, struct json_place at, const char *phrase)
{
	r->error->at = at;
	(void)snprintf(r->error->text, sizeof(r->error->text), "%s", phrase);
	return -1;
}

static int
fail(struct reader *r, const char *phrase)
{
	return fail_at(r, r->cursor.at, phrase);
}

static int
space(struct reader *r)
{
	const char *why = json_text_space(&r->cursor);
	return why == NULL ? 0 : fail(r, why);
}

static int
peek(const struct reader *r)
{
	const struct json_cursor *c = &r->cursor;
	return c->p == c->end ? -1 : (unsigned char)*c->p;
}

static bool
accept(struct reader *r, char wanted)
{
	if (peek(r) != wanted)
		return false;
	json_text_step(&r->cursor, 1);
	return true;
}

static int
string(struct reader *r, const char **ret_text, size_t *ret_len)
{
	const char *why =
	    json_text_string(&r->cursor, r->arena, ret_text, ret_len);
	return why == NULL ? 0 : fail(r, why);
}

static struct json *
node_new(struct reader *r)
{
	if (r->nodes == JSON_NODES_MAX) {
		(void)fail(r, "too many values");
		return NULL;
	}
	r->nodes++;
	return arena_take(r->arena, sizeof(struct json));
}

static int
member_name(struct reader *r, const struct json *object, struct json *member)
{
	size_t len;
	member->name_at = r->cursor.at;
	if (peek(r) != '"')
		return fail(r, "expected a key in double quotes, or \"}\"");
	if (string(r, &member->name, &len) == -1)
		return -1;
	if (json_member(object, member->name) != NULL) {
		(void)fail_at(r, member->name_at, "");
		(void)snprintf(r->error->text, sizeof(r->error->text),
		    "the key \"%.64s\" is there twice", member->name);
		return -1;
	}
	if (space(r) == -1)
		return -1;
	if (!accept(r, ':'))
		return fail(r, "expected \":\" after the key");
	return space(r);
}

static int
add_member(struct reader *r, struct json *parent, struct json **last)
{
	struct json *member = node_new(r);
	if (member == NULL)
		return -1;
	if (parent->count == JSON_MEMBERS_MAX)
		return fail(r, "too many members");
	if (parent->type == JSON_OBJECT && member_name(r, parent, member) == -1)
		return -1;
	if (value(r, member) == -1)
		return -1;
	if (*last == NULL)
		parent->first = member;
	else
		(*last)->next = member;
	*last = member;
	parent->count++;
	return space(r);
}

/* What stands between the brackets; the opening one has been read. */
static int
members(struct reader *r, struct json *parent, char closing)
{
	struct json *last = NULL;
	if (space(r) == -1)
		return -1;
	while (!accept(r, closing)) {
		if (peek(r) == -1)
			return fail_at(
			    r, parent->at, "the bracket is never closed");
		if (add_member(r, parent, &last) == -1)
			return -1;
		if (accept(r, ',')) {
			if (space(r) == -1)
				return -1;
		} else if (peek(r) != closing && peek(r) != -1) {
			return fail(r, closing == '}'
					   ? "expected \",\" or \"}\""
					   : "expected \",\" or \"]\"");
		}
	}
	return 0;
}

static int
nested(struct reader *r, struct json *ret, enum json_type type)
{
	if (r->depth == JSON_DEPTH_MAX)
		return fail(r, "nested too deeply");
	r->depth++;
	ret->type = type;
	json_text_step(&r->cursor, 1);
	int failed = members(r, ret, type == JSON_OBJECT ? '}' : ']');
	r->depth--;
	return failed;
}

static bool
literal(struct reader *r, const char *word)
{
	struct json_cursor *c = &r->cursor;
	size_t len = strlen(word);
	if ((size_t)(c->end - c->p) < len || memcmp(c->p, word, len) != 0)
		return false;
	json_text_step(c, len);
	return true;
}

static int
number(struct reader *r, struct json *ret)
{
	size_t len = json_text_number(&r->cursor);
	if (len == 0)
		return fail(r, "is not a number as JSON writes it");
	ret->type = JSON_NUMBER;
	ret->text = arena_text(r->arena, r->cursor.p, len);
	ret->len = len;
	json_text_step(&r->cursor, len);
	return 0;
}

static int
value(struct reader *r, struct json *ret)
{
	int c = peek(r);
	ret->at = r->cursor.at;
	if (c == '{')
		return nested(r, ret, JSON_OBJECT);
	if (c == '[')
		return nested(r, ret, JSON_LIST);
	if (c == '"') {
		ret->type = JSON_STRING;
		return string(r, &ret->text, &ret->len);
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return number(r, ret);
	if (literal(r, "true") || literal(r, "false")) {
		ret->type = JSON_BOOL;
		ret->truth = c == 't';
		return 0;
	}
	if (literal(r, "null")) {
		ret->type = JSON_NULL;
		return 0;
	}
	if (c == '\'')
		return fail(r, "strings take double quotes");
	return fail(
	    r, c == -1 ? "the file ends too early" : "expected a value");
}

int
json_read(const char *data, size_t size, struct arena *arena, struct json **ret,
    struct json_error *ret_error)
{
	struct reader r = {
		.cursor = { .p = data, .end = data + size, .at = { 1, 1 } },
		.arena = arena,
		.error = ret_error,
	};
	if (size > JSON_SIZE_MAX)
		return fail(&r, "is larger than 1 MiB");
	/* a byte order mark, as some editors leave it, is not a character */
	if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		r.cursor.p += 3;
	struct json *top = node_new(&r);
	if (space(&r) == -1 || value(&r, top) == -1 || space(&r) == -1)
		return -1;
	if (peek(&r) != -1)
		return fail(&r, "unexpected text after the end");
	*ret = top;
	return 0;
}
