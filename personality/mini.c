#include "personality/mini.h"

#include "personality/search.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void
mini_block(struct mini *m)
{
	struct sigaction old;

	/* not sigfillset, which leaves out those that libc has taken */
	memset(&m->collected, 0xff, sizeof(m->collected));
	for (size_t i = 0; i < m->spared_count; i++)
		(void)sigdelset(&m->collected, m->spared[i]);
	(void)sigprocmask(SIG_SETMASK, &m->collected, &m->inherited);
	/* ignored, the kernel would reap in our stead and tell nobody */
	(void)sigaction(SIGCHLD, NULL, &old);
	m->children_ignored = old.sa_handler == SIG_IGN;
	if (m->children_ignored)
		(void)signal(SIGCHLD, SIG_DFL);
}

void
mini_restore(const struct mini *m)
{
	if (m->children_ignored)
		(void)signal(SIGCHLD, SIG_IGN);
	(void)sigprocmask(SIG_SETMASK, &m->inherited, NULL);
}

/*
 * Zombies of a life before ours, when we were executed over somebody: their
 * SIGCHLD has come and gone.
 */
static void
bury_strangers(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* Where even "/" is refused we stay where we are; nothing depends on it. */
static bool
move_to_root(void)
{
	return chdir("/") == 0;
}

/* Before the child is there, which may look at once where we are. */
static void
leave_cwd(struct mini *m)
{
	m->cwd = -1;
	if (!m->leaves_cwd || m->command == NULL)
		return;
	m->cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (m->cwd != -1 && !move_to_root()) {
		(void)close(m->cwd);
		m->cwd = -1;
	}
}

static int
run_child(struct mini *m)
{
	if (m->cwd != -1 && fchdir(m->cwd) == -1)
		return m->ways->refuse(m, errno);
	int code = m->ways->enter(m);
	if (code != 0)
		return code;
	return m->ways->refuse(m, search_exec(m->command));
}

static int
spawn(struct mini *m)
{
	leave_cwd(m);
	m->child = vfork();
	if (m->child == -1)
		return -errno;
	if (m->child == 0)
		_exit(run_child(m));
	if (m->cwd != -1)
		(void)close(m->cwd);
	else if (m->leaves_cwd)
		(void)move_to_root();
	return 0;
}

static void
reap(struct mini *m)
{
	while (m->code == -1 || !m->leaves_at_once) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);
		if (pid <= 0) {
			if (m->ways->rest != NULL)
				m->ways->rest(m, pid == -1 ? errno : 0);
			return;
		}
		m->ways->bury(m, pid, status);
	}
}

/* Our own line met a pipe without a reader; the child wrote nothing. */
static bool
is_our_fault(const siginfo_t *got)
{
	return got->si_signo == SIGPIPE && got->si_code <= 0 &&
	       got->si_pid == getpid();
}

static void
turn(struct mini *m)
{
	siginfo_t got;

	if (sigwaitinfo(&m->collected, &got) == -1 || is_our_fault(&got))
		return;
	m->ways->hear(m, &got);
	if (m->code == -1 && (got.si_signo == SIGCHLD || m->reaps_often))
		reap(m);
}

int
mini_run(struct mini *m)
{
	m->code = -1;
	m->child = 0;
	bury_strangers();
	if (m->command != NULL) {
		int r = spawn(m);
		if (r < 0)
			return r;
	} else if (m->leaves_cwd) {
		(void)move_to_root();
	}
	m->ways->begin(m);
	while (m->code == -1)
		turn(m);
	return m->code;
}

int
mini_forward(const struct mini *m, int sig)
{
	return kill(m->to_group ? -m->child : m->child, sig) == -1 ? -errno : 0;
}

int
mini_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}
