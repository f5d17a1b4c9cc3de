#include "envsubst/fillin.h"
#include "envsubst/pattern.h"
#include "envsubst/runes.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* ---- patterns ----------------------------------------------------------- */

static enum fillin
failed(int err)
{
	return err == -E2BIG ? FILLIN_TOO_LONG : FILLIN_NO_MEMORY;
}

static enum fillin
expand_pattern(
    struct fillin_job *job, const struct expr *e, struct fillin_word *word)
{
	const struct fillin_how how = { .kind = EXPR_WORD_QUOTED };
	return fillin_word_expand(job, e->word, e->word_len, how, word);
}

static enum fillin
build(const struct fillin_word *word, size_t from, struct pattern *ret)
{
	bool empty = word->text.len == from;
	int r = pattern_build(empty ? "" : word->text.data + from,
	    empty ? "" : word->marks.data + from, word->text.len - from, ret);
	return r < 0 ? failed(r) : FILLIN_DONE;
}

static void
add_runes(const struct runes *r, const char *value, size_t from, size_t to,
    struct text *out)
{
	text_add(out, value + r->at[from], r->at[to] - r->at[from]);
}

/* # ## % %% */
static enum fillin
trim(const struct expr *e, struct pattern *p, const char *value,
    const struct runes *r, struct text *to)
{
	bool front = e->op == EXPR_PREFIX;
	long n = front ? pattern_prefix(p, r, 0, e->doubled)
		       : pattern_suffix(p, r, e->doubled);
	size_t gone = n < 0 ? 0 : (size_t)n;

	add_runes(
	    r, value, front ? gone : 0, front ? r->count : r->count - gone, to);
	return FILLIN_DONE;
}

/* ^ ^^ , ,, where the pattern says which characters. */
static enum fillin
change_case(const struct expr *e, struct pattern *p, const char *value,
    const struct runes *r, struct text *to)
{
	for (size_t i = 0; i < r->count; i++) {
		uint32_t code = r->code[i];
		bool meant = (i == 0 || e->doubled) &&
			     (p->count == 0 || pattern_is(p, code));
		uint32_t other = !meant                ? code
				 : e->op == EXPR_UPPER ? runes_upper(code)
						       : runes_lower(code);
		if (other == code)
			add_runes(r, value, i, i + 1, to);
		else
			runes_put(other, to);
	}
	return FILLIN_DONE;
}

/* ---- replacing ---------------------------------------------------------- */

/* Where the pattern may match. */
enum anchor { ANYWHERE, AT_START, AT_END };

struct replace {
	const char *value;
	struct runes *runes;
	struct pattern *pattern;
	const struct fillin_word *with;
	struct text *to;
};

/* An ampersand that is not quoted is what was matched. */
static void
add_replacement(const struct replace *r, size_t from, size_t to)
{
	const struct fillin_word *with = r->with;
	for (size_t i = 0; i < with->text.len && !r->to->failed; i++) {
		if (with->text.data[i] == '&' && with->marks.data[i] == 0)
			add_runes(r->runes, r->value, from, to, r->to);
		else
			text_add(r->to, with->text.data + i, 1);
	}
}

static enum fillin
replace_anchored(const struct replace *r, enum anchor anchor)
{
	size_t count = r->runes->count;
	long n = anchor == AT_START
		     ? pattern_prefix(r->pattern, r->runes, 0, true)
		     : pattern_suffix(r->pattern, r->runes, true);
	size_t len = n < 0 ? 0 : (size_t)n;
	size_t from = anchor == AT_START ? 0 : count - len;

	if (n < 0)
		from = len = count;
	add_runes(r->runes, r->value, 0, from, r->to);
	if (n >= 0)
		add_replacement(r, from, from + len);
	if (n >= 0)
		add_runes(r->runes, r->value, from + len, count, r->to);
	return FILLIN_DONE;
}

/*
 * The first match, or all; each is the longest that begins where it begins.
 * Where one begins is known from reading backwards, so that nothing is tried
 * in vain.
 */
