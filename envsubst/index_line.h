#ifndef ENVSUBST_INDEX_LINE_H
#define ENVSUBST_INDEX_LINE_H

#include "envsubst/index.h"
#include "envsubst/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The inside of an index, for index.c and index_file.c only. */

#define INDEX_SIZE_MAX (512 * 1024 * 1024)

enum index_flag {
	INDEX_LOOKED_AT = 1,
	INDEX_HAS_NEEDLE = 2,
	INDEX_CONCERNS = 4,
};

struct index_line {
	const char *path;
	uint64_t size;
	int64_t seconds;
	long nanoseconds;
	unsigned flags;
	char *found; /* "DIGEST OFFSETS"; heap; NULL: "- -" */
};

struct index {
	struct index_line
	    *entry; /* sorted by path once it is saved or loaded */
	size_t count;
	size_t size;
	bool noted; /* hooks have told what concerns them */
	bool owns_paths;
	struct text text; /* of the file that was loaded; paths lie in it */
	uint32_t *slot;   /* a hash of the paths, of 1 + where; NULL: none */
	size_t slots;     /* a power of two */
};

/* 0 or -ENOMEM. */
int index_add_line(struct index *x, const struct index_line *line);

/* Once all lines are there: find them faster.  0 or -ENOMEM. */
int index_hash(struct index *x);

#endif
