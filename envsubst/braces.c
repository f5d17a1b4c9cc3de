#include "envsubst/braces.h"

#include "envsubst/sequence.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

/*
 * Escaped characters are set aside while braces are looked for, as bytes that
 * no UTF-8 text has; they come back without their backslashes.
 */
enum aside {
	SLASH = 0xf8,
	OPEN = 0xf9,
	CLOSE = 0xfa,
	COMMA = 0xfb,
	PERIOD = 0xfc,
};

static const struct {
	char plain;
	unsigned char kept;
} asides[] = {
	{ '\\', SLASH },
	{ '{', OPEN },
	{ '}', CLOSE },
	{ ',', COMMA },
	{ '.', PERIOD },
};

#define ASIDES (sizeof(asides) / sizeof(asides[0]))

/* Half of the arena: what is begun can always be ended in the other. */
#define MEMORY_MAX (ARENA_SIZE / 2)
#define DEPTH_MAX 512

struct text {
	const char *at;
	size_t len;
};

struct list {
	struct text *item;
	size_t count;
	size_t room;
};

struct work {
	struct arena *memory;
	bool spent;
	unsigned depth;
};

static bool
is_spent(struct work *w)
{
	if (w->memory->used > MEMORY_MAX)
		w->spent = true;
	return w->spent;
}

static void
push(struct work *w, struct list *l, struct text item)
{
	if (is_spent(w) || l->count == BRACES_WORDS_MAX) {
		w->spent = true;
		return;
	}
	if (l->count == l->room) {
		size_t room = l->room == 0 ? 4 : l->room * 2;
		struct text *grown =
		    arena_take(w->memory, room * sizeof(*grown));
		if (l->count > 0)
			memcpy(grown, l->item, l->count * sizeof(*grown));
		l->item = grown;
		l->room = room;
	}
	l->item[l->count++] = item;
}

static struct text
join(struct work *w, struct text a, struct text b, struct text c)
{
	if (is_spent(w))
		return (struct text){ "", 0 };
	size_t len = a.len + b.len + c.len;
	char *to = arena_take(w->memory, len + 1);
	memcpy(to, a.at, a.len);
	memcpy(to + a.len, b.at, b.len);
	memcpy(to + a.len + b.len, c.at, c.len);
	return (struct text){ to, len };
}

static struct text
literal(const char *string)
{
	return (struct text){ string, strlen(string) };
}

static struct text
slice(struct text s, size_t from, size_t to)
{
	return (struct text){ s.at + from, to - from };
}

static struct text
embrace(struct work *w, struct text s)
{
	return join(w, literal("{"), s, literal("}"));
}

static ssize_t
index_of(struct text s, char c, size_t from)
{
	const char *at =
	    from < s.len ? memchr(s.at + from, c, s.len - from) : NULL;
	return at == NULL ? -1 : at - s.at;
}

/* A pair of braces: the outermost first one that has an end. */
static bool
balanced(struct work *w, struct text s, size_t *ret_open, size_t *ret_close)
{
	ssize_t a = index_of(s, '{', 0);
	ssize_t b = index_of(s, '}', (size_t)(a + 1));
	if (a < 0 || b <= 0)
		return false;

	size_t mark = w->memory->used; /* what it takes is given back at once */
	size_t *open = arena_take(w->memory, (s.len + 1) * sizeof(*open));
	w->memory->used = mark;
	size_t opens = 0;
	size_t left = s.len;
	size_t right = 0;
	for (ssize_t i = a; i >= 0; i = a < b && a >= 0 ? a : b) {
		if (i == a) {
			open[opens++] = (size_t)i;
			a = index_of(s, '{', (size_t)i + 1);
		} else if (opens == 1) {
			*ret_open = open[0];
			*ret_close = (size_t)b;
			return true;
		} else {
			size_t begin = open[--opens];
			if (begin < left) {
				left = begin;
				right = (size_t)b;
			}
			b = index_of(s, '}', (size_t)i + 1);
		}
	}
	*ret_open = left;
	*ret_close = right;
	return opens > 0;
}