static enum fillin
replace_anywhere(const struct replace *r, bool all)
{
	size_t count = r->runes->count;
	size_t at = 0;
	bool done = false;
	autofree unsigned char *starts = malloc(count + 1);
	if (starts == NULL)
		return FILLIN_NO_MEMORY;
	pattern_starts(r->pattern, r->runes, starts);

	while (at < count && !done && !r->to->failed) {
		if (!starts[at]) {
			add_runes(r->runes, r->value, at, at + 1, r->to);
			at++;
			continue;
		}
		long n = pattern_prefix(r->pattern, r->runes, at, true);
		size_t len = n < 1 ? 1 : (size_t)n;
		add_replacement(r, at, at + len);
		at += len;
		done = !all;
	}
	if (count == 0 && starts[0])
		add_replacement(r, 0, 0);
	add_runes(r->runes, r->value, at, count, r->to);
	return FILLIN_DONE;
}

static enum anchor
find_anchor(const struct expr *e, const struct fillin_word *word)
{
	if (e->doubled || word->text.len == 0 || word->marks.data[0] != 0)
		return ANYWHERE;
	return word->text.data[0] == '#'   ? AT_START
	       : word->text.data[0] == '%' ? AT_END
					   : ANYWHERE;
}

static enum fillin
replace(struct fillin_job *job, const struct expr *e,
    const struct fillin_word *word, const struct replace *what)
{
	const struct fillin_how how = { .kind = EXPR_WORD_QUOTED,
		.values_quoted = true };
	autoword struct fillin_word with = FILLIN_WORD;
	autopattern struct pattern pattern = { 0 };
	enum anchor anchor = find_anchor(e, word);
	const struct replace r = { what->value, what->runes, &pattern, &with,
		what->to };

	enum fillin done =
	    fillin_word_expand(job, e->more, e->more_len, how, &with);
	if (done == FILLIN_DONE)
		done = build(word, anchor == ANYWHERE ? 0 : 1, &pattern);
	if (done != FILLIN_DONE)
		return done;
	if (anchor != ANYWHERE)
		return replace_anchored(&r, anchor);
	if (pattern.count > 0)
		return replace_anywhere(&r, e->doubled);
	add_runes(r.runes, r.value, 0, r.runes->count, r.to);
	return FILLIN_DONE;
}

/* ---- slices ------------------------------------------------------------- */

/* Sums as a shell writes them, of what people put into slices. */
#define SUM_DEPTH_MAX 16

struct sum {
	const struct fillin_job *job;
	const char *at;
	unsigned depth;
	bool bad;
};

static long long read_sum(struct sum *s);

static char
next_char(struct sum *s)
{
	while (*s->at == ' ' || *s->at == '\t' || *s->at == '\n')
		s->at++;
	return *s->at;
}

/* 10, 0x1f or 017 */
static long long
read_number(struct sum *s)
{
	char *end;
	long long n = strtoll(s->at, &end, 0);
	s->bad |= scope_is_name_char(*end);
	s->at = end;
	return n;
}

/* What is not set is nothing; what holds no number cannot be used. */
static long long
read_name(struct sum *s)
{
	const char *name = s->at;
	size_t n = scope_name_len(name, strlen(name));
	size_t len = 0;
	char *end;

	s->at += n;
	if (n == 0 || !scope_touches(s->job->scope, name, n)) {
		s->bad = true;
		return 0;
	}
	const char *value =
	    scope_get(s->job->scope, &s->job->locals, name, n, &len);
	if (value == NULL || len == 0)
		return 0;
	autofree char *text = strndup(value, len);
	long long is = text == NULL ? 0 : strtoll(text, &end, 0);
	s->bad |= text == NULL || end == text || *end != '\0';
	return is;
}

static long long
read_atom(struct sum *s)
{
	char c = next_char(s);
	long long n = 0;

	if (s->depth == SUM_DEPTH_MAX) {
		s->bad = true;
		return 0;
	}
	s->depth++;
	if (c == '-' || c == '+' || c == '(') {
		s->at++;
		n = c == '(' ? read_sum(s) : read_atom(s);
		s->bad |= c == '-' && __builtin_sub_overflow(0, n, &n);
		s->bad |= c == '(' && next_char(s) != ')';
		s->at += c == '(' && !s->bad;
	} else {
		n = c >= '0' && c <= '9' ? read_number(s) : read_name(s);
	}
	s->depth--;
	return n;
}

