#include "proc.h"
#include "scratch.h"
#include "tool.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define SOON TOOL_SOON
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define USAGE "usage: catatonit [-ghLPV] [--] <progname> [<arguments>...]\n"

static void
its_command_line_is_read_as_catatonit_does(void **state)
{
	static const struct tool_case cases[] = {
		{ .args = { NULL },
		    .code = 1,
		    .err =
			"ERROR (catatonit:1): missing program name\n" USAGE },
		{ .args = { "-g", "--" },
		    .code = 1,
		    .err =
			"ERROR (catatonit:1): missing program name\n" USAGE },
		{ .args = { "-x", "true" },
		    .code = 1,
		    .err = "catatonit: invalid option -- 'x'\n" USAGE },
		{ .args = { "sh", "-c", "exit 3" },
		    .code = 1,
		    .err = "catatonit: invalid option -- 'c'\n" USAGE },
		{ .args = { "--yolo" },
		    .code = 1,
		    .err = "catatonit: unrecognized option '--yolo'\n" USAGE },
		{ .args = { "--version=1" },
		    .code = 1,
		    .err = "catatonit: option '--version' doesn't allow an "
			   "argument\n" USAGE },
		{ .args = { "sh", "-g", "--", "-c", "exit 3" }, .code = 3 },
		{ .args = { "true" },
		    .code = 1,
		    .err = "ERROR (catatonit:1): CATATONIT_LOG is reserved for "
			   "future use\n",
		    .env = { "CATATONIT_LOG=" } },
		/* docker takes the line for tini's; the number is a later one
		 */
		{ .args = { "-V" },
		    .code = 0,
		    .out = "tini version 0.2.1_catatonit\n",
		    .ours_alone = true },
		{ .args = { "--version" },
		    .code = 0,
		    .out = "tini version 0.2.1_catatonit\n",
		    .ours_alone = true },
	};

	(void)state;
	tool_try("catatonit", cases, COUNT(cases));
}

static void
its_exit_codes_are_catatonits(void **state)
{
	static const struct tool_case cases[] = {
		{ .args = { "true" }, .code = 0 },
		{ .args = { "--", "sh", "-c", "exit 255" }, .code = 255 },
		{ .args = { "--", "sh", "-c", "kill -9 $$" }, .code = 137 },
		{ .args = { "no-such-program" },
		    .code = 1,
		    .err = "ERROR (catatonit:2): failed to exec pid1: No such "
			   "file or directory\n" },
		{ .args = { "/etc" },
		    .code = 1,
		    .err = "ERROR (catatonit:2): failed to exec pid1: "
			   "Permission denied\n" },
		{ .args = { "--", "id", "-u" },
		    .code = 0,
		    .out = "65534\n",
		    .unprivileged = true },
		{ .args = { "--", "id", "-u" },
		    .code = 0,
		    .out = "65534\n",
		    .unprivileged = true,
		    .plain = true },
		{ .args = { "--", "sh", "-c", "sleep 60 & exit 3" },
		    .code = 3 },
		{ .args = { "-s", "true" },
		    .code = 1,
		    .err = "catatonit: invalid option -- 's'\n" USAGE },
		{ .args = { "--", "sh", "-c", "kill -SEGV $PPID; exit 4" },
		    .code = 4 },
	};

	(void)state;
	tool_try("catatonit", cases, COUNT(cases));
}

static void
the_child_has_its_own_group_and_terminal_stops_blocked(void **state)
{
	static const struct tool_case cases[] = {
		{ .args = { "--", "cut", "-d ", "-f1-6", "/proc/self/stat" },
		    .code = 0,
		    .out = "2 (cut) R 1 2 0\n" },
		/* TSTP, TTIN and TTOU, and what the caller had */
		{ .args = { "--", "sed", "-n", "/SigBlk/p; /SigIgn/p",
		      "/proc/self/status" },
		    .code = 0,
		    .out = "SigBlk:\t0000000000384000\n"
			   "SigIgn:\t0000000000000600\n",
		    .settings = { "ignore=10", "ignore=11", "block=15" } },
		{ .args = { "--", "printenv", "LISTEN_PID" },
		    .code = 0,
		    .out = "7\n",
		    .env = { "LISTEN_PID=7" } },
		{ .args = { "--", "printenv", "LISTEN_PID" },
		    .code = 0,
		    .out = "2\n",
		    .env = { "LISTEN_PID=1" } },
		{ .args = { "--", "printenv", "LISTEN_PID" },
		    .code = 0,
		    .out = "99999999999999999999\n",
		    .env = { "LISTEN_PID=99999999999999999999" } },
		{ .args = { "-g", "--", "sh", "-c",
		      "readlink /proc/$$/cwd; exit 3" },
		    .code = 3,
		    .out = "/tmp\n",
		    .cwd = "/tmp" },
		/* where catatonit waits for ever */
		{ .args = { "--", "sh", "-c", "exit 3" },
		    .code = 3,
		    .settings = { "ignore=17" },
		    .ours_alone = true },
	};

	(void)state;
	tool_try("catatonit", cases, COUNT(cases));
}

