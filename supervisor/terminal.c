#include "supervisor/terminal.h"

#include "core/exits.h"
#include "core/guard.h"
#include "supervisor/init.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/pid1.h"

pid_t
terminal_own(void)
{
	pid_t own = getpgrp();
	return tcgetpgrp(STDIN_FILENO) == own ? own : 0;
}

/* A shell with options and nothing to run. */
static bool
is_interactive_shell(char *const *command)
{
	static const char *const shells[] = { "sh", "bash", "ash", "dash",
		"zsh", "ksh", "fish" };
	const char *slash = strrchr(command[0], '/');
	const char *name = slash == NULL ? command[0] : slash + 1;
	bool found = false;

	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		found = found || strcmp(name, shells[i]) == 0;
	for (command++; *command != NULL; command++)
		found = found && **command == '-';
	return found;
}

/* Who catches ^C and tidies up tells of it as a shell does, with 128 and it. */
bool
terminal_was_left(const struct service *s)
{
	const struct init *init = s->init;
	int status = s->death.status;

	if (s->index != 0 || init->tty_group == 0)
		return false;
	(void)tcsetpgrp(STDIN_FILENO, init->tty_group);
	int code = service_exit_code(status);
	if (code == EXITS_SIGNALED + SIGINT || code == EXITS_SIGNALED + SIGQUIT)
		return true;
	if (code == EXITS_SIGNALED + SIGHUP && tcgetpgrp(STDIN_FILENO) == -1)
		return true;
	return WIFEXITED(status) && s->death.exec_errno == 0 &&
	       s->plan->restart == PLAN_RESTART_ON_FAILURE &&
	       is_interactive_shell(s->plan->command);
}

int
terminal_wait_flags(const struct init *init)
{
	return init->tty_group != 0 && getpid() != 1 ? WUNTRACED : 0;
}

void
terminal_lend(const struct init *init)
{
	pid_t pid = init->service[0].pid;
	if (init->tty_group != 0 && pid > 0 &&
	    tcgetpgrp(STDIN_FILENO) == init->tty_group)
		(void)tcsetpgrp(STDIN_FILENO, pid);
}

/* Only here is it not blocked: the kernel stops us before this returns, or
   discards it where nobody could continue us. */
static void
stop_ourselves(void)
{
	sigset_t stop;

	(void)kill(0, SIGTSTP);
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTSTP);
	(void)sigprocmask(SIG_UNBLOCK, &stop, NULL);
	(void)sigprocmask(SIG_BLOCK, &stop, NULL);
}

void
terminal_stopped(const struct init *init, pid_t pid, int status)
{
	int sig = WSTOPSIG(status);

	if (pid != init->service[0].pid ||
	    (sig != SIGTSTP && sig != SIGTTIN && sig != SIGTTOU))
		return;
	/* on its way down it has to go on, to hear of it */
	if (init->phase == PHASE_RUN) {
		/* SIGTTOU is blocked */
		(void)tcsetpgrp(STDIN_FILENO, init->tty_group);
		stop_ourselves();
		terminal_lend(init);
	}
	(void)kill(-pid, SIGCONT);
}
