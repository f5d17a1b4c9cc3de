#include "envsubst/pattern.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/*
 * The pattern is run as a set of positions in it, all at once: where we could
 * be after what was read so far.  No position is tried twice for a character,
 * so there is nothing to go back for.
 */

enum part_kind { ONE, ANY, SET, NOT_SET, STAR, NEVER };

struct pattern_part {
	enum part_kind kind;
	uint32_t code;  /* ONE */
	uint32_t first; /* SET: of its ranges */
	uint32_t count;
};

struct pattern_range {
	uint32_t lo;
	uint32_t hi;
	wctype_t class; /* not 0: this, and not lo to hi */
};

/* A text with its marks, while it is read. */
struct reader {
	const char *text;
	const char *marks;
	size_t len;
	size_t at;
};

static bool
is_active(const struct reader *r, size_t at, char c)
{
	return at < r->len && r->text[at] == c && r->marks[at] == 0;
}

static uint32_t
read_rune(struct reader *r)
{
	size_t n;
	uint32_t code = runes_first(r->text + r->at, r->len - r->at, &n);
	r->at += n;
	return code;
}

/* A character that may have a backslash before it, which says nothing more. */
static uint32_t
read_plain(struct reader *r)
{
	if (is_active(r, r->at, '\\') && r->at + 1 < r->len)
		r->at++;
	return read_rune(r);
}

/* [:alpha:], behind whose first bracket and colon the reader stands. */
static bool
read_class(struct reader *r, struct pattern_range *ret)
{
	char name[16];
	const char *start = r->text + r->at;
	const char *end = memmem(start, r->len - r->at, ":]", 2);

	if (end == NULL || (size_t)(end - start) >= sizeof(name))
		return false;
	memcpy(name, start, (size_t)(end - start));
	name[end - start] = '\0';
	*ret = (struct pattern_range){ 1, 0, runes_class(name) };
	r->at += (size_t)(end - start) + 2;
	return true;
}

static bool
read_range(struct reader *r, struct pattern_range *ret)
{
	if (is_active(r, r->at, '[') && is_active(r, r->at + 1, ':')) {
		struct reader ahead = *r;
		ahead.at += 2;
		if (read_class(&ahead, ret)) {
			*r = ahead;
			return true;
		}
	}
	uint32_t lo = read_plain(r);
	uint32_t hi = lo;
	if (is_active(r, r->at, '-') && r->at + 1 < r->len &&
	    !is_active(r, r->at + 1, ']')) {
		r->at++;
		hi = read_plain(r);
	}
	*ret = (struct pattern_range){ lo, hi, 0 };
	return true;
}

/* [...] as a part; false when it is none and the bracket stands for itself. */
static bool
read_set(struct reader *r, struct pattern *p, struct pattern_part *ret)
{
	struct reader ahead = *r;
	size_t ranges = p->ranges;

	ahead.at++;
	bool negated = is_active(&ahead, ahead.at, '!') ||
		       is_active(&ahead, ahead.at, '^');
	ahead.at += negated;
	size_t start = ahead.at;
	while (ahead.at < ahead.len &&
	       (ahead.at == start || !is_active(&ahead, ahead.at, ']')))
		(void)read_range(&ahead, &p->range[ranges++]);
	if (ahead.at >= ahead.len)
		return false;
	*ret = (struct pattern_part){
		.kind = negated ? NOT_SET : SET,
		.first = (uint32_t)p->ranges,
		.count = (uint32_t)(ranges - p->ranges),
	};
	ahead.at++;
	p->ranges = ranges;
	*r = ahead;
	return true;
}

static struct pattern_part
read_part(struct reader *r, struct pattern *p)
{
	struct pattern_part part = { .kind = ONE };

	if (is_active(r, r->at, '*') || is_active(r, r->at, '?')) {
		part.kind = r->text[r->at++] == '*' ? STAR : ANY;
		return part;
	}
	if (is_active(r, r->at, '[') && read_set(r, p, &part))
		return part;
	/* a backslash with nothing behind it matches nothing */
	if (is_active(r, r->at, '\\') && r->at + 1 == r->len)
		part.kind = NEVER;
	part.code = read_plain(r);
	return part;
}

int
pattern_build(
    const char *text, const char *marks, size_t len, struct pattern *ret)
{
	struct reader r = { text, marks, len, 0 };
	size_t room = len + 1;

	if (runes_count(text, len) > PATTERN_MAX)
		return -E2BIG;
	struct pattern p = {
		.part = malloc(room * sizeof(*p.part)),
		.range = malloc(room * sizeof(*p.range)),
		.list = malloc(2 * room * sizeof(*p.list)),
		.seen = calloc(room, sizeof(*p.seen)),
	};
	if (!p.part || !p.range || !p.list || !p.seen) {
		pattern_free(&p);
		return -ENOMEM;
	}
	while (r.at < r.len) {
		struct pattern_part part = read_part(&r, &p);
		/* stars in a row are one */
		if (part.kind != STAR || p.count == 0 ||
		    p.part[p.count - 1].kind != STAR)
			p.part[p.count++] = part;
	}
	*ret = p;
	return 0;
}

