#include "envsubst/extglob.h"

#include "envsubst/bracket.h"

#include <errno.h>
#include <string.h>

#define DEPTH_MAX 100

struct node;

/* Of a node's parts each is a node or a text. */
struct part {
	struct node *node; /* NULL: a text */
	struct utf16 text;
};

/* type 0: a sequence; else one of ! ? + * @, its parts being alternatives. */
struct node {
	char type;
	struct node *parent;
	size_t index; /* among the parent's parts */
	struct part *part;
	size_t count;
	size_t room;
	bool empty; /* "!()" and the like */
	bool magic;
	bool unicode;
	struct node *next_not; /* the "!" that was met before this one */
};

struct tree {
	struct arena *memory;
	struct node *root;
	struct node *last_not;
	bool filled;
	bool spent;
	unsigned depth;
};

static bool
is_spent(struct tree *t)
{
	if (t->memory->used > UTF16_MEMORY_MAX)
		t->spent = true;
	return t->spent;
}

static struct node *
new_node(struct tree *t, char type, struct node *parent)
{
	struct node *n = arena_take(t->memory, sizeof(*n));
	n->type = type;
	n->magic = type != 0;
	n->parent = parent;
	n->index = parent == NULL ? 0 : parent->count;
	if (type == '!' && !t->filled) {
		n->next_not = t->last_not;
		t->last_not = n;
	}
	return n;
}

static void
push_part(struct tree *t, struct node *n, struct part part)
{
	if (is_spent(t) || (part.node == NULL && part.text.len == 0))
		return;
	if (n->count == n->room) {
		size_t room = n->room == 0 ? 4 : n->room * 2;
		struct part *grown =
		    arena_take(t->memory, room * sizeof(*grown));
		if (n->count > 0)
			memcpy(grown, n->part, n->count * sizeof(*grown));
		n->part = grown;
		n->room = room;
	}
	n->part[n->count++] = part;
}

static void
push_text(struct tree *t, struct node *n, struct utf16 text)
{
	push_part(t, n, (struct part){ NULL, text });
}

static void
push_node(struct tree *t, struct node *n, struct node *child)
{
	push_part(t, n, (struct part){ child, { 0 } });
}

/* ---- reading the glob ------------------------------------------------- */

static bool
is_type(uint16_t c)
{
	return c == '!' || c == '?' || c == '+' || c == '*' || c == '@';
}

/* What a reader remembers: backslashes and brackets hide all else. */
struct hiding {
	bool escaping;
	bool in_bracket;
	bool negated;
	size_t bracket; /* behind its "[" */
};

/* Whether the character before `at` is hidden or hides. */
static bool
hides(struct hiding *h, uint16_t c, size_t at)
{
	if (h->escaping || c == '\\') {
		h->escaping = !h->escaping;
		return true;
	}
	if (h->in_bracket) {
		if (at == h->bracket + 1) {
			if (c == '^' || c == '!')
				h->negated = true;
		} else if (c == ']' && !(at == h->bracket + 2 && h->negated)) {
			h->in_bracket = false;
		}
		return true;
	}
	if (c == '[') {
		h->in_bracket = true;
		h->bracket = at;
		h->negated = false;
		return true;
	}
	return false;
}

static struct utf16
between(const struct utf16 *s, size_t from, size_t to)
{
	return (struct utf16){ .at = s->at + from, .len = to - from };
}

static size_t read_group(
    struct tree *t, const struct utf16 *s, struct node *group, size_t at);

static bool
opens_group(const struct utf16 *s, uint16_t c, size_t at)
{
	return is_type(c) && at < s->len && s->at[at] == '(';
}

static void
read_sequence(struct tree *t, const struct utf16 *s)
{
	struct hiding h = { 0 };
	size_t from = 0;
	size_t at = 0;

	while (at < s->len) {
		uint16_t c = s->at[at++];
		if (hides(&h, c, at) || !opens_group(s, c, at))
			continue;
		push_text(t, t->root, between(s, from, at - 1));
		struct node *group = new_node(t, (char)c, t->root);
		at = read_group(t, s, group, at);
		push_node(t, t->root, group);
		from = at;
	}
	push_text(t, t->root, between(s, from, at));
}

