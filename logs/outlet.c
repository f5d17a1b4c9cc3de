#include "logs/outlet.h"

#include "core/fd.h"
#include "core/guard.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t
pipe_size(int fd)
{
	int size = fcntl(fd, F_GETPIPE_SZ);
	return size > 0 ? (size_t)size : 0;
}

void
outlet_open(struct outlet *o, int fd, const char *name)
{
	struct stat st;

	*o = (struct outlet){ .fd = fd, .name = name };
	if (fstat(fd, &st) == -1)
		return;
	if (S_ISSOCK(st.st_mode)) {
		o->kind = OUTLET_SOCKET;
		return;
	}
	if (!S_ISFIFO(st.st_mode) && !isatty(fd))
		return;
	if (S_ISFIFO(st.st_mode)) {
		o->kind = OUTLET_PIPE;
		o->pipe_size = pipe_size(fd);
	}
	int again = fd_reopen_nonblock(fd);
	if (again < 0)
		return;
	o->fd = again;
	o->ours = true;
	o->kind = OUTLET_NONBLOCK;
}

void
outlet_close(struct outlet *o)
{
	if (o->ours)
		(void)close(o->fd);
	if (o->dropped > 0)
		log_warn(0, "%llu bytes of output were dropped: %s took none",
		    (unsigned long long)o->dropped, o->name);
	*o = (struct outlet){ .fd = -1 };
}

static bool
polls_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	return poll(&p, 1, 0) == 1;
}

size_t
outlet_room(struct outlet *o, size_t max)
{
	int queued = 0;

	if (o->pipe_size == 0 || ioctl(o->fd, FIONREAD, &queued) == -1)
		return max;
	size_t room =
	    o->pipe_size > (size_t)queued ? o->pipe_size - (size_t)queued : 0;
	if (room < PIPE_BUF && !polls_writable(o->fd)) {
		o->blocked = true;
		return 0;
	}
	if (room < PIPE_BUF)
		room = PIPE_BUF;
	return room < max ? room : max;
}

/* One write that does not wait; -1 with EAGAIN when it would have to. */
static ssize_t
put(struct outlet *o, const char *data, size_t len)
{
	if (o->kind == OUTLET_SOCKET)
		return send(o->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (o->kind == OUTLET_PIPE) {
		if (!polls_writable(o->fd)) {
			errno = EAGAIN;
			return -1;
		}
		if (len > PIPE_BUF)
			len = PIPE_BUF;
	}
	return write(o->fd, data, len);
}

size_t
outlet_write(struct outlet *o, const void *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = put(o, (const char *)data + done, len - done);
		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN) {
			o->blocked = true;
			return done;
		}
		if (o->dropped == 0)
			log_warn(errno, "cannot write to %s, so output is lost",
			    o->name);
		o->dropped += len - done;
		return len;
	}
	return done;
}
