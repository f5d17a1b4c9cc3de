#ifndef CORE_FD_H
#define CORE_FD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* All of these: 0 or a count on success, -errno on failure. */

/* Write all of it, through EINTR and short writes; may block. */
int fd_write_all(int fd, const void *data, size_t len);

/* Read until the end or until size bytes: the count. */
ssize_t fd_read_full(int fd, void *buf, size_t size);

/* The beginning of a file as a NUL-terminated text: its length. */
ssize_t fd_read_text(const char *path, char *text, size_t size);

int fd_nonblock(int fd);

/*
 * A description of our own for the pipe or terminal at fd, opened for writing
 * without blocking: O_NONBLOCK on fd itself would reach everybody who shares
 * it. The new descriptor (close-on-exec), or -errno, -ENOTSUP for other kinds.
 */
int fd_reopen_nonblock(int fd);

/* Wait for events (POLLIN, POLLOUT) until the deadline: 1, 0 late, -errno. */
int fd_wait(int fd, short events, int64_t deadline);

#endif
