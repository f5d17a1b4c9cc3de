#include "isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <linux/close_range.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534

static int report_fd;

/* Say which step failed, with errno, and end. */
static void
need(bool done, const char *step)
{
	if (done)
		return;
	struct isolate_failure failure = { .error = errno };
	(void)snprintf(failure.step, sizeof(failure.step), "%s", step);
	(void)!write(report_fd, &failure, sizeof(failure));
	_exit(125);
}

static void
readonly_root(const char *writable)
{
	struct mount_attr shut = { .attr_set = MOUNT_ATTR_RDONLY };
	struct mount_attr open = { .attr_clr = MOUNT_ATTR_RDONLY };

	if (writable != NULL)
		need(mount(writable, writable, NULL, MS_BIND, NULL) == 0,
		    "bind the writable folder");
	need(mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &shut, sizeof(shut)) ==
		 0,
	    "make everything read-only");
	if (writable != NULL)
		need(mount_setattr(
			 AT_FDCWD, writable, 0, &open, sizeof(open)) == 0,
		    "keep one folder writable");
}

/* In a chroot the root is no mount, and so has no propagation to change. */
static void
make_root_a_mount(void)
{
	need(mount("/", "/mnt", NULL, MS_BIND | MS_REC, NULL) == 0,
	    "bind the root to /mnt");
	need(chdir("/mnt") == 0 && chroot(".") == 0, "enter /mnt");
}

static void
make_private(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return;
	need(errno == EINVAL, "make the mounts private");
	make_root_a_mount();
	need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0,
	    "make the mounts private");
}

static void
mounts(const struct ns_options *options)
{
	make_private();
	if (options->readonly)
		readonly_root(options->writable);
	need(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		 NULL) == 0,
	    "mount /proc");
}

static void
drop_rights(void)
{
	need(setgroups(0, NULL) == 0, "drop the groups");
	need(setresgid(NOBODY, NOBODY, NOBODY) == 0, "change the group");
	need(setresuid(NOBODY, NOBODY, NOBODY) == 0, "change the user");
}

static void
fresh_signals(bool ignore_usr1)
{
	static const long unset[4]; /* the kernel's: SIG_DFL, no flags */
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* by the kernel itself: libc refuses its own 32 and 33, which make(1)
	   may leave ignored */
	for (int n = 1; n < 65; n++)
		(void)syscall(SYS_rt_sigaction, n, unset, NULL, sizeof(long));
	if (ignore_usr1)
		(void)signal(SIGUSR1, SIG_IGN);
}

void
isolate_exec(const struct ns_options *options, char *const argv[],
    char *const env[], const int fds[3])
{
	report_fd = fds[2];
	if (!options->plain)
		mounts(options);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	need(null != -1, "open /dev/null");
	need(dup2(null, 0) == 0, "set stdin");
	need(dup2(fds[0], 1) == 1 && dup2(fds[1], 2) == 2, "set the outputs");
	if (options->unprivileged)
		drop_rights();
	need(chdir(options->cwd == NULL ? "/" : options->cwd) == 0,
	    "enter the folder");
	fresh_signals(options->ignore_usr1);
	/* what the shell that runs the tests may have left open */
	need(close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0,
	    "close the descriptors");
	/* cradle must not outlive a test program that crashed */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)execve(argv[0], argv, env);
	/* EACCES of exec is a broken build, no reason to skip */
	errno = errno == EACCES ? ENOEXEC : errno;
	need(false, "execute the program");
	_exit(125);
}
