#include "envsubst/meta.h"

#include "envsubst/context.h"
#include "envsubst/scan.h"

#include <stdlib.h>
#include <string.h>

/*
 * To know what a placeholder stands in takes looking at all before it.  When so
 * much of one file has been looked at, the rest counts as unknown.
 */
#define CONTEXT_BUDGET ((size_t)64 * 1024 * 1024)

/* The marks of an edit; its kind is the form. */
enum { HEAD, TAIL, SLASHES, QUOTE };

int
meta_needles(struct needles **ret)
{
	const struct needle word = { SCAN_WORD, SCAN_WORD_LEN };
	return needles_build(&word, 1, ret);
}

/* Not beyond SCAN_REACH, whatever the view shows. */
static enum look
look(const void *values, const struct view *v, struct edit *ret)
{
	struct scan_call call;
	size_t behind = v->at + SCAN_WORD_LEN;
	size_t from = v->at > SCAN_REACH ? v->at - SCAN_REACH : 0;
	size_t to = v->len - behind > SCAN_REACH ? behind + SCAN_REACH : v->len;

	(void)values;
	if (v->at < v->lo)
		return LOOK_NONE;
	if (from < v->lo)
		from = v->lo;
	if (!scan_call(v->data + from, to - from, v->at - from, &call))
		return LOOK_LEFT_OVER;
	*ret = (struct edit){
		.start = from + call.start,
		.len = (uint32_t)call.len,
		.kind = (uint32_t)call.form,
		.mark = {
			[HEAD] = call.head,
			[TAIL] = call.tail,
			[SLASHES] = call.slashes,
			[QUOTE] = (unsigned char)call.quote,
		},
	};
	return LOOK_EDIT;
}

/* ---- writing ---------------------------------------------------------- */

/* One call as it is to be written. */
struct call {
	struct site *site;
	const struct edit *edit;
	const struct value_set *values;
};

static bool
is_plain(const struct call *c)
{
	struct context context = { CONTEXT_UNSURE, true };
	enum scan_form form = (enum scan_form)c->edit->kind;

	if (value_needs_context(c->values, form)) {
		size_t *budget = site_state(c->site);
		size_t len;
		const char *text = site_before(c->site, &len);
		if (text != NULL && len <= *budget) {
			*budget -= len;
			context = context_at(text, len, form);
		}
	}
	return value_fits(c->values, form, context);
}

static int
put_text(const struct call *c, const char *text)
{
	return site_put(c->site, text, strlen(text));
}

static int
put_quote(const struct call *c)
{
	char quote = (char)c->edit->mark[QUOTE];
	for (size_t i = 0; i < c->edit->mark[SLASHES]; i++)
		if (site_put(c->site, "\\", 1) < 0)
			return -1;
	return site_put(c->site, &quote, 1);
}

static int
put_quoted(const struct call *c, const struct text *text)
{
	if (put_quote(c) < 0 || site_put(c->site, text->data, text->len) < 0)
		return -1;
	return put_quote(c);
}

static int
put_blanks(const struct call *c, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (site_put(c->site, " ", 1) < 0)
			return -1;
	return 0;
}

/* What is missing to the length of the bytes that are replaced. */
static size_t
missing(const struct call *c, size_t fixed, const struct text *text)
{
	size_t quotes = 2 * ((size_t)c->edit->mark[SLASHES] + 1);
	size_t len = fixed + quotes + text->len;
	return len < c->edit->len ? c->edit->len - len : 0;
}

/* What the original tool writes, which always says JSON.parse. */
static int
put_plain(const struct call *c, bool pad)
{
	static const char head[] = "JSON.parse(";
	const struct text *text = &c->values->plain[c->edit->kind];
	size_t blanks = pad ? missing(c, sizeof(head), text) : 0;

	if (put_text(c, head) < 0 || put_quoted(c, text) < 0 ||
	    put_blanks(c, blanks) < 0)
		return -1;
	return put_text(c, ")");
}

/* The head as it stands there, but for the original's forms, whose dot may be
   any character. */
static int
put_encoded(const struct call *c, bool pad)
{
	static const char head[] = "JSON.parse(";
	static const char decode[] = "decodeURIComponent(";
	const char *source = site_source(c->site);
	size_t tail = c->edit->mark[TAIL];
	bool theirs = c->edit->kind == SCAN_OTHER;
	size_t head_len = theirs ? c->edit->mark[HEAD] : strlen(head);
	size_t fixed = head_len + sizeof(decode) + tail;
	const struct text *text = &c->values->percent;
	size_t blanks = pad ? missing(c, fixed, text) : 0;

	if (site_put(c->site, theirs ? source : head, head_len) < 0 ||
	    put_text(c, decode) < 0 || put_quoted(c, text) < 0 ||
	    put_text(c, ")") < 0 || put_blanks(c, blanks) < 0)
		return -1;
	return site_put(c->site, source + c->edit->len - tail, tail);
}

static int
write_call(const void *values, struct site *site)
{
	const struct meta *meta = values;
	struct call c = { site, site_edit(site), meta->values };
	return is_plain(&c) ? put_plain(&c, meta->pad)
			    : put_encoded(&c, meta->pad);
}

static void *
begin(const void *values, const char *path)
{
	size_t *budget = malloc(sizeof(*budget));

	(void)values;
	(void)path;
	if (budget != NULL)
		*budget = CONTEXT_BUDGET;
	return budget;
}

const struct mode meta_mode = {
	.name = "import-meta-env",
	.reach = SCAN_REACH,
	.backups = true,
	.look = look,
	.left_over = SCAN_WORD " stands there outside of a known form (write "
			       "JSON.parse('\"" SCAN_WORD "\"'))",
	.write = write_call,
	.begin = begin,
	.end = free,
};
