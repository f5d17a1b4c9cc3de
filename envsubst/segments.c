#include "envsubst/segments.h"

#include <string.h>

/* ---- output ----------------------------------------------------------- */

int
segments_flush(struct segments *s)
{
	int r = s->put == NULL || s->len == 0
		    ? 0
		    : s->put(s->arg, s->piece, s->len);
	s->len = 0;
	return r;
}

int
segments_put(struct segments *s, char c)
{
	if (s->put == NULL)
		return 0;
	s->piece[s->len++] = c;
	return s->len == SEGMENTS_PIECE ? segments_flush(s) : 0;
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
put_number(struct segments *s, int64_t n)
{
	uint64_t left = n < 0 ? (uint64_t)-n << 1 | 1 : (uint64_t)n << 1;
	int r = 0;
	do {
		unsigned five = left & 31;
		left >>= 5;
		r = segments_put(s, digits[left > 0 ? five | 32 : five]);
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
new_column(struct segments *s, struct column at)
{
	const struct srcmap *m = s->m;

	while (s->edit < m->count && is_before(&m->edit[s->edit].start, &at))
		s->edit++;
	if (s->edit == 0)
		return at;
	const struct srcmap_edit *e = &m->edit[s->edit - 1];
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

struct column
segments_find(struct segments *s, struct column at)
{
	s->edit = 0;
	return new_column(s, at);
}

/* ---- the mappings ----------------------------------------------------- */

static int
put_lines(struct segments *s, uint64_t line)
{
	int r = 0;
	while (r == 0 && s->out.line < line) {
		r = segments_put(s, ';');
		s->out = (struct column){ s->out.line + 1, 0 };
		s->any = false;
	}
	return r;
}

static int
put_column(struct segments *s)
{
	struct column to = new_column(s, s->at);

	s->moved |= to.line != s->at.line || to.column != s->at.column;
	int r = put_lines(s, to.line);
	if (r == 0 && s->any)
		r = segments_put(s, ',');
	if (r == 0)
		r = put_number(s, (int64_t)to.column - (int64_t)s->out.column);
	s->out.column = to.column;
	s->any = true;
	return r;
}

static int
take_column_digit(struct segments *s, unsigned digit)
{
	s->vlq |= (uint64_t)(digit & 31) << s->shift;
	s->shift += 5;
	if (digit & 32) {
		s->strange |= s->shift > 40;
		return 0;
	}
	uint64_t n = s->vlq >> 1;
	bool minus = s->vlq & 1;
	s->strange |= minus && n > s->at.column;
	s->at.column += minus ? -n : n;
	s->in_column = false;
	return s->strange ? 0 : put_column(s);
}

/* All but the first number of a segment say nothing about the new text. */
static int
take_digit(struct segments *s, char c)
{
	int digit = value_of(c);
	if (digit < 0)
		s->strange = true;
	if (s->strange)
		return 0;
	return s->in_column ? take_column_digit(s, (unsigned)digit)
			    : segments_put(s, c);
}

static void
begin_segment(struct segments *s)
{
	s->strange |= s->in_column && s->shift > 0;
	s->in_column = true;
	s->vlq = 0;
	s->shift = 0;
}

void
segments_begin(struct segments *s, struct column base, struct column new_base)
{
	s->at = base;
	s->out = new_base;
	s->any = false;
	s->edit = 0;
	begin_segment(s);
}

/* Lines without segments, at the end too, are still to be counted. */
int
segments_end(struct segments *s, bool whole)
{
	struct column end = { s->at.line,
		whole ? UINT64_MAX >> 1 : s->at.column };

	begin_segment(s);
	return put_lines(s, new_column(s, end).line);
}

int
segments_take(struct segments *s, char c)
{
	switch (c) {
	case ';':
		begin_segment(s);
		s->at = (struct column){ s->at.line + 1, 0 };
		return 0;
	case ',':
		begin_segment(s);
		return 0;
	default:
		return take_digit(s, c);
	}
}
