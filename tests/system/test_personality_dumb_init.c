#include "proc.h"
#include "scratch.h"
#include "tool.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON TOOL_SOON
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define VERSION_LINE "dumb-init v1.2.5\n"
#define USAGE                                        \
	"Usage: dumb-init [option] program [args]\n" \
	"Try dumb-init --help for full usage.\n"
#define REWRITE_USAGE                                                  \
	"Usage: -r option takes <signum>:<signum>, where <signum> is " \
	"between 1 and 31.\n"                                          \
	"This option can be specified multiple times.\n"               \
	"Use --help for full usage.\n"
#define HELP                                                                  \
	VERSION_LINE                                                          \
	"Usage: dumb-init [option] command [[arg] ...]\n"                     \
	"dumb-init is a simple process supervisor that forwards signals to "  \
	"children.\n"                                                         \
	"It is designed to run as PID1 in minimal container environments.\n"  \
	"Optional arguments:\n"                                               \
	"   -c, --single-child   Run in single-child mode.\n"                 \
	"                        In this mode, signals are only proxied to "  \
	"the\n"                                                               \
	"                        direct child and not any of its "            \
	"descendants.\n"                                                      \
	"   -r, --rewrite s:r    Rewrite received signal s to new signal r "  \
	"before proxying.\n"                                                  \
	"                        To ignore (not proxy) a signal, rewrite it " \
	"to 0.\n"                                                             \
	"                        This option can be specified multiple "      \
	"times.\n"                                                            \
	"   -v, --verbose        Print debugging information to stderr.\n"    \
	"   -h, --help           Print this help message and exit.\n"         \
	"   -V, --version        Print the current version and exit.\n"       \
	"Full help is available online at "                                   \
	"https://github.com/Yelp/dumb-init\n"
#define NO_TERMINAL                                                    \
	"[dumb-init] Unable to detach from controlling tty (errno=25 " \
	"Inappropriate ioctl for device).\n"                           \
	"[dumb-init] Unable to attach to controlling tty (errno=25 "   \
	"Inappropriate ioctl for device).\n"                           \
	"[dumb-init] setsid complete.\n"
#define SPAWNED "[dumb-init] Child spawned with PID 2.\n"
#define GOODBYE                                            \
	"[dumb-init] Received signal 17.\n"                \
	"[dumb-init] A child with PID 2 exited with exit " \
	"status 0.\n"                                      \
	"[dumb-init] Forwarded signal 15 to children.\n"   \
	"[dumb-init] Child exited with status 0. Goodbye.\n"

static void
its_command_line_is_read_as_dumb_init_does(void **state)
{
	static const struct tool_case cases[] = {
		{ .args = { "-V" }, .code = 0, .err = VERSION_LINE },
		{ .args = { "--version" }, .code = 0, .err = VERSION_LINE },
		{ .args = { "-h" }, .code = 0, .err = HELP },
		{ .args = { "--help", "true" }, .code = 0, .err = HELP },
		{ .args = { NULL }, .code = 1, .err = USAGE },
		{ .args = { "-c", "--" }, .code = 1, .err = USAGE },
		{ .args = { "--yolo", "true" },
		    .code = 1,
		    .err = "dumb-init: unrecognized option '--yolo'\n" },
		{ .args = { "-x", "true" },
		    .code = 1,
		    .err = "dumb-init: invalid option -- 'x'\n" },
		{ .args = { "--ver" },
		    .code = 1,
		    .err = "dumb-init: option '--ver' is ambiguous; "
			   "possibilities: '--verbose' '--version'\n" },
		{ .args = { "--help=1" },
		    .code = 1,
		    .err = "dumb-init: option '--help' doesn't allow an "
			   "argument\n" },
		{ .args = { "--rewrite" },
		    .code = 1,
		    .err = "dumb-init: option '--rewrite' requires an "
			   "argument\n" },
		{ .args = { "-r" },
		    .code = 1,
		    .err = "dumb-init: option requires an argument -- 'r'\n" },
		{ .args = { "-r", "", "true" },
		    .code = 1,
		    .err = REWRITE_USAGE },
		{ .args = { "-r", "herp", "true" },
		    .code = 1,
		    .err = REWRITE_USAGE },
		{ .args = { "-r", "15", "true" },
		    .code = 1,
		    .err = REWRITE_USAGE },
		{ .args = { "-r", "15::12", "true" },
		    .code = 1,
		    .err = REWRITE_USAGE },
		{ .args = { "-r", "15:derp", "true" },
		    .code = 1,
		    .err = REWRITE_USAGE },
		{ .args = { "-r", "15:12", "-r", "true" },
		    .code = 1,
		    .err = REWRITE_USAGE },
		{ .args = { "-r", "1:32", "true" },
		    .code = 1,
		    .err = REWRITE_USAGE },
		{ .args = { "-r", "0:1", "true" },
		    .code = 1,
		    .err = REWRITE_USAGE },
		{ .args = { "-r", "-1:1", "true" },
		    .code = 1,
		    .err = REWRITE_USAGE },
		{ .args = { "-r", "15:12x", "true" }, .code = 0 },
		{ .args = { "--rew=15:0", "--single", "--", "true" },
		    .code = 0 },
		{ .args = { "sh", "-c", "exit 3" }, .code = 3 },
	};

	(void)state;
	tool_try("dumb-init", cases, COUNT(cases));
}