static void
it_says_what_it_does_when_asked_to(void **state)
{
	static const struct tool_case cases[] = {
		/* catatonit writes in pieces, which mix with its child's */
		{ .args = { "--", "sh", "-c", "exit 3" },
		    .code = 3,
		    .err = "INFO (catatonit:2): using stdin as tty fd: could "
			   "not open /dev/tty: No such device or address\n"
			   "DEBUG (catatonit:2): setting foreground process "
			   "failed: no tty present: Inappropriate ioctl for "
			   "device\n"
			   "DEBUG (catatonit:1): pid1 (2) spawned: sh\n"
			   "DEBUG (catatonit:1): got ECHILD: no children left "
			   "to monitor\n",
		    .env = { "CATATONIT_DEBUG=" },
		    .ours_alone = true },
	};

	(void)state;
	tool_try("catatonit", cases, COUNT(cases));
}

/* How many descriptors a process has, or -1. */
static int
count_descriptors(pid_t pid)
{
	DIR *dir = opendir(scratch_text("/proc/%d/fd", (int)pid));
	const struct dirent *entry;
	int count = 0;

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	(void)closedir(dir);
	return count;
}

static bool
has_few_descriptors(struct ns *ns, void *arg)
{
	/* catatonit reads a signalfd */
	return count_descriptors(ns->pid) == *(const int *)arg;
}

static bool
is_at_root(struct ns *ns, void *arg)
{
	char path[64] = "";

	(void)arg;
	return readlink(scratch_text("/proc/%d/cwd", (int)ns->pid), path,
		   sizeof(path) - 1) == 1 &&
	       path[0] == '/';
}

static void
it_keeps_no_inherited_descriptor_and_no_folder(void **state)
{
	struct tool tools[TOOL_MAX];
	size_t found = tool_find("catatonit", tools);

	(void)state;
	for (size_t i = 0; i < found; i++) {
		struct tool_case how = { .args = { scratch_app(
					     "prints_signals") },
			.settings = { "descriptors=20" },
			.cwd = "/tmp" };
		int few = tools[i].real ? 4 : 3;
		struct ns *ns = tool_start(&tools[i], &how);

		ns_expect_line(ns, "up", SOON);

		ns_wait(ns, has_few_descriptors, &few, SOON,
		    "its own descriptors alone");
		pid_t child = proc_await(ns, "/prints_signals", ns->pid, SOON);
		assert_int_equal(count_descriptors(child), 23);
		if (!tools[i].real)
			ns_wait(ns, is_at_root, NULL, SOON, "its folder");
		ns_signal(ns, SIGTERM);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		ns_end(ns);
	}
}

static bool
has_no_zombies(struct ns *ns, void *arg)
{
	pid_t pids[PROC_MAX];

	(void)arg;
	return proc_zombies(ns) == 0 && proc_list(ns, pids, PROC_MAX) == 2;
}

static void
it_is_a_subreaper_unasked(void **state)
{
	struct tool tools[TOOL_MAX];
	size_t found = tool_find("catatonit", tools);

	(void)state;
	for (size_t i = 0; i < found; i++) {
		struct tool_case how = {
			.args = { scratch_app("leaves_orphans"), "20", "gone" },
			.plain = true
		};
		struct ns *ns = tool_start(&tools[i], &how);
		pid_t child = proc_await(ns, "leaves_orphans", ns->pid, SOON);
		ns_expect_line(ns, "up", SOON);
		ns_wait(ns, has_no_zombies, NULL, SOON, "no orphan");
		assert_int_equal(proc_parent(child), ns->pid);
		ns_signal(ns, SIGTERM);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		ns_end(ns);
	}
}

