#include "personality/tini.h"

#include "personality/mini.h"
#include "personality/option.h"
#include "personality/words.h"

#include "core/guard.h"
#include "core/signame.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define VERSION_LINE "tini version 0.19.0"
#define FAILED 1
#define CODES 256

enum level { FATAL, WARN, INFO, DEBUG, TRACE };

static const char *const level_names[] = {
	[FATAL] = "FATAL",
	[WARN] = "WARN ",
	[INFO] = "INFO ",
	[DEBUG] = "DEBUG",
	[TRACE] = "TRACE",
};

/* What the command line and the environment ask for. */
static struct {
	unsigned int verbosity;
	bool subreaper;
	bool warns;
	int death_signal;
	bool clean[CODES];                /* -e: these codes become 0 */
	struct sigaction background_read; /* as inherited */
	struct sigaction background_write;
} tini = { .verbosity = WARN };

static void say(enum level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(enum level level, const char *fmt, ...)
{
	char prefix[48];
	va_list ap;

	if (level > tini.verbosity)
		return;
	(void)snprintf(prefix, sizeof(prefix), "[%s tini (%d)] ",
	    level_names[level], (int)getpid());
	va_start(ap, fmt);
	words_line(
	    level <= WARN ? STDERR_FILENO : STDOUT_FILENO, prefix, fmt, ap);
	va_end(ap);
}

/* ---- the command line -----------------------------------------------------
 */

static void
print_usage(int fd, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;

	words_say(fd,
	    "%s (" VERSION_LINE ")\n"
	    "Usage: %s [OPTIONS] PROGRAM -- [ARGS] | --version\n\n"
	    "Execute a program under the supervision of a valid init process "
	    "(%s)\n\n"
	    "Command line options:\n\n"
	    "  --version: Show version and exit.\n"
	    "  -h: Show this help message and exit.\n"
	    "  -s: Register as a process subreaper (requires Linux >= 3.4).\n"
	    "  -p SIGNAL: Trigger SIGNAL when parent dies, e.g. "
	    "\"-p SIGKILL\".\n"
	    "  -v: Generate more verbose output. Repeat up to 3 times.\n"
	    "  -w: Print a warning when processes are getting reaped.\n"
	    "  -g: Send signals to the child's process group.\n"
	    "  -e EXIT_CODE: Remap EXIT_CODE (from 0 to 255) to 0.\n"
	    "  -l: Show license and exit.\n\n"
	    "Environment variables:\n\n"
	    "  TINI_SUBREAPER: Register as a process subreaper "
	    "(requires Linux >= 3.4).\n"
	    "  TINI_VERBOSITY: Set the verbosity level (default: 1).\n"
	    "  TINI_KILL_PROCESS_GROUP: Send signals to the child's process "
	    "group.\n\n",
	    name, name, name);
}

static void
print_license(void)
{
	words_say(STDOUT_FILENO,
	    "This is cradle, called by the name of tini. It behaves as tini "
	    "does and holds none\nof its code: cradle's own license is what "
	    "counts, not the one of tini.\n");
}

/* By their whole names only, and not those that tini does not know. */
static int
signal_of(const char *name)
{
	int sig = signame_number(name);

	if (sig == -1 || strcmp(signame(sig), name) != 0)
		return -1;
	return sig == SIGSTKFLT || sig == SIGIO || sig == SIGPWR ? -1 : sig;
}

static bool
add_clean_code(const char *text)
{
	char *end;
	long code = strtol(text, &end, 10);

	if (*end != '\0' || code < 0 || code >= CODES)
		return false;
	tini.clean[code] = true;
	return true;
}

static bool
apply_value(int letter, const char *value)
{
	bool good;

	if (letter == 'p') {
		tini.death_signal = signal_of(value);
		good = tini.death_signal != -1;
	} else {
		good = add_clean_code(value);
	}
	if (!good)
		say(FATAL, "Not a valid option for -%c: %s", letter, value);
	return good;
}

/* One option: -1 to go on, or the code to leave with. */
static int
apply(struct mini *m, int letter, const char *value, const char *name)
{
	switch (letter) {
	case 'h':
		print_usage(STDOUT_FILENO, name);
		return 0;
	case 'l':
		print_license();
		return 0;
	case 's':
		tini.subreaper = true;
		return -1;
	case 'v':
		tini.verbosity++;
		return -1;
	case 'w':
		tini.warns = true;
		return -1;
	case 'g':
		m->to_group = true;
		return -1;
	case 'p':
	case 'e':
		return apply_value(letter, value) ? -1 : FAILED;
	default:
		print_usage(STDERR_FILENO, name);
		return FAILED;
	}
}

/* -1 when m->command is what is to be run, or the code to leave with. */
static int
read_arguments(struct mini *m, int argc, char *argv[])
{
	struct option_reader r = { .letters = "p:hvwgle:s" };
	const char *value;
	int letter;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		words_say(STDOUT_FILENO, VERSION_LINE "\n");
		return 0;
	}
	option_begin(&r, argc, argv);
	while ((letter = option_next(&r, &value)) != -1) {
		int code = apply(m, letter, value, argv[0]);
		if (code != -1)
			return code;
	}
	if (r.at >= argc) {
		print_usage(STDERR_FILENO, argv[0]);
		return FAILED;
	}
	m->command = argv + r.at;
	return -1;
}

static void
read_environment(struct mini *m)
{
	const char *verbosity = getenv("TINI_VERBOSITY");

	if (getenv("TINI_SUBREAPER") != NULL)
		tini.subreaper = true;
	if (getenv("TINI_KILL_PROCESS_GROUP") != NULL)
		m->to_group = true;
	/* a negative one is a large one, as in tini */
	if (verbosity != NULL)
		tini.verbosity = (unsigned int)strtol(verbosity, NULL, 10);
}

