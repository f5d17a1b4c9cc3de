#include "envsubst/place.h"

#include "core/guard.h"

#include <string.h>
#include <strings.h>

/* ---- the kind of a file ------------------------------------------------- */

static const struct {
	const char *ending;
	enum place_kind kind;
	enum quote fixed;
} kinds[] = {
	{ "html", PLACE_HTML, QUOTE_RAW },
	{ "htm", PLACE_HTML, QUOTE_RAW },
	{ "xhtml", PLACE_HTML, QUOTE_RAW },
	{ "xml", PLACE_HTML, QUOTE_RAW },
	{ "svg", PLACE_HTML, QUOTE_RAW },
	{ "js", PLACE_JS, QUOTE_RAW },
	{ "mjs", PLACE_JS, QUOTE_RAW },
	{ "cjs", PLACE_JS, QUOTE_RAW },
	{ "jsx", PLACE_JS, QUOTE_RAW },
	{ "ts", PLACE_JS, QUOTE_RAW },
	{ "mts", PLACE_JS, QUOTE_RAW },
	{ "tsx", PLACE_JS, QUOTE_RAW },
	{ "json", PLACE_JSON, QUOTE_RAW },
	{ "jsonld", PLACE_JSON, QUOTE_RAW },
	{ "webmanifest", PLACE_JSON, QUOTE_RAW },
	{ "css", PLACE_FIXED, QUOTE_CSS },
	{ "conf", PLACE_NGINX, QUOTE_RAW },
};

static bool
ends_with(const char *path, size_t len, const char *ending)
{
	size_t n = strlen(ending);
	return len > n + 1 && path[len - n - 1] == '.' &&
	       strncasecmp(path + len - n, ending, n) == 0;
}

static size_t
without_template(const char *path)
{
	static const char *const endings[] = { "template", "tmpl", "tpl" };
	size_t len = strlen(path);
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (ends_with(path, len, endings[i]))
			return len - strlen(endings[i]) - 1;
	return len;
}

void
place_begin(struct place *p, const char *path, int quote)
{
	size_t len = without_template(path);

	*p = (struct place){ .fixed = QUOTE_RAW };
	script_begin(&p->script);
	if (quote != -1) {
		p->fixed = (enum quote)quote;
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!ends_with(path, len, kinds[i].ending))
			continue;
		p->kind = kinds[i].kind;
		p->fixed = kinds[i].fixed;
		return;
	}
}

/* ---- HTML --------------------------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Names that are too long are none of those that matter. */
static void
add_letter(struct place *p, char c)
{
	if (p->word_len < sizeof(p->word) - 1)
		p->word[p->word_len++] =
		    c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	p->word[p->word_len] = '\0';
}

static void
begin_word(struct place *p, int state, char c)
{
	p->state = state;
	p->word_len = 0;
	p->word[0] = '\0';
	if (c != '\0')
		add_letter(p, c);
}

/* A tag ends; what its element holds is of its kind. */
static void
end_tag(struct place *p)
{
	p->state = HTML_TEXT;
	if (p->closing)
		return;
	if (strcmp(p->tag, "script") == 0)
		p->state = HTML_SCRIPT;
	else if (strcmp(p->tag, "style") == 0)
		p->state = HTML_STYLE;
	if (p->state != HTML_TEXT) {
		p->script_at = p->fed + 1;
		p->word_len = 0;
		script_begin(&p->script);
	}
}

static void
feed_open(struct place *p, char c)
{
	p->closing = false;
	p->tag[0] = '\0';
	if (c == '!' || c == '?')
		begin_word(p, HTML_BOGUS, '\0');
	else if (c == '/')
		begin_word(p, HTML_NAME, '\0');
	else if (is_letter(c))
		begin_word(p, HTML_NAME, c);
	else
		p->state = c == '<' ? HTML_OPEN : HTML_TEXT;
	p->closing = c == '/';
}

static void
feed_name(struct place *p, char c)
{
	if (!is_blank(c) && c != '/' && c != '>') {
		add_letter(p, c);
		return;
	}
	memcpy(p->tag, p->word, sizeof(p->tag));
	if (c == '>')
		end_tag(p);
	else
		p->state = HTML_TAG;
}

