#include "envsubst/dotenv.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * dotenv is one regular expression, tried at every start of a line:
 *
 *	blanks [export blanks] NAME (blanks = | : blank) VALUE blanks [# ...] $
 *
 * where blanks may span lines and VALUE is a quoted text that may span lines,
 * or anything up to # or the end of the line, or nothing.  Once NAME and its
 * separator have matched, the rest always does; when a quoted text is not
 * followed by the end of a line, the unquoted reading of it counts.
 */

struct input {
	const char *text; /* with \r\n and \r made \n */
	size_t len;
};

/* What JavaScript's \s takes at this place: its bytes, or 0. */
static size_t
blank_len(const struct input *in, size_t at)
{
	static const char *const wide[] = { "\u00a0", "\u1680", "\u2000",
		"\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
		"\u2007", "\u2008", "\u2009", "\u200a", "\u2028", "\u2029",
		"\u202f", "\u205f", "\u3000", "\ufeff" };

	if (at >= in->len)
		return 0;
	unsigned char c = (unsigned char)in->text[at];
	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return 1;
	for (size_t i = 0; c >= 0x80 && i < ARRAY_LEN(wide); i++) {
		size_t n = strlen(wide[i]);
		if (n <= in->len - at && memcmp(in->text + at, wide[i], n) == 0)
			return n;
	}
	return 0;
}

static size_t
skip_blanks(const struct input *in, size_t at)
{
	for (size_t n; (n = blank_len(in, at)) > 0;)
		at += n;
	return at;
}

/* The bytes of a line terminator here, or 0. */
static size_t
line_end_len(const struct input *in, size_t at)
{
	if (at < in->len && in->text[at] == '\n')
		return 1;
	if (in->len - at >= 3 && (memcmp(in->text + at, "\u2028", 3) == 0 ||
				     memcmp(in->text + at, "\u2029", 3) == 0))
		return 3;
	return 0;
}

static size_t
line_end(const struct input *in, size_t at)
{
	while (at < in->len && line_end_len(in, at) == 0)
		at++;
	return at;
}

/*
 * Blanks, an optional comment, the end of a line: where it ends, or SIZE_MAX.
 * Blanks reach over lines, but only a comment may end what they reach; else
 * they are given back up to the last end of a line among them.
 */
static size_t
finish(const struct input *in, size_t at)
{
	size_t last = SIZE_MAX;
	for (size_t n = 1; n > 0; at += n) {
		if (at == in->len || line_end_len(in, at) > 0)
			last = at;
		n = blank_len(in, at);
	}
	if (at < in->len && in->text[at] == '#')
		return line_end(in, at);
	return last;
}

static bool
is_escaped(const struct input *in, size_t open, size_t at)
{
	return at > open + 1 && in->text[at - 1] == '\\';
}

/*
 * The end of the assignment when its value is the quoted text that begins at
 * `open`, or SIZE_MAX.  The first bare quote ends it; if nothing but a comment
 * may follow and something does, an escaped quote before it may have been the
 * end after all, the last one first.
 */
static size_t
quoted(const struct input *in, size_t open)
{
	char quote = in->text[open];
	size_t at = open + 1;

	while (
	    at < in->len && (in->text[at] != quote || is_escaped(in, open, at)))
		at++;
	for (; at > open; at--) {
		if (at == in->len || in->text[at] != quote)
			continue;
		size_t end = finish(in, at + 1);
		if (end != SIZE_MAX)
			return end;
	}
	return SIZE_MAX;
}

/* The end of an assignment whose separator ended at `at`. */
static size_t
value_end(const struct input *in, size_t at)
{
	size_t open = skip_blanks(in, at);
	if (open < in->len && strchr("'\"`", in->text[open]) != NULL) {
		size_t end = quoted(in, open);
		if (end != SIZE_MAX)
			return end;
	}
	while (at < in->len && in->text[at] != '#' && in->text[at] != '\n')
		at++;
	return finish(in, at);
}

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

struct name {
	size_t start;
	size_t len;
	size_t end; /* of the whole assignment */
};

/* A name and its separator at `at`; fills *ret. */
static bool
assignment(const struct input *in, size_t at, struct name *ret)
{
	size_t start = at;
	while (at < in->len && is_name_char(in->text[at]))
		at++;
	size_t len = at - start;
	if (len == 0)
		return false;

	size_t sign = skip_blanks(in, at);
	if (sign < in->len && in->text[sign] == '=') {
		*ret = (struct name){ start, len, value_end(in, sign + 1) };
		return true;
	}
	size_t blank =
	    at < in->len && in->text[at] == ':' ? blank_len(in, at + 1) : 0;
	if (blank == 0)
		return false;
	*ret = (struct name){ start, len, value_end(in, at + 1 + blank) };
	return true;
}

static bool
assignment_or_export(const struct input *in, size_t at, struct name *ret)
{
	static const char word[] = "export";
	size_t len = sizeof(word) - 1;

	if (in->len - at > len && memcmp(in->text + at, word, len) == 0 &&
	    blank_len(in, at + len) > 0 &&
	    assignment(in, skip_blanks(in, at + len), ret))
		return true;
	return assignment(in, at, ret);
}

/* Array indexes sort first: their value, or -1 for any other name. */
static int64_t
index_of(const char *name, size_t len)
{
	int64_t n = 0;
	if (len == 0 || len > 10 || (name[0] == '0' && len > 1))
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return -1;
		n = n * 10 + (name[i] - '0');
	}
	return n <= INT64_C(4294967294) ? n : -1;
}

