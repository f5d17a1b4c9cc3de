#include "envsubst/dotenv_value.h"

#include "envsubst/blank.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define QUOTES 3

struct span {
	const char *text;
	size_t len;
};

static bool
is_line_end(const struct span *s, size_t at)
{
	return at == s->len || s->text[at] == '\r' ||
	       blank_line_end(s->text + at, s->len - at) > 0;
}

static bool
is_line_start(const struct span *s, size_t at)
{
	return at == 0 || s->text[at - 1] == '\n' || s->text[at - 1] == '\r' ||
	       (at >= 3 && blank_line_end(s->text + at - 3, 3) == 3);
}

/* Where the last such quote at the end of a line stands, or 0. */
static size_t
last_closing(const struct span *s, char quote)
{
	for (size_t at = s->len; at-- > 1;)
		if (s->text[at] == quote && is_line_end(s, at + 1))
			return at;
	return 0;
}

/*
 * A quote that begins a line goes together with the last one of its kind that
 * ends a line, whatever is between them.
 */
static size_t
strip_quotes(const struct span *s, char *to)
{
	static const char quotes[QUOTES + 1] = "'\"`";
	size_t closing[QUOTES];
	size_t n = 0;

	for (size_t i = 0; i < QUOTES; i++)
		closing[i] = last_closing(s, quotes[i]);
	for (size_t at = 0; at < s->len;) {
		size_t end = 0;
		for (size_t i = 0; i < QUOTES; i++)
			if (quotes[i] == s->text[at])
				end = closing[i];
		if (end <= at || !is_line_start(s, at)) {
			to[n++] = s->text[at++];
			continue;
		}
		memcpy(to + n, s->text + at + 1, end - at - 1);
		n += end - at - 1;
		at = end + 1;
	}
	return n;
}

static size_t
expand(char *text, size_t len, char letter, char to)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		bool pair =
		    text[i] == '\\' && i + 1 < len && text[i + 1] == letter;
		text[n++] = pair ? to : text[i];
		i += pair;
	}
	return n;
}

int
dotenv_value(const char *text, size_t len, char **ret, size_t *ret_len)
{
	struct span s = { text, len };

	blank_trim(&s.text, &s.len);
	char *value = malloc(s.len + 1);
	if (value == NULL)
		return -ENOMEM;
	size_t n = strip_quotes(&s, value);
	if (s.len > 0 && s.text[0] == '"') {
		n = expand(value, n, 'n', '\n');
		n = expand(value, n, 'r', '\r');
	}
	value[n] = '\0';
	*ret = value;
	*ret_len = n;
	return 0;
}
