#include "personality/dumb_init.h"

#include "personality/mini.h"
#include "personality/option.h"
#include "personality/words.h"

#include "core/guard.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define VERSION_LINE "dumb-init v1.2.5\n"
#define PREFIX "[dumb-init] "
#define FAILED 1
#define NOT_EXECUTED 2
#define SIGNAL_MAX 31 /* that can be rewritten */
#define AS_IT_IS (-1)

static struct {
	bool debug;
	int rewrite[SIGNAL_MAX + 1];
	bool hand_off[SIGNAL_MAX + 1]; /* the next one is the kernel's */
} dumb;

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	words_line(STDERR_FILENO, PREFIX, fmt, ap);
	va_end(ap);
}

static void
debug(const char *fmt, ...)
{
	va_list ap;

	if (!dumb.debug)
		return;
	va_start(ap, fmt);
	words_line(STDERR_FILENO, PREFIX, fmt, ap);
	va_end(ap);
}

/* ---- the command line -----------------------------------------------------
 */

static const struct option_name names[] = {
	{ "help", 'h' },
	{ "single-child", 'c' },
	{ "rewrite", 'r' },
	{ "verbose", 'v' },
	{ "version", 'V' },
};

static void
print_help(const char *name)
{
	words_say(STDERR_FILENO,
	    VERSION_LINE
	    "Usage: %s [option] command [[arg] ...]\n"
	    "\n"
	    "dumb-init is a simple process supervisor that forwards signals to "
	    "children.\n"
	    "It is designed to run as PID1 in minimal container "
	    "environments.\n"
	    "\n"
	    "Optional arguments:\n"
	    "   -c, --single-child   Run in single-child mode.\n"
	    "                        In this mode, signals are only proxied to "
	    "the\n"
	    "                        direct child and not any of its "
	    "descendants.\n"
	    "   -r, --rewrite s:r    Rewrite received signal s to new signal r "
	    "before proxying.\n"
	    "                        To ignore (not proxy) a signal, rewrite "
	    "it to 0.\n"
	    "                        This option can be specified multiple "
	    "times.\n"
	    "   -v, --verbose        Print debugging information to stderr.\n"
	    "   -h, --help           Print this help message and exit.\n"
	    "   -V, --version        Print the current version and exit.\n"
	    "\n"
	    "Full help is available online at "
	    "https://github.com/Yelp/dumb-init\n",
	    name);
}

static void
print_usage(const char *name)
{
	words_say(STDERR_FILENO,
	    "Usage: %s [option] program [args]\n"
	    "Try %s --help for full usage.\n",
	    name, name);
}

static bool
add_rewrite(const char *text)
{
	char *colon, *end;
	long from = strtol(text, &colon, 10);

	if (colon != text && *colon == ':') {
		long to = strtol(colon + 1, &end, 10);
		/* what follows the second number is never looked at */
		if (end != colon + 1 && from >= 1 && from <= SIGNAL_MAX &&
		    to >= 0 && to <= SIGNAL_MAX) {
			dumb.rewrite[from] = (int)to;
			return true;
		}
	}
	words_say(STDERR_FILENO,
	    "Usage: -r option takes <signum>:<signum>, where <signum> is "
	    "between 1 and %d.\n"
	    "This option can be specified multiple times.\n"
	    "Use --help for full usage.\n",
	    SIGNAL_MAX);
	return false;
}

/* One option: -1 to go on, or the code to leave with. */
static int
apply(struct mini *m, int letter, const char *value, const char *name)
{
	switch (letter) {
	case 'h':
		print_help(name);
		return 0;
	case 'V':
		words_say(STDERR_FILENO, VERSION_LINE);
		return 0;
	case 'v':
		dumb.debug = true;
		return -1;
	case 'c':
		m->to_group = false;
		return -1;
	case 'r':
		return add_rewrite(value) ? -1 : FAILED;
	default:
		return FAILED;
	}
}

/* -1 when m->command is what is to be run, or the code to leave with. */
static int
read_arguments(struct mini *m, int argc, char *argv[])
{
	struct option_reader r = { .letters = "hvVcr:",
		.names = names,
		.names_count = ARRAY_LEN(names),
		.options_first = true };
	const char *value;
	int letter;

	option_begin(&r, argc, argv);
	while ((letter = option_next(&r, &value)) != -1) {
		int code = apply(m, letter, value, argv[0]);
		if (code != -1)
			return code;
	}
	if (r.at >= argc) {
		print_usage(argv[0]);
		return FAILED;
	}
	m->command = argv + r.at;
	return -1;
}

static bool
is_set_to(const char *variable, const char *value)
{
	const char *text = getenv(variable);
	return text != NULL && strcmp(text, value) == 0;
}

static void
read_environment(struct mini *m)
{
	if (is_set_to("DUMB_INIT_DEBUG", "1")) {
		dumb.debug = true;
		debug("Running in debug mode.");
	}
	if (is_set_to("DUMB_INIT_SETSID", "0")) {
		m->to_group = false;
		debug("Not running in setsid mode.");
	}
}

