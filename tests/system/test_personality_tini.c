#include "proc.h"
#include "scratch.h"
#include "tool.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cmocka.h>

#define SOON TOOL_SOON
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define USAGE                                                                  \
	"tini (tini version 0.19.0)\n"                                         \
	"Usage: tini [OPTIONS] PROGRAM -- [ARGS] | --version\n"                \
	"Execute a program under the supervision of a valid init process "     \
	"(tini)\n"                                                             \
	"Command line options:\n"                                              \
	"  --version: Show version and exit.\n"                                \
	"  -h: Show this help message and exit.\n"                             \
	"  -s: Register as a process subreaper (requires Linux >= 3.4).\n"     \
	"  -p SIGNAL: Trigger SIGNAL when parent dies, e.g. \"-p SIGKILL\".\n" \
	"  -v: Generate more verbose output. Repeat up to 3 times.\n"          \
	"  -w: Print a warning when processes are getting reaped.\n"           \
	"  -g: Send signals to the child's process group.\n"                   \
	"  -e EXIT_CODE: Remap EXIT_CODE (from 0 to 255) to 0.\n"              \
	"  -l: Show license and exit.\n"                                       \
	"Environment variables:\n"                                             \
	"  TINI_SUBREAPER: Register as a process subreaper (requires Linux "   \
	">= 3.4).\n"                                                           \
	"  TINI_VERBOSITY: Set the verbosity level (default: 1).\n"            \
	"  TINI_KILL_PROCESS_GROUP: Send signals to the child's process "      \
	"group.\n"

static void
its_command_line_is_read_as_tini_does(void **state)
{
	static const struct tool_case cases[] = {
		{ .args = { "--version" },
		    .code = 0,
		    .out = "tini version 0.19.0\n" },
		{ .args = { "-h" }, .code = 0, .out = USAGE },
		{ .args = { NULL }, .code = 1, .err = USAGE },
		{ .args = { "--" }, .code = 1, .err = USAGE },
		{ .args = { "-s" }, .code = 1, .err = USAGE },
		{ .args = { "-x", "true" },
		    .code = 1,
		    .err = "tini: invalid option -- 'x'\n" USAGE },
		{ .args = { "--version", "true" },
		    .code = 1,
		    .err = "tini: invalid option -- '-'\n" USAGE },
		{ .args = { "true", "-e" },
		    .code = 1,
		    .err = "tini: option requires an argument -- 'e'\n" USAGE },
		/* options stand anywhere, unless POSIX is asked for */
		{ .args = { "sh", "-c", "exit 3" },
		    .code = 1,
		    .err = "tini: invalid option -- 'c'\n" USAGE },
		{ .args = { "sh", "-c", "exit 3" },
		    .code = 3,
		    .env = { "POSIXLY_CORRECT=1" } },
		{ .args = { "sh", "--", "-c", "exit 3" }, .code = 3 },
		{ .args = { "-g", "sh", "-w", "--", "-c", "exit 3" },
		    .code = 3 },
		{ .args = { "-sgwe", "3", "--", "sh", "-c", "exit 3" },
		    .code = 0 },
		{ .args = { "-e", "256", "true" },
		    .code = 1,
		    .err =
			"[FATAL tini (1)] Not a valid option for -e: 256\n" },
		{ .args = { "-e", "1x", "true" },
		    .code = 1,
		    .err = "[FATAL tini (1)] Not a valid option for -e: 1x\n" },
		{ .args = { "-p", "TERM", "true" },
		    .code = 1,
		    .err =
			"[FATAL tini (1)] Not a valid option for -p: TERM\n" },
		{ .args = { "-p", "sigterm", "true" },
		    .code = 1,
		    .err = "[FATAL tini (1)] Not a valid option for -p: "
			   "sigterm\n" },
		{ .args = { "-p", "SIGIO", "true" },
		    .code = 1,
		    .err =
			"[FATAL tini (1)] Not a valid option for -p: SIGIO\n" },
		{ .args = { "-p", "SIGSYS", "true" }, .code = 0 },
	};

	(void)state;
	tool_try("tini", cases, COUNT(cases));
}

