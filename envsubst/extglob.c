#include "envsubst/extglob.h"

#include "envsubst/bracket.h"
#include "envsubst/extglob_tree.h"

#include <errno.h>
#include <string.h>

static void
add(struct extglob_tree *t, struct utf16 *to, const char *text)
{
	utf16_add_text(t->memory, to, text);
}

static void
add_char(struct extglob_tree *t, struct utf16 *to, uint16_t c)
{
	bracket_escape(t->memory, to, c);
}

static void
add_escaped(struct extglob_tree *t, struct utf16 *to, uint16_t c)
{
	if (c < 0x80 && c != 0 && strchr("().*{}+?[]^$\\!", (char)c) != NULL)
		utf16_add(t->memory, to, '\\');
	utf16_add(t->memory, to, c);
}

static bool
add_bracket(struct extglob_tree *t, struct extglob_node *n,
    const struct utf16 *text, size_t *at, struct utf16 *to)
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
write_text(struct extglob_tree *t, struct extglob_node *n,
    const struct utf16 *text, bool no_empty, struct utf16 *to)
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

static void write_node(struct extglob_tree *t, struct extglob_node *n,
    bool dots, struct utf16 *to);

static bool
guards(const struct utf16 *src, size_t at)
{
	return at < src->len && (src->at[at] == '[' || src->at[at] == '.');
}

/* What keeps a sequence that begins here from matching "." and "..". */
static const char *
start_guard(const struct extglob_node *n, const struct utf16 *src, bool dots)
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
write_sequence(
    struct extglob_tree *t, struct extglob_node *n, bool dots, struct utf16 *to)
{
	struct utf16 src = { 0 };
	bool start = extglob_tree_is_start(t, n);
	bool end = extglob_tree_is_end(t, n);

	for (size_t i = 0; i < n->count && !t->spent; i++) {
		struct extglob_node *child = n->part[i].node;
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
alternatives(struct extglob_tree *t, struct extglob_node *n, bool dots)
{
	struct utf16 all = { 0 };
	bool alone = extglob_tree_is_start(t, n) && extglob_tree_is_end(t, n);
	size_t count = 0;

	for (size_t i = 0; i < n->count && !t->spent; i++) {
		struct utf16 one = { 0 };
		struct extglob_node *child = n->part[i].node;
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
write_glob(
    struct extglob_tree *t, const struct extglob_node *n, struct utf16 *to)
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
become_text(struct extglob_tree *t, struct extglob_node *n, struct utf16 *to)
{
	struct utf16 glob = { 0 };
	write_glob(t, n, &glob);
	extglob_tree_become_text(t, n, glob);
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
write_group(
    struct extglob_tree *t, struct extglob_node *n, bool dots, struct utf16 *to)
{
	bool repeated = n->type == '*' || n->type == '+';
	struct utf16 body = alternatives(t, n, dots);
	struct utf16 dotted = { 0 };
	bool start = extglob_tree_is_start(t, n);

	if (start && extglob_tree_is_end(t, n) && body.len == 0 &&
	    n->type != '!') {
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
write_node(
    struct extglob_tree *t, struct extglob_node *n, bool dots, struct utf16 *to)
{
	if (extglob_tree_is_spent(t) || ++t->depth > EXTGLOB_TREE_DEPTH_MAX) {
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
	struct extglob_tree t;
	struct extglob e = { 0 };

	extglob_tree_read(&t, memory, glob);
	write_node(&t, t.root, false, &e.source);
	if (t.spent || e.source.spent || glob->spent)
		return -E2BIG;
	e.magic = t.root->magic;
	e.unicode = t.root->unicode;
	*ret = e;
	return 0;
}