/* A group without a shell above it cannot be stopped by these: STOP can. */
static void
rewrite_terminal_stops(void)
{
	const int stops[] = { SIGTSTP, SIGTTOU, SIGTTIN };

	for (size_t i = 0; i < ARRAY_LEN(stops); i++)
		if (dumb.rewrite[stops[i]] == AS_IT_IS)
			dumb.rewrite[stops[i]] = SIGSTOP;
}

/* ---- what it does with its child ------------------------------------------
 */

/*
 * A session leader that gives its terminal up has HUP and CONT sent to the
 * terminal's foreground group, itself included: those two are for nobody.
 */
static void
give_terminal_up(void)
{
	if (ioctl(STDIN_FILENO, TIOCNOTTY) == -1) {
		debug("Unable to detach from controlling tty (errno=%d %s).",
		    errno, words_error(errno));
		return;
	}
	if (getsid(0) != getpid()) {
		debug("Detached from controlling tty, but was not session "
		      "leader.");
		return;
	}
	debug("Detached from controlling tty, ignoring the first SIGHUP and "
	      "SIGCONT we receive.");
	dumb.hand_off[SIGHUP] = true;
	dumb.hand_off[SIGCONT] = true;
}

static int
enter(struct mini *m)
{
	sigset_t none;

	if (m->to_group) {
		if (setsid() == -1) {
			say("Unable to setsid (errno=%d %s). Exiting.", errno,
			    words_error(errno));
			return FAILED;
		}
		if (ioctl(STDIN_FILENO, TIOCSCTTY, 0) == -1)
			debug("Unable to attach to controlling tty (errno=%d "
			      "%s).",
			    errno, words_error(errno));
		debug("setsid complete.");
	}
	for (int sig = 1; sig <= SIGNAL_MAX; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	return 0;
}

static int
refuse(struct mini *m, int err)
{
	say("%s: %s", m->command[0], words_error(err));
	return NOT_EXECUTED;
}

static void
begin(struct mini *m)
{
	debug("Child spawned with PID %d.", (int)m->child);
}

static int
translate(int sig)
{
	if (sig > SIGNAL_MAX || dumb.rewrite[sig] == AS_IT_IS)
		return sig;
	debug("Translating signal %d to %d.", sig, dumb.rewrite[sig]);
	return dumb.rewrite[sig];
}

static void
forward(const struct mini *m, int received)
{
	int sig = translate(received);

	if (sig == 0) {
		debug("Not forwarding signal %d to children (ignored).", sig);
		return;
	}
	(void)mini_forward(m, sig);
	debug("Forwarded signal %d to children.", sig);
}

/* Sent by no other process of ours: the kernel names nobody, or us. */
static bool
is_hand_off(const siginfo_t *got)
{
	int sig = got->si_signo;

	if (sig > SIGNAL_MAX || !dumb.hand_off[sig])
		return false;
	return got->si_code > 0 || got->si_pid == 0 || got->si_pid == getpid();
}

static void
hear(struct mini *m, const siginfo_t *got)
{
	int sig = got->si_signo;

	debug("Received signal %d.", sig);
	if (is_hand_off(got)) {
		debug("Ignoring tty hand-off signal %d.", sig);
		dumb.hand_off[sig] = false;
		return;
	}
	if (sig == SIGCHLD)
		return;
	forward(m, sig);
	if (sig == SIGTSTP || sig == SIGTTOU || sig == SIGTTIN) {
		debug("Suspending self due to TTY signal.");
		(void)kill(getpid(), SIGSTOP);
	}
}

static void
bury(struct mini *m, pid_t pid, int status)
{
	if (WIFSIGNALED(status))
		debug("A child with PID %d was terminated by signal %d.",
		    (int)pid, WTERMSIG(status));
	else
		debug("A child with PID %d exited with exit status %d.",
		    (int)pid, WEXITSTATUS(status));
	if (pid != m->child)
		return;
	forward(m, SIGTERM);
	m->code = mini_code(status);
	debug("Child exited with status %d. Goodbye.", m->code);
}

static const struct mini_ways ways = {
	.enter = enter,
	.refuse = refuse,
	.begin = begin,
	.hear = hear,
	.bury = bury,
};

int
dumb_init_main(int argc, char *argv[])
{
	struct mini m = { .ways = &ways,
		.to_group = true,
		.leaves_cwd = true,
		.leaves_at_once = true };

	for (int sig = 0; sig <= SIGNAL_MAX; sig++)
		dumb.rewrite[sig] = AS_IT_IS;
	int code = read_arguments(&m, argc, argv);
	if (code != -1)
		return code;
	read_environment(&m);
	if (m.to_group)
		rewrite_terminal_stops();
	mini_block(&m);
	if (m.to_group)
		give_terminal_up();
	code = mini_run(&m);
	if (code < 0) {
		say("Unable to fork. Exiting.");
		return FAILED;
	}
	return code;
}
