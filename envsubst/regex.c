#include "envsubst/regex.h"

#include "envsubst/unicode.h"

#include "core/guard_heap.h"

#include <string.h>

/*
 * The expression becomes a small program; matching keeps the set of places in
 * it that the text so far can have led to.  Jumps are relative, so that what
 * was emitted can be moved.
 */

enum op {
	CHARACTER, /* a */
	ANY,       /* "." */
	CLASS,     /* class a */
	SPLIT,     /* a and b */
	JUMP,      /* a */
	START,
	END,
	UNLESS, /* what follows, up to FOUND, does not match; then a */
	FOUND,
	MATCH,
};

struct step {
	enum op op;
	int32_t a;
	int32_t b;
};

struct range {
	uint32_t from;
	uint32_t to;
	unsigned categories; /* 0: a range */
};

struct class
{
	struct range *range;
	size_t count;
	bool negated;
};

#define STEPS_MAX 32768
#define DEPTH_MAX 200

struct regex {
	struct step *step;
	size_t steps;
	struct class *class;
	size_t classes;
	size_t steps_max;
	bool unicode;
};

/* ---- reading ---------------------------------------------------------- */

struct parser {
	struct arena *memory;
	struct regex *r;
	const uint16_t *at;
	const uint16_t *end;
	unsigned depth;
	bool failed;
};

static bool
next_is(const struct parser *p, char c)
{
	return p->at < p->end && *p->at == (unsigned char)c;
}