void
pattern_free(struct pattern *p)
{
	free(p->part);
	free(p->range);
	free(p->list);
	free(p->seen);
	*p = (struct pattern){ 0 };
}

static bool
is_in_set(
    const struct pattern *p, const struct pattern_part *part, uint32_t code)
{
	for (size_t i = 0; i < part->count; i++) {
		const struct pattern_range *range = &p->range[part->first + i];
		if (range->class != 0 ? runes_is(code, range->class)
				      : code >= range->lo && code <= range->hi)
			return true;
	}
	return false;
}

static bool
takes(const struct pattern *p, const struct pattern_part *part, uint32_t code)
{
	switch (part->kind) {
	case ONE:
		return part->code == code;
	case ANY:
	case STAR:
		return true;
	case SET:
		return is_in_set(p, part, code);
	case NOT_SET:
		return !is_in_set(p, part, code);
	case NEVER:
		break;
	}
	return false;
}

/* The positions after some characters; 0 is before the first part. */
struct run {
	struct pattern *p;
	bool backward; /* the parts from the last to the first */
	uint16_t *at;
	size_t count;
	uint16_t *next;
};

static const struct pattern_part *
part_at(const struct run *run, size_t position)
{
	size_t last = run->p->count - 1;
	return &run->p->part[run->backward ? last - position : position];
}

/* A position, and those behind the stars that follow, which may match none. */
static size_t
add(struct run *run, uint16_t *list, size_t count, size_t position)
{
	struct pattern *p = run->p;
	for (; p->seen[position] != p->turn; position++) {
		p->seen[position] = p->turn;
		list[count++] = (uint16_t)position;
		if (position == p->count ||
		    part_at(run, position)->kind != STAR)
			break;
	}
	return count;
}

static void
begin(struct run *run, struct pattern *p, bool backward)
{
	*run = (struct run){ .p = p, .backward = backward };
	run->at = p->list;
	run->next = p->list + p->count + 1;
	if (p->turn > UINT32_MAX / 2) {
		memset(p->seen, 0, (p->count + 1) * sizeof(*p->seen));
		p->turn = 0;
	}
	p->turn++;
	run->count = add(run, run->at, 0, 0);
}

static bool
has_matched(const struct run *run)
{
	return run->p->seen[run->p->count] == run->p->turn;
}

/* `anew`: a match may also begin behind this character. */
static void
step(struct run *run, uint32_t code, bool anew)
{
	struct pattern *p = run->p;
	size_t count = 0;

	p->turn++;
	for (size_t i = 0; i < run->count; i++) {
		size_t position = run->at[i];
		if (position == p->count)
			continue;
		const struct pattern_part *part = part_at(run, position);
		if (takes(p, part, code))
			count = add(run, run->next, count,
			    part->kind == STAR ? position : position + 1);
	}
	if (anew)
		count = add(run, run->next, count, 0);
	uint16_t *old = run->at;
	run->at = run->next;
	run->next = old;
	run->count = count;
}

static long
match(struct pattern *p, const struct runes *r, size_t from, bool backward,
    bool longest)
{
	struct run run;
	long found = -1;
	size_t len = r->count - from;

	begin(&run, p, backward);
	for (size_t i = 0;; i++) {
		if (has_matched(&run))
			found = (long)i;
		if (i == len || run.count == 0 || (found >= 0 && !longest))
			return found;
		step(&run, r->code[backward ? len - 1 - i : from + i], false);
	}
}

long
pattern_prefix(
    struct pattern *p, const struct runes *r, size_t from, bool longest)
{
	assert(from <= r->count);
	return match(p, r, from, false, longest);
}

long
pattern_suffix(struct pattern *p, const struct runes *r, bool longest)
{
	return match(p, r, 0, true, longest);
}

bool
pattern_is(struct pattern *p, uint32_t code)
{
	struct run run;
	begin(&run, p, false);
	step(&run, code, false);
	return has_matched(&run);
}

void
pattern_starts(struct pattern *p, const struct runes *r, unsigned char *starts)
{
	struct run run;
	begin(&run, p, true);
	starts[r->count] = has_matched(&run);
	for (size_t i = r->count; i-- > 0;) {
		step(&run, r->code[i], true);
		starts[i] = has_matched(&run);
	}
}