static void
its_exit_codes_are_tinis(void **state)
{
	static const struct tool_case cases[] = {
		{ .args = { "true" }, .code = 0 },
		{ .args = { "--", "sh", "-c", "exit 255" }, .code = 255 },
		{ .args = { "--", "sh", "-c", "kill -9 $$" }, .code = 137 },
		{ .args = { "--", "sh", "-c", "kill -35 $$" }, .code = 163 },
		{ .args = { "-e", "143", "--", "sh", "-c", "kill $$" },
		    .code = 0 },
		{ .args = { "-e", "1", "-e", "255", "--", "sh", "-c",
		      "exit 255" },
		    .code = 0 },
		{ .args = { "-e", "1", "--", "sh", "-c", "exit 2" },
		    .code = 2 },
		{ .args = { "-e", "0", "true" }, .code = 0 },
		{ .args = { "no-such-program" },
		    .code = 127,
		    .err = "[FATAL tini (2)] exec no-such-program failed: No "
			   "such file or directory\n" },
		{ .args = { "/etc" },
		    .code = 126,
		    .err = "[FATAL tini (2)] exec /etc failed: Permission "
			   "denied\n" },
		{ .args = { "/etc/passwd/x" },
		    .code = 1,
		    .err = "[FATAL tini (2)] exec /etc/passwd/x failed: Not a "
			   "directory\n" },
		/* fault signals are not forwarded: they end it, if they can */
		{ .args = { "-s", "--", "sh", "-c",
		      "kill -SEGV $PPID; exit 4" },
		    .code = 4 },
		/* nobody is waited for */
		{ .args = { "--", "sh", "-c", "sleep 60 & exit 3" },
		    .code = 3 },
		{ .args = { "id", "-u", "--" },
		    .code = 1,
		    .err = "tini: invalid option -- 'u'\n" USAGE },
		{ .args = { "--", "id", "-u" },
		    .code = 0,
		    .out = "65534\n",
		    .unprivileged = true },
	};

	(void)state;
	tool_try("tini", cases, COUNT(cases));
}

#define NO_REAPER                                                              \
	"Zombie processes will not be re-parented to Tini, so zombie reaping " \
	"won't work.\n"                                                        \
	"To fix the problem, use the -s option or set the environment "        \
	"variable TINI_SUBREAPER to register Tini as a child subreaper, or "   \
	"run Tini as PID 1.\n"

static void
it_says_as_much_as_it_is_asked_to(void **state)
{
	static const struct tool_case cases[] = {
		{ .args = { "-v", "--", "sh", "-c", "exit 3" },
		    .code = 3,
		    .out = "[INFO  tini (1)] Spawned child process 'sh' with "
			   "pid '2'\n"
			   "[INFO  tini (1)] Main child exited normally (with "
			   "status '3')\n" },
		{ .args = { "-v", "--", "sh", "-c", "kill $$" },
		    .code = 143,
		    .out = "[INFO  tini (1)] Spawned child process 'sh' with "
			   "pid '2'\n"
			   "[INFO  tini (1)] Main child exited with signal "
			   "(with signal 'Terminated')\n" },
		{ .args = { "--", "sh", "-c", "kill -35 $$" },
		    .code = 163,
		    .out = "[INFO  tini (1)] Spawned child process 'sh' with "
			   "pid '2'\n"
			   "[INFO  tini (1)] Main child exited with signal "
			   "(with signal 'Real-time signal 1')\n",
		    .env = { "TINI_VERBOSITY=2" } },
		/* the variable overrules the option */
		{ .args = { "-vvv", "true" },
		    .code = 0,
		    .env = { "TINI_VERBOSITY=1" } },
		{ .args = { "-v", "no-such-program" },
		    .code = 127,
		    .err = "[FATAL tini (2)] exec no-such-program failed: No "
			   "such file or directory\n",
		    .env = { "TINI_VERBOSITY=0" } },
		/* tini loses the second line in a buffer */
		{ .args = { "-vvv", "true" },
		    .code = 0,
		    .out = "[INFO  tini (1)] Spawned child process 'true' with "
			   "pid '2'\n"
			   "[DEBUG tini (2)] tcsetpgrp failed: no tty (ok to "
			   "proceed)\n"
			   "[DEBUG tini (1)] Received SIGCHLD\n"
			   "[DEBUG tini (1)] Reaped child with pid: '2'\n"
			   "[INFO  tini (1)] Main child exited normally (with "
			   "status '0')\n"
			   "[TRACE tini (1)] No child to wait\n"
			   "[TRACE tini (1)] Exiting: child has exited\n",
		    .ours_alone = true },
		{ .args = { "true" },
		    .code = 0,
		    .env = { "TINI_VERBOSITY=0" },
		    .plain = true },
		{ .args = { "-s", "true" }, .code = 0, .plain = true },
		{ .args = { "true" },
		    .code = 0,
		    .env = { "TINI_SUBREAPER=" },
		    .plain = true },
	};

	(void)state;
	tool_try("tini", cases, COUNT(cases));
}