static long long
read_product(struct sum *s)
{
	long long n = read_atom(s);
	for (char c;
	     !s->bad && (c = next_char(s)) != '\0' && strchr("*/%", c);) {
		s->at++;
		long long by = read_atom(s);
		if (c == '*') {
			s->bad |= __builtin_mul_overflow(n, by, &n);
		} else if (s->bad || by == 0 || (n == LLONG_MIN && by == -1)) {
			s->bad = true;
		} else {
			n = c == '/' ? n / by : n % by;
		}
	}
	return n;
}

static long long
read_sum(struct sum *s)
{
	long long n = read_product(s);
	for (char c; !s->bad && ((c = next_char(s)) == '+' || c == '-');) {
		s->at++;
		long long by = read_product(s);
		s->bad |= c == '+' ? __builtin_add_overflow(n, by, &n)
				   : __builtin_sub_overflow(n, by, &n);
	}
	return n;
}

/* 10, -3, (-1), N-2; or nothing, which is 0. */
static bool
read_integer(const struct fillin_job *job, const char *text, long long *ret)
{
	struct sum s = { job, text, 0, false };

	*ret = next_char(&s) == '\0' ? 0 : read_sum(&s);
	return !s.bad && next_char(&s) == '\0';
}

static enum fillin
expand_integer(
    struct fillin_job *job, const char *text, size_t len, long long *ret)
{
	const struct fillin_how how = { .kind = EXPR_WORD_PLAIN };
	autoword struct fillin_word word = FILLIN_WORD;

	enum fillin done = fillin_word_expand(job, text, len, how, &word);
	if (done != FILLIN_DONE)
		return done;
	text_add(&word.text, "", 1);
	if (word.text.failed)
		return FILLIN_NO_MEMORY;
	return strlen(word.text.data) + 1 == word.text.len &&
		       read_integer(job, word.text.data, ret)
		   ? FILLIN_DONE
		   : FILLIN_BAD;
}

static enum fillin
slice(struct fillin_job *job, const struct expr *e, const char *value,
    const struct runes *r, struct text *to)
{
	long long count = (long long)r->count;
	long long from;
	long long len = LLONG_MAX;

	enum fillin done = expand_integer(job, e->word, e->word_len, &from);
	if (done == FILLIN_DONE && e->has_more)
		done = expand_integer(job, e->more, e->more_len, &len);
	if (done != FILLIN_DONE)
		return done;
	if (from < 0)
		from += count;
	if (from < 0 || from > count)
		return FILLIN_DONE;
	long long end = len < 0              ? count + len
			: len > count - from ? count
					     : from + len;
	if (end < from)
		return FILLIN_BAD;
	add_runes(r, value, (size_t)from, (size_t)end, to);
	return FILLIN_DONE;
}

/* ---- all of them -------------------------------------------------------- */

enum fillin
fillin_edit(struct fillin_job *job, const struct expr *e, const char *value,
    size_t len, struct text *to)
{
	autorunes struct runes runes = { 0 };
	autoword struct fillin_word word = FILLIN_WORD;
	autopattern struct pattern pattern = { 0 };

	if (runes_read(value, len, &runes) < 0)
		return FILLIN_NO_MEMORY;
	if (e->op == EXPR_SLICE)
		return slice(job, e, value, &runes, to);
	enum fillin done = expand_pattern(job, e, &word);
	if (done != FILLIN_DONE)
		return done;
	if (e->op == EXPR_REPLACE) {
		struct replace r = {
			.value = value, .runes = &runes, .to = to
		};
		return replace(job, e, &word, &r);
	}
	done = build(&word, 0, &pattern);
	if (done != FILLIN_DONE)
		return done;
	return e->op == EXPR_PREFIX || e->op == EXPR_SUFFIX
		   ? trim(e, &pattern, value, &runes, to)
		   : change_case(e, &pattern, value, &runes, to);
}