/* It has no end: all of it is text. */
static size_t
no_group(struct tree *t, const struct utf16 *s, struct node *group, size_t at)
{
	group->type = 0;
	group->magic = false;
	group->count = 0;
	push_text(t, group, between(s, at - 1, s->len));
	return s->len;
}

/* `at` is where its "(" stands; returns the place behind its ")". */
static size_t
read_group(struct tree *t, const struct utf16 *s, struct node *group, size_t at)
{
	struct hiding h = { 0 };
	struct node *part = new_node(t, 0, group);
	struct node whole = { 0 }; /* keeps the alternatives until the end */
	size_t i = at + 1;
	size_t from = i;

	if (++t->depth > DEPTH_MAX || is_spent(t)) {
		t->spent = true;
		return s->len;
	}
	while (i < s->len && !t->spent) {
		uint16_t c = s->at[i++];
		if (hides(&h, c, i))
			continue;
		if (opens_group(s, c, i)) {
			push_text(t, part, between(s, from, i - 1));
			struct node *inner = new_node(t, (char)c, part);
			push_node(t, part, inner);
			i = read_group(t, s, inner, i);
			from = i;
		} else if (c == '|') {
			push_text(t, part, between(s, from, i - 1));
			push_node(t, &whole, part);
			part = new_node(t, 0, group);
			from = i;
		} else if (c == ')') {
			group->empty = i - 1 == from && group->count == 0;
			push_text(t, part, between(s, from, i - 1));
			for (size_t k = 0; k < whole.count; k++)
				push_node(t, group, whole.part[k].node);
			push_node(t, group, part);
			t->depth--;
			return i;
		}
	}
	t->depth--;
	return no_group(t, s, group, at);
}

/* ---- where a node stands ---------------------------------------------- */

static bool
is_start(const struct tree *t, const struct node *n)
{
	if (n == t->root)
		return true;
	if (n->parent == NULL || !is_start(t, n->parent))
		return false;
	for (size_t i = 0; i < n->index && i < n->parent->count; i++) {
		const struct node *before = n->parent->part[i].node;
		if (before == NULL || before->type != '!')
			return false;
	}
	return true;
}

static bool
is_end(const struct tree *t, const struct node *n)
{
	if (n == t->root)
		return true;
	if (n->parent != NULL && n->parent->type == '!')
		return true;
	if (n->parent == NULL || !is_end(t, n->parent))
		return false;
	return n->type == 0 || n->index + 1 == n->parent->count;
}

/* ---- what "!" may not match ------------------------------------------- */

static struct node *
clone(struct tree *t, const struct node *from, struct node *parent)
{
	struct node *n = new_node(t, from->type, parent);
	if (is_spent(t) || ++t->depth > DEPTH_MAX) {
		t->spent = true;
		return n;
	}
	for (size_t i = 0; i < from->count && !t->spent; i++) {
		struct part p = from->part[i];
		if (p.node != NULL)
			p.node = clone(t, p.node, n);
		push_part(t, n, p);
	}
	t->depth--;
	return n;
}

static void
copy_into(struct tree *t, struct node *to, struct part part)
{
	if (part.node != NULL)
		part.node = clone(t, part.node, to);
	push_part(t, to, part);
}

/*
 * A "!" looks ahead at all that follows it: its alternatives get copies of the
 * parts behind it, on each level up to the root.
 */
static void
fill(struct tree *t, struct node *n)
{
	for (struct node *p = n, *pp = n->parent; pp != NULL;
	     p = pp, pp = pp->parent)
		for (size_t i = p->index + 1;
		     pp->type == 0 && i < pp->count && !t->spent; i++)
			for (size_t k = 0; k < n->count && !t->spent; k++)
				copy_into(t, n->part[k].node, pp->part[i]);
}

