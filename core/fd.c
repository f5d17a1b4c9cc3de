#include "core/fd.h"

#include "core/clock.h"
#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int
fd_write_all(int fd, const void *data, size_t len)
{
	const char *next = data;
	while (len > 0) {
		ssize_t n = write(fd, next, len);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		next += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t
fd_read_full(int fd, void *buf, size_t size)
{
	size_t have = 0;
	while (have < size) {
		ssize_t n = read(fd, (char *)buf + have, size - have);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

ssize_t
fd_read_text(const char *path, char *text, size_t size)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -errno;
	ssize_t n = fd_read_full(fd, text, size - 1);
	if (n >= 0)
		text[n] = '\0';
	return n;
}

int
fd_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return -errno;
	return 0;
}

int
fd_reopen_nonblock(int fd)
{
	char path[32];
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -errno;
	if (!S_ISFIFO(st.st_mode) && !isatty(fd))
		return -ENOTSUP;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return own == -1 ? -errno : own;
}

int
fd_wait(int fd, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = events };
		int n = poll(&p, 1, clock_left(deadline));
		if (n >= 0)
			return n;
		if (errno != EINTR)
			return -errno;
	}
}
