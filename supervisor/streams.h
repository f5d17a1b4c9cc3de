#ifndef SUPERVISOR_STREAMS_H
#define SUPERVISOR_STREAMS_H

#include "core/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The pipes between services and the scribe.  Each life has a pipe of its own
 * for stdout and stderr, so that its last words end at a clear place; PID 1
 * keeps the read end until the scribe reports its end, so that a scribe that
 * dies loses nothing and no service ever gets a SIGPIPE for it.  Pipes are 1
 * MiB: a program that dies in the middle of a burst has then written all of it.
 *
 * Slot numbers: services first, then one for all tasks (streams_task_slot).
 */

#define STREAMS_MAX 256
#define STREAM_PIPE_SIZE (1024 * 1024)

struct stream {
	int64_t id;   /* 0: free */
	int read_end; /* kept for the next scribe */
	size_t slot;
	int channel; /* 1 stdout, 2 stderr */
	bool told;   /* to the scribe that runs now */
	bool fresh;  /* never told to any */
};

struct streams {
	bool on; /* services write to pipes */
	int ring_fd;
	size_t slots;
	int64_t last_id;
	struct stream stream[STREAMS_MAX];
};

/* Begin to capture for slots services and tasks.  0 or -errno: capture off. */
int streams_setup(struct streams *s, size_t slots);

/*
 * Two fresh pipes for a new life: the write ends, close-on-exec, the caller's.
 * With capture off, or no room or descriptors left: both -1, and the service
 * writes to the container's own output.
 */
void streams_new_life(
    struct streams *s, size_t slot, int *ret_out, int *ret_err);

/* A new scribe runs that has been told nothing. */
void streams_forget_told(struct streams *s);

/* The scribe has passed on everything of this one. */
void streams_ended(struct streams *s, int64_t id);

/* How many have not come to their end. */
size_t streams_open(const struct streams *s);

/* The next stream that the scribe has not been told of, or NULL. */
struct stream *streams_untold(struct streams *s);

#endif
