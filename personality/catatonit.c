#include "personality/catatonit.h"

#include "personality/mini.h"
#include "personality/option.h"
#include "personality/words.h"

#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define VERSION_LINE "tini version 0.2.1_catatonit\n"
#define USAGE_LINE \
	"usage: catatonit [-ghLPV] [--] <progname> [<arguments>...]\n"
#define FAILED 1
#define UNKNOWN 127 /* the child is gone and nobody told how */
#define DESCRIPTORS_MAX 65536

enum level { ERROR, WARN, INFO, DEBUG };

static const char *const level_names[] = {
	[ERROR] = "ERROR",
	[WARN] = "WARN",
	[INFO] = "INFO",
	[DEBUG] = "DEBUG",
};

static enum level loudest;

static void say(enum level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(enum level level, const char *fmt, ...)
{
	char prefix[48];
	va_list ap;

	if (level > loudest)
		return;
	(void)snprintf(prefix, sizeof(prefix),
	    "%s (catatonit:%d): ", level_names[level], (int)getpid());
	va_start(ap, fmt);
	words_line(STDERR_FILENO, prefix, fmt, ap);
	va_end(ap);
}

/* ---- the command line -----------------------------------------------------
 */

static void
print_help(void)
{
	words_say(STDERR_FILENO, USAGE_LINE
	    "\n"
	    "options:\n"
	    "  -g              Forward signals to pid1's process group.\n"
	    "  -h              Print this help page.\n"
	    "  -L              Print license information.\n"
	    "  -P              Run in pause mode (no program is run and quit "
	    "on SIGINT).\n"
	    "  -V, --version   Print version information.\n"
	    "\n"
	    "This is cradle, called by the name of catatonit: see "
	    "cradle(1).\n");
}

static void
print_license(void)
{
	words_say(STDOUT_FILENO,
	    "This is cradle, called by the name of catatonit. It behaves as "
	    "catatonit does and\nholds none of its code: cradle's own license "
	    "is what counts, not the one of\ncatatonit.\n");
}

/* One option: -1 to go on, or the code to leave with. */
static int
apply(struct mini *m, int letter, bool *ret_pause)
{
	switch (letter) {
	case 'g':
		m->to_group = true;
		return -1;
	case 'P':
		*ret_pause = true;
		return -1;
	case 'h':
		print_help();
		return 0;
	case 'L':
		print_license();
		return 0;
	case 'V':
		words_say(STDOUT_FILENO, VERSION_LINE);
		return 0;
	default:
		words_say(STDERR_FILENO, USAGE_LINE);
		return FAILED;
	}
}

/* -1 when m->command is what is to be run, or the code to leave with. */
static int
read_arguments(struct mini *m, int argc, char *argv[])
{
	static const struct option_name names[] = { { "version", 'V' } };
	struct option_reader r = { .letters = "ghLPV",
		.names = names,
		.names_count = ARRAY_LEN(names) };
	const char *value;
	bool pause_only = false;
	int letter;

	option_begin(&r, argc, argv);
	while ((letter = option_next(&r, &value)) != -1) {
		int code = apply(m, letter, &pause_only);
		if (code != -1)
			return code;
	}
	if (pause_only)
		return -1;
	if (r.at >= argc) {
		say(ERROR, "missing program name");
		words_say(STDERR_FILENO, USAGE_LINE);
		return FAILED;
	}
	m->command = argv + r.at;
	return -1;
}

/* ---- what it does with its child ------------------------------------------
 */

/*
 * Sockets that were handed to us are the child's.  The environment is changed
 * in place, which we share with the child and do not look at again.
 */
static void
rewrite_listen_pid(void)
{
	static char ours[32];
	static const char name[] = "LISTEN_PID=";

	for (char **e = environ; *e != NULL; e++) {
		if (strncmp(*e, name, sizeof(name) - 1) != 0)
			continue;
		errno = 0;
		long long pid = strtoll(*e + sizeof(name) - 1, NULL, 10);
		if (errno == ERANGE) {
			say(WARN, "LISTEN_PID has an invalid value");
		} else if (pid == getppid()) {
			(void)snprintf(
			    ours, sizeof(ours), "%s%d", name, (int)getpid());
			*e = ours;
		}
		return;
	}
}

/* /dev/tty first: stdin may be something else and the terminal still ours. */
static int
take_terminal(void)
{
	autoclose int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	int r;

	if (terminal == -1)
		say(INFO, "using stdin as tty fd: could not open /dev/tty: %s",
		    words_error(errno));
	r = tcsetpgrp(terminal == -1 ? STDIN_FILENO : terminal, getpgrp());
	if (r == 0)
		return 0;
	if (errno == ENOTTY || errno == EBADF) {
		say(DEBUG,
		    "setting foreground process failed: no tty present: %s",
		    words_error(errno));
		return 0;
	}
	if (errno == ENXIO) {
		say(DEBUG, "setting foreground process failed: no such device");
		return 0;
	}
	say(ERROR, "setting foreground process failed: %s", words_error(errno));
	return FAILED;
}

static int
enter(struct mini *m)
{
	rewrite_listen_pid();
	if (setpgid(0, 0) == -1) {
		say(ERROR, "failed to create process group");
		return FAILED;
	}
	(void)sigaddset(&m->inherited, SIGTSTP);
	(void)sigaddset(&m->inherited, SIGTTOU);
	(void)sigaddset(&m->inherited, SIGTTIN);
	if (take_terminal() != 0)
		return FAILED;
	mini_restore(m);
	return 0;
}

static int
refuse(struct mini *m, int err)
{
	(void)m;
	say(ERROR, "failed to exec pid1: %s", words_error(err));
	return FAILED;
}

static void
close_inherited(void)
{
	struct rlimit limit;

	if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur > DESCRIPTORS_MAX)
		limit.rlim_cur = DESCRIPTORS_MAX;
	for (int fd = STDERR_FILENO + 1; fd < (int)limit.rlim_cur; fd++)
		(void)close(fd);
}

