#include "envsubst/precache.h"

#include "core/guard.h"

#include <string.h>

struct reader {
	const char *at;
	const char *start;
	const char *end;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* ---- forwards --------------------------------------------------------- */

static void
skip_blanks(struct reader *r)
{
	while (r->at < r->end && is_blank(*r->at))
		r->at++;
}

static bool
take_text(struct reader *r, const char *text)
{
	size_t len = strlen(text);
	skip_blanks(r);
	if ((size_t)(r->end - r->at) < len || memcmp(r->at, text, len) != 0)
		return false;
	r->at += len;
	return true;
}

static void
take_quote(struct reader *r)
{
	if (r->at < r->end && (*r->at == '"' || *r->at == '\''))
		r->at++;
}

/* , url : "..." */
static bool
url_behind(struct reader r, struct precache_entry *entry)
{
	if (!take_text(&r, ","))
		return false;
	skip_blanks(&r);
	take_quote(&r);
	if (!take_text(&r, "url"))
		return false;
	take_quote(&r);
	if (!take_text(&r, ":"))
		return false;
	skip_blanks(&r);
	if (r.at == r.end || (*r.at != '"' && *r.at != '\''))
		return false;
	char quote = *r.at++;
	const char *close = memchr(r.at, quote, (size_t)(r.end - r.at));
	entry->url = r.at;
	entry->url_len = close == NULL ? 0 : (size_t)(close - r.at);
	return close != NULL;
}

/* ---- backwards, from r.at --------------------------------------------- */

static bool
back_text(struct reader *r, const char *text)
{
	size_t len = strlen(text);
	while (r->at > r->start && is_blank(r->at[-1]))
		r->at--;
	if ((size_t)(r->at - r->start) < len ||
	    memcmp(r->at - len, text, len) != 0)
		return false;
	r->at -= len;
	return true;
}

static char
back_quote(struct reader *r)
{
	if (r->at == r->start || (r->at[-1] != '"' && r->at[-1] != '\''))
		return '\0';
	return *--r->at;
}

/* url : "..." , */
static bool
url_before(struct reader r, struct precache_entry *entry)
{
	(void)back_quote(&r);
	if (!back_text(&r, ","))
		return false;
	while (r.at > r.start && is_blank(r.at[-1]))
		r.at--;
	char quote = back_quote(&r);
	const char *close = r.at;
	while (quote != '\0' && r.at > r.start && r.at[-1] != quote)
		r.at--;
	entry->url = r.at;
	entry->url_len = (size_t)(close - r.at);
	if (quote == '\0' || back_quote(&r) == '\0' || !back_text(&r, ":"))
		return false;
	while (r.at > r.start && is_blank(r.at[-1]))
		r.at--;
	(void)back_quote(&r);
	return back_text(&r, "url");
}

/* ---- the list --------------------------------------------------------- */

static const char key[] = "revision";

/* An entry whose key stands at `at`. */
static bool
read_entry(
    const char *text, size_t len, const char *at, struct precache_entry *entry)
{
	struct reader r = { at + sizeof(key) - 1, text, text + len };
	struct reader before = { at, text, text + len };

	take_quote(&r);
	if (!take_text(&r, ":") || !take_text(&r, PRECACHE_NULL) ||
	    r.at == r.end || strchr(" \t\r\n,}", *r.at) == NULL)
		return false;
	entry->null_at = (size_t)(r.at - text) - (sizeof(PRECACHE_NULL) - 1);
	bool found = url_behind(r, entry) || url_before(before, entry);
	return found && entry->url_len > 0 &&
	       memchr(entry->url, '\\', entry->url_len) == NULL;
}

int
precache_scan(const char *text, size_t len, precache_take *take, void *arg)
{
	const char *at = text;
	const char *end = text + len;

	while ((at = memmem(at, (size_t)(end - at), key, sizeof(key) - 1)) !=
	       NULL) {
		struct precache_entry entry;
		if (read_entry(text, len, at, &entry)) {
			int r = take(arg, &entry);
			if (r != 0)
				return r;
		}
		at += sizeof(key) - 1;
	}
	return 0;
}

bool
precache_may_be(const char *name)
{
	static const char *const parts[] = { "sw", "worker", "precache" };
	const char *dot = strrchr(name, '.');

	if (dot == NULL ||
	    (strcmp(dot, ".js") != 0 && strcmp(dot, ".mjs") != 0))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (strstr(name, parts[i]) != NULL)
			return true;
	return false;
}
