#include "envsubst/srcmap.h"

#include "envsubst/files.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <string.h>

#define PIECE ((size_t)64 * 1024)
#define KEY_MAX 16

/* Where we are in the JSON text. */
enum state {
	BEFORE,   /* the object; a line ")]}'" may stand there */
	PLAIN,    /* outside of strings */
	STRING,   /* in one that is none of ours */
	ESCAPE,   /* behind its backslash */
	MAPPINGS, /* in the one that matters */
	SLASH,    /* behind its backslash */
};

struct work {
	const struct srcmap *m;
	sink_put *put; /* or NULL */
	void *arg;
	enum state state;
	unsigned depth;
	char key[KEY_MAX]; /* the last string of the object itself */
	size_t key_len;
	bool value;    /* a colon has come behind it */
	bool found;    /* there were mappings */
	bool sections; /* an index of maps */
	bool strange;
	bool moved;

	/* in the mappings */
	struct column at;  /* of the segment, in the old text */
	struct column out; /* where the last one was written */
	bool any;          /* one was written on that line */
	size_t edit;       /* the edits before this one begin behind us */
	bool in_column;    /* the segment's first number is being read */
	uint64_t vlq;
	unsigned shift;

	size_t len; /* of what waits to be put */
	char *piece;
};

/* ---- output ----------------------------------------------------------- */

static int
flush(struct work *w)
{
	int r = w->put == NULL || w->len == 0
		    ? 0
		    : w->put(w->arg, w->piece, w->len);
	w->len = 0;
	return r;
}

static int
put_char(struct work *w, char c)
{
	if (w->put == NULL)
		return 0;
	w->piece[w->len++] = c;
	return w->len == PIECE ? flush(w) : 0;
}

/* ---- the numbers of the mappings -------------------------------------- */

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int
value_of(char c)
{
	const char *at = c == '\0' ? NULL : strchr(digits, c);
	return at == NULL ? -1 : (int)(at - digits);
}

/* Least significant five bits first; the lowest bit is the sign. */
static int
put_number(struct work *w, int64_t n)
{
	uint64_t left = n < 0 ? (uint64_t)-n << 1 | 1 : (uint64_t)n << 1;
	int r = 0;
	do {
		unsigned five = left & 31;
		left >>= 5;
		r = put_char(w, digits[left > 0 ? five | 32 : five]);
	} while (r == 0 && left > 0);
	return r;
}

/* ---- places ----------------------------------------------------------- */