/* ---- what it does with its child ------------------------------------------
 */

/*
 * The child takes the terminal itself, so that a tini in a tini ends with the
 * innermost child in front.
 */
static int
enter(struct mini *m)
{
	if (setpgid(0, 0) == -1) {
		say(FATAL, "setpgid failed: %s", words_error(errno));
		return FAILED;
	}
	if (tcsetpgrp(STDIN_FILENO, getpgrp()) == -1) {
		if (errno == ENOTTY) {
			say(DEBUG, "tcsetpgrp failed: no tty (ok to proceed)");
		} else if (errno == ENXIO) {
			say(DEBUG,
			    "tcsetpgrp failed: no such device (ok to proceed)");
		} else {
			say(FATAL, "tcsetpgrp failed: %s", words_error(errno));
			return FAILED;
		}
	}
	(void)sigaction(SIGTTIN, &tini.background_read, NULL);
	(void)sigaction(SIGTTOU, &tini.background_write, NULL);
	mini_restore(m);
	return 0;
}

static int
refuse(struct mini *m, int err)
{
	say(FATAL, "exec %s failed: %s", m->command[0], words_error(err));
	if (err == ENOENT)
		return 127;
	return err == EACCES ? 126 : FAILED;
}

static void
begin(struct mini *m)
{
	say(INFO, "Spawned child process '%s' with pid '%d'", m->command[0],
	    (int)m->child);
}

static void
hear(struct mini *m, const siginfo_t *got)
{
	if (got->si_signo == SIGCHLD) {
		say(DEBUG, "Received SIGCHLD");
		return;
	}
	say(DEBUG, "Passing signal: '%s'", words_signal(got->si_signo));
	int r = mini_forward(m, got->si_signo);
	if (r == -ESRCH) {
		say(WARN, "Child was dead when forwarding signal");
	} else if (r < 0) {
		say(FATAL, "Unexpected error when forwarding signal: '%s'",
		    words_error(-r));
		m->code = FAILED;
	}
}

static void
bury(struct mini *m, pid_t pid, int status)
{
	say(DEBUG, "Reaped child with pid: '%d'", (int)pid);
	if (pid != m->child) {
		if (tini.warns)
			say(WARN, "Reaped zombie process with pid=%d",
			    (int)pid);
		return;
	}
	if (WIFEXITED(status))
		say(INFO, "Main child exited normally (with status '%d')",
		    WEXITSTATUS(status));
	else
		say(INFO, "Main child exited with signal (with signal '%s')",
		    words_signal(WTERMSIG(status)));
	m->code = mini_code(status) % CODES;
	if (tini.clean[m->code])
		m->code = 0;
}

static void
rest(struct mini *m, int err)
{
	(void)m;
	say(TRACE, err == ECHILD ? "No child to wait" : "No child to reap");
}

static const struct mini_ways ways = {
	.enter = enter,
	.refuse = refuse,
	.begin = begin,
	.hear = hear,
	.bury = bury,
	.rest = rest,
};

/* ---- before there is one --------------------------------------------------
 */

/*
 * The child will be in the foreground and we behind it: with TOSTOP on the
 * terminal a line of ours would stop us.
 */
static void
ignore_terminal_stops(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGTTIN, &ignore, &tini.background_read);
	(void)sigaction(SIGTTOU, &ignore, &tini.background_write);
}

static bool
become_reaper(void)
{
	if (!tini.subreaper)
		return true;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) {
		say(TRACE, "Registered as child subreaper");
		return true;
	}
	if (errno == EINVAL)
		say(FATAL, "PR_SET_CHILD_SUBREAPER is unavailable on this "
			   "platform. Are you using Linux >= 3.4?");
	else
		say(FATAL, "Failed to register as child subreaper: %s",
		    words_error(errno));
	return false;
}

static void
warn_if_not_reaper(void)
{
	int subreaper = 0;

	if (getpid() == 1)
		return;
	if (prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0) == 0 &&
	    subreaper == 1)
		return;
	say(WARN, "Tini is not running as PID 1 and isn't registered as a "
		  "child subreaper.\n"
		  "Zombie processes will not be re-parented to Tini, so zombie "
		  "reaping won't work.\n"
		  "To fix the problem, use the -s option or set the "
		  "environment variable TINI_SUBREAPER to register Tini as a "
		  "child subreaper, or run Tini as PID 1.");
}

int
tini_main(int argc, char *argv[])
{
	static const int spared[] = { SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT,
		SIGTRAP, SIGSYS, SIGTTIN, SIGTTOU };
	struct mini m = { .ways = &ways,
		.spared = spared,
		.spared_count = ARRAY_LEN(spared),
		.reaps_often = true };
	int code = read_arguments(&m, argc, argv);

	if (code != -1)
		return code;
	read_environment(&m);
	mini_block(&m);
	ignore_terminal_stops();
	if (tini.death_signal != 0 &&
	    prctl(PR_SET_PDEATHSIG, tini.death_signal, 0, 0, 0) == -1) {
		say(FATAL, "Failed to set up parent death signal");
		return FAILED;
	}
	if (!become_reaper())
		return FAILED;
	warn_if_not_reaper();
	code = mini_run(&m);
	if (code < 0) {
		say(FATAL, "fork failed: %s", words_error(-code));
		return FAILED;
	}
	say(TRACE, "Exiting: child has exited");
	return code;
}
