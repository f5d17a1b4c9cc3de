#include "supervisor/spawn.h"

#include "core/channel.h"
#include "core/exits.h"
#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

#define ENV_MAX 8191 /* variables that extra_env can be merged with */

static const char *const step_names[] = {
	[SPAWN_FORK] = "cannot make a process",
	[SPAWN_GROUP] = "cannot make a process group",
	[SPAWN_ENVIRONMENT] = "cannot build its environment",
	[SPAWN_DESCRIPTORS] = "cannot set up its descriptors",
	[SPAWN_CWD] = "cannot change to its directory",
	[SPAWN_EXEC] = "cannot execute it",
};

/*
 * What the child tells: it shares our memory until it execs, so that plain
 * stores reach us.  Static and volatile, because the compiler sees one function
 * run twice and would move a local's first store behind vfork.
 */
static volatile struct {
	int err;
	enum spawn_step step;
} verdict;

const char *
spawn_step_name(enum spawn_step step)
{
	return step_names[step];
}

int
spawn_exit_code(enum spawn_step step, int err)
{
	if (step != SPAWN_EXEC)
		return EXITS_OSERR;
	return err == ENOENT || err == ENOTDIR ? EXITS_NOT_FOUND
					       : EXITS_NOT_EXECUTABLE;
}

static const char *
env_path(char *const *envp)
{
	for (; *envp != NULL; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* Length of dir + "/" + file in path, or 0 when it does not fit. */
static size_t
join(char path[PATH_MAX], const char *dir, size_t dir_len, const char *file)
{
	size_t file_len = strlen(file);
	if (dir_len + file_len + 2 > PATH_MAX)
		return 0;
	memcpy(path, dir, dir_len);
	if (dir_len > 0)
		path[dir_len++] = '/';
	memcpy(path + dir_len, file, file_len + 1);
	return dir_len + file_len;
}

/*
 * execvp's search, but along the PATH that the service will have.  A file that
 * is there and may not be executed is remembered over one that is missing.
 */
static int
exec_search(const struct spawn *s, char *const *envp)
{
	static char path[PATH_MAX];
	const char *file = s->argv[0];
	int err = ENOENT;

	if (strchr(file, '/') != NULL) {
		execve(file, s->argv, envp);
		return errno;
	}
	for (const char *dir = env_path(envp); dir != NULL;) {
		const char *colon = strchr(dir, ':');
		size_t len = colon ? (size_t)(colon - dir) : strlen(dir);
		if (join(path, dir, len, file) > 0) {
			execve(path, s->argv, envp);
			if (errno != ENOENT && errno != ENOTDIR)
				err = errno;
			if (errno != ENOENT && errno != ENOTDIR &&
			    errno != EACCES)
				return err;
		}
		dir = colon ? colon + 1 : NULL;
	}
	return err;
}

static bool
same_name(const char *a, const char *b)
{
	size_t len = strcspn(b, "=");
	return strncmp(a, b, len) == 0 && (a[len] == '=' || a[len] == '\0');
}

static bool
is_replaced(const char *variable, char *const *by)
{
	for (; *by != NULL; by++)
		if (same_name(variable, *by))
			return true;
	return false;
}

/* envp with extra's changes, or NULL when that is too much. */
static char *const *
merge(char *const *envp, char *const *extra)
{
	static char *merged[ENV_MAX + 1];
	size_t n = 0;

	if (extra == NULL)
		return envp;
	for (; *envp != NULL; envp++) {
		if (is_replaced(*envp, extra))
			continue;
		if (n == ENV_MAX)
			return NULL;
		merged[n++] = *envp;
	}
	for (; *extra != NULL; extra++) {
		if (strchr(*extra, '=') == NULL ||
		    is_replaced(*extra, extra + 1))
			continue;
		if (n == ENV_MAX)
			return NULL;
		merged[n++] = *extra;
	}
	merged[n] = NULL;
	return merged;
}

static int
place(int fd, int target)
{
	if (fd == -1)
		return 0;
	if (fd == target)
		return fcntl(fd, F_SETFD, 0);
	return dup2(fd, target);
}

/* All sources are moved out of the way of all targets first. */
static int
place_all(const struct spawn_fd fds[SPAWN_FDS])
{
	int moved[SPAWN_FDS];
	int above = STDERR_FILENO;

	for (size_t i = 0; i < SPAWN_FDS; i++)
		if (fds[i].target > above)
			above = fds[i].target;
	for (size_t i = 0; i < SPAWN_FDS; i++) {
		if (fds[i].target == 0)
			continue;
		moved[i] = fcntl(fds[i].fd, F_DUPFD_CLOEXEC, above + 1);
		if (moved[i] == -1)
			return -1;
	}
	for (size_t i = 0; i < SPAWN_FDS; i++)
		if (fds[i].target != 0 && dup2(moved[i], fds[i].target) == -1)
			return -1;
	return 0;
}

/* A helper gets 0, 1, 2 and its channel, and nothing that we inherited. */
static void
keep_channel_only(void)
{
	if (syscall(
		SYS_close_range, CHANNEL_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	for (int fd = CHANNEL_FD + 1; fd < 1024; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/*
 * With a terminal the service stays in our session as its foreground group, so
 * that job control works; without one it gets a session of its own.  SIGTTOU is
 * still blocked here, as everything is.
 */
static int
own_group(const struct spawn *s)
{
	if (!s->foreground)
		return setsid() == -1 ? -1 : 0;
	if (setpgid(0, 0) == -1)
		return -1;
	(void)tcsetpgrp(STDIN_FILENO, getpid());
	return 0;
}

static void
restore_signals(const struct spawn *s)
{
	for (int sig = 1; sig < NSIG; sig++)
		if (sigismember(s->ignored, sig) == 1)
			(void)signal(sig, SIG_IGN);
	(void)sigprocmask(SIG_SETMASK, s->mask, NULL);
}

static int
run_child(const struct spawn *s)
{
	verdict.step = SPAWN_GROUP;
	if (own_group(s) == -1)
		return errno;
	verdict.step = SPAWN_ENVIRONMENT;
	char *const *envp = merge(s->envp, s->extra_env);
	if (envp == NULL)
		return E2BIG;
	verdict.step = SPAWN_DESCRIPTORS;
	if (place(s->channel, CHANNEL_FD) == -1 ||
	    place(s->out, STDOUT_FILENO) == -1 ||
	    place(s->err, STDERR_FILENO) == -1 || place_all(s->fds) == -1)
		return errno;
	verdict.step = SPAWN_CWD;
	if (s->cwd != NULL && s->cwd[0] != '\0' && chdir(s->cwd) == -1)
		return errno;
	verdict.step = SPAWN_EXEC;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	restore_signals(s);
	if (s->self == -1)
		return exec_search(s, envp);
	keep_channel_only();
	syscall(SYS_execveat, s->self, "", s->argv, envp, AT_EMPTY_PATH);
	/* refused by a sandbox, or too old a kernel */
	execve("/proc/self/exe", s->argv, envp);
	return errno;
}

pid_t
spawn_process(const struct spawn *s, enum spawn_step *ret_step)
{
	verdict.err = 0;
	verdict.step = SPAWN_FORK;

	pid_t pid = vfork();
	if (pid == -1) {
		*ret_step = SPAWN_FORK;
		return -errno;
	}
	if (pid == 0) {
		verdict.err = run_child(s);
		_exit(127);
	}
	if (verdict.err != 0) {
		(void)waitpid(pid, NULL, 0);
		*ret_step = verdict.step;
		return -verdict.err;
	}
	return pid;
}
