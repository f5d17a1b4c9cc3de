#include "envsubst/fillin.h"

#include <string.h>

/* A word while it is read. */
struct reader {
	struct fillin_job *job;
	const char *text;
	size_t len;
	size_t at;
	struct fillin_how how;
	bool inside; /* of double quotes */
	struct fillin_word *to;
};

void
fillin_word_add(
    struct fillin_word *w, const char *data, size_t len, bool quoted)
{
	char marks[256];

	memset(marks, quoted, sizeof(marks));
	text_add(&w->text, data, len);
	while (len > 0) {
		size_t n = len < sizeof(marks) ? len : sizeof(marks);
		text_add(&w->marks, marks, n);
		len -= n;
	}
}

void
fillin_word_free(struct fillin_word *w)
{
	text_free(&w->text);
	text_free(&w->marks);
}

static bool
quotes_now(const struct reader *r)
{
	return r->inside || r->how.quoted;
}

/* What a backslash takes the meaning from where only double quotes quote. */
static bool
yields(char c)
{
	return c != '\0' && strchr("$`\"\\}", c) != NULL;
}

static void
read_backslash(struct reader *r)
{
	bool plain = r->inside || r->how.kind == EXPR_WORD_PLAIN;
	char next = r->at + 1 < r->len ? r->text[r->at + 1] : '\0';

	if (r->at + 1 == r->len || (plain && next != '\n' && !yields(next))) {
		/* it is one character among others */
		fillin_word_add(r->to, "\\", 1, quotes_now(r) || plain);
		r->at++;
		return;
	}
	if (next != '\n')
		fillin_word_add(r->to, &next, 1, true);
	r->at += 2;
}

static void
read_single_quotes(struct reader *r)
{
	const char *from = r->text + r->at + 1;
	const char *end = memchr(from, '\'', r->len - r->at - 1);
	size_t n = end == NULL ? r->len - r->at - 1 : (size_t)(end - from);

	fillin_word_add(r->to, from, n, true);
	r->at += n + 2;
}

/*
 * ${...} of a name that is not touched: it stays, but for the references in
 * it.  Its quotes are its own business.
 */
static enum fillin
read_alien(struct reader *r, size_t len)
{
	const char *end = r->text + r->at + len;
	for (const char *c = r->text + r->at; c < end;) {
		struct expr e;
		if (!expr_read(r->job->scope, c, (size_t)(end - c), &e)) {
			fillin_word_add(r->to, c++, 1, quotes_now(r));
			continue;
		}
		enum fillin done = fillin_value(r->job, &e, true, r->to);
		if (done != FILLIN_DONE)
			return done;
		c += e.len;
	}
	r->at += len;
	return FILLIN_DONE;
}

static enum fillin
read_dollar(struct reader *r)
{
	struct expr e;
	const char *text = r->text + r->at;
	size_t left = r->len - r->at;

	if (expr_read(r->job->scope, text, left, &e)) {
		r->at += e.len;
		if (r->how.bare) {
			fillin_word_add(r->to, text, e.len, quotes_now(r));
			return FILLIN_DONE;
		}
		return fillin_value(
		    r->job, &e, quotes_now(r) || r->how.values_quoted, r->to);
	}
	size_t alien = expr_alien(r->job->scope, text, left);
	if (alien > 0 && !r->how.bare)
		return read_alien(r, alien);
	fillin_word_add(r->to, "$", 1, quotes_now(r));
	r->at++;
	return FILLIN_DONE;
}

static enum fillin
read_one(struct reader *r)
{
	char c = r->text[r->at];

	if (c == '$')
		return read_dollar(r);
	if (c == '\\') {
		read_backslash(r);
	} else if (c == '"') {
		r->inside = !r->inside;
		r->at++;
	} else if (c == '\'' && r->how.kind == EXPR_WORD_QUOTED && !r->inside) {
		read_single_quotes(r);
	} else {
		fillin_word_add(r->to, &c, 1, quotes_now(r));
		r->at++;
	}
	return FILLIN_DONE;
}

enum fillin
fillin_word_expand(struct fillin_job *job, const char *text, size_t len,
    struct fillin_how how, struct fillin_word *to)
{
	struct reader r = { job, text, len, 0, how, false, to };
	while (r.at < r.len) {
		enum fillin done = read_one(&r);
		if (done != FILLIN_DONE)
			return done;
		if (to->text.failed || to->marks.failed)
			return FILLIN_TOO_LONG;
	}
	return FILLIN_DONE;
}
