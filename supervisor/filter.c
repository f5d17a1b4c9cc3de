#include "supervisor/filter.h"

#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* The child's descriptors have their places by then: fd:255 is the last. */
#define OUT_OF_THE_WAY 256

#define FIELD(name) ((uint32_t)offsetof(struct seccomp_data, name))
#define LOAD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(name))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)

/* An argument that is an int: the half of it that counts, little end first. */
#define LOAD_LOW(arg) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(args) + 8 * (arg))

/*
 * The number first: all but a handful of calls leave after two comparisons, and
 * the kernel then keeps them in a bitmap of calls that are always allowed.
 * Other architectures (i386, x32) have other numbers; theirs that look like
 * ours go on untouched.
 */
static struct sock_filter sockets[] = {
	LOAD(nr),
	IF(SYS_bind, 2, 0),
	IF(SYS_listen, 1, 0),
	ANSWER(SECCOMP_RET_ALLOW),
	LOAD(arch),
	IF(ARCH, 0, 1),
	ANSWER(SECCOMP_RET_USER_NOTIF),
	ANSWER(SECCOMP_RET_ALLOW),
};

static struct sock_filter sockets_and_options[] = {
	/* 0 */ LOAD(nr),
	IF(SYS_bind, 11, 0),   /* 13 */
	IF(SYS_listen, 10, 0), /* 13 */
	IF(SYS_setsockopt, 1, 0),
	ANSWER(SECCOMP_RET_ALLOW),
	/* 5 */ LOAD_LOW(1),
	IF(IPPROTO_IPV6, 2, 0), /* 9 */
	IF(SOL_SOCKET, 3, 0),   /* 11 */
	ANSWER(SECCOMP_RET_ALLOW),
	/* 9 */ LOAD_LOW(2),
	IF(IPV6_V6ONLY, 2, 4), /* 13, 15 */
	/* 11 */ LOAD_LOW(2),
	IF(SO_REUSEPORT, 0, 2), /* 13, 15 */
	/* 13 */ LOAD(arch),
	IF(ARCH, 1, 0),
	/* 15 */ ANSWER(SECCOMP_RET_ALLOW),
	ANSWER(SECCOMP_RET_USER_NOTIF),
};

/* Ends of the pair that a listener is passed over: PID 1's, and the child's. */
static int ours = -1;
static int theirs = -1;

bool
filter_is_known(void)
{
	const uint32_t action = SECCOMP_RET_USER_NOTIF;
	struct seccomp_notif_sizes sizes;
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) ==
		   0 &&
	       syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0;
}

int
filter_prepare(void)
{
	int pair[2];
	if (ours != -1)
		return 0;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) == -1)
		return -errno;
	ours = pair[0];
	theirs = fcntl(pair[1], F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
	if (theirs == -1)
		theirs = pair[1];
	else
		(void)close(pair[1]);
	return 0;
}

/* Newer flags are left out one by one where the kernel does not know them. */
static int
load(bool options)
{
	static const unsigned flags[] = {
		SECCOMP_FILTER_FLAG_NEW_LISTENER |
		    SECCOMP_FILTER_FLAG_SPEC_ALLOW |
		    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		SECCOMP_FILTER_FLAG_NEW_LISTENER |
		    SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		SECCOMP_FILTER_FLAG_NEW_LISTENER,
	};
	const struct sock_fprog plain = { ARRAY_LEN(sockets), sockets };
	const struct sock_fprog more = { ARRAY_LEN(sockets_and_options),
		sockets_and_options };

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    flags[i], options ? &more : &plain);
		if (fd >= 0)
			return (int)fd;
		if (errno != EINVAL)
			return -errno;
	}
	return -EINVAL;
}

static int
pass(int fd)
{
	char byte = 0;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *part = CMSG_FIRSTHDR(&msg);

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(part), &fd, sizeof(fd));
	return sendmsg(theirs, &msg, MSG_DONTWAIT) == 1 ? 0 : -errno;
}

/*
 * A listener that nobody receives is closed with the exec, and calls that it
 * should answer then fail: passing it on can only fail for want of memory.
 */
int
filter_install(bool options, bool give_up_privileges)
{
	if (give_up_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -errno;
	int fd = load(options);
	if (fd < 0)
		return fd;
	return pass(fd);
}

int
filter_receive(void)
{
	char byte;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	int fd = -1;

	if (ours == -1 ||
	    recvmsg(ours, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return -1;
	const struct cmsghdr *part = CMSG_FIRSTHDR(&msg);
	if (part != NULL && part->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(part), sizeof(fd));
	return fd;
}

/* A message of this kind without a sender: whether the kind is known. */
int
filter_ioctl(int listener, unsigned long request, void *arg)
{
	return (int)syscall(SYS_ioctl, listener, request, arg);
}

bool
filter_can_give(int listener)
{
	struct seccomp_notif_addfd gift = { .srcfd = (uint32_t)listener };
	return filter_ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &gift) == 0 ||
	       errno == ENOENT;
}
