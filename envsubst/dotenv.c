#include "envsubst/dotenv.h"

#include "envsubst/blank.h"
#include "envsubst/dotenv_value.h"

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

static size_t
blank_at(const struct input *in, size_t at)
{
	return blank_len(in->text + at, in->len - at);
}

static size_t
skip_blanks(const struct input *in, size_t at)
{
	for (size_t n; (n = blank_at(in, at)) > 0;)
		at += n;
	return at;
}

/* The bytes of a line terminator here, or 0. */
static size_t
line_end_len(const struct input *in, size_t at)
{
	return blank_line_end(in->text + at, in->len - at);
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
		n = blank_at(in, at);
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

/* What one assignment consists of: where in the text, and how long. */
struct found {
	size_t name;
	size_t name_len;
	size_t value; /* with its quotes and the blanks around */
	size_t value_end;
	size_t end; /* of the whole assignment */
};

/*
 * The value as the quoted text that begins at `open`; false when it is not one.
 * The first bare quote ends it; if nothing but a comment may follow and
 * something does, an escaped quote before it may have been the end after all,
 * the last one first.
 */
static bool
quoted(const struct input *in, size_t open, struct found *ret)
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
		if (end == SIZE_MAX)
			continue;
		ret->value = open;
		ret->value_end = at + 1;
		ret->end = end;
		return true;
	}
	return false;
}

/* The value of an assignment whose separator ended at `at`. */
static void
read_value(const struct input *in, size_t at, struct found *ret)
{
	size_t open = skip_blanks(in, at);
	if (open < in->len && strchr("'\"`", in->text[open]) != NULL &&
	    in->text[open] != '\0' && quoted(in, open, ret))
		return;
	ret->value = at;
	while (at < in->len && in->text[at] != '#' && in->text[at] != '\n')
		at++;
	ret->value_end = at;
	ret->end = finish(in, at);
}

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

/* A name and its separator at `at`; fills *ret. */
static bool
assignment(const struct input *in, size_t at, struct found *ret)
{
	ret->name = at;
	while (at < in->len && is_name_char(in->text[at]))
		at++;
	ret->name_len = at - ret->name;
	if (ret->name_len == 0)
		return false;

	size_t sign = skip_blanks(in, at);
	if (sign < in->len && in->text[sign] == '=') {
		read_value(in, sign + 1, ret);
		return true;
	}
	size_t blank =
	    at < in->len && in->text[at] == ':' ? blank_at(in, at + 1) : 0;
	if (blank == 0)
		return false;
	read_value(in, at + 1 + blank, ret);
	return true;
}

static bool
assignment_or_export(const struct input *in, size_t at, struct found *ret)
{
	static const char word[] = "export";
	size_t len = sizeof(word) - 1;

	if (in->len - at > len && memcmp(in->text + at, word, len) == 0 &&
	    blank_at(in, at + len) > 0 &&
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

int
dotenv_is_index(const char *name)
{
	return index_of(name, strlen(name)) >= 0;
}

static void
free_item(struct dotenv_item *item)
{
	if (item->data != NULL)
		explicit_bzero(item->data, item->len);
	free(item->name);
	free(item->data);
	free(item->note);
}

static struct dotenv_item *
look_up(const struct dotenv *file, const char *name)
{
	for (size_t i = 0; i < file->count; i++)
		if (strcmp(file->item[i].name, name) == 0)
			return &file->item[i];
	return NULL;
}

const struct dotenv_item *
dotenv_find(const struct dotenv *file, const char *name)
{
	return look_up(file, name);
}

/* The item moves into the file, or its value into the one of that name. */
static int
add_item(struct dotenv *file, struct dotenv_item *item)
{
	struct dotenv_item *known = look_up(file, item->name);
	if (known != NULL) {
		struct dotenv_item old = *known;
		*known = *item;
		*item = old;
		return 0;
	}
	if (file->count == DOTENV_NAMES_MAX)
		return -E2BIG;
	struct dotenv_item *grown =
	    realloc(file->item, (file->count + 1) * sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	file->item = grown;

	int64_t index = index_of(item->name, strlen(item->name));
	size_t at = file->count++;
	for (; at > 0 && goes_before(index, grown[at - 1].name); at--)
		grown[at] = grown[at - 1];
	grown[at] = *item;
	*item = (struct dotenv_item){ 0 };
	return 0;
}

/* What stands behind # on the line on which the value ends. */
static int
copy_note(const struct input *in, const struct found *found, char **ret)
{
	size_t at = found->value_end;
	while (
	    at < in->len && line_end_len(in, at) == 0 && blank_at(in, at) > 0)
		at += blank_at(in, at);
	if (at >= found->end || in->text[at] != '#')
		return 0;
	*ret = strndup(in->text + at, found->end - at);
	return *ret == NULL ? -ENOMEM : 0;
}

static int
add_found(
    struct dotenv *file, const struct input *in, const struct found *found)
{
	struct dotenv_item item = { 0 };

	item.name = strndup(in->text + found->name, found->name_len);
	int r = item.name == NULL ? -ENOMEM : 0;
	if (r == 0)
		r = dotenv_value(in->text + found->value,
		    found->value_end - found->value, &item.data, &item.len);
	if (r == 0)
		r = copy_note(in, found, &item.note);
	/* which has no such property: assigning it sets another thing */
	if (r == 0 && strcmp(item.name, "__proto__") != 0)
		r = add_item(file, &item);
	free_item(&item);
	return r;
}

static int
parse(const struct input *in, struct dotenv *file)
{
	size_t at = 0; /* always the start of a line, or where a match ended */
	while (at < in->len) {
		struct found found;
		size_t start = skip_blanks(in, at);
		if (!assignment_or_export(in, start, &found)) {
			/* no line between here and there can match either */
			at = line_end(in, start);
			at += line_end_len(in, at);
			continue;
		}
		int r = add_found(file, in, &found);
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
	struct dotenv file = { 0 };

	if (len > DOTENV_FILE_MAX)
		return -E2BIG;
	char *copy = malloc(len + 1);
	if (copy == NULL)
		return -ENOMEM;
	struct input in = { copy, unify_lines(copy, text, len) };
	int r = parse(&in, &file);
	explicit_bzero(copy, len);
	free(copy);
	if (r < 0) {
		dotenv_free(&file);
		return r;
	}
	*ret = file;
	return 0;
}

void
dotenv_free(struct dotenv *file)
{
	for (size_t i = 0; i < file->count; i++)
		free_item(&file->item[i]);
	free(file->item);
	*file = (struct dotenv){ 0 };
}
