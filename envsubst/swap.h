#ifndef ENVSUBST_SWAP_H
#define ENVSUBST_SWAP_H

#include "envsubst/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A set of files below one directory that are replaced together: each one is
 * prepared under a name of our own beside its place, then all are moved there,
 * each in one step.  When one cannot be moved, those that were are moved back.
 */
struct swap_item {
	char *path;
	bool dropped;  /* nothing of it is left */
	bool removal;  /* nothing is to be in its place */
	bool moved;    /* it is in its place */
	bool replaced; /* something was in its place, now kept as our own */
};

struct swap {
	int root;              /* lent */
	const char *root_name; /* for failures; lent */
	mode_t make;           /* mode of directories to be made; 0: none */
	struct swap_item *item;
	size_t count;
	size_t room;
};

/*
 * Prepare a file for that path: open and empty, for the caller to fill and
 * close; or another name of the item's file `of`; or a link.  0 or -1.
 */
int swap_add(struct swap *s, const char *path, int *ret_fd, struct failure *f);
int swap_add_name(
    struct swap *s, const char *path, size_t of, struct failure *f);
int swap_add_link(
    struct swap *s, const char *path, const char *target, struct failure *f);

/* Prepare that nothing is there: what is, is kept as our own until the end. */
int swap_add_removal(struct swap *s, const char *path, struct failure *f);

/* A prepared file, for reading: 0 or -errno. */
int swap_open(const struct swap *s, size_t item, int *ret_fd);

/* Forget a prepared file; the numbers of the others stay. */
void swap_drop(struct swap *s, size_t item);

/* Move all, or none: 0 or -1. */
int swap_apply(struct swap *s, struct failure *f);

/* After swap_apply: move all back, as far as that can be done. */
void swap_revert(struct swap *s);

/* Remove what is left under names of our own, and give the memory back. */
void swap_end(struct swap *s);

#endif