static void
fill_all(struct tree *t)
{
	t->filled = true;
	for (struct node *n = t->last_not; n != NULL; n = n->next_not)
		if (n->type == '!')
			fill(t, n);
}

/* ---- writing the expression ------------------------------------------- */

static void
add(struct tree *t, struct utf16 *to, const char *text)
{
	utf16_add_text(t->memory, to, text);
}

static void
add_char(struct tree *t, struct utf16 *to, uint16_t c)
{
	bracket_escape(t->memory, to, c);
}

static void
add_escaped(struct tree *t, struct utf16 *to, uint16_t c)
{
	if (c < 0x80 && c != 0 && strchr("().*{}+?[]^$\\!", (char)c) != NULL)
		utf16_add(t->memory, to, '\\');
	utf16_add(t->memory, to, c);
}

static bool
add_bracket(struct tree *t, struct node *n, const struct utf16 *text,
    size_t *at, struct utf16 *to)
{
	struct bracket b = bracket_parse(t->memory, text, *at);
	if (b.len == 0)
		return false;
	utf16_add_all(t->memory, to, &b.source);
	n->unicode |= b.unicode;
	n->magic |= b.magic;
	*at += b.len - 1;
	return true;
}

static void
write_text(struct tree *t, struct node *n, const struct utf16 *text,
    bool no_empty, struct utf16 *to)
{
	for (size_t i = 0; i < text->len && !to->spent; i++) {
		uint16_t c = text->at[i];
		if (c == '\\') {
			if (i + 1 == text->len)
				add(t, to, "\\\\");
			else
				add_escaped(t, to, text->at[++i]);
		} else if (c == '*' || c == '?') {
			bool whole = no_empty && c == '*' && text->len == 1;
			n->magic = true;
			add(t, to,
			    c == '?' ? "[^/]"
			    : whole  ? "[^/]+?"
				     : "[^/]*?");
		} else if (c != '[' || !add_bracket(t, n, text, &i, to)) {
			add_char(t, to, c);
		}
	}
}

static void write_node(
    struct tree *t, struct node *n, bool dots, struct utf16 *to);

static bool
guards(const struct utf16 *src, size_t at)
{
	return at < src->len && (src->at[at] == '[' || src->at[at] == '.');
}

/* What keeps a sequence that begins here from matching "." and "..". */
static const char *
start_guard(const struct node *n, const struct utf16 *src, bool dots)
{
	const struct utf16 *first = &n->part[0].text;
	bool just_dots = n->count == 1 && first->len <= 2 &&
			 first->at[0] == '.' &&
			 first->at[first->len - 1] == '.';
	if (just_dots)
		return "";
	if ((dots && guards(src, 0)) ||
	    (utf16_begin_with(src, 0, "\\.") && guards(src, 2)) ||
	    (utf16_begin_with(src, 0, "\\.\\.") && guards(src, 4)))
		return "(?!(?:^|/)\\.\\.?(?:$|/))";
	return !dots && guards(src, 0) ? "(?!\\.)" : "";
}

static void
write_sequence(struct tree *t, struct node *n, bool dots, struct utf16 *to)
{
	struct utf16 src = { 0 };
	bool start = is_start(t, n);
	bool end = is_end(t, n);

	for (size_t i = 0; i < n->count && !t->spent; i++) {
		struct node *child = n->part[i].node;
		if (child == NULL) {
			write_text(t, n, &n->part[i].text, start && end, &src);
			continue;
		}
		write_node(t, child, dots, &src);
		n->magic |= child->magic;
		n->unicode |= child->unicode;
	}
	if (start && n->count > 0 && n->part[0].node == NULL)
		add(t, to, start_guard(n, &src, dots));
	utf16_add_all(t->memory, to, &src);
	if (end && t->filled && n->parent != NULL && n->parent->type == '!')
		add(t, to, "(?:$|\\/)");
	t->spent |= src.spent || to->spent;
}

