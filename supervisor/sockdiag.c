#include "supervisor/sockdiag.h"

#include "core/guard.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdalign.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "supervisor/pid1.h"

#define PARTS_MAX 256 /* of an answer */

static int
ask(int fd, int family)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} question = {
		.head = { .nlmsg_len = sizeof(question),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .sdiag_family = (unsigned char)family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states = 1 << TCP_LISTEN },
	};
	ssize_t n = send(fd, &question, sizeof(question), MSG_DONTWAIT);
	return n == (ssize_t)sizeof(question) ? 0 : n == -1 ? -errno : -EIO;
}

/* 1: that was all; 0: more is to come. */
static int
take_part(const char *text, size_t left, sockdiag_take *take)
{
	while (left >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *head = (const void *)text;
		const struct inet_diag_msg *one = NLMSG_DATA(head);
		size_t size = NLMSG_ALIGN(head->nlmsg_len);

		if (head->nlmsg_len < sizeof(*head) || size > left)
			return -EBADMSG;
		if (head->nlmsg_type == NLMSG_DONE)
			return 1;
		if (head->nlmsg_type == NLMSG_ERROR ||
		    head->nlmsg_len < NLMSG_LENGTH(sizeof(*one)))
			return -EOPNOTSUPP;
		take(one->idiag_inode, one->idiag_uid);
		text += size;
		left -= size;
	}
	return 0;
}

/* The kernel makes each part when it is asked for: there is no waiting. */
static int
hear(int fd, sockdiag_take *take)
{
	static alignas(struct nlmsghdr) char text[8192];

	for (int part = 0; part < PARTS_MAX; part++) {
		ssize_t n = recv(fd, text, sizeof(text), MSG_DONTWAIT);
		if (n == -1)
			return -errno;
		int r = take_part(text, (size_t)n, take);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return -E2BIG;
}

int
sockdiag_listeners(sockdiag_take *take)
{
	autoclose int fd =
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd == -1)
		return -errno;
	int r = ask(fd, AF_INET);
	if (r == 0)
		r = hear(fd, take);
	if (r == 0)
		r = ask(fd, AF_INET6);
	return r == 0 ? hear(fd, take) : r;
}