static void
the_child_gets_its_own_group_and_the_callers_signals(void **state)
{
	static const struct tool_case cases[] = {
		{ .args = { "--", "cut", "-d ", "-f1-6", "/proc/self/stat" },
		    .code = 0,
		    .out = "2 (cut) R 1 2 0\n" },
		{ .args = { "--", "sed", "-n", "/SigBlk/p; /SigIgn/p",
		      "/proc/self/status" },
		    .code = 0,
		    .out = "SigBlk:\t0000000000000000\n"
			   "SigIgn:\t0000000000000000\n" },
		/* 10, 11, 21 ignored; 14, 15, 22 blocked */
		{ .args = { "--", "sed", "-n", "/SigBlk/p; /SigIgn/p",
		      "/proc/self/status" },
		    .code = 0,
		    .out = "SigBlk:\t0000000000004000\n"
			   "SigIgn:\t0000000000100600\n",
		    .settings = { "ignore=10", "ignore=11", "ignore=21",
			"block=15" } },
		{ .args = { "--", "sed", "-n", "/SigBlk/p; /SigIgn/p",
		      "/proc/self/status" },
		    .code = 0,
		    .out = "SigBlk:\t0000000000200000\n"
			   "SigIgn:\t0000000000020000\n",
		    .settings = { "ignore=18", "block=22" } },
	};
	static const struct tool_case alone[] = {
		/* where tini waits for ever */
		{ .args = { "--", "sh", "-c", "exit 3" },
		    .code = 3,
		    .settings = { "ignore=17" },
		    .ours_alone = true },
		{ .args = { "--", "sed", "-n", "/SigIgn/p",
		      "/proc/self/status" },
		    .code = 0,
		    .out = "SigIgn:\t0000000000010000\n",
		    .settings = { "ignore=17" },
		    .ours_alone = true },
	};

	(void)state;
	tool_try("tini", cases, COUNT(cases));
	tool_try("tini", alone, COUNT(alone));
}

static void
a_script_without_an_interpreter_is_the_shells(void **state)
{
	char *script = scratch_write("script", "exit \"$1\"\n");
	const struct tool_case cases[] = {
		{ .args = { script, "5" }, .code = 5 },
	};

	(void)state;
	assert_int_equal(chmod(script, 0755), 0);
	tool_try("tini", cases, 1);
}

static bool
is_over(struct ns *ns, void *arg)
{
	(void)arg;
	return ns->pid == 0;
}