static bool
goes_before(int64_t index, const char *other)
{
	int64_t n = index_of(other, strlen(other));
	return index >= 0 && (n == -1 || index < n);
}

static int
add_name(struct dotenv *names, const char *name, size_t len)
{
	if (len == 9 && memcmp(name, "__proto__", 9) == 0)
		return 0;
	for (size_t i = 0; i < names->count; i++)
		if (strlen(names->name[i]) == len &&
		    memcmp(names->name[i], name, len) == 0)
			return 0;
	if (names->count == DOTENV_NAMES_MAX)
		return -E2BIG;
	autofree char *copy = strndup(name, len);
	char **grown =
	    realloc(names->name, (names->count + 1) * sizeof(*names->name));
	if (grown != NULL)
		names->name = grown;
	if (copy == NULL || grown == NULL)
		return -ENOMEM;

	int64_t index = index_of(name, len);
	size_t at = names->count++;
	for (; at > 0 && goes_before(index, grown[at - 1]); at--)
		grown[at] = grown[at - 1];
	grown[at] = TAKE_PTR(copy);
	return 0;
}

static int
parse(const struct input *in, struct dotenv *names)
{
	size_t at = 0; /* always the start of a line, or where a match ended */
	while (at < in->len) {
		struct name found;
		size_t start = skip_blanks(in, at);
		if (!assignment_or_export(in, start, &found)) {
			/* no line between here and there can match either */
			at = line_end(in, start);
			at += line_end_len(in, at);
			continue;
		}
		int r = add_name(names, in->text + found.start, found.len);
		if (r < 0)
			return r;
		at = found.end;
	}
	return 0;
}

static size_t
unify_lines(char *to, const char *text, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n')
			continue;
		to[n++] = text[i] == '\r' ? '\n' : text[i];
	}
	return n;
}

int
dotenv_parse(const char *text, size_t len, struct dotenv *ret)
{
	struct dotenv names = { 0 };

	if (len > DOTENV_FILE_MAX)
		return -E2BIG;
	autofree char *copy = malloc(len + 1);
	if (copy == NULL)
		return -ENOMEM;
	struct input in = { copy, unify_lines(copy, text, len) };
	int r = parse(&in, &names);
	if (r < 0) {
		dotenv_free(&names);
		return r;
	}
	*ret = names;
	return 0;
}

void
dotenv_free(struct dotenv *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct dotenv){ 0 };
}