static bool
is_before(const struct column *a, const struct column *b)
{
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Segments come in order, so edits behind us never matter again but one. */
static struct column
new_column(struct work *w, struct column at)
{
	const struct srcmap *m = w->m;

	while (w->edit < m->count && is_before(&m->edit[w->edit].start, &at))
		w->edit++;
	if (w->edit == 0)
		return at;
	const struct srcmap_edit *e = &m->edit[w->edit - 1];
	if (!is_before(&at, &e->end)) {
		if (at.line == e->end.line)
			at.column += e->new_end.column - e->end.column;
		at.line += e->new_end.line - e->end.line;
		return at;
	}
	struct column in = e->new_end;
	if (at.line == e->start.line) {
		in = e->new_start;
		in.column += at.column - e->start.column;
	}
	return is_before(&in, &e->new_end) ? in : e->new_end;
}

/* ---- the mappings ----------------------------------------------------- */

static int
put_lines(struct work *w, uint64_t line)
{
	int r = 0;
	while (r == 0 && w->out.line < line) {
		r = put_char(w, ';');
		w->out = (struct column){ w->out.line + 1, 0 };
		w->any = false;
	}
	return r;
}

static int
put_column(struct work *w)
{
	struct column to = new_column(w, w->at);

	w->moved |= to.line != w->at.line || to.column != w->at.column;
	int r = put_lines(w, to.line);
	if (r == 0 && w->any)
		r = put_char(w, ',');
	if (r == 0)
		r = put_number(w, (int64_t)to.column - (int64_t)w->out.column);
	w->out.column = to.column;
	w->any = true;
	return r;
}

static int
take_column_digit(struct work *w, unsigned digit)
{
	w->vlq |= (uint64_t)(digit & 31) << w->shift;
	w->shift += 5;
	if (digit & 32) {
		w->strange |= w->shift > 40;
		return 0;
	}
	uint64_t n = w->vlq >> 1;
	bool minus = w->vlq & 1;
	w->strange |= minus && n > w->at.column;
	w->at.column += minus ? -n : n;
	w->in_column = false;
	return w->strange ? 0 : put_column(w);
}

/* All but the first number of a segment say nothing about the new text. */
static int
take_digit(struct work *w, char c)
{
	int digit = value_of(c);
	if (digit < 0)
		w->strange = true;
	if (w->strange)
		return 0;
	return w->in_column ? take_column_digit(w, (unsigned)digit)
			    : put_char(w, c);
}

static void
begin_segment(struct work *w)
{
	w->strange |= w->in_column && w->shift > 0;
	w->in_column = true;
	w->vlq = 0;
	w->shift = 0;
}

/* Lines without segments, at the end too, are still to be counted. */
static int
end_mappings(struct work *w)
{
	struct column end = { w->at.line, UINT64_MAX >> 1 };

	begin_segment(w);
	w->strange |= w->found;
	w->found = true;
	w->state = PLAIN;
	int r = put_lines(w, new_column(w, end).line);
	return r < 0 ? r : put_char(w, '"');
}

static int
take_mappings(struct work *w, char c)
{
	switch (c) {
	case '"':
		return end_mappings(w);
	case '\\':
		w->state = SLASH;
		return 0;
	case ';':
		begin_segment(w);
		w->at = (struct column){ w->at.line + 1, 0 };
		return 0;
	case ',':
		begin_segment(w);
		return 0;
	default:
		return take_digit(w, c);
	}
}

/* ---- the JSON around them --------------------------------------------- */

static bool
is_key(const struct work *w, const char *name)
{
	size_t len = strlen(name);
	return w->value && w->key_len == len && memcmp(w->key, name, len) == 0;
}

static void
begin_string(struct work *w)
{
	w->state = w->depth == 1 && is_key(w, "mappings") ? MAPPINGS : STRING;
	if (w->depth == 1 && !w->value)
		w->key_len = 0;
	if (w->state == MAPPINGS)
		begin_segment(w);
}

static void
take_plain(struct work *w, char c)
{
	switch (c) {
	case '"':
		begin_string(w);
		break;
	case '{':
	case '[':
		w->depth++;
		break;
	case '}':
	case ']':
		w->strange |= w->depth == 0;
		w->depth--;
		break;
	case ':':
		w->value |= w->depth == 1;
		w->sections |= w->depth == 1 && is_key(w, "sections");
		break;
	case ',':
		w->value &= w->depth != 1;
		break;
	default:
		break;
	}
}

static void
take_string(struct work *w, char c)
{
	if (c == '"')
		w->state = PLAIN;
	else if (c == '\\')
		w->state = ESCAPE;
	else if (w->depth == 1 && !w->value && w->key_len < KEY_MAX)
		w->key[w->key_len++] = c;
}

static int
take(struct work *w, char c)
{
	switch (w->state) {
	case BEFORE:
		if (c == '{') {
			w->state = PLAIN;
			w->depth = 1;
		}
		break;
	case PLAIN:
		take_plain(w, c);
		break;
	case STRING:
		take_string(w, c);
		break;
	case ESCAPE:
		w->state = STRING;
		break;
	case MAPPINGS:
		return take_mappings(w, c);
	case SLASH: /* the only escape that a digit may be written with */
		w->strange |= c != '/';
		w->state = MAPPINGS;
		return take_digit(w, c);
	}
	return put_char(w, c);
}

static int
take_piece(struct work *w, const char *data, size_t len)
{
	for (size_t i = 0; i < len && !w->strange; i++) {
		int r = take(w, data[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static enum srcmap_found
verdict(const struct work *w)
{
	if (w->strange || (!w->found && !w->sections) || w->depth != 0)
		return SRCMAP_STRANGE;
	if (w->sections)
		return SRCMAP_SECTIONS;
	return w->moved ? SRCMAP_MOVED : SRCMAP_SAME;
}

int
srcmap_rewrite(const struct srcmap *m, int source, sink_put *put, void *arg,
    enum srcmap_found *ret)
{
	autofree char *in = malloc(PIECE);
	autofree char *out = malloc(PIECE);
	struct work w = { .m = m, .put = put, .arg = arg, .piece = out };
	ssize_t n;
	int r = in == NULL || out == NULL ? -ENOMEM : 0;

	for (uint64_t at = 0; r == 0; at += (uint64_t)n) {
		n = files_read_at(source, in, PIECE, at);
		if (n <= 0) {
			r = n < 0 ? (int)n : flush(&w);
			break;
		}
		r = take_piece(&w, in, (size_t)n);
	}
	if (r == 0)
		*ret = verdict(&w);
	return r;
}
