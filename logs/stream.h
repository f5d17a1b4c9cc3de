#ifndef LOGS_STREAM_H
#define LOGS_STREAM_H

#include "logs/outlet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What has been read from one pipe of a service and not yet been written: as
 * little as possible, for it is lost when the scribe is killed.
 *
 *	held[from .. from+due)		is to be written as soon as possible
 *	held[from+due .. from+len)	is the beginning of a line that waits
 *for its rest, until `patience` at most
 */
struct stream {
	int64_t id; /* 0: free */
	int fd;
	unsigned service;
	unsigned channel; /* 1 stdout, 2 stderr */
	bool mid_line;    /* the last byte that was read is no newline */
	bool ended;       /* nothing more to read */
	bool begun;       /* a part of what was due has been written */
	char *held;
	size_t size;
	size_t from;
	size_t len;
	size_t due;
	int64_t patience;
};

/* How long, and up to what length, the beginning of a line waits. */
#define STREAM_PATIENCE_MS 50
#define STREAM_PART_MAX (64 * 1024)

/*
 * Pass bytes on, in order, through the outlet as far as it takes them now and
 * hold the rest.  whole_lines: others use the outlet too, so the beginning of a
 * line waits.  0 or -ENOMEM, when nothing was passed on.
 */
int stream_take(struct stream *s, struct outlet *o, const char *data,
    size_t len, bool whole_lines);

/* Write what is due.  True: nothing is due any more. */
bool stream_flush(struct stream *s, struct outlet *o);

/* Let the beginning of a line wait no longer. */
void stream_hurry(struct stream *s);

/* Close, forget what is held, and be free for another. */
void stream_close(struct stream *s);

#endif
