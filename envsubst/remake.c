#include "envsubst/remake.h"

#include "envsubst/files.h"
#include "envsubst/sink.h"
#include "envsubst/text.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define PIECE ((size_t)64 * 1024)

/* ---- streams ---------------------------------------------------------- */

/* Where a node's new contents go: into its digests, and into its file. */
struct tee {
	struct sums_state sums;
	int fd; /* -1: none */
};

static int
tee_put(void *arg, const void *data, size_t len)
{
	struct tee *t = arg;
	(void)sums_add(&t->sums, data, len);
	return t->fd == -1 ? 0 : files_write(t->fd, data, len);
}

/* A stretch of a file's new contents, with its mentions brought up to date. */
struct stretch {
	struct chain *chain;
	struct chain_item *item;
	int fd;
	uint64_t from;
	uint64_t to;
};

static int
put_to_text(void *arg, const void *data, size_t len)
{
	struct text *text = arg;
	text_add(text, data, len);
	return text->failed ? -ENOMEM : 0;
}

static int
put_source(const struct stretch *s, uint64_t from, uint64_t to, char *piece,
    struct sink *sink)
{
	while (from < to) {
		size_t size = to - from < PIECE ? (size_t)(to - from) : PIECE;
		ssize_t n = files_read_at(s->fd, piece, size, from);
		if (n <= 0)
			return n < 0 ? (int)n : -ESTALE;
		int r = sink->put(sink->arg, piece, (size_t)n);
		if (r < 0)
			return r;
		from += (uint64_t)n;
	}
	return 0;
}

static int
put_stretch(const struct stretch *s, struct sink *sink)
{
	autofree char *piece = malloc(PIECE);
	uint64_t at = s->from;
	int r = piece == NULL ? -ENOMEM : 0;

	for (size_t i = 0; r == 0 && i < s->item->cites; i++) {
		const struct chain_cite *c = &s->item->cite[i];
		char old[MENTION_LEN_MAX];
		char new[MENTION_LEN_MAX];
		if (!chain_is_within(c, s->from, s->to))
			continue;
		size_t n = chain_new_text(s->chain, c, new);
		r = put_source(s, at, c->new_start, piece, sink);
		if (r == 0)
			r = sink->put(sink->arg, new, n);
		at = c->new_start + chain_old_text(s->chain, c, old);
	}
	return r < 0 ? r : put_source(s, at, s->to, piece, sink);
}

static int
open_new(struct chain *ch, const struct chain_item *item, int *ret_fd,
    uint64_t *ret_size, struct failure *f)
{
	struct stat st;
	int r = changes_open_new(ch->changes, item->path, ret_fd, &st, f);
	if (r == 0)
		*ret_size = (uint64_t)st.st_size;
	return r;
}

/* ---- mentions --------------------------------------------------------- */

/* Keys may be equal by chance: the whole digest must stand there. */
static int
check_cite(struct chain *ch, struct chain_cite *c, int fd)
{
	char want[MENTION_LEN_MAX];
	char have[MENTION_LEN_MAX];
	size_t n = chain_old_text(ch, c, want);
	ssize_t got = files_read_at(fd, have, n, c->new_start);

	if (got < 0)
		return (int)got;
	c->dead |= (size_t)got != n || memcmp(want, have, n) != 0;
	return 0;
}

int
remake_check(struct chain *ch, struct chain_item *item, struct failure *f)
{
	autoclose int fd = -1;
	uint64_t size;
	int r;

	if (item->cites == 0)
		return 0;
	r = open_new(ch, item, &fd, &size, f);
	if (r < 0)
		return -1;
	if (r == 1)
		item->cites = 0;
	for (size_t i = 0; i < item->cites; i++) {
		r = check_cite(ch, &item->cite[i], fd);
		if (r < 0)
			return failure_os(f, r, "read %s", item->path);
	}
	return 0;
}

static bool
has_news(const struct chain *ch, const struct chain_item *item)
{
	for (size_t i = 0; i < item->cites; i++) {
		const struct chain_cite *c = &item->cite[i];
		const struct chain_node *t = chain_node(
		    &ch->item[c->item], (enum chain_which)c->which, c->index);
		if (!c->dead && memcmp(t->old.of[c->kind], t->now.of[c->kind],
				    sums_size((enum sums_kind)c->kind)) != 0)
			return true;
	}
	return false;
}

/* ---- nodes, those that they mention being done ------------------------ */

static int
work_out_part(struct chain *ch, struct chain_item *item,
    struct chain_part *part, struct failure *f)
{
	autotext struct text text = TEXT_MAX(SIZE_MAX);
	autoclose int fd = -1;
	uint64_t size;
	struct sums_state sums;