static bool
is_alone(struct ns *ns, void *arg)
{
	pid_t pids[PROC_MAX];

	(void)arg;
	return proc_zombies(ns) == 0 && proc_list(ns, pids, PROC_MAX) == 1;
}

static bool
is_called(struct ns *ns, void *arg)
{
	const char *line = proc_text(ns->pid, "cmdline", ' ');

	return line != NULL && strstr(line, arg) != NULL &&
	       strstr(line, "sh -c") == NULL;
}

static void
pausing_it_runs_nothing_reaps_and_ends_at_term_or_int(void **state)
{
	const int ends[] = { SIGTERM, SIGINT };
	struct tool tools[TOOL_MAX];
	size_t found = tool_find("catatonit", tools);

	(void)state;
	for (size_t i = 0; i < found * 2; i++) {
		/* its child from before dies while it pauses */
		char *script = scratch_text("%s & exec %s -P",
		    scratch_app("exit_7_on_term"), tools[i / 2].path);
		struct ns *ns = ns_start(&(struct ns_options){
		    .program = "/bin/sh", .args = NS_LIST("-c", script) });
		ns_expect_line(ns, "up", SOON);
		pid_t child = proc_await(ns, "/exit_7_on_term", ns->pid, SOON);
		ns_wait(ns, is_called, "catatonit", SOON, "its exec");
		tool_await_sleep(ns);

		ns_signal(ns, SIGHUP);
		ns_signal(ns, SIGTSTP);
		assert_int_equal(kill(child, SIGTERM), 0);

		ns_wait(ns, is_alone, NULL, SOON, "the child to be reaped");
		ns_signal(ns, ends[i % 2]);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		ns_end(ns);
	}
}

static void
another_name_can_be_given_as_a_word(void **state)
{
	static const struct tool_case cases[] = {
		{ .args = { "as", "tini", "--version" },
		    .code = 0,
		    .out = "tini version 0.19.0\n",
		    .ours_alone = true },
		{ .args = { "as", "/sbin/dumb-init", "-V" },
		    .code = 0,
		    .err = "dumb-init v1.2.5\n",
		    .ours_alone = true },
		{ .args = { "as", "catatonit", "--", "sh", "-c", "exit 3" },
		    .code = 3,
		    .ours_alone = true },
	};
	struct ns *ns;

	(void)state;
	tool_try("cradle", cases, COUNT(cases));
	ns = ns_run(NS_LIST("as"));
	ns_expect_line(ns, "tini", SOON);
	ns_expect_line(ns, "dumb-init", SOON);
	ns_expect_line(ns, "catatonit", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
	ns = ns_run(NS_LIST("as", "--help"));
	ns_expect_line(ns, "pm2-runtime", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
	ns = ns_run(NS_LIST("as", "upstart"));
	ns_expect_line(ns,
	    "cradle: cannot be called 'upstart': no program of that name is "
	    "known (try: tini, ",
	    SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 64);
	ns_end(ns);
}

static void
an_engine_that_mounts_it_for_its_init_option_gets_what_it_asks(void **state)
{
	static const struct tool_case docker[] = {
		{ .args = { "--version" },
		    .code = 0,
		    .out = "tini version 0.19.0\n" },
		{ .args = { "--", "sh", "-c", "exit 3" }, .code = 3 },
	};
	static const struct tool_case podman[] = {
		{ .args = { "--", "sed", "-n", "/SigBlk/p",
		      "/proc/self/status" },
		    .code = 0,
		    .out = "SigBlk:\t0000000000380000\n" },
	};

	(void)state;
	tool_try("docker-init", docker, COUNT(docker));
	tool_try("podman-init", podman, COUNT(podman));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(its_command_line_is_read_as_catatonit_does),
		NS_TEST(its_exit_codes_are_catatonits),
		NS_TEST(the_child_has_its_own_group_and_terminal_stops_blocked),
		NS_TEST(it_says_what_it_does_when_asked_to),
		NS_TEST(it_keeps_no_inherited_descriptor_and_no_folder),
		NS_TEST(it_is_a_subreaper_unasked),
		NS_TEST(pausing_it_runs_nothing_reaps_and_ends_at_term_or_int),
		NS_TEST(another_name_can_be_given_as_a_word),
		NS_TEST(
		    an_engine_that_mounts_it_for_its_init_option_gets_what_it_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