/* ---- sequences -------------------------------------------------------- */

static void
push_item(
    struct work *w, struct list *to, const struct sequence *q, long long n)
{
	char text[SEQUENCE_ITEM_MAX];
	size_t len = sequence_item(q, n, text);
	push(w, to,
	    join(w, (struct text){ text, len }, literal(""), literal("")));
}

static struct list
run_sequence(struct work *w, const struct sequence *q)
{
	struct list all = { 0 };
	if (q->from <= q->to)
		for (long long n = q->from; n <= q->to && !w->spent;
		     n += q->step)
			push_item(w, &all, q, n);
	else
		for (long long n = q->from; n >= q->to && !w->spent;
		     n -= q->step)
			push_item(w, &all, q, n);
	return all;
}

/* ---- lists ------------------------------------------------------------ */

static void
split_commas(struct work *w, struct text s, struct list *to)
{
	for (size_t from = 0;;) {
		ssize_t comma = index_of(s, ',', from);
		if (comma < 0) {
			push(w, to, slice(s, from, s.len));
			return;
		}
		push(w, to, slice(s, from, (size_t)comma));
		from = (size_t)comma + 1;
	}
}

/* The parts between commas that are in no braces. */
static struct list
comma_parts(struct work *w, struct text s)
{
	struct list parts = { 0 };
	bool joined = false; /* the last part goes on */

	while (!is_spent(w)) {
		struct list some = { 0 };
		size_t open;
		size_t close;
		bool pair = s.len > 0 && balanced(w, s, &open, &close);
		split_commas(w, pair ? slice(s, 0, open) : s, &some);
		for (size_t i = 0; i < some.count; i++) {
			struct text *last = joined && i == 0
						? &parts.item[parts.count - 1]
						: NULL;
			if (last != NULL)
				*last =
				    join(w, *last, some.item[0], literal(""));
			else
				push(w, &parts, some.item[i]);
		}
		if (!pair || parts.count == 0)
			return parts;
		struct text *last = &parts.item[parts.count - 1];
		*last = join(w, *last, slice(s, open, close + 1), literal(""));
		joined = true;
		s = slice(s, close + 1, s.len);
		if (s.len == 0)
			return parts;
	}
	return parts;
}

/* ",...}" further on, in one line. */
static bool
goes_on(struct text post)
{
	for (size_t i = 0; i < post.len; i++) {
		if (post.at[i] != ',')
			continue;
		for (size_t k = i + 1; k < post.len; k++) {
			if (post.at[k] == '}')
				return true;
			if (post.at[k] == '\n' || post.at[k] == '\r')
				break;
		}
	}
	return false;
}

static struct list expand(struct work *w, struct text s, bool top);

static struct list
only(struct work *w, struct text s)
{
	struct list one = { 0 };
	push(w, &one, s);
	return one;
}

/* The members of a list in braces; *ret_single when it has but one. */
static struct list
run_list(struct work *w, struct text body, bool *ret_single)
{
	struct list all = { 0 };
	struct list parts = comma_parts(w, body);

	if (parts.count == 1) {
		parts = expand(w, parts.item[0], false);
		for (size_t i = 0; i < parts.count; i++)
			parts.item[i] = embrace(w, parts.item[i]);
		*ret_single = parts.count == 1;
		if (*ret_single)
			return parts;
	}
	for (size_t i = 0; i < parts.count; i++) {
		struct list some = expand(w, parts.item[i], false);
		for (size_t k = 0; k < some.count; k++)
			push(w, &all, some.item[k]);
	}
	return all;
}

static struct list
combine(struct work *w, struct text pre, const struct list *middle,
    const struct list *post, bool keep_empty)
{
	struct list all = { 0 };
	for (size_t i = 0; i < middle->count && !w->spent; i++) {
		for (size_t k = 0; k < post->count && !w->spent; k++) {
			struct text s =
			    join(w, pre, middle->item[i], post->item[k]);
			if (keep_empty || s.len > 0)
				push(w, &all, s);
		}
	}
	return all;
}

