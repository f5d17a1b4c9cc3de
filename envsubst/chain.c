#include "envsubst/chain.h"

#include "envsubst/precache.h"
#include "envsubst/room.h"
#include "envsubst/study.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define SCRIPT_KINDS (1u << SUMS_SHA256 | 1u << SUMS_SHA384 | 1u << SUMS_SHA512)

struct chain_node *
chain_node(struct chain_item *item, enum chain_which which, uint32_t index)
{
	switch (which) {
	case CHAIN_PART:
		return &item->part[index].node;
	case CHAIN_SIBLING:
		return &item->sibling[index].node;
	case CHAIN_WHOLE:
		break;
	}
	return &item->node;
}

unsigned
chain_kinds(const struct chain *ch, enum chain_which which)
{
	unsigned kinds = ch->ledger.kinds;
	if (which == CHAIN_PART)
		kinds &= SCRIPT_KINDS;
	if (which == CHAIN_PART && ch->options->csp != NULL)
		kinds |= 1u << SUMS_SHA256;
	return kinds;
}

int
chain_sibling_path(
    const struct chain_item *item, enum pack_kind kind, char *to, size_t size)
{
	int n = snprintf(to, size, "%s%s", item->path, pack_suffix(kind));
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

size_t
chain_normalise(char *text, size_t len)
{
	size_t to = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n')
			continue;
		text[to++] = text[i] == '\r' ? '\n' : text[i];
	}
	return to;
}

static const struct chain_node *
target_of(const struct chain *ch, const struct chain_cite *c)
{
	return chain_node(
	    &ch->item[c->item], (enum chain_which)c->which, c->index);
}

size_t
chain_old_text(const struct chain *ch, const struct chain_cite *c,
    char to[MENTION_LEN_MAX])
{
	if (c->form == CHAIN_NULL) {
		memcpy(to, PRECACHE_NULL, c->len);
		return c->len;
	}
	return mention_write((enum mention_form)c->form,
	    (enum sums_kind)c->kind, target_of(ch, c)->old.of[c->kind], to);
}

size_t
chain_new_text(const struct chain *ch, const struct chain_cite *c,
    char to[MENTION_LEN_MAX])
{
	/* a null stands for an MD5, so its text has room */
	const unsigned char *now = target_of(ch, c)->now.of[c->kind];
	const unsigned char *old = target_of(ch, c)->old.of[c->kind];
	enum sums_kind kind = (enum sums_kind)c->kind;

	if (c->form != CHAIN_NULL)
		return mention_write((enum mention_form)c->form, kind, now, to);
	if (memcmp(now, old, sums_size(kind)) == 0)
		return chain_old_text(ch, c, to);
	char hex[MENTION_LEN_MAX];
	size_t n = mention_write(MENTION_HEX, kind, now, hex);
	to[0] = to[n + 1] = '"';
	memcpy(to + 1, hex, n);
	return n + 2;
}

bool
chain_is_within(const struct chain_cite *c, uint64_t from, uint64_t to)
{
	return !c->dead && c->new_start >= from && c->new_start + c->len <= to;
}

/* ---- items ------------------------------------------------------------ */

static int
no_memory(struct failure *f)
{
	return failure_os(f, -ENOMEM, "follow the digests");
}

