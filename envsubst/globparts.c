#include "envsubst/globparts.h"

#include <string.h>

#define LISTS_MAX 32768
#define MEMORY_MAX (ARENA_SIZE / 2)

static bool
is(const char *part, const char *word)
{
	return part != NULL && strcmp(part, word) == 0;
}

/* An ordinary name or pattern. */
static bool
is_name(const char *part)
{
	return part != NULL && part[0] != '\0' && !is(part, ".") &&
	       !is(part, "..") && !is(part, "**");
}

static const char *
part_at(const struct globparts *g, size_t i)
{
	return i < g->count ? g->part[i] : NULL;
}

static void
cut(struct globparts *g, size_t at, size_t count)
{
	memmove(&g->part[at], &g->part[at + count],
	    (g->count - at - count) * sizeof(*g->part));
	g->count -= count;
}

/* There is always room for one part more than there were. */
static struct globparts
new_parts(struct arena *memory, size_t room)
{
	return (struct globparts){
		.part = arena_take(memory, (room + 1) * sizeof(char *)),
		.room = room + 1,
	};
}

static bool
is_full(struct arena *memory, struct globparts_list *list, size_t more)
{
	if (list->count == LISTS_MAX || memory->used + more > MEMORY_MAX)
		list->spent = true;
	return list->spent;
}

static void
push(struct arena *memory, struct globparts_list *list,
    const struct globparts *g)
{
	if (list->count == list->room) {
		size_t room = list->room == 0 ? 4 : list->room * 2;
		if (is_full(memory, list, room * sizeof(*g)))
			return;
		struct globparts *grown =
		    arena_take(memory, room * sizeof(*grown));
		if (list->count > 0)
			memcpy(grown, list->item, list->count * sizeof(*grown));
		list->item = grown;
		list->room = room;
	}
	list->item[list->count++] = *g;
}

void
globparts_add(
    struct arena *memory, struct globparts_list *list, const char *glob)
{
	size_t slashes = 0;
	for (const char *c = glob; *c != '\0'; c++)
		slashes += *c == '/';
	if (is_full(memory, list, 2 * strlen(glob) + slashes * 32 + 256))
		return;
	struct globparts g = new_parts(memory, slashes + 1);
	for (;;) {
		size_t len = strcspn(glob, "/");
		g.part[g.count++] = arena_text(memory, glob, len);
		if (glob[len] == '\0')
			break;
		glob += len + strspn(glob + len, "/");
	}
	push(memory, list, &g);
}

/* ---- one after the other ---------------------------------------------- */

static void
cut_globstars(struct globparts *g, size_t at)
{
	while (is(part_at(g, at + 1), "**"))
		cut(g, at + 1, 1);
}

/*
 * "**" before ".." walks into each directory and out again: it becomes two
 * globs, without it and behind it.
 */
static bool
split_globstars(struct arena *memory, struct globparts_list *list, size_t i)
{
	bool changed = false;
	struct globparts *g = &list->item[i];

	for (size_t at = 0; at < g->count && !list->spent; at++) {
		if (!is(g->part[at], "**"))
			continue;
		cut_globstars(g, at);
		const char *one = part_at(g, at + 2);
		const char *two = part_at(g, at + 3);
		if (!is(part_at(g, at + 1), "..") || one == NULL ||
		    *one == '\0' || is(one, ".") || is(one, "..") ||
		    two == NULL || *two == '\0' || is(two, ".") ||
		    is(two, ".."))
			continue;
		changed = true;
		cut(g, at, 1);
		if (is_full(memory, list, (g->count + 2) * sizeof(char *)))
			break;
		struct globparts other = new_parts(memory, g->count);
		memcpy(other.part, g->part, g->count * sizeof(*g->part));
		other.count = g->count;
		other.part[at] = "**";
		push(memory, list, &other);
		g = &list->item[i];
		at--;
	}
	return changed;
}