static bool
follows(const struct parser *p, const char *text)
{
	size_t len = strlen(text);
	if ((size_t)(p->end - p->at) < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (p->at[i] != (unsigned char)text[i])
			return false;
	return true;
}

static bool
accept(struct parser *p, const char *text)
{
	if (!follows(p, text))
		return false;
	p->at += strlen(text);
	return true;
}

/* A unit, or with `unicode` the code point of two. */
static uint32_t
take(struct parser *p)
{
	uint32_t c = *p->at++;
	if (p->r->unicode && c >= 0xd800 && c < 0xdc00 && p->at < p->end &&
	    *p->at >= 0xdc00 && *p->at < 0xe000)
		c = 0x10000 + ((c - 0xd800) << 10) +
		    (uint32_t)(*p->at++ - 0xdc00);
	return c;
}

static void
emit(struct parser *p, size_t where, enum op op, long a, long b)
{
	struct regex *r = p->r;
	if (r->steps == r->steps_max) {
		p->failed = true;
		return;
	}
	memmove(&r->step[where + 1], &r->step[where],
	    (r->steps - where) * sizeof(*r->step));
	r->step[where] = (struct step){ op, (int32_t)a, (int32_t)b };
	r->steps++;
}

static uint32_t
take_hex(struct parser *p)
{
	uint32_t c = 0;
	for (int i = 0; i < 2 && p->at < p->end; i++) {
		uint16_t d = *p->at++;
		c = c * 16 + (d <= '9' ? d - 48u : (d | 32u) - 'a' + 10u);
	}
	return c;
}

static uint32_t
take_escaped(struct parser *p)
{
	static const char letters[] = "tnrvf";
	static const char means[] = "\t\n\r\v\f";
	if (p->at == p->end) {
		p->failed = true;
		return 0;
	}
	uint32_t c = take(p);
	if (c == 'x')
		return take_hex(p);
	const char *known = c < 0x80 && c != 0 ? strchr(letters, (int)c) : NULL;
	return known != NULL ? (unsigned char)means[known - letters] : c;
}

/* \p{NAME}, whose backslash and p are behind us. */
static unsigned
take_property(struct parser *p)
{
	char name[4] = "";
	if (!accept(p, "{"))
		p->failed = true;
	for (size_t i = 0; p->at < p->end && !next_is(p, '}'); i++) {
		if (i + 1 < sizeof(name))
			name[i] = (char)*p->at;
		p->at++;
	}
	unsigned bits = unicode_property(name);
	if (!accept(p, "}") || bits == 0)
		p->failed = true;
	return bits;
}

static void
read_range(struct parser *p, struct range *ret)
{
	*ret = (struct range){ 0 };
	if (p->r->unicode && accept(p, "\\p")) {
		ret->categories = take_property(p);
		return;
	}
	ret->from = accept(p, "\\") ? take_escaped(p) : take(p);
	ret->to = ret->from;
	if (p->end - p->at > 1 && p->at[0] == '-' && p->at[1] != ']') {
		p->at++;
		ret->to = accept(p, "\\") ? take_escaped(p) : take(p);
	}
	if (ret->to < ret->from)
		p->failed = true;
}

static void
read_class(struct parser *p)
{
	struct regex *r = p->r;
	size_t most = (size_t)(p->end - p->at) + 1;

	if (p->memory->used + most * sizeof(struct range) > UTF16_MEMORY_MAX) {
		p->failed = true;
		return;
	}
	struct class *c = &r->class[r->classes];
	c->negated = accept(p, "^");
	c->range = (struct range *)(void *)arena_room(
	    p->memory, most * sizeof(*c->range));
	c->count = 0;
	while (p->at < p->end && !next_is(p, ']') && !p->failed)
		read_range(p, &c->range[c->count++]);
	arena_keep(p->memory, c->count * sizeof(*c->range));
	if (!accept(p, "]"))
		p->failed = true;
	emit(p, r->steps, CLASS, (long)r->classes++, 0);
}

static void read_alternatives(struct parser *p);

static void
read_group(struct parser *p)
{
	size_t start = p->r->steps;
	bool unless = accept(p, "(?!");

	if (!unless && !accept(p, "(?:"))
		p->at++; /* one that captures, for nobody */
	if (unless)
		emit(p, start, UNLESS, 0, 0);
	read_alternatives(p);
	if (!accept(p, ")"))
		p->failed = true;
	if (unless && !p->failed) {
		emit(p, p->r->steps, FOUND, 0, 0);
		p->r->step[start].a = (int32_t)(p->r->steps - start);
	}
}

/* One character, class, group or assertion. */
static void
read_atom(struct parser *p)
{
	size_t end = p->r->steps;
	if (next_is(p, '('))
		read_group(p);
	else if (accept(p, "["))
		read_class(p);
	else if (accept(p, "."))
		emit(p, end, ANY, 0, 0);
	else if (accept(p, "^"))
		emit(p, end, START, 0, 0);
	else if (accept(p, "$"))
		emit(p, end, END, 0, 0);
	else if (next_is(p, '*') || next_is(p, '+') || next_is(p, '?'))
		p->failed = true; /* nothing to repeat */
	else
		emit(p, end, CHARACTER,
		    (long)(accept(p, "\\") ? take_escaped(p) : take(p)), 0);
}

static void
repeat(struct parser *p, size_t start)
{
	long len = (long)(p->r->steps - start);
	if (accept(p, "?")) {
		emit(p, start, SPLIT, 1, len + 1);
	} else if (accept(p, "*")) {
		emit(p, start, SPLIT, 1, len + 2);
		emit(p, p->r->steps, JUMP, -(len + 1), 0);
	} else if (accept(p, "+")) {
		emit(p, p->r->steps, SPLIT, -len, 1);
	} else {
		return;
	}
	(void)accept(p, "?"); /* lazy: it matches the same */
}

static void
read_alternatives(struct parser *p)
{
	size_t start = p->r->steps;

	if (++p->depth > DEPTH_MAX)
		p->failed = true;
	while (p->at < p->end && !p->failed && !next_is(p, '|') &&
	       !next_is(p, ')')) {
		size_t atom = p->r->steps;
		read_atom(p);
		repeat(p, atom);
	}
	if (!p->failed && accept(p, "|")) {
		long len = (long)(p->r->steps - start);
		emit(p, start, SPLIT, 1, len + 2);
		size_t jump = p->r->steps;
		emit(p, jump, JUMP, 0, 0);
		read_alternatives(p);
		if (!p->failed)
			p->r->step[jump].a = (int32_t)(p->r->steps - jump);
	}
	p->depth--;
}

struct regex *
regex_parse(struct arena *memory, const struct utf16 *source, bool unicode)
{
	/* no unit of the source becomes more than two steps */
	size_t most = 2 * source->len + 2;
	if (source->spent || most > STEPS_MAX ||
	    memory->used + most * (sizeof(struct step) + sizeof(struct class)) >
		UTF16_MEMORY_MAX)
		return NULL;
	struct regex *r = arena_take(memory, sizeof(*r));
	r->unicode = unicode;
	r->steps_max = most;
	r->class = arena_take(memory, (source->len + 1) * sizeof(*r->class));
	r->step = arena_take(memory, most * sizeof(*r->step));
	struct parser p = { memory, r, source->at, source->at + source->len, 0,
		false };
	read_alternatives(&p);
	emit(&p, r->steps, MATCH, 0, 0);
	return p.failed || p.at != p.end ? NULL : r;
}

/* ---- matching --------------------------------------------------------- */

struct subject {
	const struct regex *r;
	const uint32_t *text;
	size_t len;
};

/* Places in the program; mark[i] says that i is in the list already. */
struct places {
	uint16_t *at;
	size_t count;
	unsigned char *mark;
};

static bool run(const struct subject *s, size_t from, size_t pos);

/* That place, and all that it leads to without reading: true when FOUND. */
static bool
reach(const struct subject *s, struct places *l, size_t pc, size_t pos)
{
	while (!l->mark[pc]) {
		const struct step *step = &s->r->step[pc];
		l->mark[pc] = 1;
		switch (step->op) {
		case JUMP:
			pc = (size_t)((long)pc + step->a);
			continue;
		case SPLIT:
			if (reach(s, l, (size_t)((long)pc + step->b), pos))
				return true;
			pc = (size_t)((long)pc + step->a);
			continue;
		case START:
		case END:
			if (pos != (step->op == START ? 0 : s->len))
				return false;
			pc++;
			continue;
		case UNLESS:
			if (run(s, pc + 1, pos))
				return false;
			pc = (size_t)((long)pc + step->a);
			continue;
		case FOUND:
			return true;
		case MATCH:
			return true;
		case CHARACTER:
		case ANY:
		case CLASS:
			l->at[l->count++] = (uint16_t)pc;
			return false;
		}
	}
	return false;
}

static bool
in_class(const struct class *c, uint32_t code)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct range *g = &c->range[i];
		bool in = g->categories != 0
			      ? (unicode_category(code) & g->categories) != 0
			      : code >= g->from && code <= g->to;
		if (in)
			return !c->negated;
	}
	return c->negated;
}

