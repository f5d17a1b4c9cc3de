#include "envsubst/render.h"

#include "envsubst/context.h"
#include "envsubst/files.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define PIECE ((size_t)32 * 1024)

/*
 * To know what a placeholder stands in takes reading all before it.  Beyond
 * these the place counts as unknown, which is always safe.
 */
#define CONTEXT_MAX (8 * 1024 * 1024)
#define CONTEXT_BUDGET (64 * 1024 * 1024)

struct work {
	const struct render *r;
	render_put *put;
	void *arg;
	uint64_t budget; /* bytes that may still be read for contexts */
	char *piece;     /* PIECE bytes */
};

static int
put_text(struct work *w, const char *text)
{
	return w->put(w->arg, text, strlen(text));
}

static int
put_source(struct work *w, uint64_t from, uint64_t to)
{
	while (from < to) {
		size_t size = to - from < PIECE ? (size_t)(to - from) : PIECE;
		ssize_t n = files_read_at(w->r->source, w->piece, size, from);
		if (n < 0)
			return (int)n;
		if (n == 0)
			return -ESTALE;
		int r = w->put(w->arg, w->piece, (size_t)n);
		if (r < 0)
			return r;
		from += (uint64_t)n;
	}
	return 0;
}

static struct context
find_context(struct work *w, const struct scan_spot *spot)
{
	const struct context unsure = { CONTEXT_UNSURE, true };
	if (spot->start > CONTEXT_MAX || spot->start > w->budget)
		return unsure;
	w->budget -= spot->start;
	size_t len = (size_t)spot->start;
	size_t have = 0;
	autofree char *text = malloc(len + 1);
	while (text != NULL && have < len) {
		ssize_t n =
		    files_read_at(w->r->source, text + have, len - have, have);
		if (n <= 0)
			return unsure;
		have += (size_t)n;
	}
	return text == NULL ? unsure : context_at(text, len, spot->form);
}

static bool
is_plain(struct work *w, const struct scan_spot *spot)
{
	struct context context = { CONTEXT_UNSURE, true };
	if (value_needs_context(w->r->values, spot->form))
		context = find_context(w, spot);
	return value_fits(w->r->values, spot->form, context);
}

static int
put_quote(struct work *w, const struct scan_spot *spot)
{
	int r = 0;
	for (size_t i = 0; i < spot->slashes && r == 0; i++)
		r = w->put(w->arg, "\\", 1);
	return r < 0 ? r : w->put(w->arg, &spot->quote, 1);
}

static int
put_quoted(
    struct work *w, const struct scan_spot *spot, const struct text *text)
{
	int r = put_quote(w, spot);
	if (r == 0)
		r = w->put(w->arg, text->data, text->len);
	return r < 0 ? r : put_quote(w, spot);
}

/* What the original tool writes, which always says JSON.parse. */
static int
put_plain(struct work *w, const struct scan_spot *spot)
{
	int r = put_text(w, "JSON.parse(");
	if (r == 0)
		r = put_quoted(w, spot, &w->r->values->plain[spot->form]);
	return r < 0 ? r : put_text(w, ")");
}

static int
put_encoded(struct work *w, const struct scan_spot *spot)
{
	int r = spot->form == SCAN_OTHER
		    ? put_source(w, spot->start, spot->start + spot->head)
		    : put_text(w, "JSON.parse(");
	if (r == 0)
		r = put_text(w, "decodeURIComponent(");
	if (r == 0)
		r = put_quoted(w, spot, &w->r->values->percent);
	if (r == 0)
		r = put_text(w, ")");
	uint64_t end = spot->start + spot->len;
	return r < 0 ? r : put_source(w, end - spot->tail, end);
}

int
render_file(const struct render *r, render_put *put, void *arg)
{
	autofree char *piece = malloc(PIECE);
	if (piece == NULL)
		return -ENOMEM;
	struct work w = { r, put, arg, CONTEXT_BUDGET, piece };
	uint64_t at = 0;

	for (size_t i = 0; i < r->scan->count; i++) {
		const struct scan_spot *spot = &r->scan->spot[i];
		int e = put_source(&w, at, spot->start);
		if (e == 0)
			e = is_plain(&w, spot) ? put_plain(&w, spot)
					       : put_encoded(&w, spot);
		if (e < 0)
			return e;
		at = spot->start + spot->len;
	}
	return put_source(&w, at, r->size);
}