static bool
cut_empty(struct globparts *g)
{
	bool changed = false;
	for (size_t i = 1; i + 1 < g->count; i++) {
		const char *p = g->part[i];
		if (i == 1 && *p == '\0' && *g->part[0] == '\0')
			continue;
		if (*p == '\0' || is(p, ".")) {
			changed = true;
			cut(g, i, 1);
			i--;
		}
	}
	if (g->count == 2 && is(g->part[0], ".") &&
	    (is(g->part[1], ".") || is(g->part[1], ""))) {
		changed = true;
		g->count--;
	}
	return changed;
}

static bool
cut_parents(struct globparts *g)
{
	bool changed = false;
	for (size_t at = 1; at < g->count; at++) {
		if (at == 0 || !is(g->part[at], "..") ||
		    !is_name(g->part[at - 1]))
			continue;
		changed = true;
		bool dot = at == 1 && is(part_at(g, at + 1), "**");
		cut(g, at - 1, 2);
		if (dot) {
			memmove(&g->part[1], &g->part[0],
			    g->count * sizeof(*g->part));
			g->part[0] = ".";
			g->count++;
		}
		if (g->count == 0)
			g->part[g->count++] = "";
		/* the next look is at the place before what was cut */
		at = at >= 2 ? at - 2 : (size_t)-1;
	}
	return changed;
}

/* ---- against each other ----------------------------------------------- */

struct merge {
	const struct globparts *a;
	const struct globparts *b;
	struct globparts both;
	char which; /* whose stars took the other's names: 'a', 'b' or 0 */
};

static bool
takes_star(const char *star, const char *name)
{
	return is(star, "*") && name != NULL && *name != '\0' && *name != '.' &&
	       !is(name, "**");
}

/* One step; false when neither covers the other. */
static bool
merge_step(struct merge *m, size_t *ai, size_t *bi)
{
	const char *a = m->a->part[*ai];
	const char *b = m->b->part[*bi];
	const char **to = &m->both.part[m->both.count++];

	if (strcmp(a, b) == 0) {
		*to = a;
		++*ai;
		++*bi;
	} else if (is(a, "**") && is(part_at(m->a, *ai + 1), b)) {
		*to = a;
		++*ai;
	} else if (is(b, "**") && is(part_at(m->b, *bi + 1), a)) {
		*to = b;
		++*bi;
	} else if (takes_star(a, b) && m->which != 'b') {
		m->which = 'a';
		*to = a;
		++*ai;
		++*bi;
	} else if (!takes_star(a, b) && takes_star(b, a) && m->which != 'a') {
		m->which = 'b';
		*to = b;
		++*ai;
		++*bi;
	} else {
		return false;
	}
	return true;
}

static bool
merge(struct arena *memory, struct globparts_list *list, struct globparts *a,
    struct globparts *b)
{
	size_t ai = 0;
	size_t bi = 0;

	if (a->count != b->count ||
	    is_full(memory, list, 2 * (a->count + 2) * sizeof(char *)))
		return false;
	size_t mark = memory->used;
	struct merge m = { a, b, new_parts(memory, 2 * a->count), 0 };
	while (ai < a->count && bi < b->count) {
		if (!merge_step(&m, &ai, &bi)) {
			memory->used = mark;
			return false;
		}
	}
	a->count = 0;
	*b = m.both;
	return true;
}

void
globparts_simplify(struct arena *memory, struct globparts_list *list)
{
	bool changed;
	do {
		changed = false;
		for (size_t i = 0; i < list->count && !list->spent; i++) {
			changed |= split_globstars(memory, list, i);
			changed |= cut_empty(&list->item[i]);
			changed |= cut_parents(&list->item[i]);
		}
	} while (changed && !list->spent);

	for (size_t i = 0; i + 1 < list->count; i++)
		for (size_t k = i + 1; k < list->count && !list->spent; k++)
			if (merge(memory, list, &list->item[i], &list->item[k]))
				break;
	size_t kept = 0;
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i].count > 0)
			list->item[kept++] = list->item[i];
	list->count = kept;
}