static struct utf16
alternatives(struct tree *t, struct node *n, bool dots)
{
	struct utf16 all = { 0 };
	bool alone = is_start(t, n) && is_end(t, n);
	size_t count = 0;

	for (size_t i = 0; i < n->count && !t->spent; i++) {
		struct utf16 one = { 0 };
		struct node *child = n->part[i].node;
		write_node(t, child, dots, &one);
		n->unicode |= child->unicode;
		if (alone && one.len == 0)
			continue;
		if (count++ > 0)
			add(t, &all, "|");
		utf16_add_all(t->memory, &all, &one);
	}
	return all;
}

/* The glob that a node was read from. */
static void
write_glob(struct tree *t, const struct node *n, struct utf16 *to)
{
	char open[] = { n->type, '(', '\0' };
	if (n->type != 0)
		add(t, to, open);
	for (size_t i = 0; i < n->count && !t->spent; i++) {
		if (i > 0 && n->type != 0)
			add(t, to, "|");
		if (n->part[i].node != NULL)
			write_glob(t, n->part[i].node, to);
		else
			utf16_add_all(t->memory, to, &n->part[i].text);
	}
	if (n->type != 0)
		add(t, to, ")");
}

/* Nothing but empty alternatives: it stands for itself. */
static void
become_text(struct tree *t, struct node *n, struct utf16 *to)
{
	struct utf16 glob = { 0 };
	write_glob(t, n, &glob);
	n->type = 0;
	n->magic = false;
	n->count = 0;
	push_text(t, n, glob);
	utf16_add_all(t->memory, to, &glob);
}

static bool
is_same(const struct utf16 *a, const struct utf16 *b)
{
	return a->len == b->len &&
	       (a->len == 0 ||
		   memcmp(a->at, b->at, a->len * sizeof(*a->at)) == 0);
}

static void
write_group(struct tree *t, struct node *n, bool dots, struct utf16 *to)
{
	bool repeated = n->type == '*' || n->type == '+';
	struct utf16 body = alternatives(t, n, dots);
	struct utf16 dotted = { 0 };
	bool start = is_start(t, n);

	if (start && is_end(t, n) && body.len == 0 && n->type != '!') {
		become_text(t, n, to);
		return;
	}
	if (repeated && !dots)
		dotted = alternatives(t, n, true);
	bool both = dotted.len > 0 && !is_same(&dotted, &body);
	if (n->type == '!' && n->empty) {
		add(t, to, start && !dots ? "(?!\\.)[^/]+?" : "[^/]+?");
		return;
	}
	add(t, to, n->type == '!' ? "(?:(?!(?:" : "(?:");
	if (both)
		add(t, to, "(?:");
	utf16_add_all(t->memory, to, &body);
	if (both) {
		add(t, to, ")(?:");
		utf16_add_all(t->memory, to, &dotted);
		add(t, to, ")*?");
	}
	if (n->type == '!')
		add(t, to, start && !dots ? "))(?!\\.)[^/]*?)" : "))[^/]*?)");
	else
		add(t, to,
		    n->type == '@'   ? ")"
		    : n->type == '?' ? ")?"
		    : n->type == '+' ? both ? ")" : ")+"
		    : both           ? ")?"
				     : ")*");
}

static void
write_node(struct tree *t, struct node *n, bool dots, struct utf16 *to)
{
	if (is_spent(t) || ++t->depth > DEPTH_MAX) {
		t->spent = true;
		return;
	}
	if (n->type == 0)
		write_sequence(t, n, dots, to);
	else
		write_group(t, n, dots, to);
	t->spent |= to->spent;
	t->depth--;
}

int
extglob_parse(
    struct arena *memory, const struct utf16 *glob, struct extglob *ret)
{
	struct tree t = { .memory = memory };
	struct extglob e = { 0 };

	t.root = new_node(&t, 0, NULL);
	read_sequence(&t, glob);
	t.depth = 0;
	fill_all(&t);
	t.depth = 0;
	write_node(&t, t.root, false, &e.source);
	if (t.spent || e.source.spent || glob->spent)
		return -E2BIG;
	e.magic = t.root->magic;
	e.unicode = t.root->unicode;
	*ret = e;
	return 0;
}
