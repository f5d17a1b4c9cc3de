#ifndef LOGS_RING_H
#define LOGS_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The last RING_SIZE bytes of each service's stdout and stderr, in a memory
 * file that PID 1 makes and the scribe fills, so that they outlive a scribe.
 *
 * In the file: per service and channel a count of all bytes ever written, that
 * count at the beginning of the current life, and that life's stream; then, on
 * a page boundary, the bytes themselves in the same order.  Nothing in the file
 * is trusted: whatever stands there, a reader gets at most RING_SIZE bytes of
 * it.
 *
 * service counts from 0 to the number given at birth; channel is 1 for stdout
 * and 2 for stderr.
 */

#define RING_SIZE (64 * 1024)
#define RING_CHANNELS 2

struct ring {
	void *map; /* NULL: not attached */
	size_t size;
	size_t services;
};

/*
 * For PID 1, without heap: a memory file for so many services, all empty, whose
 * size cannot change any more.  It costs memory only where it is written to.
 * 0 or -errno.
 */
int ring_create(size_t services, int *ret_fd);

/*
 * Map it; fd stays the caller's and may be closed.  0 or -errno; -EINVAL when
 * the file is too small for so many services.
 */
int ring_attach(struct ring *ring, int fd, size_t services);
void ring_detach(struct ring *ring);

/*
 * Output of this stream (numbers grow) is to be kept.  A newer stream than the
 * last, or a fresh one, begins a new life.  False: it is an older life's, whose
 * late words would blur those of the current one.
 */
bool ring_begin(struct ring *ring, size_t service, unsigned channel,
    int64_t stream, bool fresh);
bool ring_is_current(
    const struct ring *ring, size_t service, unsigned channel, int64_t stream);

void ring_append(struct ring *ring, size_t service, unsigned channel,
    const void *data, size_t len);

/* Whether this life has written something and its last byte is no newline. */
bool ring_mid_line(const struct ring *ring, size_t service, unsigned channel);

/*
 * The last bytes of this life into buf, which has room for RING_SIZE: their
 * count.  *ret_cut: this life wrote more before them.
 */
size_t ring_tail(const struct ring *ring, size_t service, unsigned channel,
    char *buf, bool *ret_cut);

/* Bytes of one channel, counted from the first that was ever written. */
struct ring_span {
	uint64_t from; /* asked for; then the first that is still held */
	uint64_t end;  /* how many were ever written */
	char *buf;
	size_t size;
};

/* What is held from there on, of whichever life: the count of bytes in buf. */
size_t ring_read(const struct ring *ring, size_t service, unsigned channel,
    struct ring_span *span);

#endif
