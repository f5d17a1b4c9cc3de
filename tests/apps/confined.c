#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * confined SETTING... -- PROGRAM ARGUMENT...: become PROGRAM where less is
 * allowed.
 *
 *	caps=none     no capability, and none to be had
 *	caps=docker   those that Docker leaves to root
 *	gvisor        seccomp(2) as gVisor has it: loads filters, no more
 *	notify        seccomp(2) has notifications, but not for us
 *	addfd         no descriptor can be put into another process
 *	flags         seccomp(2) knows no flag but the notification's
 *	NAME          that system call is refused with EPERM
 *	NAME=missing  it is refused with ENOSYS
 */

#define RULES_MAX 16
#define ADDFD 0x40182103u /* SECCOMP_IOCTL_NOTIF_ADDFD */

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define OTHER_FLAGS                                                   \
	(SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_TSYNC | \
	    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)

#define DOCKER                                                         \
	(1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_FOWNER | \
	    1u << CAP_FSETID | 1u << CAP_KILL | 1u << CAP_SETGID |     \
	    1u << CAP_SETUID | 1u << CAP_SETPCAP |                     \
	    1u << CAP_NET_BIND_SERVICE | 1u << CAP_NET_RAW |           \
	    1u << CAP_SYS_CHROOT | 1u << CAP_MKNOD)

struct rule {
	const char *name;
	unsigned number;
	int argument; /* -1: whatever they are */
	unsigned bits;
	int error;
};

static const struct rule known[] = {
	{ "gvisor", SYS_seccomp, 0, SECCOMP_GET_ACTION_AVAIL, EINVAL },
	{ "gvisor", SYS_seccomp, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER, EINVAL },
	{ "notify", SYS_seccomp, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER, EINVAL },
	{ "flags", SYS_seccomp, 1, OTHER_FLAGS, EINVAL },
	{ "addfd", SYS_ioctl, 1, ADDFD, EINVAL },
	{ "seccomp", SYS_seccomp, -1, 0, EPERM },
	{ "pidfd_getfd", SYS_pidfd_getfd, -1, 0, EPERM },
	{ "pidfd_open", SYS_pidfd_open, -1, 0, EPERM },
	{ "process_vm_readv", SYS_process_vm_readv, -1, 0, EPERM },
	{ "ptrace", SYS_ptrace, -1, 0, EPERM },
	{ "memfd_create", SYS_memfd_create, -1, 0, EPERM },
	{ "kcmp", SYS_kcmp, -1, 0, EPERM },
	{ "getxattr", SYS_getxattr, -1, 0, EPERM },
	{ "epoll_create1", SYS_epoll_create1, -1, 0, ENOSYS },
	{ "getdents64", SYS_getdents64, -1, 0, EPERM },
	{ "netlink", SYS_socket, 0, AF_NETLINK, EPERM },
};

static struct rule rules[RULES_MAX];
static size_t count;

static void
need(int done, const char *what)
{
	if (done)
		return;
	perror(what);
	_exit(125);
}

static void
drop_capabilities(uint32_t kept)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = { { .effective = kept,
	    .permitted = kept } };

	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++) {
		if (cap < 32 && kept & 1u << cap)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1)
			need(errno == EINVAL || errno == EPERM, "bounding set");
	}
	need(syscall(SYS_capset, &head, data) == 0, "capset");
}

static void
add_rule(char *text)
{
	char *equals = strchr(text, '=');
	int found = 0;

	if (equals != NULL)
		*equals = '\0';
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (strcmp(known[i].name, text) != 0)
			continue;
		need(count < RULES_MAX, "too many settings");
		rules[count] = known[i];
		if (equals != NULL)
			rules[count].error = ENOSYS;
		count++;
		found = 1;
	}
	errno = EINVAL;
	need(found, text);
}

#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (what))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define JUMP(how, value, yes, no) \
	BPF_JUMP(BPF_JMP | (how) | BPF_K, (value), (yes), (no))

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

static size_t
compile(struct sock_filter *f)
{
	size_t n = 0;

	f[n++] = (struct sock_filter)LOAD(offsetof(struct seccomp_data, arch));
	f[n++] = (struct sock_filter)JUMP(BPF_JEQ, ARCH, 1, 0);
	f[n++] = (struct sock_filter)ANSWER(SECCOMP_RET_ALLOW);
	for (const struct rule *r = rules; r < rules + count; r++) {
		/* one comparison for a value, one bit test for flags */
		int how = r->bits == ADDFD ? BPF_JEQ : BPF_JSET;
		unsigned at = r->argument == -1
				  ? offsetof(struct seccomp_data, nr)
				  : offsetof(struct seccomp_data, args) +
					8 * (unsigned)r->argument;
		if (r->argument == -1)
			how = BPF_JEQ;
		f[n++] =
		    (struct sock_filter)LOAD(offsetof(struct seccomp_data, nr));
		f[n++] = (struct sock_filter)JUMP(BPF_JEQ, r->number, 0, 3);
		f[n++] = (struct sock_filter)LOAD(at);
		f[n++] = (struct sock_filter)JUMP((unsigned)how,
		    r->argument == -1 ? r->number : r->bits, 0, 1);
		f[n++] = (struct sock_filter)ANSWER(
		    SECCOMP_RET_ERRNO | (unsigned)r->error);
	}
	f[n++] = (struct sock_filter)ANSWER(SECCOMP_RET_ALLOW);
	return n;
}

static void
install(void)
{
	struct sock_filter filter[8 + RULES_MAX * 5];
	struct sock_fprog program = { .len = (unsigned short)compile(filter),
		.filter = filter };

	/* with the right to do without, as container engines have it, the
	   program does not inherit no_new_privs */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
		return;
	need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	need(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0,
	    "seccomp");
}

int
main(int argc, char *argv[])
{
	uint32_t kept = ~0u;
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "caps=none") == 0)
			kept = 0;
		else if (strcmp(argv[i], "caps=docker") == 0)
			kept = DOCKER;
		else
			add_rule(argv[i]);
	}
	if (count > 0)
		install();
	if (kept != ~0u)
		drop_capabilities(kept);
	need(i + 1 < argc, "no program");
	(void)execv(argv[i + 1], argv + i + 1);
	need(0, argv[i + 1]);
	return 125;
}
