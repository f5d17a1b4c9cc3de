#include "notify/mrkdwn.h"

#include "core/guard_heap.h"
#include "core/utf8.h"
#include "notify/span.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"
#define DOTS "\xe2\x80\xa6"
#define ZERO_WIDTH "\xe2\x80\x8b"
#define FENCE "```"
#define FENCES_UNITS 8   /* both fences with their newlines */
#define MARKER_UNITS 32  /* "… (NNNNN lines cut)" and its newline */
#define UNIT_BYTES_MAX 3 /* of UTF-8 for one UTF-16 unit */

/* One character on its way out. */
struct piece {
	const char *bytes;
	size_t len;
	size_t units;
	size_t taken; /* of the text */
};

static struct piece
fixed(const char *bytes, size_t units, size_t taken)
{
	return (struct piece){ bytes, strlen(bytes), units, taken };
}

/*
 * The next piece of s.  *ticks counts the backticks that came before it in a
 * row; NULL: they are of no concern here.
 */
static struct piece
next_piece(struct span s, int *ticks)
{
	char c = s.at[0];

	if (ticks != NULL && c == '`' && *ticks == 2) {
		*ticks = 0;
		return fixed(ZERO_WIDTH, 1, 0);
	}
	if (ticks != NULL)
		*ticks = c == '`' ? *ticks + 1 : 0;
	switch (c) {
	case '&':
		return fixed("&amp;", 5, 1);
	case '<':
		return fixed("&lt;", 4, 1);
	case '>':
		return fixed("&gt;", 4, 1);
	case '\n':
		return fixed(" ", 1, 1);
	case '\t':
		return ticks != NULL ? fixed("\t", 1, 1) : fixed(" ", 1, 1);
	default:
		break;
	}
	size_t n = utf8_len(s.at, s.len);
	if (n == 0 || (n == 1 && ((unsigned char)c < 0x20 || c == 0x7f)))
		return fixed(REPLACEMENT, 1, 1);
	return (struct piece){ s.at, n, n == 4 ? 2 : 1, n };
}

static size_t
count_units(struct span s, bool code)
{
	int ticks = 0;
	size_t units = 0;

	while (s.len > 0) {
		struct piece p = next_piece(s, code ? &ticks : NULL);
		units += p.units;
		s = span_skip(s, p.taken);
	}
	return units;
}

static void
add_line(struct buf *out, struct span s, size_t max, bool code)
{
	bool cut = count_units(s, code) > max;
	size_t room = cut ? max - 1 : max;
	int ticks = 0;

	while (s.len > 0) {
		struct piece p = next_piece(s, code ? &ticks : NULL);
		if (p.units > room)
			break;
		/* never half of a character where the memory ends, either */
		if (p.len > out->size - 1 - out->len) {
			out->cut = true;
			return;
		}
		buf_add(out, p.bytes, p.len);
		room -= p.units;
		s = span_skip(s, p.taken);
	}
	if (cut && out->size - 1 - out->len >= strlen(DOTS))
		buf_str(out, DOTS);
}

size_t
mrkdwn_units(const char *text, size_t len)
{
	return count_units((struct span){ text, len }, false);
}

void
mrkdwn_line(struct buf *out, const char *text, size_t len, size_t max)
{
	assert(max > 0);
	add_line(out, (struct span){ text, len }, max, false);
}

/* Without the blank lines at both ends; the first line keeps its indent. */
static struct span
trim_lines(struct span s)
{
	struct span rest = s;
	struct span line;

	while (span_line(&rest, &line) && span_trim(line).len == 0)
		s = rest;
	rest = s;
	while (span_line_back(&rest, &line) && span_trim(line).len == 0)
		s = rest;
	return s;
}

static size_t
count_lines(struct span s)
{
	size_t n = 0;
	struct span line;

	while (span_line(&s, &line))
		n++;
	return n;
}

/* The last lines of s that fit into room. */
static struct span
last_lines(struct span s, size_t room)
{
	struct span rest = s;
	struct span kept = { s.at + s.len, 0 };
	struct span line;

	while (span_line_back(&rest, &line)) {
		size_t units = count_units(line, true);
		if (units > MRKDWN_CODE_LINE)
			units = MRKDWN_CODE_LINE;
		if (units + 1 > room)
			break;
		room -= units + 1;
		kept = span_skip(s, (size_t)(line.at - s.at));
	}
	return kept;
}

int
mrkdwn_code(const char *text, size_t len, size_t max, char **ret)
{
	assert(max >= MRKDWN_CODE_MIN);
	struct span all = trim_lines((struct span){ text, len });
	size_t size = max * UNIT_BYTES_MAX + 1;
	autofree char *memory = malloc(size);
	struct buf b;
	struct span line;

	if (memory == NULL)
		return -ENOMEM;
	buf_init(&b, memory, size);
	if (all.len > 0) {
		struct span kept =
		    last_lines(all, max - FENCES_UNITS - MARKER_UNITS);
		size_t cut = count_lines(span_between(all, kept));
		buf_str(&b, FENCE "\n");
		if (cut > 0)
			buf_fmt(&b, DOTS " (%zu line%s cut)\n", cut,
			    cut == 1 ? "" : "s");
		while (span_line(&kept, &line)) {
			add_line(&b, line, MRKDWN_CODE_LINE, true);
			buf_str(&b, "\n");
		}
		buf_str(&b, FENCE);
	}
	*ret = TAKE_PTR(memory);
	return 0;
}