static void
begin(struct mini *m)
{
	if (m->command != NULL)
		say(DEBUG, "pid1 (%d) spawned: %s", (int)m->child,
		    m->command[0]);
	close_inherited();
}

static void
forward(struct mini *m, int sig)
{
	if (m->command == NULL) {
		if (sig == SIGTERM || sig == SIGINT)
			m->code = 0;
		return;
	}
	int r = mini_forward(m, sig);
	if (r < 0)
		say(WARN, "forwarding of signal %d to pid1 (%d) failed: %s",
		    sig, (int)(m->to_group ? -m->child : m->child),
		    words_error(-r));
}

static void
hear(struct mini *m, const siginfo_t *got)
{
	switch (got->si_signo) {
	case SIGCHLD:
		return;
	case SIGTSTP:
	case SIGTTOU:
	case SIGTTIN:
		say(DEBUG, "ignoring kernel attempting to stop us: tty has "
			   "TOSTOP set");
		return;
	default:
		forward(m, got->si_signo);
	}
}

static void
bury(struct mini *m, pid_t pid, int status)
{
	if (pid == m->child)
		m->code = mini_code(status);
	else if (WIFSIGNALED(status))
		say(DEBUG, "child process %d exited due to signal %d", (int)pid,
		    WTERMSIG(status));
	else
		say(DEBUG, "child process %d exited with code %d", (int)pid,
		    WEXITSTATUS(status));
}

/* Nobody is left, and the one who counts was not among those buried. */
static void
rest(struct mini *m, int err)
{
	if (err != ECHILD)
		return;
	say(DEBUG, "got ECHILD: no children left to monitor");
	if (m->command != NULL && m->code == -1)
		m->code = UNKNOWN;
}

static const struct mini_ways ways = {
	.enter = enter,
	.refuse = refuse,
	.begin = begin,
	.hear = hear,
	.bury = bury,
	.rest = rest,
};

int
catatonit_main(int argc, char *argv[])
{
	static const int spared[] = { SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT,
		SIGTRAP, SIGSYS };
	struct mini m = { .ways = &ways,
		.spared = spared,
		.spared_count = ARRAY_LEN(spared),
		.leaves_cwd = true };

	if (getenv("CATATONIT_DEBUG") != NULL)
		loudest = DEBUG;
	if (getenv("CATATONIT_LOG") != NULL) {
		say(ERROR, "CATATONIT_LOG is reserved for future use");
		return FAILED;
	}
	mini_block(&m);
	int code = read_arguments(&m, argc, argv);
	if (code != -1)
		return code;
	if (getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1) {
		say(ERROR, "failed to set child-reaper as non-pid1: %s",
		    words_error(errno));
		return FAILED;
	}
	code = mini_run(&m);
	if (code < 0) {
		say(ERROR, "failed to fork child: %s", words_error(-code));
		say(ERROR, "failed to spawn pid1: %s", words_error(-code));
		return FAILED;
	}
	return code;
}
