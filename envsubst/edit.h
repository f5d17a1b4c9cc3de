#ifndef ENVSUBST_EDIT_H
#define ENVSUBST_EDIT_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of a file that are replaced. */
struct edit {
	uint64_t start;
	uint32_t len;
	uint32_t kind; /* kind and mark are the mode's own */
	uint16_t mark[4];
	uint64_t written; /* bytes in their stead, once they are rendered */
};

#define EDITS_MAX 1048576

/* The edits of one file, in order, none over another. */
struct edit_list {
	struct edit *edit; /* heap */
	size_t count;
	size_t room;
};

/* 0, -ENOMEM or -E2BIG. */
int edit_add(struct edit_list *list, const struct edit *edit);

/* Harmless on an empty one. */
void edit_free(struct edit_list *list);

#endif
