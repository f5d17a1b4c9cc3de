#include "core/features.h"

#include "core/guard.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	return abi > 0 ? (int)abi : 0;
}

/* A filter program that is not there: EFAULT means that filters are known. */
static int
seccomp_filter(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1 &&
	       errno == EFAULT;
}

static bool
gets_notified(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		   SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) != -1;
}

/* A sandbox may know them and refuse them, and a process has but one listener:
   a child finds out. */
static int
seccomp_notify(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(gets_notified() ? 0 : 1);
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return status == 0;
}

static int
pidfd(void)
{
	autoclose int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	return fd != -1;
}

/* What keeps a program's own sockets; often refused in containers. */
static int
pidfd_getfd_call(void)
{
	autoclose int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	autoclose int copy = (int)syscall(SYS_pidfd_getfd, fd, fd, 0);
	return copy != -1;
}

static int
sealed_memory_file(void)
{
	autoclose int fd =
	    memfd_create("cradle", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd != -1;
}

static int
close_range_call(void)
{
	return syscall(SYS_close_range, ~0U, ~0U, 0) == 0;
}

size_t
features_probe(struct feature found[FEATURES_MAX])
{
	const struct feature all[] = {
		{ "seccomp", seccomp_filter() },
		{ "seccomp-notify", seccomp_notify() },
		{ "landlock", landlock_abi() },
		{ "pidfd", pidfd() },
		{ "pidfd-getfd", pidfd_getfd_call() },
		{ "memfd", sealed_memory_file() },
		{ "close_range", close_range_call() },
	};
	_Static_assert(ARRAY_LEN(all) <= FEATURES_MAX, "room for all");
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		found[i] = all[i];
	return ARRAY_LEN(all);
}
