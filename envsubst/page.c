#include "envsubst/page.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/*
 * What of the tokenizer of the HTML standard (13.2.5) decides where a script
 * begins and ends: comments, quoted attributes, elements whose content is text,
 * and the comment in a script in which another script may stand.
 */

struct reader {
	const char *at;
	const char *end;
	const char *start;
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/* Letters in any case. */
static bool
looks_at(const struct reader *r, const char *text)
{
	size_t len = strlen(text);
	return (size_t)(r->end - r->at) >= len &&
	       strncasecmp(r->at, text, len) == 0;
}

static void
skip_to(struct reader *r, char c)
{
	const char *found = memchr(r->at, c, (size_t)(r->end - r->at));
	r->at = found == NULL ? r->end : found;
}

static void
skip_past(struct reader *r, const char *text)
{
	size_t len = strlen(text);
	const char *found = memmem(r->at, (size_t)(r->end - r->at), text, len);
	r->at = found == NULL ? r->end : found + len;
}

/* "<name" or "</name", with an end behind the name; len is its length. */
static bool
is_tag(const struct reader *r, const char *open, const char *name)
{
	size_t len = strlen(open) + strlen(name);
	if ((size_t)(r->end - r->at) <= len || !looks_at(r, open))
		return false;
	return strncasecmp(r->at + strlen(open), name, strlen(name)) == 0 &&
	       (is_blank(r->at[len]) || r->at[len] == '/' || r->at[len] == '>');
}

/* ---- attributes ------------------------------------------------------- */

struct tag {
	bool src;
	bool type; /* there is one, and it is no script's */
};

static bool
is_script_type(const char *type, size_t len)
{
	static const char *const types[] = { "", "module", "importmap",
		"speculationrules", "text/javascript", "application/javascript",
		"text/ecmascript", "application/ecmascript",
		"application/x-javascript", "application/x-ecmascript",
		"text/x-javascript", "text/x-ecmascript", "text/jscript",
		"text/livescript" };

	while (len > 0 && is_blank(type[0])) {
		type++;
		len--;
	}
	while (len > 0 && is_blank(type[len - 1]))
		len--;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strlen(types[i]) == len &&
		    strncasecmp(types[i], type, len) == 0)
			return true;
	return false;
}

/* The value behind a '='; stands behind it afterwards. */
static const char *
read_value(struct reader *r, size_t *ret_len)
{
	const char *from;
	while (r->at < r->end && is_blank(*r->at))
		r->at++;
	if (r->at < r->end && (*r->at == '"' || *r->at == '\'')) {
		char quote = *r->at;
		from = ++r->at;
		skip_to(r, quote);
		*ret_len = (size_t)(r->at - from);
		r->at += r->at < r->end;
		return from;
	}
	from = r->at;
	while (r->at < r->end && !is_blank(*r->at) && *r->at != '>')
		r->at++;
	*ret_len = (size_t)(r->at - from);
	return from;
}

static void
read_attribute(struct reader *r, struct tag *tag)
{
	const char *name = r->at++;
	while (r->at < r->end && !is_blank(*r->at) && *r->at != '=' &&
	       *r->at != '>' && *r->at != '/')
		r->at++;
	size_t name_len = (size_t)(r->at - name);
	size_t len = 0;
	const char *value = "";

	while (r->at < r->end && is_blank(*r->at))
		r->at++;
	if (r->at < r->end && *r->at == '=') {
		r->at++;
		value = read_value(r, &len);
	}
	if (name_len == 3 && strncasecmp(name, "src", 3) == 0)
		tag->src = true;
	if (name_len == 4 && strncasecmp(name, "type", 4) == 0)
		tag->type = !is_script_type(value, len);
}

/* From behind the tag's name to behind its '>'. */
static struct tag
read_tag(struct reader *r)
{
	struct tag tag = { false, false };
	while (r->at < r->end && *r->at != '>') {
		if (is_blank(*r->at) || *r->at == '/')
			r->at++;
		else
			read_attribute(r, &tag);
	}
	r->at += r->at < r->end;
	return tag;
}

