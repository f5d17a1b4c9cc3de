#include "secrets/field.h"

#include "core/guard.h"
#include "remote/heap.h"
#include "secrets/json.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * cJSON decides whether the text is JSON and unescapes strings; the walk here
 * finds where in the text a member stands, which cJSON does not tell.  It is
 * only ever given what cJSON has accepted, bounded all the same.  The walk does
 * not recurse.
 */
struct cut {
	const char *at;
	const char *end;
};

static void
skip_space(struct cut *c)
{
	while (c->at < c->end && (unsigned char)*c->at <= ' ')
		c->at++;
}

static bool
skip_char(struct cut *c, char wanted)
{
	skip_space(c);
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

/* c->at is at the opening quote. */
static bool
skip_string(struct cut *c)
{
	if (!skip_char(c, '"'))
		return false;
	while (c->at < c->end && *c->at != '"')
		c->at += *c->at == '\\' && c->end - c->at > 1 ? 2 : 1;
	return skip_char(c, '"');
}

static void
skip_word(struct cut *c)
{
	while (c->at < c->end && (unsigned char)*c->at > ' ' &&
	       strchr(",:]}[{\"", *c->at) == NULL)
		c->at++;
}

/* Past the value that c begins with; *ret is the value alone. */
static bool
skip_value(struct cut *c, struct cut *ret)
{
	size_t depth = 0;

	skip_space(c);
	ret->at = c->at;
	do {
		skip_space(c);
		if (c->at == c->end)
			return false;
		if (*c->at == '"') {
			if (!skip_string(c))
				return false;
			continue;
		}
		if (*c->at == '{' || *c->at == '[')
			depth++;
		if (*c->at == '}' || *c->at == ']') {
			if (depth == 0)
				return false;
			depth--;
		}
		if (strchr("{}[],:", *c->at) != NULL)
			c->at++;
		else
			skip_word(c);
	} while (depth > 0);
	ret->end = c->at;
	return ret->end > ret->at;
}

/* "\u0000" would end cJSON's string, and what follows would silently be lost.
 */
static bool
has_nul(const struct cut *string)
{
	for (const char *p = string->at; p + 1 < string->end; p++) {
		if (*p != '\\')
			continue;
		p++;
		if (string->end - p >= 5 && memcmp(p, "u0000", 5) == 0)
			return true;
	}
	return false;
}

/* The unescaped text of a string, quotes included in what is given. */
static enum field_result
unescape(const struct cut *string, struct field *ret)
{
	if (has_nul(string))
		return FIELD_NUL;
	autojson cJSON *tree = cJSON_ParseWithLength(
	    string->at, (size_t)(string->end - string->at));
	if (!cJSON_IsString(tree))
		return FIELD_NOT_JSON;
	char *copy = heap_copy(tree->valuestring);
	if (copy == NULL)
		return FIELD_NO_MEMORY;
	*ret = (struct field){ copy, strlen(copy) };
	return FIELD_FOUND;
}

void
field_free(struct field *field)
{
	heap_free(field->data);
	*field = (struct field){ 0 };
}

static bool
is_named(const struct cut *key, const char *name, size_t len)
{
	__attribute__((cleanup(field_free))) struct field plain = { 0 };

	return unescape(key, &plain) == FIELD_FOUND && plain.len == len &&
	       memcmp(plain.data, name, len) == 0;
}

static bool
find_member(struct cut object, const char *name, size_t len, struct cut *ret)
{
	bool found = false;
	struct cut key, value;

	if (!skip_char(&object, '{'))
		return false;
	for (;;) {
		skip_space(&object);
		key.at = object.at;
		if (!skip_string(&object))
			return found;
		key.end = object.at;
		if (!skip_char(&object, ':') || !skip_value(&object, &value))
			return false;
		if (is_named(&key, name, len)) {
			*ret = value;
			found = true;
		}
		if (!skip_char(&object, ','))
			return found;
	}
}

/* An index as RFC 6901 writes it: digits, no leading zero. */
static bool
find_element(struct cut array, const char *name, size_t len, struct cut *ret)
{
	size_t index = 0;

	if (len == 0 || len > 9 || (name[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		index = index * 10 + (size_t)(name[i] - '0');
	}
	if (!skip_char(&array, '['))
		return false;
	for (;;) {
		if (!skip_value(&array, ret))
			return false;
		if (index-- == 0)
			return true;
		if (!skip_char(&array, ','))
			return false;
	}
}

/* One step of a pointer: "~1" is a slash, "~0" a tilde. */
static size_t
read_token(const char **pointer, char *ret, size_t size)
{
	const char *p = *pointer;
	size_t len = 0;

	while (*p != '\0' && *p != '/' && len < size) {
		char c = *p++;
		if (c == '~' && (*p == '0' || *p == '1'))
			c = *p++ == '1' ? '/' : '~';
		ret[len++] = c;
	}
	*pointer = p;
	return len;
}

static bool
follow(struct cut *value, const char *pointer)
{
	char token[256];

	while (*pointer == '/') {
		pointer++;
		size_t len = read_token(&pointer, token, sizeof(token));
		struct cut in = *value;
		if (!find_member(in, token, len, value) &&
		    !find_element(in, token, len, value))
			return false;
	}
	return *pointer == '\0';
}

static enum field_result
copy_text(const char *text, size_t len, struct field *ret)
{
	char *copy = heap_alloc(len + 1);
	if (copy == NULL)
		return FIELD_NO_MEMORY;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*ret = (struct field){ copy, len };
	return FIELD_FOUND;
}

static enum field_result
copy_scalar(const struct cut *value, struct field *ret)
{
	switch (*value->at) {
	case '"':
		return unescape(value, ret);
	case '{':
	case '[':
		return FIELD_NOT_SCALAR;
	case 'n':
		return FIELD_NULL;
	}
	return copy_text(value->at, (size_t)(value->end - value->at), ret);
}

/*
 * cJSON takes a NUL for white space, or for the end of the text, and skips a
 * byte order mark: neither may make the two readers differ.
 */
static bool
is_json(const char *text, size_t len)
{
	const char *end;

	if (len == 0 || (*text & 0x80) || memchr(text, '\0', len) != NULL)
		return false;
	autojson cJSON *tree =
	    cJSON_ParseWithLengthOpts(text, len, &end, false);
	if (tree == NULL)
		return false;
	struct cut rest = { end, text + len };
	skip_space(&rest);
	return (cJSON_IsObject(tree) || cJSON_IsArray(tree)) &&
	       rest.at == rest.end;
}

enum field_result
field_cut(const char *text, size_t len, const char *name, struct field *ret)
{
	struct cut value = { text, text + len };
	struct cut root = value;

	if (name[0] == '\0')
		return copy_text(text, len, ret);
	if (!is_json(text, len))
		return FIELD_NOT_JSON;
	bool found = name[0] == '/'
			 ? follow(&value, name)
			 : find_member(root, name, strlen(name), &value);
	return found ? copy_scalar(&value, ret) : FIELD_MISSING;
}

void
field_explain(
    enum field_result result, const char *name, char *ret, size_t size)
{
	switch (result) {
	case FIELD_FOUND:
	case FIELD_RESULTS:
		break;
	case FIELD_MISSING:
		(void)snprintf(ret, size, "it has no field %s", name);
		return;
	case FIELD_NULL:
		(void)snprintf(ret, size, "its field %s is null", name);
		return;
	case FIELD_NOT_JSON:
		(void)snprintf(ret, size,
		    "it is no JSON object, so it has no field %s", name);
		return;
	case FIELD_NOT_SCALAR:
		(void)snprintf(ret, size,
		    "its field %s is an object or a list (name a field inside "
		    "it by a JSON pointer, such as /a/b)",
		    name);
		return;
	case FIELD_NUL:
		(void)snprintf(ret, size,
		    "its field %s holds a NUL byte and cannot be an "
		    "environment variable",
		    name);
		return;
	case FIELD_NO_MEMORY:
		(void)snprintf(ret, size, "out of memory");
		return;
	}
	(void)snprintf(ret, size, "field %s", name);
}
