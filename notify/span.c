#include "notify/span.h"

#include <string.h>

bool
span_starts(struct span s, const char *words)
{
	size_t n = strlen(words);
	return s.len >= n && memcmp(s.at, words, n) == 0;
}

bool
span_ends(struct span s, const char *words)
{
	size_t n = strlen(words);
	return s.len >= n && memcmp(s.at + s.len - n, words, n) == 0;
}

struct span
span_find(struct span s, const char *words)
{
	if (s.len == 0)
		return SPAN_NONE;
	const char *at = memmem(s.at, s.len, words, strlen(words));
	if (at == NULL)
		return SPAN_NONE;
	return (struct span){ at, s.len - (size_t)(at - s.at) };
}

struct span
span_find_last(struct span s, const char *words)
{
	struct span found = SPAN_NONE;
	struct span rest = s;

	while ((rest = span_find(rest, words)).at != NULL) {
		found = rest;
		rest = span_skip(rest, 1);
	}
	return found;
}

struct span
span_last_line(struct span s, const char *words)
{
	struct span rest = s;
	struct span line;

	while (span_line_back(&rest, &line))
		if (span_starts(line, words))
			return span_skip(s, (size_t)(line.at - s.at));
	return SPAN_NONE;
}

bool
span_line(struct span *rest, struct span *ret)
{
	if (rest->len == 0)
		return false;
	*ret = span_until(*rest, '\n');
	*rest = span_skip(*rest, ret->len + 1);
	return true;
}

bool
span_line_back(struct span *rest, struct span *ret)
{
	size_t end = rest->len;

	if (end == 0)
		return false;
	if (rest->at[end - 1] == '\n')
		end--;
	size_t start = end;
	while (start > 0 && rest->at[start - 1] != '\n')
		start--;
	*ret = (struct span){ rest->at + start, end - start };
	rest->len = start;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

struct span
span_trim(struct span s)
{
	while (s.len > 0 && is_blank(s.at[0]))
		s = span_skip(s, 1);
	while (s.len > 0 && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

struct span
span_skip(struct span s, size_t n)
{
	if (n > s.len)
		n = s.len;
	return (struct span){ s.at + n, s.len - n };
}

struct span
span_until(struct span s, char stop)
{
	const char *at = s.len > 0 ? memchr(s.at, stop, s.len) : NULL;
	if (at != NULL)
		s.len = (size_t)(at - s.at);
	return s;
}

struct span
span_between(struct span a, struct span b)
{
	return (struct span){ a.at, (size_t)(b.at - a.at) };
}

void
span_copy(struct span s, char *ret, size_t size)
{
	size_t n = s.len < size ? s.len : size - 1;

	/* Continuation bytes are 10xxxxxx: a cut may only come before others.
	 */
	if (n < s.len)
		while (n > 0 && ((unsigned char)s.at[n] & 0xc0) == 0x80)
			n--;
	if (n > 0)
		memcpy(ret, s.at, n);
	ret[n] = '\0';
}

void
span_join(
    struct span a, const char *between, struct span b, char *ret, size_t size)
{
	const struct span parts[] = { a, { between, strlen(between) }, b };
	size_t len = 0;

	for (size_t i = 0; i < 3 && len < size; i++) {
		span_copy(parts[i], ret + len, size - len);
		len += strlen(ret + len);
	}
}
