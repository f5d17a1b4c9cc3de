#ifndef ENVSUBST_SWEEP_H
#define ENVSUBST_SWEEP_H

#include "envsubst/edit.h"
#include "envsubst/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The look through one file: needles in windows of fixed size, and what the
 * mode makes of each.  What is found does not depend on the windows.
 */

/* What a sweep takes; one per thread. */
struct sweep {
	const struct job *job; /* lent */
	size_t reach;          /* of the mode and of the longest needle */
	size_t worker;         /* for hook.see */
	char *room;
};

/* What was found in one file. */
struct finding {
	struct edit_list edits;
	uint64_t needles;     /* places where a needle stood */
	uint64_t left_over;   /* placeholders that are none... */
	uint64_t left_offset; /* ...the first one is here */
	uint64_t read;        /* bytes */
	uint64_t seen;        /* the file's needles are known up to here */
	uint64_t taken;       /* by the edits so far */
};

/* 0 or -ENOMEM.  sweep_free is harmless on an empty one. */
int sweep_new(const struct job *job, struct sweep *ret);
void sweep_free(struct sweep *s);

/*
 * Look at a window of a file, whose first byte is at `offset` of it; `last`
 * when the file ends with it.  Returns the bytes at the front that are no
 * longer needed: the next window begins behind them and is longer than four
 * reaches unless it is the last.  -ENOMEM, -E2BIG (EDITS_MAX).
 */
struct sweep_window {
	const char *path;
	const char *data;
	size_t len;
	uint64_t offset;
	bool last;
};
int64_t sweep_window(
    const struct sweep *s, const struct sweep_window *w, struct finding *ret);

/*
 * Look through an open file of that size.  Binary ones are left at their first
 * bytes.  0 or -errno; the caller frees ret->edits in any case.
 */
int sweep_file(struct sweep *s, int fd, uint64_t size, const char *path,
    struct finding *ret);

#endif