static int
find_in_ledger(const struct chain *ch, const char *path, uint32_t *ret)
{
	size_t low = 0;
	size_t high = ch->ledger.paths;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t at = ch->by_path[middle];
		int order = strcmp(ch->ledger.path[at], path);
		if (order == 0) {
			*ret = at;
			return 0;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -ENOENT;
}

static int
add_item(struct chain *ch, const char *path, bool given, struct failure *f)
{
	uint32_t in_ledger;
	if (room_for_one(&ch->item, &ch->room, ch->count, sizeof(*ch->item)) <
	    0)
		return no_memory(f);
	char *copy = strdup(path);
	if (copy == NULL)
		return no_memory(f);
	const struct edit_list *edits =
	    given ? changes_edits(ch->changes, path) : NULL;
	ch->item[ch->count] = (struct chain_item){ .path = copy,
		.edits = edits,
		.given = given,
		.opaque = given && edits == NULL };
	if (find_in_ledger(ch, path, &in_ledger) == 0)
		ch->item_of[in_ledger] = (uint32_t)ch->count;
	ch->count++;
	return 0;
}

/* ---- mentions --------------------------------------------------------- */

/* A file named after its contents keeps its name, so others must find it. */
static bool
is_in_name(const char *path, const struct ledger_entry *e,
    const unsigned char *digest, size_t *ret_len)
{
	char text[MENTION_LEN_MAX + 1];
	size_t n = mention_write(
	    (enum mention_form)e->form, (enum sums_kind)e->kind, digest, text);
	text[n] = '\0';
	*ret_len = n;
	return strstr(path, text) != NULL;
}

static int
add_cite(struct chain *ch, uint32_t file, const struct chain_cite *cite,
    struct failure *f)
{
	if (ch->item_of[file] == CHAIN_NONE &&
	    add_item(ch, ch->ledger.path[file], false, f) < 0)
		return -1;
	struct chain_item *item = &ch->item[ch->item_of[file]];
	if (item->opaque)
		return 0;
	if (room_for_one(&item->cite, &item->cite_room, item->cites,
		sizeof(*item->cite)) < 0)
		return no_memory(f);
	item->cite[item->cites++] = *cite;
	return 0;
}

int
chain_cite(struct chain *ch, uint32_t item, enum chain_which which,
    uint32_t index, struct failure *f)
{
	for (enum sums_kind kind = 0; kind < SUMS_KINDS; kind++) {
		size_t count;
		if (!(chain_kinds(ch, which) & ch->ledger.kinds & 1u << kind))
			continue;
		struct sums old =
		    chain_node(&ch->item[item], which, index)->old;
		const struct ledger_entry *e =
		    ledger_find(&ch->ledger, mention_key(old.of[kind]), &count);
		for (; count > 0; count--, e++) {
			struct chain_cite cite = { .start = e->start,
				.item = item,
				.index = index,
				.which = (uint8_t)which,
				.kind = e->kind,
				.form = e->form };
			size_t len;
			if (e->kind != kind || is_in_name(ch->item[item].path,
						   e, old.of[kind], &len))
				continue;
			cite.len = (uint16_t)len;
			if (add_cite(ch, e->file, &cite, f) < 0)
				return -1;
		}
	}
	return 0;
}

int
chain_cite_nulls(struct chain *ch, uint32_t item, struct failure *f)
{
	size_t count;
	const struct ledger_null *n =
	    ledger_find_null(&ch->ledger, ch->item[item].path, &count);
	for (; count > 0; count--, n++) {
		struct chain_cite cite = { .start = n->start,
			.item = item,
			.len = sizeof(PRECACHE_NULL) - 1,
			.which = CHAIN_WHOLE,
			.kind = SUMS_MD5,
			.form = CHAIN_NULL };
		if (add_cite(ch, n->file, &cite, f) < 0)
			return -1;
	}
	return 0;
}

/* ---- where it is now -------------------------------------------------- */

static int
compare_cites(const void *one, const void *other)
{
	const struct chain_cite *a = one;
	const struct chain_cite *b = other;
	return a->start < b->start ? -1 : a->start > b->start;
}

/* Where a place of the old contents is in the new ones; at: an edit's index,
   which only grows. */
static uint64_t
shifted(const struct edit_list *edits, uint64_t place, size_t *at, int64_t *by)
{
	while (edits != NULL && *at < edits->count &&
	       edits->edit[*at].start + edits->edit[*at].len <= place) {
		const struct edit *e = &edits->edit[(*at)++];
		*by += (int64_t)e->written - (int64_t)e->len;
	}
	return place + (uint64_t)*by;
}

static void
place_parts(struct chain_item *item)
{
	size_t at = 0;
	int64_t by = 0;
	for (size_t i = 0; i < item->parts; i++) {
		struct chain_part *p = &item->part[i];
		p->new_start = shifted(item->edits, p->start, &at, &by);
		p->new_end = shifted(item->edits, p->end, &at, &by);
	}
}

/* An edit over a mention, or a second one at its place, is the end of it. */
static void
place_cites(struct chain_item *item)
{
	size_t at = 0;
	int64_t by = 0;
	if (item->cites > 0)
		qsort(item->cite, item->cites, sizeof(*item->cite),
		    compare_cites);
	for (size_t i = 0; i < item->cites; i++) {
		struct chain_cite *c = &item->cite[i];
		const struct edit_list *edits = item->edits;
		c->new_start = shifted(edits, c->start, &at, &by);
		c->dead =
		    (i > 0 && c->start == c[-1].start) ||
		    (edits != NULL && at < edits->count &&
			edits->edit[at].start < c->start + MENTION_LEN_MIN);
	}
}

/*
 * Not all of the set is changed: what an earlier run has written is in it too,
 * to be restored unless somebody asks for it.
 */
static int
is_changed(struct chain *ch, size_t i, struct failure *f)
{
	const char *path = changes_path(ch->changes, i);
	autoclose int old = -1;
	autoclose int new = -1;
	struct stat was;
	struct stat is;

	if (changes_removed(ch->changes, i) ||
	    changes_edits(ch->changes, path) != NULL)
		return 1;
	int r = changes_open_old(ch->changes, path, &old, &was, f);
	int e = r < 0 ? r : changes_open_new(ch->changes, path, &new, &is, f);
	if (r < 0 || e < 0)
		return -1;
	return r != e ||
	       (r == 0 && (was.st_ino != is.st_ino || was.st_dev != is.st_dev));
}

static int
add_given(struct chain *ch, size_t i, struct failure *f)
{
	int r = is_changed(ch, i, f);
	if (r <= 0)
		return r;
	if (add_item(ch, changes_path(ch->changes, i), true, f) < 0)
		return -1;
	ch->item[ch->count - 1].removed = changes_removed(ch->changes, i);
	return 0;
}

/* ---- all of it -------------------------------------------------------- */

static const struct ledger *sorting;

static int
compare_paths(const void *one, const void *other)
{
	const uint32_t *a = one;
	const uint32_t *b = other;
	return strcmp(sorting->path[*a], sorting->path[*b]);
}

static int
sort_paths(struct chain *ch)
{
	size_t count = ch->ledger.paths;
	ch->item_of = malloc((count + 1) * sizeof(*ch->item_of));
	ch->by_path = malloc((count + 1) * sizeof(*ch->by_path));
	if (ch->item_of == NULL || ch->by_path == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		ch->item_of[i] = CHAIN_NONE;
		ch->by_path[i] = (uint32_t)i;
	}
	sorting = &ch->ledger;
	qsort(ch->by_path, count, sizeof(*ch->by_path), compare_paths);
	return 0;
}

static int
read_ledger(struct chain *ch, struct failure *f)
{
	if (!ch->options->no_digests &&
	    ledger_read(&ch->ledger, ch->options->reader, ch->changes, f) < 0)
		return -1;
	return sort_paths(ch) < 0 ? no_memory(f) : 0;
}

/* What is studied may add to what there is. */
static int
study_all(struct chain *ch, struct failure *f)
{
	for (size_t i = 0; i < ch->count; i++)
		if (study_item(ch, (uint32_t)i, f) < 0)
			return -1;
	for (size_t i = 0; i < ch->count; i++) {
		place_parts(&ch->item[i]);
		place_cites(&ch->item[i]);
	}
	return 0;
}

int
chain_collect(struct chain *ch, struct failure *f)
{
	size_t count = changes_count(ch->changes);

	if (read_ledger(ch, f) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (add_given(ch, i, f) < 0)
			return -1;
	return study_all(ch, f);
}

static int
add_any(void *arg, struct changes *c, const char *path, const struct stat *st,
    struct failure *f)
{
	(void)c;
	(void)st;
	return add_item(arg, path, false, f);
}

int
chain_collect_all(struct chain *ch, struct failure *f)
{
	if (read_ledger(ch, f) < 0 ||
	    changes_walk(ch->changes, add_any, ch, f) < 0)
		return -1;
	return study_all(ch, f);
}

void
chain_free(struct chain *ch)
{
	for (size_t i = 0; i < ch->count; i++) {
		free(ch->item[i].path);
		free(ch->item[i].part);
		free(ch->item[i].sibling);
		free(ch->item[i].cite);
	}
	free(ch->item);
	free(ch->item_of);
	free(ch->by_path);
	ledger_free(&ch->ledger);
}
