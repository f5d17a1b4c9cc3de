#include "supervisor/filter.h"

#include "core/guard.h"

#include <assert.h>
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

/* Linux 6.6: who asks and who answers take turns on one processor, which halves
   what a call costs on a busy machine. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW('!', 4, uint64_t)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1UL
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

/* Where a comparison leads: to the one behind it, or to a place at the end. */
#define NEXT 0
#define LOOK_32 252
#define LOOK 253
#define FREE 254
#define TELL 255

#define STEPS_MAX 48

struct program {
	struct sock_filter step[STEPS_MAX];
	unsigned short count;
};

static void
add(struct program *p, struct sock_filter step)
{
	assert(p->count < STEPS_MAX);
	p->step[p->count++] = step;
}

#define ADD(p, ...) add(p, (struct sock_filter)__VA_ARGS__)

/* The places have their numbers now. */
static void
link_steps(struct program *p)
{
	const unsigned place[] = { p->count - 6U, p->count - 4U, p->count - 2U,
		p->count - 1U };

	for (unsigned i = 0; i < p->count; i++) {
		struct sock_filter *step = &p->step[i];
		if (BPF_CLASS(step->code) != BPF_JMP)
			continue;
		if (step->jt >= LOOK_32)
			step->jt = (uint8_t)(place[step->jt - LOOK_32] - i - 1);
		if (step->jf >= LOOK_32)
			step->jf = (uint8_t)(place[step->jf - LOOK_32] - i - 1);
	}
}

/* Clients of IPv4 and IPv6 are let alone, by the length of their addresses,
   unless a path that counts makes one that is just as long. */
static void
add_paths(struct program *p, unsigned more)
{
	uint8_t of_16 = more & FILTER_CONNECT_16 ? LOOK : FREE;
	uint8_t of_28 = more & FILTER_CONNECT_28 ? LOOK : FREE;
#ifdef SYS_unlink
	ADD(p, IF(SYS_unlink, LOOK, NEXT));
	ADD(p, IF(SYS_rmdir, LOOK, NEXT));
#endif
	ADD(p, IF(SYS_unlinkat, LOOK, NEXT));
	ADD(p, IF(SYS_connect, NEXT, 3));
	ADD(p, LOAD_LOW(2));
	ADD(p, IF(sizeof(struct sockaddr_in), of_16, NEXT));
	ADD(p, IF(sizeof(struct sockaddr_in6), of_28, LOOK));
}

static void
add_options(struct program *p)
{
	ADD(p, IF(SYS_setsockopt, NEXT, FREE));
	ADD(p, LOAD_LOW(1));
	ADD(p, IF(IPPROTO_IPV6, NEXT, 2));
	ADD(p, LOAD_LOW(2));
	ADD(p, IF(IPV6_V6ONLY, LOOK, FREE));
	ADD(p, IF(SOL_SOCKET, NEXT, FREE));
	ADD(p, LOAD_LOW(2));
	ADD(p, IF(SO_REUSEPORT, LOOK, FREE));
}

/* Programs of 32 bits, whose numbers mean other calls elsewhere; some have one
   call for all that concerns sockets. */
static void
add_32(struct program *p)
{
	ADD(p, IF(FILTER_BIND_32, LOOK_32, NEXT));
	ADD(p, IF(FILTER_LISTEN_32, LOOK_32, NEXT));
	ADD(p, IF(FILTER_SOCKETCALL_32, NEXT, 5));
	ADD(p, LOAD(arch));
	ADD(p, IF(FILTER_ARCH_32, NEXT, FREE));
	ADD(p, LOAD_LOW(0));
	ADD(p, IF(FILTER_SOCKETCALL_BIND, TELL, NEXT));
	ADD(p, IF(FILTER_SOCKETCALL_LISTEN, TELL, FREE));
}

/*
 * The number first: all but a handful of calls leave after a few comparisons,
 * and the kernel then keeps them in a bitmap of calls that are always allowed.
 * Other architectures have other numbers: theirs that look like ours go on
 * untouched, but for i386, which is told of too.
 */
static void
assemble(struct program *p, unsigned more)
{
	p->count = 0;
	ADD(p, LOAD(nr));
	ADD(p, IF(SYS_bind, LOOK, NEXT));
	ADD(p, IF(SYS_listen, LOOK, NEXT));
	if (FILTER_ARCH_32 != 0)
		add_32(p);
	if (more & FILTER_PATHS)
		add_paths(p, more);
	if (more & FILTER_OPTIONS)
		add_options(p);
	else
		ADD(p, ANSWER(SECCOMP_RET_ALLOW));
	ADD(p, LOAD(arch));
	ADD(p, IF(FILTER_ARCH_32, TELL, FREE));
	ADD(p, LOAD(arch));
	ADD(p, IF(ARCH, TELL, FREE));
	ADD(p, ANSWER(SECCOMP_RET_ALLOW));
	ADD(p, ANSWER(SECCOMP_RET_USER_NOTIF));
	link_steps(p);
}

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
load(unsigned more)
{
	static const unsigned flags[] = {
		SECCOMP_FILTER_FLAG_NEW_LISTENER |
		    SECCOMP_FILTER_FLAG_SPEC_ALLOW |
		    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		SECCOMP_FILTER_FLAG_NEW_LISTENER |
		    SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		SECCOMP_FILTER_FLAG_NEW_LISTENER,
	};
	struct program program;
	assemble(&program, more);
	const struct sock_fprog all = { program.count, program.step };

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		long fd = syscall(
		    SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags[i], &all);
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
filter_install(unsigned more, bool give_up_privileges)
{
	if (give_up_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -errno;
	int fd = load(more);
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
	if (part == NULL || part->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(part), sizeof(fd));
	(void)syscall(SYS_ioctl, fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
	    SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
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
