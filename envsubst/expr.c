#include "envsubst/expr.h"

#include "envsubst/quote.h"

#include <stdint.h>
#include <string.h>

/*
 * A reader without a memory of its own: each function is given where it stands
 * and returns where it ended, NOWHERE when that cannot be.  Nothing is read
 * twice within one expression; and since one may be no deeper than
 * EXPR_DEPTH_MAX, a text of many that never end costs that factor at most.
 */

#define NOWHERE SIZE_MAX

struct reader {
	const struct scope *scope;
	const char *text;
	size_t len;
	unsigned depth;
};

static size_t skip_word(
    struct reader *r, size_t at, enum expr_word kind, char also);
static size_t read_braced(struct reader *r, size_t at, struct expr *ret);

static char
peek(const struct reader *r, size_t at)
{
	return at < r->len ? r->text[at] : '\0';
}

/* A touched name, with what stands before it in braces. */
static bool
is_touched_at(const struct reader *r, size_t at)
{
	at += peek(r, at) == '#';
	size_t n = scope_name_len(r->text + at, r->len - at);
	return n > 0 && scope_touches(r->scope, r->text + at, n);
}

/* `at` is behind ${; to behind the brace, of whosever expression. */
static size_t
skip_braced(struct reader *r, size_t at)
{
	struct expr ignored;
	size_t end = NOWHERE;

	if (r->depth == EXPR_DEPTH_MAX)
		return NOWHERE;
	r->depth++;
	if (at < r->len && is_touched_at(r, at)) {
		end = read_braced(r, at, &ignored);
	} else {
		end = skip_word(r, at, EXPR_WORD_PLAIN, '\0');
		end = end == NOWHERE ? NOWHERE : end + 1;
	}
	r->depth--;
	return end;
}

/* Behind the opening quote; to behind the closing one. */
static size_t
skip_quoted(struct reader *r, size_t at)
{
	while (at < r->len) {
		char c = r->text[at];
		if (c == '"')
			return at + 1;
		if (c == '$' && peek(r, at + 1) == '{')
			at = skip_braced(r, at + 2);
		else
			at += c == '\\' ? 2 : 1;
		if (at == NOWHERE)
			break;
	}
	return NOWHERE;
}

/* To the closing brace, or to the first `also` that is not quoted. */
static size_t
skip_word(struct reader *r, size_t at, enum expr_word kind, char also)
{
	while (at < r->len) {
		char c = r->text[at];
		if (c == '}' || (also != '\0' && c == also))
			return at;
		if (c == '"') {
			at = skip_quoted(r, at + 1);
		} else if (c == '$' && peek(r, at + 1) == '{') {
			at = skip_braced(r, at + 2);
		} else if (c == '\'' && kind == EXPR_WORD_QUOTED) {
			const char *end =
			    memchr(r->text + at + 1, '\'', r->len - at - 1);
			at =
			    end == NULL ? NOWHERE : (size_t)(end - r->text) + 1;
		} else {
			at += c == '\\' ? 2 : 1;
		}
		if (at == NOWHERE)
			break;
	}
	return NOWHERE;
}

/* The operator's letters; 0 when there is none. */
static size_t
read_operator(const struct reader *r, size_t at, struct expr *e)
{
	static const char letters[] = "-=+?#%/^,";
	static const enum expr_op ops[] = { EXPR_DEFAULT, EXPR_ASSIGN,
		EXPR_OTHER, EXPR_ERROR, EXPR_PREFIX, EXPR_SUFFIX, EXPR_REPLACE,
		EXPR_UPPER, EXPR_LOWER };
	char c = peek(r, at);
	e->colon = c == ':';
	if (e->colon)
		c = peek(r, at + 1);
	const char *found = c == '\0' ? NULL : strchr(letters, c);

	if (e->colon && (found == NULL || found - letters > 3)) {
		e->op = EXPR_SLICE;
		return 1;
	}
	if (found == NULL)
		return 0;
	e->op = ops[found - letters];
	if (e->colon)
		return 2;
	e->doubled = found - letters > 3 && peek(r, at + 1) == c;
	return e->doubled ? 2 : 1;
}