	int r = open_new(ch, item, &fd, &size, f);
	if (r != 0)
		return r < 0 ? -1 : 0;
	struct stretch s = { ch, item, fd, part->new_start, part->new_end };
	struct sink sink = { put_to_text, &text };
	r = put_stretch(&s, &sink);
	if (r < 0)
		return failure_os(f, r, "read %s", item->path);
	sums_begin(&sums, chain_kinds(ch, CHAIN_PART));
	(void)sums_add(&sums, text.data, chain_normalise(text.data, text.len));
	sums_end(&sums, &part->node.now);
	return 0;
}

/* The whole file as it will be, from base, into its digests and to `to`. */
static int
stream_whole(const struct stretch *s, int to, struct failure *f)
{
	autofree struct tee *tee = malloc(sizeof(*tee));
	struct sink sink = { tee_put, tee };
	struct chain_item *item = s->item;

	if (tee == NULL)
		return failure_os(f, -ENOMEM, "write %s", item->path);
	tee->fd = to;
	sums_begin(&tee->sums, chain_kinds(s->chain, CHAIN_WHOLE));
	int r = put_stretch(s, &sink);
	if (r < 0)
		return failure_os(f, r, "write %s", item->path);
	sums_end(&tee->sums, &item->node.now);
	return 0;
}

static int
work_out_whole(struct chain *ch, struct chain_item *item, struct failure *f)
{
	autoclose int base = -1;
	autoclose int to = -1;
	uint64_t size;
	bool news = has_news(ch, item);

	item->node.now = item->node.old;
	if (item->removed || (!news && !item->given) ||
	    (!news && chain_kinds(ch, CHAIN_WHOLE) == 0))
		return 0;
	int r = open_new(ch, item, &base, &size, f);
	if (r != 0)
		return r < 0 ? -1 : 0;
	/* base stays what it is behind this */
	if (news && changes_write(ch->changes, item->path, &to, f) < 0)
		return -1;
	item->given = true;
	return stream_whole(
	    &(struct stretch){ ch, item, base, 0, size }, to, f);
}

struct packing {
	struct pack pack;
	struct tee tee;
	char piece[PIECE];
};

static int
pack_file(struct packing *p, enum pack_kind kind, int fd)
{
	uint64_t at = 0;
	ssize_t n;
	int r = 0;

	pack_begin(&p->pack, kind, tee_put, &p->tee);
	while ((n = files_read_at(fd, p->piece, PIECE, at)) > 0 && r == 0) {
		r = pack_add(&p->pack, p->piece, (size_t)n);
		at += (uint64_t)n;
	}
	if (r == 0)
		r = n < 0 ? (int)n : pack_end(&p->pack);
	return r;
}

static int
rewrite_sibling(struct chain *ch, struct chain_item *item, enum pack_kind kind,
    const char *path, struct failure *f)
{
	autofree struct packing *p = malloc(sizeof(*p));
	autoclose int fd = -1;
	autoclose int to = -1;
	uint64_t size;

	if (p == NULL)
		return failure_os(f, -ENOMEM, "write %s", path);
	int r = open_new(ch, item, &fd, &size, f);
	if (r != 0)
		return r < 0 ? -1 : 0;
	if (changes_write(ch->changes, path, &to, f) < 0)
		return -1;
	p->tee.fd = to;
	sums_begin(&p->tee.sums, chain_kinds(ch, CHAIN_SIBLING));
	r = pack_file(p, kind, fd);
	if (r < 0)
		return failure_os(f, r, "write %s", path);
	sums_end(&p->tee.sums, &item->sibling[kind].node.now);
	return 0;
}

static int
work_out_sibling(struct chain *ch, struct chain_item *item, enum pack_kind kind,
    struct failure *f)
{
	struct chain_node *node = &item->sibling[kind].node;
	char path[PATH_MAX];

	node->now = node->old;
	if (!(item->given || item->removed) ||
	    ch->options->siblings == DEPEND_KEEP ||
	    chain_sibling_path(item, kind, path, sizeof(path)) < 0)
		return 0;
	if (item->removed || ch->options->siblings == DEPEND_REMOVE)
		return changes_remove(ch->changes, path, f);
	return rewrite_sibling(ch, item, kind, path, f);
}

int
remake_node(struct chain *ch, uint32_t at, enum chain_which which,
    uint32_t index, struct failure *f)
{
	struct chain_item *item = &ch->item[at];
	switch (which) {
	case CHAIN_PART:
		return work_out_part(ch, item, &item->part[index], f);
	case CHAIN_SIBLING:
		return work_out_sibling(ch, item, (enum pack_kind)index, f);
	case CHAIN_WHOLE:
		break;
	}
	return work_out_whole(ch, item, f);
}
