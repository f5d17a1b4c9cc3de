#ifndef CORE_JAIL_RULES_H
#define CORE_JAIL_RULES_H

#include "core/jail.h"

#include <errno.h>
#include <sys/syscall.h>

/*
 * The table of jail.c: which system call goes with which right, and what a
 * refused one answers.  From 424 on the numbers are the same everywhere, so
 * calls that are younger than the C library's headers are written as numbers.
 */

enum jail_test {
	JAIL_TEST_NONE,      /* refuse */
	JAIL_TEST_ARG1_OPEN, /* refuse when these flags open for writing */
	JAIL_TEST_ARG2_OPEN,
	JAIL_TEST_CLONE, /* refuse when the flags ask for a namespace */
	JAIL_TEST_SELF,  /* refuse when the target is not this process */
};

struct jail_rule {
	unsigned nr;
	unsigned rights; /* any of these given up */
	int err;
	enum jail_test test;
};

/* clang-format off */
static const struct jail_rule jail_rules[] = {
	{ SYS_execve, JAIL_EXEC, EPERM, JAIL_TEST_NONE },
	{ SYS_execveat, JAIL_EXEC, EPERM, JAIL_TEST_NONE },

	{ SYS_socket, JAIL_NET, EPERM, JAIL_TEST_NONE },
	{ SYS_bind, JAIL_NET, EPERM, JAIL_TEST_NONE },
	{ SYS_connect, JAIL_NET | JAIL_CONNECT, EPERM, JAIL_TEST_NONE },
	{ SYS_listen, JAIL_LISTEN, EPERM, JAIL_TEST_NONE },
	{ SYS_accept, JAIL_LISTEN, EPERM, JAIL_TEST_NONE },
	{ SYS_accept4, JAIL_LISTEN, EPERM, JAIL_TEST_NONE },

	{ SYS_openat, JAIL_OPEN, EACCES, JAIL_TEST_NONE },
	{ SYS_openat, JAIL_WRITE, EACCES, JAIL_TEST_ARG2_OPEN },
	{ SYS_open_by_handle_at, JAIL_OPEN | JAIL_WRITE, EACCES,
		JAIL_TEST_NONE },
	/* its flags lie in memory, which a filter cannot see: callers that
	   hear ENOSYS fall back to openat */
	{ 437 /* openat2 */, JAIL_OPEN | JAIL_WRITE, ENOSYS, JAIL_TEST_NONE },
#ifdef SYS_open
	{ SYS_open, JAIL_OPEN, EACCES, JAIL_TEST_NONE },
	{ SYS_open, JAIL_WRITE, EACCES, JAIL_TEST_ARG1_OPEN },
	{ SYS_creat, JAIL_OPEN | JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_rename, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_unlink, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_rmdir, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_mkdir, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_mknod, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_link, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_symlink, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_chmod, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_chown, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_lchown, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_utime, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_utimes, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_futimesat, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
#endif
#ifdef SYS_renameat
	{ SYS_renameat, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
#endif
	{ SYS_renameat2, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_unlinkat, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_mkdirat, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_mknodat, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_linkat, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_symlinkat, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_truncate, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_fchmod, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_fchmodat, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ 452 /* fchmodat2 */, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_fchown, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_fchownat, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_utimensat, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_setxattr, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_lsetxattr, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_fsetxattr, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_removexattr, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_lremovexattr, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ SYS_fremovexattr, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ 463 /* setxattrat */, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ 466 /* removexattrat */, JAIL_WRITE, EACCES, JAIL_TEST_NONE },
	{ 469 /* file_setattr */, JAIL_WRITE, EACCES, JAIL_TEST_NONE },

	/* a process may still end itself: abort and raise */
	{ SYS_kill, JAIL_KILL, EPERM, JAIL_TEST_SELF },
	{ SYS_tkill, JAIL_KILL, EPERM, JAIL_TEST_SELF },
	{ SYS_tgkill, JAIL_KILL, EPERM, JAIL_TEST_SELF },
	{ SYS_rt_sigqueueinfo, JAIL_KILL, EPERM, JAIL_TEST_SELF },
	{ SYS_rt_tgsigqueueinfo, JAIL_KILL, EPERM, JAIL_TEST_SELF },
	{ 424 /* pidfd_send_signal */, JAIL_KILL, EPERM, JAIL_TEST_NONE },

	/* other processes */
	{ SYS_ptrace, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_process_vm_readv, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_process_vm_writev, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ 438 /* pidfd_getfd */, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ 440 /* process_madvise */, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_kcmp, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	/* io_uring would do each refused call in a filter's stead */
	{ 425 /* io_uring_setup */, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ 426 /* io_uring_enter */, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ 427 /* io_uring_register */, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	/* namespaces and mounts; the C libraries make threads with clone when
	   clone3, whose flags a filter cannot see, is not there */
	{ SYS_clone, JAIL_ADMIN, EPERM, JAIL_TEST_CLONE },
	{ 435 /* clone3 */, JAIL_ADMIN, ENOSYS, JAIL_TEST_NONE },
	{ SYS_unshare, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_setns, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_chroot, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_pivot_root, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_mount, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_umount2, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ 428 /* open_tree */, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ 429 /* move_mount */, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ 430 /* fsopen */, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ 431 /* fsconfig */, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ 432 /* fsmount */, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ 433 /* fspick */, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ 442 /* mount_setattr */, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ 467 /* open_tree_attr */, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	/* the machine */
	{ SYS_bpf, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_perf_event_open, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_userfaultfd, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_keyctl, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_add_key, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_request_key, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_init_module, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_finit_module, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_delete_module, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_kexec_load, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
#ifdef SYS_kexec_file_load
	{ SYS_kexec_file_load, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
#endif
#ifdef SYS_iopl
	{ SYS_iopl, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_ioperm, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
#endif
	{ SYS_reboot, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_swapon, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_swapoff, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_acct, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_quotactl, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_settimeofday, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_clock_settime, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_adjtimex, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_clock_adjtime, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_sethostname, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_setdomainname, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
	{ SYS_syslog, JAIL_ADMIN, EPERM, JAIL_TEST_NONE },
};
/* clang-format on */

#endif