/* ---- elements --------------------------------------------------------- */

static int
add_part(struct page *p, const struct page_part *part)
{
	if (p->count == PAGE_PARTS_MAX)
		return -E2BIG;
	/* powers of two */
	if ((p->count & (p->count - 1)) == 0) {
		size_t room = p->count == 0 ? 1 : 2 * p->count;
		struct page_part *grown =
		    realloc(p->part, room * sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		p->part = grown;
	}
	p->part[p->count++] = *part;
	return 0;
}

/* To the element's end tag; an element without one is no element. */
static void
skip_text(struct reader *r, const char *name)
{
	while (r->at < r->end && !is_tag(r, "</", name)) {
		r->at++;
		skip_to(r, '<');
	}
}

/* The same for a script: in a comment that it holds, another one may stand. */
static void
skip_script(struct reader *r)
{
	bool comment = false;
	bool inner = false;

	for (; r->at < r->end; r->at++) {
		if (*r->at != '<' && *r->at != '-')
			continue;
		if (looks_at(r, "<!--"))
			comment = true;
		else if (looks_at(r, "-->"))
			comment = inner = false;
		else if (comment && !inner && is_tag(r, "<", "script"))
			inner = true;
		else if (is_tag(r, "</", "script") && !inner)
			return;
		else if (is_tag(r, "</", "script"))
			inner = false;
	}
}

static int
read_element(struct reader *r, struct page *p)
{
	static const char *const texts[] = { "style", "textarea", "title",
		"xmp", "iframe", "noembed", "noframes", "noscript" };
	const char *text = NULL;
	bool script = is_tag(r, "<", "script");

	for (size_t i = 0; i < ARRAY_LEN(texts) && !script; i++)
		if (is_tag(r, "<", texts[i]))
			text = texts[i];
	r->at++;
	while (r->at < r->end && !is_blank(*r->at) && *r->at != '>' &&
	       *r->at != '/')
		r->at++;
	struct tag tag = read_tag(r);
	struct page_part part = { .start = (size_t)(r->at - r->start),
		.style = text == texts[0],
		.data = script && tag.type };
	if (script)
		skip_script(r);
	else if (text != NULL)
		skip_text(r, text);
	part.end = (size_t)(r->at - r->start);
	bool wanted = part.style || (script && !tag.src);
	return wanted && r->at < r->end ? add_part(p, &part) : 0;
}

static int
read_markup(struct reader *r, struct page *p)
{
	char next = r->at + 1 < r->end ? r->at[1] : '\0';

	if (looks_at(r, "<!-->") || looks_at(r, "<!--->"))
		skip_to(r, '>');
	else if (looks_at(r, "<!--"))
		skip_past(r, "-->");
	else if (is_letter(next))
		return read_element(r, p);
	else if (next == '/' && r->at + 2 < r->end && is_letter(r->at[2])) {
		r->at += 2;
		(void)read_tag(r);
	} else if (next == '!' || next == '?' || next == '/')
		skip_to(r, '>');
	else
		r->at++;
	return 0;
}

int
page_read(const char *html, size_t len, struct page *ret)
{
	struct reader r = { html, html + len, html };
	struct page p = { 0 };
	int e = 0;

	while (e == 0 && r.at < r.end) {
		skip_to(&r, '<');
		if (r.at < r.end)
			e = read_markup(&r, &p);
	}
	if (e < 0)
		page_free(&p);
	else
		*ret = p;
	return e;
}

void
page_free(struct page *p)
{
	free(p->part);
	*p = (struct page){ 0 };
}

bool
page_is(const char *name)
{
	const char *dot = strrchr(name, '.');
	return dot != NULL &&
	       (strcasecmp(dot, ".html") == 0 || strcasecmp(dot, ".htm") == 0 ||
		   strcasecmp(dot, ".xhtml") == 0);
}
