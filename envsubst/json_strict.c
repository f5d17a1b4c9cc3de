#include "envsubst/json_strict.h"

#include <string.h>

#define DEPTH_MAX 256

struct cursor {
	const char *at;
	const char *end;
	unsigned depth;
};

static void
skip_blanks(struct cursor *c)
{
	while (c->at < c->end && *c->at != '\0' &&
	       strchr(" \t\r\n", *c->at) != NULL)
		c->at++;
}

static bool
accept(struct cursor *c, const char *word)
{
	size_t n = strlen(word);
	if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
		return false;
	c->at += n;
	return true;
}

static size_t
skip_any(struct cursor *c, const char *of)
{
	const char *from = c->at;
	while (c->at < c->end && *c->at != '\0' && strchr(of, *c->at) != NULL)
		c->at++;
	return (size_t)(c->at - from);
}

static bool
read_escape(struct cursor *c)
{
	if (c->at < c->end && *c->at == 'u') {
		struct cursor digits = { c->at + 1, c->end, 0 };
		c->at += 5;
		return skip_any(&digits, "0123456789abcdefABCDEF") >= 4;
	}
	if (c->at == c->end || *c->at == '\0' ||
	    strchr("\"\\/bfnrt", *c->at) == NULL)
		return false;
	c->at++;
	return true;
}

static bool
read_string(struct cursor *c)
{
	if (!accept(c, "\""))
		return false;
	while (c->at < c->end) {
		unsigned char k = (unsigned char)*c->at++;
		if (k == '"')
			return true;
		if (k < 0x20 || (k == '\\' && !read_escape(c)))
			return false;
	}
	return false;
}

static bool
read_number(struct cursor *c)
{
	(void)accept(c, "-");
	if (!accept(c, "0") && skip_any(c, "0123456789") == 0)
		return false;
	if (accept(c, ".") && skip_any(c, "0123456789") == 0)
		return false;
	if (!accept(c, "e") && !accept(c, "E"))
		return true;
	if (!accept(c, "-"))
		(void)accept(c, "+");
	return skip_any(c, "0123456789") > 0;
}

static bool read_value(struct cursor *c);

static bool
read_members(struct cursor *c, bool named, const char *close)
{
	skip_blanks(c);
	if (accept(c, close))
		return true;
	for (;;) {
		skip_blanks(c);
		if (named && !read_string(c))
			return false;
		skip_blanks(c);
		if ((named && !accept(c, ":")) || !read_value(c))
			return false;
		if (accept(c, close))
			return true;
		if (!accept(c, ","))
			return false;
	}
}

static bool
read_value(struct cursor *c)
{
	bool good;
	if (++c->depth > DEPTH_MAX)
		return false;
	skip_blanks(c);
	if (accept(c, "{"))
		good = read_members(c, true, "}");
	else if (accept(c, "["))
		good = read_members(c, false, "]");
	else if (c->at < c->end && *c->at == '"')
		good = read_string(c);
	else
		good = accept(c, "true") || accept(c, "false") ||
		       accept(c, "null") || read_number(c);
	skip_blanks(c);
	c->depth--;
	return good;
}

bool
json_strict_check(const char *text, size_t len)
{
	struct cursor c = { text, text + len, 0 };
	return read_value(&c) && c.at == c.end;
}
