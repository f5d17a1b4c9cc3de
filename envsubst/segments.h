#ifndef ENVSUBST_SEGMENTS_H
#define ENVSUBST_SEGMENTS_H

#include "envsubst/column.h"
#include "envsubst/sink.h"
#include "envsubst/srcmap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The inside of srcmap.c: the text of "mappings", character by character.  Its
 * segments are in order; what is written has no segment more or less.
 */

#define SEGMENTS_PIECE ((size_t)64 * 1024)

struct segments {
	const struct srcmap *m;
	bool strange; /* there is something that cannot be read */
	bool moved;   /* it is another text now */

	sink_put *put; /* or NULL */
	void *arg;
	char *piece; /* SEGMENTS_PIECE bytes, `len` of which wait to be put */
	size_t len;

	struct column at;  /* of the segment, in the old text */
	struct column out; /* where the last one was written */
	bool any;          /* one was written on that line */
	size_t edit;       /* the edits before this one begin behind us */
	bool in_column;    /* the segment's first number is being read */
	uint64_t vlq;
	unsigned shift;
};

/* Output, of what is around them too: 0 or -errno. */
int segments_put(struct segments *s, char c);
int segments_flush(struct segments *s);

/* Where a place is now, whatever was asked before. */
struct column segments_find(struct segments *s, struct column at);

/* They begin where `base` was and `new_base` is now. */
void segments_begin(
    struct segments *s, struct column base, struct column new_base);

/* One character of them: 0 or -errno. */
int segments_take(struct segments *s, char c);

/* They are over; whole: and so is the last line. */
int segments_end(struct segments *s, bool whole);

#endif