static void
its_exit_codes_are_dumb_inits(void **state)
{
	static const struct tool_case cases[] = {
		{ .args = { "true" }, .code = 0 },
		{ .args = { "sh", "-c", "exit 255" }, .code = 255 },
		{ .args = { "sh", "-c", "kill -9 $$" }, .code = 137 },
		{ .args = { "-c", "sh", "-c", "kill -40 $$" }, .code = 168 },
		{ .args = { "/doesnotexist" },
		    .code = 2,
		    .err = "[dumb-init] /doesnotexist: No such file or "
			   "directory\n" },
		{ .args = { "--single-child", "--", "/etc" },
		    .code = 2,
		    .err = "[dumb-init] /etc: Permission denied\n" },
		{ .args = { "id", "-u" },
		    .code = 0,
		    .out = "65534\n",
		    .unprivileged = true },
		/* nobody is waited for, even those who ignore TERM */
		{ .args = { "sh", "-c", "trap '' TERM; sleep 60 & exit 3" },
		    .code = 3 },
	};

	(void)state;
	tool_try("dumb-init", cases, COUNT(cases));
}

static void
it_says_what_it_does_when_asked_to(void **state)
{
	static const struct tool_case cases[] = {
		{ .args = { "-cv", "true" },
		    .code = 0,
		    .err = SPAWNED GOODBYE },
		{ .args = { "-v", "true" },
		    .code = 0,
		    .err = NO_TERMINAL SPAWNED GOODBYE },
		{ .args = { "true" },
		    .code = 0,
		    .err = "[dumb-init] Running in debug mode.\n" NO_TERMINAL
			SPAWNED GOODBYE,
		    .env = { "DUMB_INIT_DEBUG=1" } },
		{ .args = { "true" },
		    .code = 0,
		    .err = "[dumb-init] Running in debug mode.\n"
			   "[dumb-init] Not running in setsid mode.\n" SPAWNED
			       GOODBYE,
		    .env = { "DUMB_INIT_DEBUG=1", "DUMB_INIT_SETSID=0" } },
		{ .args = { "true" },
		    .code = 0,
		    .env = { "DUMB_INIT_DEBUG=yes", "DUMB_INIT_SETSID=no" } },
		{ .args = { "-vcr", "15:0", "sh", "-c", "kill -9 $$" },
		    .code = 137,
		    .err = SPAWNED
		    "[dumb-init] Received signal 17.\n"
		    "[dumb-init] A child with PID 2 was terminated by signal "
		    "9.\n"
		    "[dumb-init] Translating signal 15 to 0.\n"
		    "[dumb-init] Not forwarding signal 0 to children "
		    "(ignored).\n"
		    "[dumb-init] Child exited with status 137. Goodbye.\n" },
	};

	(void)state;
	tool_try("dumb-init", cases, COUNT(cases));
}

