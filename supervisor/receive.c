#include "supervisor/receive.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/pid1.h"

/* musl's macro negates an unsigned length. */
static struct cmsghdr *
next_part(struct msghdr *msg, struct cmsghdr *part)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wsign-compare"
	return CMSG_NXTHDR(msg, part);
#pragma GCC diagnostic pop
}

/* A descriptor that comes along is not for us: whoever sent it as a barrier
   waits until it is closed. */
static void
take_ancillary(struct msghdr *msg, struct ucred *ret_from)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	     c = next_part(msg, c)) {
		size_t len = c->cmsg_len - CMSG_LEN(0);
		int fds[256];
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS && len >= sizeof(*ret_from))
			memcpy(ret_from, CMSG_DATA(c), sizeof(*ret_from));
		if (c->cmsg_type != SCM_RIGHTS || len > sizeof(fds))
			continue;
		memcpy(fds, CMSG_DATA(c), len);
		for (size_t i = 0; i < len / sizeof(int); i++)
			(void)close(fds[i]);
	}
}

ssize_t
receive_from(int fd, char *data, size_t size, struct ucred *ret_from)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(256 * sizeof(int)) +
					      CMSG_SPACE(sizeof(*ret_from))];
	struct iovec iov = { data, size };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };

	*ret_from = (struct ucred){ .pid = 0 };
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n == -1)
		return -errno;
	take_ancillary(&msg, ret_from);
	return n;
}
