#include "envsubst/study.h"

#include "envsubst/files.h"
#include "envsubst/page.h"

#include "core/guard_heap.h"
#include "core/log.h"

#include <errno.h>
#include <limits.h>

#define PIECE ((size_t)64 * 1024)
#define PAGE_MAX ((off_t)32 * 1024 * 1024)

static int
sum_file(int fd, unsigned kinds, struct sums *ret)
{
	autofree char *piece = malloc(PIECE);
	struct sums_state state;
	uint64_t at = 0;
	ssize_t n = 0;

	if (piece == NULL)
		return -ENOMEM;
	sums_begin(&state, kinds);
	while (kinds != 0 && (n = files_read_at(fd, piece, PIECE, at)) > 0) {
		(void)sums_add(&state, piece, (size_t)n);
		at += (uint64_t)n;
	}
	sums_end(&state, ret);
	return n < 0 ? (int)n : 0;
}

/* 0: it is there and in the item; 1: it is not; -1. */
static int
study_sibling(struct chain *ch, struct chain_item *item, enum pack_kind kind,
    struct failure *f)
{
	unsigned kinds = ch->options->siblings == DEPEND_REWRITE
			     ? chain_kinds(ch, CHAIN_SIBLING)
			     : 0;
	autoclose int fd = -1;
	char path[PATH_MAX];
	struct stat st;

	if (chain_sibling_path(item, kind, path, sizeof(path)) < 0)
		return 1;
	int r = changes_open_old(ch->changes, path, &fd, &st, f);
	if (r != 0)
		return r;
	if (item->sibling == NULL)
		item->sibling = calloc(PACKS, sizeof(*item->sibling));
	if (item->sibling == NULL)
		return failure_os(f, -ENOMEM, "read %s", path);
	item->sibling[kind].there = true;
	r = sum_file(fd, kinds, &item->sibling[kind].node.old);
	return r < 0 ? failure_os(f, r, "read %s", path) : 0;
}

static int
study_siblings(struct chain *ch, uint32_t at, struct failure *f)
{
	for (uint32_t kind = 0; kind < PACKS; kind++) {
		int r =
		    study_sibling(ch, &ch->item[at], (enum pack_kind)kind, f);
		if (r == 0)
			r = chain_cite(ch, at, CHAIN_SIBLING, kind, f);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* The text is changed. */
static void
sum_text(char *text, size_t len, unsigned kinds, struct sums *ret)
{
	struct sums_state state;
	sums_begin(&state, kinds);
	(void)sums_add(&state, text, chain_normalise(text, len));
	sums_end(&state, ret);
}

static int
take_parts(struct chain *ch, struct chain_item *item, char *html,
    const struct page *page)
{
	unsigned kinds = chain_kinds(ch, CHAIN_PART);
	item->part = calloc(page->count, sizeof(*item->part));
	if (item->part == NULL)
		return -ENOMEM;
	item->parts = page->count;
	for (size_t i = 0; i < page->count; i++) {
		const struct page_part *from = &page->part[i];
		struct chain_part *part = &item->part[i];
		*part = (struct chain_part){ .start = from->start,
			.end = from->end,
			.style = from->style,
			.data = from->data };
		sum_text(html + from->start, from->end - from->start, kinds,
		    &part->node.old);
	}
	return 0;
}

static int
read_page(struct chain *ch, struct chain_item *item, int fd, size_t size)
{
	autofree char *html = malloc(size + 1);
	struct page page = { 0 };
	ssize_t n = html == NULL ? -ENOMEM : files_read_at(fd, html, size, 0);
	int r = n < 0 ? (int)n : page_read(html, (size_t)n, &page);
	if (r == 0 && page.count > 0)
		r = take_parts(ch, item, html, &page);
	page_free(&page);
	return r;
}

static int
study_page(struct chain *ch, uint32_t at, int fd, const struct stat *st,
    struct failure *f)
{
	if (!page_is(ch->item[at].path) || chain_kinds(ch, CHAIN_PART) == 0)
		return 0;
	int r = st->st_size > PAGE_MAX
		    ? -E2BIG
		    : read_page(ch, &ch->item[at], fd, (size_t)st->st_size);
	if (r == -E2BIG) {
		log_warn(0,
		    "cannot keep the hashes of the scripts in %s true: it is "
		    "too large; they are left as they are",
		    ch->item[at].path);
		return 0;
	}
	if (r < 0)
		return failure_os(f, r, "read %s", ch->item[at].path);
	for (size_t i = 0; i < ch->item[at].parts; i++)
		if (chain_cite(ch, at, CHAIN_PART, (uint32_t)i, f) < 0)
			return -1;
	return 0;
}

int
study_item(struct chain *ch, uint32_t at, struct failure *f)
{
	autoclose int fd = -1;
	struct stat st;
	struct chain_item *item = &ch->item[at];

	int r = changes_open_old(ch->changes, item->path, &fd, &st, f);
	if (r != 0)
		return r < 0 ? -1 : 0;
	r = sum_file(fd, chain_kinds(ch, CHAIN_WHOLE), &item->node.old);
	if (r < 0)
		return failure_os(f, r, "read %s", item->path);
	if (chain_cite(ch, at, CHAIN_WHOLE, 0, f) < 0 ||
	    chain_cite_nulls(ch, at, f) < 0)
		return -1;
	if (!ch->item[at].opaque && study_page(ch, at, fd, &st, f) < 0)
		return -1;
	return study_siblings(ch, at, f);
}