static void
the_child_leads_a_session_and_has_no_signal_blocked_or_ignored(void **state)
{
	static const struct tool_case cases[] = {
		{ .args = { "cut", "-d ", "-f1-6", "/proc/self/stat" },
		    .code = 0,
		    .out = "2 (cut) R 1 2 2\n" },
		{ .args = { "-c", "cut", "-d ", "-f1-6", "/proc/self/stat" },
		    .code = 0,
		    .out = "2 (cut) R 1 0 0\n" },
		{ .args = { "cut", "-d ", "-f1-6", "/proc/self/stat" },
		    .code = 0,
		    .out = "2 (cut) R 1 0 0\n",
		    .env = { "DUMB_INIT_SETSID=0" } },
		{ .args = { "sed", "-n", "/SigBlk/p; /SigIgn/p",
		      "/proc/self/status" },
		    .code = 0,
		    .out = "SigBlk:\t0000000000000000\n"
			   "SigIgn:\t0000000000000000\n",
		    .settings = { "ignore=2", "ignore=17", "block=15" } },
		/* dumb-init itself moves when the child is already there */
		{ .args = { "sh", "-c", "readlink /proc/1/cwd /proc/$$/cwd" },
		    .code = 0,
		    .out = "/\n/tmp\n",
		    .cwd = "/tmp",
		    .ours_alone = true },
	};

	(void)state;
	tool_try("dumb-init", cases, COUNT(cases));
}

/* Started with options, then prints_signals and, if asked for, its child. */
static struct ns *
start(const struct tool *tool, struct tool_case how, bool child)
{
	size_t n = 0;

	while (how.args[n] != NULL)
		n++;
	how.args[n++] = scratch_app("prints_signals");
	if (child)
		how.args[n++] = "child";
	struct ns *ns = tool_start(tool, &how);
	while (ns_count(ns, "up") < (child ? 2 : 1))
		ns_expect_line(ns, "up", SOON);
	return ns;
}

static void
expect_got(struct ns *ns, int sig)
{
	ns_expect_line(ns, scratch_text("got %d\n", sig), SOON);
}

static void
signals_are_rewritten_or_dropped(void **state)
{
	struct tool tools[TOOL_MAX];
	size_t found = tool_find("dumb-init", tools);

	(void)state;
	for (size_t i = 0; i < found; i++) {
		struct ns *ns = start(&tools[i],
		    (struct tool_case){
			.args = { "-r", "15:3", "-r", "1:31", "-r2:0" } },
		    false);

		ns_signal(ns, SIGINT);
		ns_signal(ns, SIGHUP);
		expect_got(ns, SIGSYS);
		ns_signal(ns, SIGTERM);
		expect_got(ns, SIGQUIT);

		assert_false(ns_has(ns, "got 2\n"));
		assert_int_equal(
		    kill(proc_find(ns, "/prints_signals", ns->pid), SIGTERM),
		    0);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		ns_end(ns);
	}
}

struct stopped {
	pid_t pid;
	char state;
};

static bool
is_in_state(struct ns *ns, void *arg)
{
	const struct stopped *s = arg;

	(void)ns;
	return proc_state(s->pid) == s->state;
}

static void
await_state(struct ns *ns, pid_t pid, char state)
{
	struct stopped s = { pid, state };

	ns_wait(ns, is_in_state, &s, SOON, scratch_text("state %c", state));
}

static void
a_terminal_stop_stops_the_child_and_itself(void **state)
{
	const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	struct tool tools[TOOL_MAX];
	size_t found = tool_find("dumb-init", tools);

	(void)state;
	for (size_t i = 0; i < found; i++) {
		struct ns *ns = start(
		    &tools[i], (struct tool_case){ .plain = true }, false);
		pid_t child = proc_await(ns, "/prints_signals", ns->pid, SOON);

		for (size_t s = 0; s < COUNT(stops); s++) {
			ns_signal(ns, stops[s]);
			await_state(ns, child, 'T');
			await_state(ns, ns->pid, 'T');

			ns_signal(ns, SIGCONT);
			expect_got(ns, SIGCONT);
			await_state(ns, ns->pid, 'S');
		}
		ns_signal(ns, SIGTERM);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		ns_end(ns);
	}
}

