#include "envsubst/bracket.h"

#include "envsubst/blank.h"

#include "core/guard.h"

#include <string.h>

static const struct {
	const char *name;
	const char *means;
	bool unicode;
	bool negated;
} classes[] = {
	{ "[:alnum:]", "\\p{L}\\p{Nl}\\p{Nd}", true, false },
	{ "[:alpha:]", "\\p{L}\\p{Nl}", true, false },
	{ "[:ascii:]", "\\x00-\\x7f", false, false },
	{ "[:blank:]", "\\p{Zs}\\t", true, false },
	{ "[:cntrl:]", "\\p{Cc}", true, false },
	{ "[:digit:]", "\\p{Nd}", true, false },
	{ "[:graph:]", "\\p{Z}\\p{C}", true, true },
	{ "[:lower:]", "\\p{Ll}", true, false },
	{ "[:print:]", "\\p{C}", true, false },
	{ "[:punct:]", "\\p{P}", true, false },
	{ "[:space:]", "\\p{Z}\\t\\r\\n\\v\\f", true, false },
	{ "[:upper:]", "\\p{Lu}", true, false },
	{ "[:word:]", "\\p{L}\\p{Nl}\\p{Nd}\\p{Pc}", true, false },
	{ "[:xdigit:]", "A-Fa-f0-9", false, false },
};

struct reader {
	struct arena *memory;
	const struct utf16 *glob;
	size_t at;
	struct utf16 ranges;
	struct utf16 negs;
	size_t range_count;
	uint16_t single; /* the first range, when it is one character */
	bool is_single;
	bool has_start; /* of a range */
	uint16_t start;
	bool escaping;
	bool unicode;
};

static bool
is_blank_unit(uint16_t c)
{
	char text[3] = { (char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 63)),
		(char)(0x80 | (c & 63)) };
	if (c < 0x80) {
		char one = (char)c;
		return blank_len(&one, 1) > 0;
	}
	if (c == 0xa0)
		return true;
	return c >= 0x800 && blank_len(text, sizeof(text)) > 0;
}

void
bracket_escape(struct arena *memory, struct utf16 *to, uint16_t c)
{
	bool special =
	    c < 0x80 && c != 0 && strchr("-[]{}()*+?.,\\^$|#", (char)c) != NULL;
	if (special || is_blank_unit(c))
		utf16_add(memory, to, '\\');
	utf16_add(memory, to, c);
}

static void
add_member(struct reader *r, uint16_t c)
{
	if (c == '[' || c == ']' || c == '\\' || c == '-')
		utf16_add(r->memory, &r->ranges, '\\');
	utf16_add(r->memory, &r->ranges, c);
}

static void
count_range(struct reader *r, bool single, uint16_t c)
{
	bool line_end = c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
	r->is_single = r->range_count++ == 0 && single && !line_end;
	r->single = c;
}

/* [:alpha:] and the like at this place: true when it is one. */
static bool
read_named(struct reader *r)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (!utf16_begin_with(r->glob, r->at, classes[i].name))
			continue;
		r->at += strlen(classes[i].name);
		utf16_add_text(r->memory,
		    classes[i].negated ? &r->negs : &r->ranges,
		    classes[i].means);
		if (!classes[i].negated)
			count_range(r, false, 0);
		r->unicode |= classes[i].unicode;
		return true;
	}
	return false;
}

static void
read_plain(struct reader *r, uint16_t c)
{
	r->escaping = false;
	if (r->has_start) {
		if (c > r->start) {
			add_member(r, r->start);
			utf16_add(r->memory, &r->ranges, '-');
			add_member(r, c);
			count_range(r, false, 0);
		} else if (c == r->start) {
			add_member(r, c);
			count_range(r, true, c);
		}
		r->has_start = false;
		r->at++;
		return;
	}
	if (utf16_begin_with(r->glob, r->at + 1, "-]")) {
		add_member(r, c);
		add_member(r, '-');
		count_range(r, false, 0);
		r->at += 2;
	} else if (utf16_begin_with(r->glob, r->at + 1, "-")) {
		r->has_start = true;
		r->start = c;
		r->at += 2;
	} else {
		add_member(r, c);
		count_range(r, true, c);
		r->at++;
	}
}

/* Matches nothing, and takes the rest of the glob with it. */
static struct bracket
poison(struct arena *memory, const struct utf16 *glob, size_t at)
{
	struct bracket b = { .len = glob->len - at, .magic = true };
	utf16_add_text(memory, &b.source, "$.");
	return b;
}

static void
add_set(struct arena *memory, struct utf16 *to, bool negated,
    const struct utf16 *members)
{
	utf16_add_text(memory, to, negated ? "[^" : "[");
	utf16_add_all(memory, to, members);
	utf16_add_text(memory, to, "]");
}

static struct bracket
finish(struct reader *r, size_t len, bool negated)
{
	struct bracket b = { .len = len };

	if (r->negs.len == 0 && r->range_count == 1 && r->is_single &&
	    !negated) {
		bracket_escape(r->memory, &b.source, r->single);
		return b;
	}
	b.magic = true;
	b.unicode = r->unicode;
	bool both = r->range_count > 0 && r->negs.len > 0;
	if (both)
		utf16_add_text(r->memory, &b.source, "(");
	if (r->range_count > 0)
		add_set(r->memory, &b.source, negated, &r->ranges);
	if (both)
		utf16_add_text(r->memory, &b.source, "|");
	if (r->negs.len > 0)
		add_set(r->memory, &b.source, !negated, &r->negs);
	if (both)
		utf16_add_text(r->memory, &b.source, ")");
	b.source.spent |= r->ranges.spent || r->negs.spent;
	return b;
}

struct bracket
bracket_parse(struct arena *memory, const struct utf16 *glob, size_t at)
{
	struct reader r = { .memory = memory, .glob = glob, .at = at + 1 };
	bool negated = r.at < glob->len &&
		       (glob->at[r.at] == '!' || glob->at[r.at] == '^');
	bool begun = false;

	r.at += negated;
	while (r.at < glob->len) {
		uint16_t c = glob->at[r.at];
		if (c == ']' && begun && !r.escaping)
			break;
		begun = true;
		if (c == '\\' && !r.escaping) {
			r.escaping = true;
			r.at++;
			continue;
		}
		if (c == '[' && !r.escaping) {
			bool ranging = r.has_start;
			if (read_named(&r)) {
				if (ranging)
					return poison(memory, glob, at);
				continue;
			}
		}
		read_plain(&r, c);
	}
	if (r.at >= glob->len)
		return (struct bracket){ 0 };
	if (r.range_count == 0 && r.negs.len == 0)
		return poison(memory, glob, at);
	return finish(&r, r.at + 1 - at, negated);
}
