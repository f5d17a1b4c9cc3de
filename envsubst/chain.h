#ifndef ENVSUBST_CHAIN_H
#define ENVSUBST_CHAIN_H

#include "envsubst/changes.h"
#include "envsubst/depend.h"
#include "envsubst/ledger.h"
#include "envsubst/pack.h"
#include "envsubst/sums.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Who mentions whom: the changed files, the inline scripts and styles of the
 * pages among them and their compressed siblings are nodes; a mention of a
 * node's digest in a file makes that file a changed one too.
 */

enum chain_state { CHAIN_NEW, CHAIN_BUSY, CHAIN_DONE };

/* Something that has a digest. */
struct chain_node {
	enum chain_state state;
	struct sums old;
	struct sums now; /* once the state is DONE */
};

/* A node of a file: the file itself, one of its parts, or a sibling. */
enum chain_which { CHAIN_WHOLE, CHAIN_PART, CHAIN_SIBLING };

/* Instead of one of mention.h's forms: no revision where one is needed now. */
#define CHAIN_NULL MENTION_FORMS

/* A digest of the target stands in a file. */
struct chain_cite {
	uint64_t start;     /* in the pristine contents */
	uint64_t new_start; /* in what the mode made of them */
	uint32_t item;      /* the target... */
	uint32_t index;     /* ...its part or sibling */
	uint16_t len;       /* of what stands there */
	uint8_t which;      /* enum chain_which */
	uint8_t kind;
	uint8_t form;
	bool dead; /* it is to be left as it is */
};

struct chain_part {
	struct chain_node node;
	uint64_t start;
	uint64_t end;
	uint64_t new_start;
	uint64_t new_end;
	bool style;
	bool data;
};

struct chain_sibling {
	struct chain_node node;
	bool there;
};

struct chain_item {
	char *path;
	struct chain_node node;
	const struct edit_list *edits; /* the mode's, or NULL */
	bool given;   /* it was in the set, or a digest in it has changed */
	bool opaque;  /* its new contents are not edits of the old ones */
	bool removed; /* it will not be there */
	struct chain_part *part;
	size_t parts;
	struct chain_sibling *sibling; /* PACKS of them; NULL: there is none */
	struct chain_cite *cite;       /* in order of start once collected */
	size_t cites;
	size_t cite_room;
};

struct chain {
	struct changes *changes;
	const struct depend *options;
	struct ledger ledger;
	uint32_t *item_of; /* for each path of the ledger; or CHAIN_NONE */
	uint32_t *by_path; /* the ledger's paths in order */
	struct chain_item *item;
	size_t count;
	size_t room;
};

#define CHAIN_NONE UINT32_MAX

/* Find all nodes and mentions.  0 or -1; the caller frees in both cases. */
int chain_collect(struct chain *ch, struct failure *f);

/* The same as if every file of the tree were changed. */
int chain_collect_all(struct chain *ch, struct failure *f);
void chain_free(struct chain *ch);

/* Everybody in the ledger who mentions that node, whose old digests are known:
   the file becomes an item, if it is none.  Items may move.  0 or -1. */
int chain_cite(struct chain *ch, uint32_t item, enum chain_which which,
    uint32_t index, struct failure *f);

/* The same for the lists of service workers that have no digest of the item. */
int chain_cite_nulls(struct chain *ch, uint32_t item, struct failure *f);

/* What stands there for the target's old contents, and will for its new ones:
   its length. */
size_t chain_old_text(const struct chain *ch, const struct chain_cite *c,
    char to[MENTION_LEN_MAX]);
size_t chain_new_text(const struct chain *ch, const struct chain_cite *c,
    char to[MENTION_LEN_MAX]);

/* Whether a live mention lies in that stretch of the new contents. */
bool chain_is_within(const struct chain_cite *c, uint64_t from, uint64_t to);

/* The node of an item; index as in struct chain_cite. */
struct chain_node *chain_node(
    struct chain_item *item, enum chain_which which, uint32_t index);

/* A page's text as it is hashed: each line ends with one newline.  In place;
   the new length. */
size_t chain_normalise(char *text, size_t len);

/* Which digests anybody asks for. */
unsigned chain_kinds(const struct chain *ch, enum chain_which which);

/* "PATH.gz": 0, or -ENAMETOOLONG. */
int chain_sibling_path(
    const struct chain_item *item, enum pack_kind kind, char *to, size_t size);

#endif
