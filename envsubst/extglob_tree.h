#ifndef ENVSUBST_EXTGLOB_TREE_H
#define ENVSUBST_EXTGLOB_TREE_H

#include "envsubst/utf16.h"

/* A part of a glob as the tree that minimatch 10 makes of it. */

#define EXTGLOB_TREE_DEPTH_MAX 100

struct extglob_node;

/* Of a node's parts each is a node or a text. */
struct extglob_part {
	struct extglob_node *node; /* NULL: a text */
	struct utf16 text;
};

/* type 0: a sequence; else one of ! ? + * @, its parts being alternatives. */
struct extglob_node {
	char type;
	struct extglob_node *parent;
	size_t index; /* among the parent's parts */
	struct extglob_part *part;
	size_t count;
	size_t room;
	bool empty; /* "!()" and the like */
	bool magic;
	bool unicode;
	struct extglob_node
	    *next_not; /* the "!" that was met before this one */
};

struct extglob_tree {
	struct arena *memory;
	struct extglob_node *root;
	struct extglob_node *last_not;
	bool filled;
	bool spent;
	unsigned depth;
};

/* Read it, with what each "!" must look ahead at; look at `spent` then. */
void extglob_tree_read(
    struct extglob_tree *t, struct arena *memory, const struct utf16 *glob);

/* Whether there is no memory left; then nothing more is made. */
bool extglob_tree_is_spent(struct extglob_tree *t);

/* Whether what a node matches begins the whole, or ends it. */
bool extglob_tree_is_start(
    const struct extglob_tree *t, const struct extglob_node *n);
bool extglob_tree_is_end(
    const struct extglob_tree *t, const struct extglob_node *n);

/* Make a node a mere text. */
void extglob_tree_become_text(
    struct extglob_tree *t, struct extglob_node *n, struct utf16 text);

#endif
