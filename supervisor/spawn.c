#include "supervisor/spawn.h"

#include "core/channel.h"
#include "core/exits.h"
#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "supervisor/account.h"
#include "supervisor/filter.h"
#include "supervisor/program.h"

#include "supervisor/pid1.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

#define ENV_MAX 8191   /* variables that changes can be merged with */
#define CHANGES_MAX 32 /* of them */

static const char *const step_names[] = {
	[SPAWN_FORK] = "cannot make a process",
	[SPAWN_GROUP] = "cannot make a process group",
	[SPAWN_ENVIRONMENT] = "cannot build its environment",
	[SPAWN_DESCRIPTORS] = "cannot set up its descriptors",
	[SPAWN_CWD] = "cannot change to its directory",
	[SPAWN_LIMITS] = "cannot set its limits",
	[SPAWN_GROUPS] = "cannot take its groups",
	[SPAWN_USER] = "cannot become its user",
	[SPAWN_FILTER] = "cannot be put under a seccomp filter",
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
	pid_t pid;
	int unwatched;
} verdict;

pid_t
spawn_newest(void)
{
	return verdict.pid;
}

void
spawn_settled(void)
{
	verdict.pid = 0;
}

int
spawn_unwatched(void)
{
	return verdict.unwatched;
}

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

bool
spawn_may_pass(int err)
{
	return err == EAGAIN || err == ENOMEM || err == ETXTBSY;
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

struct list {
	char **item;
	size_t count;
	size_t most;
};

static bool
append(struct list *l, char *one)
{
	if (l->count == l->most)
		return false;
	l->item[l->count++] = one;
	l->item[l->count] = NULL;
	return true;
}

static bool
append_all(struct list *l, char *const *all)
{
	for (; all != NULL && *all != NULL; all++)
		if (!append(l, *all))
			return false;
	return true;
}

/* Every change to its environment, the strongest last. */
static bool
collect_changes(const struct spawn *s, struct list *changes)
{
	static char listen_pid[32];

	if (!append_all(changes, s->without))
		return false;
	if (s->who != NULL && !append_all(changes, s->who->env))
		return false;
	if (s->listen_pid) {
		(void)snprintf(listen_pid, sizeof(listen_pid), "LISTEN_PID=%d",
		    (int)getpid());
		if (!append(changes, listen_pid))
			return false;
	}
	return append_all(changes, s->extra_env);
}

/* Its environment, or NULL when that is too much. */
static char *const *
merge(const struct spawn *s)
{
	static char *merged[ENV_MAX + 1];
	static char *changed[CHANGES_MAX + 1];
	struct list all = { merged, 0, ENV_MAX };
	struct list changes = { changed, 0, CHANGES_MAX };

	changed[0] = NULL;
	if (!collect_changes(s, &changes))
		return NULL;
	if (changes.count == 0)
		return s->envp;
	merged[0] = NULL;
	for (char *const *one = s->envp; *one != NULL; one++)
		if (!is_replaced(*one, changed) && !append(&all, *one))
			return NULL;
	for (char **one = changed; *one != NULL; one++)
		if (strchr(*one, '=') != NULL && !is_replaced(*one, one + 1) &&
		    !append(&all, *one))
			return NULL;
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

/* What we inherited is not for everybody. */
static void
disinherit(void)
{
	const unsigned first = STDERR_FILENO + 1;
	if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	for (int fd = first; fd < 1024; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static int
set_descriptors(const struct spawn *s)
{
	if (!s->heir)
		disinherit();
	if (place(s->channel, CHANNEL_FD) == -1 ||
	    place(s->out, STDOUT_FILENO) == -1 ||
	    place(s->err, STDERR_FILENO) == -1)
		return -1;
	return place_all(s->fds);
}

static int
change_folder(const struct spawn *s)
{
	if (s->home > 0 && fchdir(s->home) == -1)
		return -1;
	if (s->cwd == NULL || s->cwd[0] == '\0')
		return 0;
	return chdir(s->cwd);
}

static int
become(const struct account *who)
{
	verdict.step = SPAWN_LIMITS;
	if (account_limit(who) == -1)
		return -1;
	verdict.step = SPAWN_GROUPS;
	if (account_group(who) == -1)
		return -1;
	verdict.step = SPAWN_USER;
	return account_user(who);
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

/* Whoever lives by the rights of his file loses them under a filter that we
   had no right to set. */
static int
watch(const struct spawn *s, char *const envp[])
{
	int r = filter_install(s->watched_more, false);
	if (r != -EACCES)
		return r;
	if (s->self == -1 && program_gives_rights(s->argv, envp))
		return -ENOTSUP;
	return filter_install(s->watched_more, true);
}

/* A change of user takes PDEATHSIG away, so it comes after that. */
static int
run_child(const struct spawn *s, pid_t parent)
{
	verdict.step = SPAWN_GROUP;
	if (own_group(s) == -1)
		return errno;
	verdict.step = SPAWN_ENVIRONMENT;
	char *const *envp = merge(s);
	if (envp == NULL)
		return E2BIG;
	verdict.step = SPAWN_CWD;
	if (change_folder(s) == -1)
		return errno;
	verdict.step = SPAWN_DESCRIPTORS;
	if (set_descriptors(s) == -1)
		return errno;
	if (s->who != NULL && become(s->who) == -1)
		return errno;
	verdict.step = SPAWN_EXEC;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		return ESRCH;
	verdict.step = SPAWN_FILTER;
	if (s->watched)
		verdict.unwatched = watch(s, envp);
	if (verdict.unwatched != 0 && verdict.unwatched != -ENOTSUP)
		return -verdict.unwatched;
	verdict.step = SPAWN_EXEC;
	restore_signals(s);
	if (s->self == -1)
		return program_exec(s->argv, envp);
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
	verdict.unwatched = 0;

	const pid_t parent = getpid();
	pid_t pid = vfork();
	if (pid == -1) {
		*ret_step = SPAWN_FORK;
		return -errno;
	}
	if (pid == 0) {
		verdict.pid = getpid();
		verdict.err = run_child(s, parent);
		_exit(127);
	}
	if (verdict.err != 0) {
		(void)waitpid(pid, NULL, 0);
		*ret_step = verdict.step;
		return -verdict.err;
	}
	return pid;
}

static const char *
hint(enum spawn_step step, int err)
{
	if (step == SPAWN_FORK && err == EAGAIN)
		return "too many processes: raise the container's pids limit "
		       "or ulimit -u";
	if (step == SPAWN_FORK)
		return "raise the container's memory";
	if (step == SPAWN_CWD)
		return "correct cwd, or make the folder";
	if (step == SPAWN_LIMITS)
		return "only root may raise a hard limit, and nofile up to "
		       "fs.nr_open";
	if (err == EPERM)
		return "cradle needs the capabilities SETUID and SETGID";
	return "see cradle(7)";
}

void
spawn_explain(enum spawn_step step, int err, const char *name, const char *cwd,
    char text[400])
{
	char why[300];
	if (step == SPAWN_EXEC) {
		program_explain(err, why, sizeof(why));
		(void)snprintf(
		    text, 400, "%s: %.60s: %s", step_names[step], name, why);
		return;
	}
	(void)snprintf(text, 400, "%s: %.120s: %s (%s)", step_names[step],
	    step == SPAWN_CWD && cwd != NULL && cwd[0] != '\0' ? cwd : name,
	    strerror(err), hint(step, err));
}