/* As PID 1 the kernel protects it; see the table of exit codes. */
static void
a_fault_signal_of_a_users_is_its_end_and_not_forwarded(void **state)
{
	struct tool tools[TOOL_MAX];
	size_t found = tool_find("tini", tools);

	(void)state;
	for (size_t i = 0; i < found; i++) {
		struct tool_case how = { .args = { "-s",
					     scratch_app("prints_signals") },
			.plain = true };
		struct ns *ns = tool_start(&tools[i], &how);
		ns_expect_line(ns, "up", SOON);
		pid_t child = proc_await(ns, "/prints_signals", ns->pid, SOON);

		ns_signal(ns, SIGBUS);

		ns_wait(ns, is_over, NULL, SOON, "its end");
		assert_int_equal(kill(child, SIGTERM), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		assert_int_equal(ns_exit_status(ns, SOON), 128 + SIGBUS);
		assert_false(ns_has(ns, "got 7"));
		ns_end(ns);
	}
}

static bool
has_no_zombies(struct ns *ns, void *arg)
{
	(void)arg;
	return proc_zombies(ns) == 0;
}

static void
orphans_are_reaped_and_with_w_told(void **state)
{
	struct tool tools[TOOL_MAX];
	size_t found = tool_find("tini", tools);

	(void)state;
	for (size_t i = 0; i < found * 2; i++) {
		struct tool_case how = { .args = { "-s", "-w",
					     scratch_app("leaves_orphans"),
					     "20", "gone" },
			.plain = i % 2 == 1 };
		struct ns *ns = tool_start(&tools[i / 2], &how);
		while (ns_count(ns, "Reaped zombie process with pid=") < 20)
			ns_expect_line(ns, "[WARN  tini (", SOON);
		tool_await_text(ns, "up ");
		ns_wait(ns, has_no_zombies, NULL, SOON, "no zombie");
		ns_signal(ns, SIGTERM);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		ns_end(ns);
	}
}

static void
without_a_reaper_it_warns(void **state)
{
	struct tool tools[TOOL_MAX];
	size_t found = tool_find("tini", tools);

	(void)state;
	for (size_t i = 0; i < found; i++) {
		struct tool_case how = { .args = { "true" }, .plain = true };
		struct ns *ns = tool_start(&tools[i], &how);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		assert_true(ns_has(ns,
		    "] Tini is not running as PID 1 and isn't registered as a "
		    "child subreaper.\n" NO_REAPER));
		ns_end(ns);
	}
}

static void
the_death_of_its_parent_is_the_signal_that_was_asked_for(void **state)
{
	struct tool tools[TOOL_MAX];
	size_t found = tool_find("tini", tools);

	(void)state;
	for (size_t i = 0; i < found; i++) {
		char *script = scratch_text("%s -s -p SIGUSR1 %s & wait",
		    tools[i].path, scratch_app("prints_signals"));
		struct ns *ns = ns_start(&(struct ns_options){
		    .program = "/bin/sh",
		    .args = NS_LIST("-c", script),
		    .plain = true,
		});
		ns_expect_line(ns, "up", SOON);
		pid_t tini = proc_find(ns, "-p SIGUSR1 /", ns->pid);
		assert_true(tini > 0);

		ns_signal(ns, SIGKILL);

		ns_expect_line(ns, "got 10", SOON);
		assert_int_equal(kill(tini, SIGTERM), 0);
		assert_int_equal(waitpid(tini, NULL, 0), tini);
		assert_int_equal(ns_exit_status(ns, SOON), 137);
		ns_end(ns);
	}
}

static void
a_lost_reader_of_its_lines_is_not_the_childs_sigpipe(void **state)
{
	struct tool tools[TOOL_MAX];

	(void)state;
	(void)tool_find("tini", tools);
	struct tool_case how = { .args = {
				     "-vvv", scratch_app("exit_7_on_term") } };
	struct ns *ns = tool_start(&tools[0], &how);
	tool_await_text(ns, "Spawned child process");
	tool_await_text(ns, "up ");

	ns_deafen(ns);
	ns_signal(ns, SIGWINCH);
	tool_await_sleep(ns);
	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
nothing_wakes_it_while_nothing_happens(void **state)
{
	struct tool tools[TOOL_MAX];

	(void)state;
	(void)tool_find("tini", tools);
	struct tool_case how = { .args = { scratch_app("exit_7_on_term") } };
	struct ns *ns = tool_start(&tools[0], &how);
	ns_expect_line(ns, "up", SOON);
	tool_await_sleep(ns);
	long before = proc_status(ns->pid, "voluntary_ctxt_switches");

	/* tini itself would wake twice */
	ns_pump(ns, 2200);

	assert_int_equal(
	    proc_status(ns->pid, "voluntary_ctxt_switches"), before);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(its_command_line_is_read_as_tini_does),
		NS_TEST(its_exit_codes_are_tinis),
		NS_TEST(it_says_as_much_as_it_is_asked_to),
		NS_TEST(the_child_gets_its_own_group_and_the_callers_signals),
		NS_TEST(a_script_without_an_interpreter_is_the_shells),
		NS_TEST(a_fault_signal_of_a_users_is_its_end_and_not_forwarded),
		NS_TEST(orphans_are_reaped_and_with_w_told),
		NS_TEST(without_a_reaper_it_warns),
		NS_TEST(
		    the_death_of_its_parent_is_the_signal_that_was_asked_for),
		NS_TEST(a_lost_reader_of_its_lines_is_not_the_childs_sigpipe),
		NS_TEST(nothing_wakes_it_while_nothing_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
