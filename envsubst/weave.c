#include "envsubst/weave.h"

#include "envsubst/remake.h"

#include "core/log.h"

#include <assert.h>

/* The longest chain of files, each of which mentions the next one. */
#define DEPTH_MAX 256

/* What is being worked out, from the one that was asked for inwards. */
struct step {
	uint32_t item;
	enum chain_which which;
	uint32_t index;
	unsigned depth;
};

static int resolve(
    struct chain *ch, const struct step *step, struct failure *f);

static void
leave(const struct chain *ch, const struct step *in, struct chain_cite *c,
    const char *why)
{
	log_warn(0,
	    "cannot keep the digest of %s in %s true: %s; it is left as it is",
	    ch->item[c->item].path, ch->item[in->item].path, why);
	c->dead = true;
}

static int
resolve_cite(struct chain *ch, const struct step *in, struct chain_cite *c,
    struct failure *f)
{
	struct step next = { c->item, (enum chain_which)c->which, c->index,
		in->depth + 1 };
	struct chain_item *item = &ch->item[c->item];
	enum chain_state state = chain_node(item, next.which, c->index)->state;

	if (state == CHAIN_BUSY ||
	    (next.which == CHAIN_SIBLING && item->node.state == CHAIN_BUSY)) {
		leave(ch, in, c, "they mention each other in a circle");
		return 0;
	}
	if (state == CHAIN_NEW && in->depth >= DEPTH_MAX) {
		leave(ch, in, c, "the chain of mentions is too long");
		return 0;
	}
	return resolve(ch, &next, f);
}

/* The mentions in a part, or in the whole file. */
static int
resolve_cites(struct chain *ch, const struct step *step, struct failure *f)
{
	struct chain_item *item = &ch->item[step->item];
	uint64_t from = 0;
	uint64_t to = UINT64_MAX;

	if (step->which == CHAIN_PART) {
		from = item->part[step->index].new_start;
		to = item->part[step->index].new_end;
	}
	for (size_t i = 0; i < item->cites; i++)
		if (chain_is_within(&item->cite[i], from, to) &&
		    resolve_cite(ch, step, &item->cite[i], f) < 0)
			return -1;
	return 0;
}

static int
resolve(struct chain *ch, const struct step *step, struct failure *f)
{
	struct step whole = { step->item, CHAIN_WHOLE, 0, step->depth + 1 };
	struct chain_node *node =
	    chain_node(&ch->item[step->item], step->which, step->index);

	if (node->state == CHAIN_DONE)
		return 0;
	assert(node->state == CHAIN_NEW);
	node->state = CHAIN_BUSY;
	/* a sibling is packed from its file, and mentions nothing of its own */
	int r = step->which == CHAIN_SIBLING ? resolve(ch, &whole, f)
					     : resolve_cites(ch, step, f);
	if (r < 0 ||
	    remake_node(ch, step->item, step->which, step->index, f) < 0)
		return -1;
	node->state = CHAIN_DONE;
	return 0;
}

static int
resolve_item(struct chain *ch, uint32_t at, struct failure *f)
{
	struct step step = { at, CHAIN_WHOLE, 0, 0 };
	if (resolve(ch, &step, f) < 0)
		return -1;
	step.which = CHAIN_SIBLING;
	for (step.index = 0; step.index < PACKS; step.index++)
		if (ch->item[at].sibling != NULL &&
		    ch->item[at].sibling[step.index].there &&
		    resolve(ch, &step, f) < 0)
			return -1;
	step.which = CHAIN_PART;
	for (step.index = 0; step.index < ch->item[at].parts; step.index++)
		if (ch->options->csp != NULL && resolve(ch, &step, f) < 0)
			return -1;
	return 0;
}

int
weave_all(struct chain *ch, struct failure *f)
{
	for (size_t i = 0; i < ch->count; i++)
		if (remake_check(ch, &ch->item[i], f) < 0)
			return -1;
	for (size_t i = 0; i < ch->count; i++)
		if (resolve_item(ch, (uint32_t)i, f) < 0)
			return -1;
	return 0;
}
