#include "envsubst/script.h"

#include "core/guard.h"

#include <stdbool.h>
#include <string.h>

/*
 * A reader of tokens.  The one hard question of JavaScript's grammar is whether
 * a slash divides or begins a regular expression: it depends on what stands
 * before it.  After a closing parenthesis that is known by the word before the
 * opening one; after a closing brace it nearly always begins an expression.
 */

/* Longer ones are none: they would be read anew for every place in them. */
#define REGEX_MAX ((size_t)4096)

static char
peek(const struct script_reader *r, size_t ahead)
{
	return r->at + ahead < r->len ? r->text[r->at + ahead] : '\0';
}

static bool
is_word(const char *words, const char *text, size_t len)
{
	for (const char *w = words; *w != '\0';) {
		size_t n = strcspn(w, " ");
		if (n == len && memcmp(w, text, n) == 0)
			return true;
		w += n + (w[n] == ' ');
	}
	return false;
}

static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '#' ||
	       (unsigned char)c >= 0x80;
}

static void
read_word(struct script_reader *r)
{
	const char *word = r->text + r->at;
	bool member = r->at > 0 && word[-1] == '.';
	size_t len = 0;
	while (is_word_char(peek(r, 0))) {
		r->at++;
		len++;
	}
	r->head = !member && is_word("if while for with", word, len);
	r->regex =
	    !member &&
	    is_word("return typeof instanceof in of new delete void throw case "
		    "do else yield await",
		word, len);
}

/* To behind the closing quote; false when the text ends before it. */
static bool
read_string(struct script_reader *r, char quote)
{
	while (r->at < r->len) {
		char c = r->text[r->at++];
		if (c == quote) {
			r->regex = r->head = false;
			return true;
		}
		if (c == '\\')
			r->at++;
		else if (c == '\n' || c == '\r') {
			r->unsure = true;
			return true;
		}
	}
	return false;
}

/*
 * To behind the closing back-quote or into a substitution; false when the text
 * ends in the template.
 */
static bool
read_template(struct script_reader *r)
{
	while (r->at < r->len) {
		char c = r->text[r->at++];
		if (c == '\\') {
			r->at++;
		} else if (c == '`') {
			r->templates--;
			r->regex = r->head = false;
			return true;
		} else if (c == '$' && peek(r, 0) == '{') {
			r->at++;
			r->braces[r->templates - 1] = 0;
			r->regex = true;
			return true;
		}
	}
	return false;
}

static bool
open_template(struct script_reader *r)
{
	r->at++;
	if (r->templates == SCRIPT_TEMPLATES_MAX) {
		r->unsure = true;
		return true;
	}
	r->start[r->templates++] = r->at;
	return read_template(r);
}

/* To behind its end; it stays open when the text ends before it. */
static void
read_comment(struct script_reader *r)
{
	while (r->at < r->len) {
		char c = r->text[r->at++];
		bool over = r->comment == '/' ? c == '\n' || c == '\r'
					      : c == '*' && peek(r, 0) == '/';
		if (!over)
			continue;
		r->at += r->comment == '*';
		r->comment = 0;
		return;
	}
}

static void
read_regex(struct script_reader *r)
{
	bool set = false; /* [...], where a slash is a plain character */
	r->at++;
	while (r->at < r->len) {
		char c = r->text[r->at++];
		if (c == '\\')
			r->at++;
		else if (c == '\n' || c == '\r')
			break;
		else if (c == '[' || c == ']')
			set = c == '[';
		else if (c == '/' && !set) {
			r->regex = r->head = false;
			return;
		}
	}
	r->unsure = true;
}

static void
read_slash(struct script_reader *r)
{
	char next = peek(r, 1);
	if (next == '/' || next == '*') {
		r->comment = next;
		r->at += 2;
		read_comment(r);
	} else if (r->regex) {
		read_regex(r);
	} else {
		r->at++;
		r->regex = true;
	}
}

static void
read_paren(struct script_reader *r, char c)
{
	r->at++;
	if (c == '(' && r->parens < SCRIPT_PARENS_MAX) {
		r->paren_head[r->parens++] = r->head;
		r->regex = true;
	} else if (c == ')' && r->parens > 0) {
		r->regex = r->paren_head[--r->parens];
	} else {
		r->unsure = true;
	}
	r->head = false;
}

/* False when the text ends in the template that a brace led back to. */
static bool
read_brace(struct script_reader *r, char c)
{
	size_t *open = r->templates > 0 ? &r->braces[r->templates - 1] : NULL;
	r->at++;
	r->regex = true;
	r->head = false;
	if (open == NULL)
		return true;
	if (c == '{')
		++*open;
	else if (*open > 0)
		--*open;
	else
		return read_template(r);
	return true;
}

