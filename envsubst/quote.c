#include "envsubst/quote.h"

#include "core/guard.h"
#include "core/utf8.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#define VALUE_MAX ((size_t)64 * 1024 * 1024)

static bool
is_plain_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* ---- JSON and JavaScript ------------------------------------------------ */

static const char *
json_escape(char c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\b':
		return "\\b";
	case '\f':
		return "\\f";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

static void
add_json(char c, struct text *to)
{
	const char *escape = json_escape(c);
	if (escape != NULL)
		text_str(to, escape);
	else if (is_control(c))
		text_fmt(to, "\\u%04x", (unsigned char)c);
	else
		text_add(to, &c, 1);
}

/*
 * Only escapes that JSON has too, so that it does not matter which of the two
 * a script element holds.  The dollar: a brace may follow in the file.
 */
static void
add_js(char c, struct text *to)
{
	if (c != '\0' && strchr("\"'`$<>&", c) != NULL)
		text_fmt(to, "\\u%04X", (unsigned char)c);
	else
		add_json(c, to);
}

/*
 * U+2028 and U+2029, three bytes each, which end a line in JavaScript; and
 * what is no UTF-8.
 */
static void
add_code(bool json, const char *data, size_t len, struct text *to)
{
	for (size_t at = 0, n; at < len; at += n) {
		n = utf8_len(data + at, len - at);
		const char *c = data + at;
		if (n == 1 && json)
			add_json(*c, to);
		else if (n == 1)
			add_js(*c, to);
		else if (n == 3 && memcmp(c, "\u2028", 3) == 0)
			text_str(to, "\\u2028");
		else if (n == 3 && memcmp(c, "\u2029", 3) == 0)
			text_str(to, "\\u2029");
		else if (n == 0)
			text_str(to, "\ufffd");
		else
			text_add(to, c, n);
		n += n == 0;
	}
}

/* Letters, digits and blanks alone are no operator, call or comment. */
static void
add_js_all(const char *data, size_t len, struct text *to)
{
	for (size_t at = 0, n; at < len; at += n) {
		n = utf8_len(data + at, len - at);
		char c = data[at];
		if (n == 1 && !is_plain_letter(c) && c != '_' && c != ' ')
			text_fmt(to, "\\u%04X", (unsigned char)c);
		else
			add_code(false, data + at, n + (n == 0), to);
		n += n == 0;
	}
}

static size_t
skip_digits(const char *data, size_t len, size_t at)
{
	while (at < len && data[at] >= '0' && data[at] <= '9')
		at++;
	return at;
}

/* As JSON has them: no leading zero or plus, nothing without digits. */
static bool
is_number(const char *data, size_t len)
{
	size_t at = len > 0 && data[0] == '-';
	size_t end = skip_digits(data, len, at);

	if (end == at || (data[at] == '0' && end > at + 1))
		return false;
	at = end;
	if (at < len && data[at] == '.') {
		end = skip_digits(data, len, at + 1);
		if (end == at + 1)
			return false;
		at = end;
	}
	if (at < len && (data[at] == 'e' || data[at] == 'E')) {
		at++;
		at += at < len && (data[at] == '+' || data[at] == '-');
		end = skip_digits(data, len, at);
		if (end == at)
			return false;
		at = end;
	}
	return at == len;
}

static bool
is_scalar(const char *data, size_t len)
{
	static const char *const words[] = { "true", "false", "null" };
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (len == strlen(words[i]) && memcmp(data, words[i], len) == 0)
			return true;
	return is_number(data, len);
}

static void
add_literal(const char *data, size_t len, struct text *to)
{
	text_str(to, "\"");
	add_code(false, data, len, to);
	text_str(to, "\"");
}

/* ---- HTML, CSS, URLs ---------------------------------------------------- */

static void
add_html(bool bare, const char *data, size_t len, struct text *to)
{
	for (size_t i = 0; i < len; i++) {
		char c = data[i];
		if (c == '&')
			text_str(to, "&amp;");
		else if (c == '<')
			text_str(to, "&lt;");
		else if (c == '>')
			text_str(to, "&gt;");
		else if (c == '"')
			text_str(to, "&quot;");
		else if (c == '\'' || c == '`' ||
			 (bare && (is_control(c) || c == ' ' || c == '=')))
			text_fmt(to, "&#%u;", (unsigned char)c);
		else
			text_add(to, &c, 1);
	}
}

static int
add_html_js(const char *data, size_t len, struct text *to)
{
	autotext struct text code = TEXT_MAX(VALUE_MAX);
	add_code(false, data, len, &code);
	if (code.failed)
		to->failed = true;
	else
		add_html(true, code.data, code.len, to);
	return 0;
}

/* Six digits, which need no blank to end them. */
static void
add_css(const char *data, size_t len, struct text *to)
{
	for (size_t i = 0; i < len; i++) {
		char c = data[i];
		if (is_plain_letter(c) || (unsigned char)c >= 0x80 ||
		    strchr(" -_.,:/#%+", c) != NULL)
			text_add(to, &c, 1);
		else
			text_fmt(to, "\\%06x", (unsigned char)c);
	}
}

static void
add_url(const char *data, size_t len, struct text *to)
{
	for (size_t i = 0; i < len; i++) {
		char c = data[i];
		if (is_plain_letter(c) || strchr("-._~", c) != NULL)
			text_add(to, &c, 1);
		else
			text_fmt(to, "%%%02X", (unsigned char)c);
	}
}

/* ---- nginx -------------------------------------------------------------- */

/*
 * Within quotes a backslash takes the meaning from quotes and backslashes.  A
 * dollar would begin a variable, and nothing takes that from it; nor from what
 * ends a word without quotes.
 */
static int
add_nginx(bool bare, const char *data, size_t len, struct text *to)
{
	const char *never = bare ? "$ \t\r\n;{}\"'#\\" : "$";
	for (size_t i = 0; i < len; i++)
		if (data[i] == '\0' || strchr(never, data[i]) != NULL)
			return -EINVAL;
	if (bare && len == 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		char c = data[i];
		if (c == '"' || c == '\'' || c == '\\')
			text_str(to, "\\");
		if (c == '\n')
			text_str(to, "\\n");
		else if (c == '\r')
			text_str(to, "\\r");
		else
			text_add(to, &c, 1);
	}
	return 0;
}

/* ---- all of them -------------------------------------------------------- */

int
quote_find(const char *name, size_t len)
{
	static const char *const names[QUOTE_NAMES] = {
		[QUOTE_RAW] = "raw",
		[QUOTE_JSON] = "json",
		[QUOTE_JS] = "js",
		[QUOTE_HTML] = "html",
		[QUOTE_NGINX] = "nginx",
		[QUOTE_URL] = "url",
		[QUOTE_CSS] = "css",
		[QUOTE_LITERAL] = "literal",
	};
	for (int i = 0; i < QUOTE_NAMES; i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return i;
	return -1;
}

int
quote_add(enum quote quote, const char *data, size_t len, struct text *to)
{
	assert(quote < QUOTES);
	switch (quote) {
	case QUOTE_JSON:
		add_code(true, data, len, to);
		break;
	case QUOTE_JS:
		add_code(false, data, len, to);
		break;
	case QUOTE_JS_ALL:
		add_js_all(data, len, to);
		break;
	case QUOTE_SCALAR:
		if (is_scalar(data, len))
			text_add(to, data, len);
		else
			add_literal(data, len, to);
		break;
	case QUOTE_LITERAL:
		add_literal(data, len, to);
		break;
	case QUOTE_HTML:
	case QUOTE_HTML_BARE:
		add_html(quote == QUOTE_HTML_BARE, data, len, to);
		break;
	case QUOTE_HTML_JS:
		return add_html_js(data, len, to);
	case QUOTE_NGINX:
	case QUOTE_NGINX_BARE:
		return add_nginx(quote == QUOTE_NGINX_BARE, data, len, to);
	case QUOTE_URL:
		add_url(data, len, to);
		break;
	case QUOTE_CSS:
		add_css(data, len, to);
		break;
	case QUOTE_RAW:
	case QUOTES:
		text_add(to, data, len);
		break;
	}
	return 0;
}