static void
without_a_session_the_stop_is_forwarded_as_it_is(void **state)
{
	struct tool tools[TOOL_MAX];
	size_t found = tool_find("dumb-init", tools);

	(void)state;
	for (size_t i = 0; i < found; i++) {
		struct ns *ns = start(&tools[i],
		    (struct tool_case){ .args = { "-c" }, .plain = true },
		    false);

		ns_signal(ns, SIGTSTP);

		expect_got(ns, SIGTSTP);
		await_state(ns, ns->pid, 'T');
		ns_signal(ns, SIGCONT);
		expect_got(ns, SIGCONT);
		ns_signal(ns, SIGTERM);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		ns_end(ns);
	}
}

static void
what_the_child_leaves_in_its_session_is_sent_term(void **state)
{
	struct tool tools[TOOL_MAX];
	size_t found = tool_find("dumb-init", tools);

	(void)state;
	for (size_t i = 0; i < found; i++) {
		char *fifo = scratch_text("%s/go%zu", scratch_dir(), i);
		assert_int_equal(mkfifo(fifo, 0600), 0);
		/* under sh, so that PID 1 outlives the dumb-init */
		char *script = scratch_text(
		    "%s sh -c '%s & read wait <%s; exit 3'; echo code $?; read "
		    "wait <%s",
		    tools[i].path, scratch_app("prints_signals"), fifo, fifo);
		struct ns *ns = ns_start(&(struct ns_options){
		    .program = "/bin/sh", .args = NS_LIST("-c", script) });
		ns_expect_line(ns, "up", SOON);

		int go = open(fifo, O_RDWR | O_CLOEXEC);
		assert_true(go != -1);
		assert_int_equal(write(go, "\n", 1), 1);

		tool_await_text(ns, "got 15\n");
		tool_await_text(ns, "code 3\n");
		assert_int_equal(write(go, "\n", 1), 1);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		ns_end(ns);
		(void)close(go);
	}
}

static void
the_child_gets_the_terminal_and_no_hang_up(void **state)
{
	struct tool tools[TOOL_MAX];
	size_t found = tool_find("dumb-init", tools);

	(void)state;
	for (size_t i = 0; i < found; i++) {
		const char *name;
		int terminal = tool_terminal(&name);
		struct ns *ns = start(&tools[i],
		    (struct tool_case){ .args = { "-v" },
			.settings = { scratch_text("terminal=%s", name) } },
		    false);

		while (ns_count(ns, "Ignoring tty hand-off signal") < 2)
			ns_expect_line(ns, "[dumb-init]", SOON);
		assert_true(ns_has(ns,
		    "[dumb-init] Detached from controlling tty, ignoring the "
		    "first SIGHUP and SIGCONT we receive.\n"));
		assert_true(ns_has(
		    ns, "[dumb-init] Ignoring tty hand-off signal 1.\n"));
		assert_true(ns_has(
		    ns, "[dumb-init] Ignoring tty hand-off signal 18.\n"));
		assert_int_equal(write(terminal, "\003", 1), 1);
		expect_got(ns, SIGINT);
		ns_signal(ns, SIGHUP);
		expect_got(ns, SIGHUP);
		assert_int_equal(ns_count(ns, "got 1\n"), 1);
		assert_false(ns_has(ns, "got 18\n"));
		ns_signal(ns, SIGTERM);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		ns_end(ns);
		(void)close(terminal);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(its_command_line_is_read_as_dumb_init_does),
		NS_TEST(its_exit_codes_are_dumb_inits),
		NS_TEST(it_says_what_it_does_when_asked_to),
		NS_TEST(
		    the_child_leads_a_session_and_has_no_signal_blocked_or_ignored),
		NS_TEST(signals_are_rewritten_or_dropped),
		NS_TEST(a_terminal_stop_stops_the_child_and_itself),
		NS_TEST(without_a_session_the_stop_is_forwarded_as_it_is),
		NS_TEST(what_the_child_leaves_in_its_session_is_sent_term),
		NS_TEST(the_child_gets_the_terminal_and_no_hang_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