/* Between and in attributes. */
static void
feed_tag(struct place *p, char c)
{
	if (c == '>')
		end_tag(p);
	else if (p->state == HTML_EQUALS && (c == '"' || c == '\''))
		p->state = c == '"' ? HTML_DOUBLE : HTML_SINGLE;
	else if (p->state == HTML_EQUALS && !is_blank(c))
		p->state = HTML_BARE;
	else if (c == '=' && p->word_len > 0)
		p->state = HTML_EQUALS;
	else if (p->state == HTML_ATTR && !is_blank(c) && c != '/')
		add_letter(p, c);
	else if (p->state == HTML_ATTR)
		p->state = HTML_TAG;
	else if (p->state == HTML_TAG && !is_blank(c) && c != '/')
		begin_word(p, HTML_ATTR, c);
}

/* To the end of the element that no tag of another name ends. */
static void
feed_raw(struct place *p, char c)
{
	const char *end = p->state == HTML_SCRIPT ? "</script" : "</style";
	char lower = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;

	if (end[p->word_len] == '\0') {
		if (!is_blank(c) && c != '/' && c != '>') {
			p->word_len = 0;
			return;
		}
		p->closing = true;
		p->state = c == '>' ? HTML_TEXT : HTML_TAG;
		return;
	}
	if (lower != end[p->word_len])
		p->word_len = 0;
	if (lower == end[p->word_len])
		p->word_len++;
}

static void
feed_html(struct place *p, char c)
{
	switch ((enum place_html)p->state) {
	case HTML_TEXT:
		p->state = c == '<' ? HTML_OPEN : HTML_TEXT;
		break;
	case HTML_OPEN:
		feed_open(p, c);
		break;
	case HTML_NAME:
		feed_name(p, c);
		break;
	case HTML_TAG:
	case HTML_ATTR:
	case HTML_EQUALS:
		feed_tag(p, c);
		break;
	case HTML_DOUBLE:
	case HTML_SINGLE:
		if (c == (p->state == HTML_DOUBLE ? '"' : '\''))
			begin_word(p, HTML_TAG, '\0');
		break;
	case HTML_BARE:
		if (c == '>')
			end_tag(p);
		else if (is_blank(c))
			begin_word(p, HTML_TAG, '\0');
		break;
	case HTML_BOGUS:
		if (c == '>')
			p->state = HTML_TEXT;
		else if (c == '-' && p->last[1] == '-' && p->last[0] == '!')
			p->state = HTML_COMMENT;
		break;
	case HTML_COMMENT:
		if (c == '>' && p->last[1] == '-' && p->last[0] == '-')
			p->state = HTML_TEXT;
		break;
	case HTML_SCRIPT:
	case HTML_STYLE:
		feed_raw(p, c);
		break;
	}
}

/* ---- JSON and nginx ----------------------------------------------------- */

/* state: within a string. */
static void
feed_json(struct place *p, char c)
{
	if (p->escaped)
		p->escaped = false;
	else if (p->state && c == '\\')
		p->escaped = true;
	else if (c == '"')
		p->state = !p->state;
}

static void
feed_nginx_word(struct place *p, char c)
{
	bool start = p->state == NGINX_START;

	if (c == '\\')
		p->escaped = true;
	else if (is_blank(c) || c == ';' || c == '}' ||
		 (c == '{' && p->last[1] != '$'))
		p->state = NGINX_START;
	else if (start && c == '"')
		p->state = NGINX_DOUBLE;
	else if (start && c == '\'')
		p->state = NGINX_SINGLE;
	else if (start && c == '#')
		p->state = NGINX_COMMENT;
	else
		p->state = NGINX_WORD;
}

static void
feed_nginx(struct place *p, char c)
{
	if (p->escaped) {
		p->escaped = false;
		return;
	}
	switch ((enum place_nginx)p->state) {
	case NGINX_START:
	case NGINX_WORD:
		feed_nginx_word(p, c);
		break;
	case NGINX_DOUBLE:
	case NGINX_SINGLE:
		p->escaped = c == '\\';
		if (c == (p->state == NGINX_DOUBLE ? '"' : '\''))
			p->state = NGINX_START;
		break;
	case NGINX_COMMENT:
		if (c == '\n')
			p->state = NGINX_START;
		break;
	}
}

