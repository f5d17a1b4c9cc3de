#include "envsubst/extglob_tree.h"

#include <string.h>

bool
extglob_tree_is_spent(struct extglob_tree *t)
{
	if (t->memory->used > UTF16_MEMORY_MAX)
		t->spent = true;
	return t->spent;
}

static struct extglob_node *
new_node(struct extglob_tree *t, char type, struct extglob_node *parent)
{
	struct extglob_node *n = arena_take(t->memory, sizeof(*n));
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
push_part(
    struct extglob_tree *t, struct extglob_node *n, struct extglob_part part)
{
	if (extglob_tree_is_spent(t) ||
	    (part.node == NULL && part.text.len == 0))
		return;
	if (n->count == n->room) {
		size_t room = n->room == 0 ? 4 : n->room * 2;
		struct extglob_part *grown =
		    arena_take(t->memory, room * sizeof(*grown));
		if (n->count > 0)
			memcpy(grown, n->part, n->count * sizeof(*grown));
		n->part = grown;
		n->room = room;
	}
	n->part[n->count++] = part;
}

static void
push_text(struct extglob_tree *t, struct extglob_node *n, struct utf16 text)
{
	push_part(t, n, (struct extglob_part){ NULL, text });
}

static void
push_node(
    struct extglob_tree *t, struct extglob_node *n, struct extglob_node *child)
{
	push_part(t, n, (struct extglob_part){ child, { 0 } });
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

static size_t read_alternation(struct extglob_tree *t, const struct utf16 *s,
    struct extglob_node *group, size_t at);

static bool
opens_group(const struct utf16 *s, uint16_t c, size_t at)
{
	return is_type(c) && at < s->len && s->at[at] == '(';
}

static void
read_sequence(struct extglob_tree *t, const struct utf16 *s)
{
	struct hiding h = { 0 };
	size_t from = 0;
	size_t at = 0;

	while (at < s->len) {
		uint16_t c = s->at[at++];
		if (hides(&h, c, at) || !opens_group(s, c, at))
			continue;
		push_text(t, t->root, between(s, from, at - 1));
		struct extglob_node *group = new_node(t, (char)c, t->root);
		at = read_alternation(t, s, group, at);
		push_node(t, t->root, group);
		from = at;
	}
	push_text(t, t->root, between(s, from, at));
}

/* It has no end: all of it is text. */
static size_t
no_group(struct extglob_tree *t, const struct utf16 *s,
    struct extglob_node *group, size_t at)
{
	group->type = 0;
	group->magic = false;
	group->count = 0;
	push_text(t, group, between(s, at - 1, s->len));
	return s->len;
}

/* `at` is where its "(" stands; returns the place behind its ")". */
static size_t
read_alternation(struct extglob_tree *t, const struct utf16 *s,
    struct extglob_node *group, size_t at)
{
	struct hiding h = { 0 };
	struct extglob_node *part = new_node(t, 0, group);
	struct extglob_node whole = {
		0
	}; /* keeps the alternatives until the end */
	size_t i = at + 1;
	size_t from = i;

	if (++t->depth > EXTGLOB_TREE_DEPTH_MAX || extglob_tree_is_spent(t)) {
		t->spent = true;
		return s->len;
	}
	while (i < s->len && !t->spent) {
		uint16_t c = s->at[i++];
		if (hides(&h, c, i))
			continue;
		if (opens_group(s, c, i)) {
			push_text(t, part, between(s, from, i - 1));
			struct extglob_node *inner = new_node(t, (char)c, part);
			push_node(t, part, inner);
			i = read_alternation(t, s, inner, i);
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

bool
extglob_tree_is_start(
    const struct extglob_tree *t, const struct extglob_node *n)
{
	if (n == t->root)
		return true;
	if (n->parent == NULL || !extglob_tree_is_start(t, n->parent))
		return false;
	for (size_t i = 0; i < n->index && i < n->parent->count; i++) {
		const struct extglob_node *before = n->parent->part[i].node;
		if (before == NULL || before->type != '!')
			return false;
	}
	return true;
}

bool
extglob_tree_is_end(const struct extglob_tree *t, const struct extglob_node *n)
{
	if (n == t->root)
		return true;
	if (n->parent != NULL && n->parent->type == '!')
		return true;
	if (n->parent == NULL || !extglob_tree_is_end(t, n->parent))
		return false;
	return n->type == 0 || n->index + 1 == n->parent->count;
}

/* ---- what "!" may not match ------------------------------------------- */

static struct extglob_node *
clone(struct extglob_tree *t, const struct extglob_node *from,
    struct extglob_node *parent)
{
	struct extglob_node *n = new_node(t, from->type, parent);
	if (extglob_tree_is_spent(t) || ++t->depth > EXTGLOB_TREE_DEPTH_MAX) {
		t->spent = true;
		return n;
	}
	for (size_t i = 0; i < from->count && !t->spent; i++) {
		struct extglob_part p = from->part[i];
		if (p.node != NULL)
			p.node = clone(t, p.node, n);
		push_part(t, n, p);
	}
	t->depth--;
	return n;
}

static void
copy_into(
    struct extglob_tree *t, struct extglob_node *to, struct extglob_part part)
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
fill(struct extglob_tree *t, struct extglob_node *n)
{
	for (struct extglob_node *p = n, *pp = n->parent; pp != NULL;
	     p = pp, pp = pp->parent)
		for (size_t i = p->index + 1;
		     pp->type == 0 && i < pp->count && !t->spent; i++)
			for (size_t k = 0; k < n->count && !t->spent; k++)
				copy_into(t, n->part[k].node, pp->part[i]);
}

static void
fill_all(struct extglob_tree *t)
{
	t->filled = true;
	for (struct extglob_node *n = t->last_not; n != NULL; n = n->next_not)
		if (n->type == '!')
			fill(t, n);
}

void
extglob_tree_read(
    struct extglob_tree *t, struct arena *memory, const struct utf16 *glob)
{
	*t = (struct extglob_tree){ .memory = memory };
	t->root = new_node(t, 0, NULL);
	read_sequence(t, glob);
	t->depth = 0;
	fill_all(t);
	t->depth = 0;
}

void
extglob_tree_become_text(
    struct extglob_tree *t, struct extglob_node *n, struct utf16 text)
{
	n->type = 0;
	n->magic = false;
	n->count = 0;
	push_text(t, n, text);
}