/* Its words, from behind the operator; to behind the brace. */
static size_t
read_words(struct reader *r, size_t at, struct expr *e)
{
	enum expr_word kind = e->op < EXPR_PREFIX || e->op == EXPR_SLICE
				  ? EXPR_WORD_PLAIN
				  : EXPR_WORD_QUOTED;
	char between = e->op == EXPR_REPLACE ? '/'
		       : e->op == EXPR_SLICE ? ':'
					     : '\0';
	size_t from = at;

	/* behind // even a slash is part of the pattern */
	if (e->op == EXPR_REPLACE && e->doubled && peek(r, at) == '/')
		at++;
	size_t end = skip_word(r, at, kind, between);
	if (end == NOWHERE)
		return NOWHERE;
	e->word = r->text + from;
	e->word_len = end - from;
	if (r->text[end] != '}') {
		e->has_more = true;
		from = end + 1;
		end = skip_word(r, from, kind, '\0');
		if (end == NOWHERE)
			return NOWHERE;
		e->more = r->text + from;
		e->more_len = end - from;
	}
	/* ${NAME:} */
	if (e->op == EXPR_SLICE && e->word_len == 0 && !e->has_more)
		return NOWHERE;
	return end + 1;
}

/* @FILTER; false when it is none. */
static bool
read_filter(const struct reader *r, size_t *at, struct expr *e)
{
	if (peek(r, *at) != '@')
		return true;
	size_t n = scope_name_len(r->text + *at + 1, r->len - *at - 1);
	e->filter = quote_find(r->text + *at + 1, n);
	*at += n + 1;
	return e->filter != -1;
}

/* From behind ${, where a touched name is; to behind the brace. */
static size_t
read_braced(struct reader *r, size_t at, struct expr *ret)
{
	struct expr e = { .filter = -1 };
	bool length = peek(r, at) == '#';

	at += length;
	e.name = r->text + at;
	e.name_len = scope_name_len(e.name, r->len - at);
	at += e.name_len;
	if (length) {
		e.op = EXPR_LENGTH;
	} else if (!read_filter(r, &at, &e)) {
		return NOWHERE;
	} else if (peek(r, at) != '}') {
		size_t n = read_operator(r, at, &e);
		at = n == 0 ? NOWHERE : read_words(r, at + n, &e);
		*ret = e;
		return at;
	}
	*ret = e;
	return peek(r, at) == '}' ? at + 1 : NOWHERE;
}

static struct reader
reader_of(const struct scope *s, const char *text, size_t len)
{
	return (struct reader){ s, text, len < EXPR_MAX ? len : EXPR_MAX, 0 };
}

bool
expr_read(const struct scope *s, const char *text, size_t len, struct expr *ret)
{
	struct reader r = reader_of(s, text, len);

	if (peek(&r, 0) != '$')
		return false;
	if (peek(&r, 1) != '{') {
		size_t n = scope_name_len(text + 1, r.len - 1);
		if (n == 0 || !scope_touches(s, text + 1, n))
			return false;
		*ret = (struct expr){ .name = text + 1,
			.name_len = n,
			.filter = -1,
			.len = n + 1 };
		return true;
	}
	if (r.len < 3 || !is_touched_at(&r, 2))
		return false;
	struct expr e;
	size_t end = read_braced(&r, 2, &e);
	if (end == NOWHERE)
		return false;
	*ret = e;
	ret->len = end;
	return true;
}

bool
expr_is_meant(const struct scope *s, const char *text, size_t len)
{
	struct reader r = reader_of(s, text, len);
	size_t at = peek(&r, 1) == '{' ? 2 : 1;
	return peek(&r, 0) == '$' && at < r.len &&
	       (at == 2 || peek(&r, 1) != '#') && is_touched_at(&r, at);
}

size_t
expr_alien(const struct scope *s, const char *text, size_t len)
{
	struct reader r = reader_of(s, text, len);
	if (r.len < 3 || text[0] != '$' || text[1] != '{')
		return 0;
	size_t end = skip_word(&r, 2, EXPR_WORD_PLAIN, '\0');
	return end == NOWHERE ? 0 : end + 1;
}