/* ---- the answer --------------------------------------------------------- */

static void
feed(struct place *p, const char *text, size_t len)
{
	for (size_t i = (size_t)p->fed; i < len; i++) {
		if (p->kind == PLACE_HTML)
			feed_html(p, text[i]);
		else if (p->kind == PLACE_JSON)
			feed_json(p, text[i]);
		else
			feed_nginx(p, text[i]);
		p->last[0] = p->last[1];
		p->last[1] = text[i];
		p->fed = i + 1;
	}
}

static bool
is_quote(char c)
{
	return c == '\'' || c == '"' || c == '`';
}

/*
 * In comments and where it cannot be told: what is harmless in code too.  No
 * code has a value right behind a string: that was no string, or has not ended.
 */
static enum quote
quote_of_code(struct place *p, const char *text, size_t len)
{
	switch (script_read(&p->script, text, len)) {
	case SCRIPT_CODE:
		if (len > 0 && is_quote(text[len - 1]))
			break;
		return QUOTE_SCALAR;
	case SCRIPT_SINGLE:
	case SCRIPT_DOUBLE:
	case SCRIPT_TEMPLATE:
		return QUOTE_JS;
	case SCRIPT_UNSURE:
		break;
	}
	return QUOTE_JS_ALL;
}

/* A value can also follow =, where it is an attribute's without quotes. */
static enum quote
quote_of_html(struct place *p, const char *text, size_t len)
{
	bool code = strncmp(p->word, "on", 2) == 0;

	switch ((enum place_html)p->state) {
	case HTML_DOUBLE:
	case HTML_SINGLE:
		return code ? QUOTE_HTML_JS : QUOTE_HTML;
	case HTML_OPEN:
	case HTML_NAME:
	case HTML_TAG:
	case HTML_ATTR:
	case HTML_EQUALS:
	case HTML_BARE:
		return code ? QUOTE_HTML_JS : QUOTE_HTML_BARE;
	case HTML_SCRIPT:
		return quote_of_code(
		    p, text + p->script_at, len - (size_t)p->script_at);
	case HTML_STYLE:
		return QUOTE_CSS;
	case HTML_TEXT:
	case HTML_BOGUS:
	case HTML_COMMENT:
		break;
	}
	return QUOTE_HTML;
}

static enum quote
quote_anywhere(const struct place *p)
{
	switch (p->kind) {
	case PLACE_HTML:
		return QUOTE_HTML_JS;
	case PLACE_JS:
	case PLACE_JSON:
		return QUOTE_JS_ALL;
	case PLACE_NGINX:
		return QUOTE_NGINX_BARE;
	case PLACE_FIXED:
		break;
	}
	return p->fixed;
}

enum quote
place_quote(struct place *p, const char *text, size_t len)
{
	if (p->kind == PLACE_FIXED || text == NULL)
		return quote_anywhere(p);
	if (p->kind == PLACE_JS)
		return quote_of_code(p, text, len);
	feed(p, text, len);
	if (p->kind == PLACE_HTML)
		return quote_of_html(p, text, len);
	if (p->kind == PLACE_JSON)
		return p->state ? QUOTE_JSON : QUOTE_SCALAR;
	return p->state == NGINX_START || p->state == NGINX_WORD
		   ? QUOTE_NGINX_BARE
		   : QUOTE_NGINX;
}

void
place_skip(struct place *p, uint64_t start, size_t len)
{
	uint64_t to = start + len;
	p->fed = to;
	if (p->kind == PLACE_JS)
		script_skip(&p->script, (size_t)to);
	else if (p->kind == PLACE_HTML && p->state == HTML_SCRIPT)
		script_skip(&p->script, (size_t)(to - p->script_at));
	/* where a value stands there is a word now */
	p->last[0] = p->last[1] = '\0';
	if (p->kind == PLACE_HTML && p->state == HTML_EQUALS)
		p->state = HTML_BARE;
	if (p->kind == PLACE_NGINX && p->state == NGINX_START)
		p->state = NGINX_WORD;
}
