#include "config/json_text.h"

#include "core/utf8.h"

#include <assert.h>
#include <string.h>

static size_t
left(const struct json_cursor *c)
{
	return (size_t)(c->end - c->p);
}

static bool
sees(const struct json_cursor *c, const char *text)
{
	size_t len = strlen(text);
	return left(c) >= len && memcmp(c->p, text, len) == 0;
}

void
json_text_step(struct json_cursor *c, size_t len)
{
	assert(left(c) >= len);

	c->p += len;
	c->at.column += (unsigned)len;
}

/* Over one character of any kind; false when it is not UTF-8. */
static bool
step_any(struct json_cursor *c)
{
	size_t len = utf8_len(c->p, left(c));
	if (len == 0)
		return false;
	if (*c->p == '\n') {
		c->at.line++;
		c->at.column = 1;
	} else {
		c->at.column++;
	}
	c->p += len;
	return true;
}

static const char not_utf8[] = "is not UTF-8";

static const char *
comment_line(struct json_cursor *c)
{
	while (left(c) > 0 && *c->p != '\n')
		if (!step_any(c))
			return not_utf8;
	return NULL;
}

static const char *
comment_block(struct json_cursor *c)
{
	struct json_cursor start = *c;
	json_text_step(c, 2);
	while (!sees(c, "*/")) {
		if (left(c) == 0) {
			*c = start;
			return "the comment is never closed";
		}
		if (!step_any(c))
			return not_utf8;
	}
	json_text_step(c, 2);
	return NULL;
}

const char *
json_text_space(struct json_cursor *c)
{
	const char *why = NULL;
	while (why == NULL && left(c) > 0) {
		if (strchr(" \t\r\n", *c->p) != NULL && *c->p != '\0')
			(void)step_any(c);
		else if (sees(c, "//"))
			why = comment_line(c);
		else if (sees(c, "/*"))
			why = comment_block(c);
		else
			break;
	}
	return why;
}

/* Four hexadecimal digits at p, or -1. */
static long
hex4(const char *p)
{
	static const char digit[] = "0123456789abcdefABCDEF";
	long n = 0;
	for (int i = 0; i < 4; i++) {
		const char *d = p[i] == '\0' ? NULL : strchr(digit, p[i]);
		if (d == NULL)
			return -1;
		n = n * 16 + (d - digit < 16 ? d - digit : d - digit - 6);
	}
	return n;
}

static char *
put_utf8(char *out, unsigned long n)
{
	if (n < 0x80) {
		*out++ = (char)n;
		return out;
	}
	if (n < 0x800) {
		*out++ = (char)(0xc0 | n >> 6);
	} else if (n < 0x10000) {
		*out++ = (char)(0xe0 | n >> 12);
		*out++ = (char)(0x80 | (n >> 6 & 0x3f));
	} else {
		*out++ = (char)(0xf0 | n >> 18);
		*out++ = (char)(0x80 | (n >> 12 & 0x3f));
		*out++ = (char)(0x80 | (n >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (n & 0x3f));
	return out;
}

/* The cursor is at "\u". */
static const char *
escape_unicode(struct json_cursor *c, char **out)
{
	long n = left(c) >= 6 ? hex4(c->p + 2) : -1;
	size_t len = 6;
	if (n == -1)
		return "\\u takes four hexadecimal digits";
	if (n == 0)
		return "a string cannot hold U+0000";
	if (n >= 0xd800 && n < 0xe000) {
		bool paired = n < 0xdc00 && left(c) >= 12 && c->p[6] == '\\' &&
			      c->p[7] == 'u';
		long low = paired ? hex4(c->p + 8) : -1;
		if (low < 0xdc00 || low > 0xdfff)
			return "the escape is half of a surrogate pair";
		n = 0x10000 + ((n - 0xd800) << 10) + (low - 0xdc00);
		len = 12;
	}
	*out = put_utf8(*out, (unsigned long)n);
	json_text_step(c, len);
	return NULL;
}

static const char *
escape(struct json_cursor *c, char **out)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	_Static_assert(sizeof(from) == sizeof(to), "one for one");

	if (left(c) < 2)
		return "the string is never closed";
	if (c->p[1] == 'u')
		return escape_unicode(c, out);
	const char *found = c->p[1] == '\0' ? NULL : strchr(from, c->p[1]);
	if (found == NULL)
		return "is not an escape that JSON knows";
	*(*out)++ = to[found - from];
	json_text_step(c, 2);
	return NULL;
}

static const char *
characters(struct json_cursor *c, char **out)
{
	struct json_cursor start = *c;
	json_text_step(c, 1);
	while (left(c) > 0 && *c->p != '"') {
		const char *p = c->p;
		const char *why = NULL;
		if (*p == '\\')
			why = escape(c, out);
		else if (*p == '\n')
			why = "the string is not closed on its line";
		else if ((unsigned char)*p < 0x20)
			why = "a control character must be written as \\u00XX";
		else if (!step_any(c))
			why = not_utf8;
		if (why != NULL)
			return why;
		if (*p != '\\') {
			memcpy(*out, p, (size_t)(c->p - p));
			*out += c->p - p;
		}
	}
	if (left(c) == 0) {
		*c = start;
		return "the string is never closed";
	}
	json_text_step(c, 1);
	return NULL;
}

const char *
json_text_string(struct json_cursor *c, struct arena *arena,
    const char **ret_text, size_t *ret_len)
{
	/* decoding never makes a text longer */
	char *text = arena_room(arena, left(c) + 1);
	char *out = text;
	const char *why = characters(c, &out);
	if (why != NULL)
		return why;
	*out = '\0';
	*ret_text = text;
	*ret_len = (size_t)(out - text);
	arena_keep(arena, *ret_len + 1);
	return NULL;
}

static const char *
digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

size_t
json_text_number(const struct json_cursor *c)
{
	const char *p = c->p;
	const char *end = c->end;
	if (p < end && *p == '-')
		p++;
	const char *whole = p;
	p = digits(p, end);
	if (p == whole || (*whole == '0' && p - whole > 1))
		return 0;
	if (p < end && *p == '.') {
		const char *fraction = ++p;
		p = digits(p, end);
		if (p == fraction)
			return 0;
	}
	if (p < end && (*p | 32) == 'e') {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		const char *exponent = p;
		p = digits(p, end);
		if (p == exponent)
			return 0;
	}
	return (size_t)(p - c->p);
}
