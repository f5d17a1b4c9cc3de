#ifndef LOGS_OUTLET_H
#define LOGS_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The container's stdout or stderr, written to without ever waiting for its
 * reader.  The description behind it is shared with PID 1 and the services, so
 * its flags stay as they are: a pipe or a terminal is opened once more for
 * ourselves, and where that is refused a pipe gets what it has promised to take
 * (PIPE_BUF bytes when it polls writable), a socket MSG_DONTWAIT.
 *
 * What can never be written (the reader is gone, the disk is full) is dropped
 * and counted: an app does not stop or die for its log.
 */

enum outlet_kind {
	OUTLET_FREE,     /* a file, a device: never waits for long */
	OUTLET_NONBLOCK, /* opened again, without blocking */
	OUTLET_PIPE,     /* the shared one */
	OUTLET_SOCKET,
};

struct outlet {
	int fd;
	bool ours; /* fd was opened here */
	enum outlet_kind kind;
	const char *name;
	size_t pipe_size; /* 0: no pipe */
	bool blocked;     /* until poll says POLLOUT; the caller resets it */
	uint64_t dropped; /* bytes */
};

/* fd is lent.  Before the jail: it opens /proc/self/fd.  Cannot fail. */
void outlet_open(struct outlet *o, int fd, const char *name);
void outlet_close(struct outlet *o);

/*
 * How many bytes, of max, are worth fetching for it now: what it will take at
 * once as far as one can tell.  0 sets blocked.
 */
size_t outlet_room(struct outlet *o, size_t max);

/*
 * Write what can be written: the count of bytes that are done with, written or
 * dropped.  Less than len sets blocked.
 */
size_t outlet_write(struct outlet *o, const void *data, size_t len);

#endif