static bool
reads(const struct regex *r, const struct step *step, uint32_t c)
{
	if (step->op == ANY)
		return c != '\n' && c != '\r' && c != 0x2028 && c != 0x2029;
	if (step->op == CLASS)
		return in_class(&r->class[step->a], c);
	return c == (uint32_t)step->a;
}

/* Whether the program from there on can come to MATCH or FOUND. */
static bool
run(const struct subject *s, size_t from, size_t pos)
{
	size_t steps = s->r->steps;
	autofree unsigned char *memory =
	    malloc(2 * steps * (sizeof(uint16_t) + 1));
	if (memory == NULL)
		return false;
	uint16_t *lists = (uint16_t *)(void *)memory;
	unsigned char *marks = memory + 2 * steps * sizeof(uint16_t);
	struct places now = { lists, 0, marks };
	struct places then = { lists + steps, 0, marks + steps };

	memset(marks, 0, 2 * steps);
	if (reach(s, &now, from, pos))
		return true;
	for (; pos < s->len && now.count > 0; pos++) {
		for (size_t i = 0; i < now.count; i++) {
			const struct step *step = &s->r->step[now.at[i]];
			if (reads(s->r, step, s->text[pos]) &&
			    reach(s, &then, now.at[i] + 1u, pos + 1))
				return true;
		}
		struct places old = now;
		now = then;
		then = old;
		then.count = 0;
		memset(then.mark, 0, steps);
	}
	return false;
}

bool
regex_match(const struct regex *r, const char *text)
{
	uint16_t units[REGEX_TEXT_MAX + 1];
	uint32_t codes[REGEX_TEXT_MAX + 1];
	struct subject s = { r, codes, 0 };
	size_t len = strlen(text);

	if (len > REGEX_TEXT_MAX)
		return false;
	size_t count = utf16_decode(text, len, units);
	for (size_t i = 0; i < count; i++) {
		uint32_t c = units[i];
		if (r->unicode && c >= 0xd800 && c < 0xdc00 && i + 1 < count &&
		    units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000)
			c = 0x10000 + ((c - 0xd800) << 10) +
			    (uint32_t)(units[++i] - 0xdc00);
		codes[s.len++] = c;
	}
	if (r->step[0].op == START)
		return run(&s, 0, 0);
	bool found = false; /* alternatives without ^ match anywhere */
	for (size_t at = 0; at <= s.len && !found; at++)
		found = run(&s, 0, at);
	return found;
}