static struct list
expand_pair(struct work *w, struct text s, size_t open, size_t close, bool top)
{
	struct sequence q;
	struct list middle;
	struct text pre = slice(s, 0, open);
	struct text body = slice(s, open + 1, close);
	struct text rest = slice(s, close + 1, s.len);
	bool dollar = pre.len > 0 && pre.at[pre.len - 1] == '$';
	bool single = false;
	bool sequence = !dollar && sequence_read(body.at, body.len, &q);

	if (!dollar && !sequence && index_of(body, ',', 0) < 0) {
		char kept[] = { (char)CLOSE, '\0' };
		if (!goes_on(rest))
			return only(w, s);
		struct text head = join(w, pre, literal("{"), body);
		return expand(w, join(w, head, literal(kept), rest), false);
	}
	struct list post =
	    rest.len > 0 ? expand(w, rest, false) : only(w, literal(""));
	if (dollar)
		middle = only(w, embrace(w, body));
	else
		middle =
		    sequence ? run_sequence(w, &q) : run_list(w, body, &single);
	return combine(
	    w, pre, &middle, &post, dollar || single || sequence || !top);
}

static struct list
expand(struct work *w, struct text s, bool top)
{
	size_t open;
	size_t close;
	struct list none = { 0 };

	if (is_spent(w) || w->depth == DEPTH_MAX) {
		w->spent = true;
		return none;
	}
	if (!balanced(w, s, &open, &close))
		return only(w, s);
	w->depth++;
	struct list all = expand_pair(w, s, open, close, top);
	w->depth--;
	return all;
}

/* ---- the whole -------------------------------------------------------- */

static struct text
set_aside(struct arena *memory, const char *pattern)
{
	size_t len = strlen(pattern);
	char *to = arena_take(memory, len + 3);
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		char next = pattern[i] == '\\' ? pattern[i + 1] : '\0';
		to[n] = pattern[i];
		for (size_t k = 0; next != '\0' && k < ASIDES; k++)
			if (asides[k].plain == next) {
				to[n] = (char)asides[k].kept;
				i++;
				break;
			}
		n++;
	}
	if (n >= 2 && to[0] == '{' && to[1] == '}') {
		to[0] = (char)OPEN;
		to[1] = (char)CLOSE;
	}
	return (struct text){ to, n };
}

static const char *
bring_back(struct arena *memory, struct text s)
{
	char *to = arena_text(memory, s.at, s.len);
	for (size_t i = 0; i < s.len; i++)
		for (size_t k = 0; k < ASIDES; k++)
			if ((unsigned char)to[i] == asides[k].kept)
				to[i] = asides[k].plain;
	return to;
}

/* An opening brace whose end comes before another one, in one line. */
static bool
has_braces(const char *pattern)
{
	bool open = false;
	for (const char *c = pattern; *c != '\0'; c++) {
		if (*c == '{')
			open = true;
		else if (*c == '\n' || *c == '\r')
			open = false;
		else if (*c == '}' && open)
			return true;
	}
	return false;
}

int
braces_expand(struct arena *memory, const char *pattern, struct braces *ret)
{
	struct work w = { .memory = memory };

	if (strlen(pattern) > BRACES_PATTERN_MAX)
		return -E2BIG;
	struct list all = { 0 };
	if (has_braces(pattern))
		all = expand(&w, set_aside(memory, pattern), true);
	else
		all = only(&w, literal(pattern));
	if (w.spent)
		return -E2BIG;
	const char **word = arena_take(memory, (all.count + 1) * sizeof(*word));
	for (size_t i = 0; i < all.count; i++)
		word[i] = has_braces(pattern) ? bring_back(memory, all.item[i])
					      : pattern;
	*ret = (struct braces){ word, all.count };
	return 0;
}