static void
read_sign(struct script_reader *r, char c)
{
	r->at++;
	if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
		return;
	r->head = false;
	if ((c == '+' || c == '-') && peek(r, 0) == c)
		r->at++; /* ++ and -- stand on either side of a value */
	else
		r->regex = c != ']';
}

/* One token; false when the text ends in a string or a template. */
static bool
read_token(struct script_reader *r)
{
	char c = r->text[r->at];
	if (c == '"' || c == '\'') {
		r->inside = c == '"' ? SCRIPT_DOUBLE : SCRIPT_SINGLE;
		r->string = ++r->at;
		return read_string(r, c);
	}
	r->inside = SCRIPT_TEMPLATE;
	if (c == '`')
		return open_template(r);
	if (c == '{' || c == '}')
		return read_brace(r, c);
	if (c == '(' || c == ')')
		read_paren(r, c);
	else if (c == '/')
		read_slash(r);
	else if (is_word_char(c))
		read_word(r);
	else
		read_sign(r, c);
	return true;
}

/* The next token, or the rest of what the text before had ended in. */
static bool
read_on(struct script_reader *r)
{
	if (r->comment != 0) {
		read_comment(r);
		return true;
	}
	if (r->inside == SCRIPT_CODE)
		return read_token(r);
	if (r->inside == SCRIPT_TEMPLATE)
		return read_template(r);
	return read_string(r, r->inside == SCRIPT_DOUBLE ? '"' : '\'');
}

void
script_begin(struct script_reader *r)
{
	r->at = 0;
	r->inside = SCRIPT_CODE;
	r->string = 0;
	r->comment = 0;
	r->pending = false;
	r->regex = true;
	r->head = r->unsure = false;
	r->parens = r->templates = 0;
}

/*
 * A regular expression that is not over is read anew when there is more of it;
 * what cannot be right stays so.
 */
enum script_state
script_read(struct script_reader *r, const char *text, size_t len)
{
	r->text = text;
	r->len = len;
	r->pending = false;
	while (r->at < len && !r->unsure) {
		size_t at = r->at;
		bool regex = r->regex;
		bool head = r->head;
		bool more = read_on(r);
		if (more)
			r->inside = SCRIPT_CODE;
		if (!more || !r->unsure || r->at < len || len - at > REGEX_MAX)
			continue;
		r->unsure = false;
		r->pending = true;
		r->at = at;
		r->regex = regex;
		r->head = head;
		return SCRIPT_UNSURE;
	}
	/* a backslash is the last byte */
	if (r->unsure || r->comment != 0 ||
	    (r->inside != SCRIPT_CODE && r->at > len))
		return SCRIPT_UNSURE;
	if (r->inside == SCRIPT_TEMPLATE)
		r->string = r->start[r->templates - 1];
	return r->inside;
}

void
script_skip(struct script_reader *r, size_t to)
{
	if (r->pending)
		return;
	r->at = to;
	if (r->comment == 0)
		r->regex = r->head = false;
}

enum script_state
script_end(const char *text, size_t len, size_t *ret_start)
{
	struct script_reader r;

	script_begin(&r);
	enum script_state state = script_read(&r, text, len);
	*ret_start = r.string;
	return state;
}

/* The end of ${...}; quotes in it are not looked at. */
static size_t
substitution_end(const char *text, size_t len, size_t at)
{
	size_t open = 0;
	for (; at < len; at++) {
		if (text[at] == '{')
			open++;
		else if (text[at] == '}' && --open == 0)
			return at + 1;
	}
	return len;
}

static char
escaped(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'v':
		return '\v';
	default:
		return c;
	}
}

long
script_cook(const char *text, size_t len, char *to)
{
	size_t n = 0;
	for (size_t at = 0; at < len;) {
		char c = text[at];
		if (c == '$' && at + 1 < len && text[at + 1] == '{') {
			to[n++] = '0';
			at = substitution_end(text, len, at + 1);
			continue;
		}
		if (c != '\\') {
			to[n++] = c;
			at++;
			continue;
		}
		if (at + 1 == len)
			return -1;
		c = text[at + 1];
		at += 2;
		if (c == 'x' || c == 'u')
			to[n++] = '0'; /* some character, of no matter here */
		else if (c != '\n')
			to[n++] = escaped(c);
	}
	return (long)n;
}
