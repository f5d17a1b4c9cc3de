#include "ns.h"
#include "proc.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* npm itself takes its time on a busy machine. */
#define SOON 30000

static bool
is_on_path(const char *name)
{
	char *path = scratch_text("%s", getenv("PATH"));
	char *save = NULL;

	for (char *dir = strtok_r(path, ":", &save); dir != NULL;
	     dir = strtok_r(NULL, ":", &save))
		if (access(scratch_text("%s/%s", dir, name), X_OK) == 0)
			return true;
	return false;
}

static void
need(const char *program)
{
	if (is_on_path(program))
		return;
	print_message("# skipped: %s is not installed\n", program);
	skip();
}

/* The app's package.json and its programs. */
static void
write_app(void)
{
	char *environ_app = scratch_app("prints_environ");
	char *bin = scratch_write("app/node_modules/.bin/shown", "%s",
	    "#!/usr/bin/env node\n"
	    "console.log('argv ' + JSON.stringify(process.argv.slice(2)));\n"
	    "process.exit(5);\n");

	assert_int_equal(chmod(bin, 0755), 0);
	(void)scratch_write("app/package.json",
	    "{ \"name\": \"@x/app\", \"version\": \"1.2.3\",\n"
	    "  \"config\": { \"port\": 80 }, \"engines\": { \"node\": \">=1\" "
	    "},"
	    "\n  \"scripts\": {\n"
	    "  \"environ\": \"A_B=c %s 'a b' \\\"c d\\\" e\\\\\\\\ f\",\n"
	    "  \"outer\": \"OUT=1 npm run environ -- last\",\n"
	    "  \"code\": \"%s\", \"shown\": \"shown 'x y'\",\n"
	    "  \"stay\": \"%s\", \"kill\": \"%s kill\",\n"
	    "  \"both\": \"true && %s\" } }\n",
	    environ_app, scratch_app("exit_7_on_term"),
	    scratch_app("exit_7_on_term"), scratch_app("crash"), environ_app);
}

static char *
write_config(const char *command, bool direct)
{
	return scratch_write("cradle.json",
	    "{ \"services\": { \"one\": { \"command\": [%s],"
	    " \"cwd\": \"%s/app\", \"restart\": \"never\","
	    " \"direct\": %s } } }\n",
	    command, scratch_dir(), direct ? "true" : "false");
}

static struct ns *
run(const char *command, bool direct)
{
	static char home[128];

	(void)snprintf(home, sizeof(home), "HOME=%s", scratch_dir());
	return ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", write_config(command, direct)),
	    .env = NS_LIST(ns_path(), home),
	});
}

/* Of the lines that `prints_environ` writes, those that must be the same. */
static bool
is_compared(const char *line)
{
	static const char *const parts[] = { "arg ", "env npm_lifecycle_",
		"env npm_package_", "env npm_command=", "env npm_execpath=",
		"env npm_node_execpath=", "env NODE=", "env INIT_CWD=",
		"env A_B=", "env OUT=", "env PWD=" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strncmp(line, parts[i], strlen(parts[i])) == 0)
			return true;
	return false;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The compared lines of what a service printed, sorted. */
static char *
compared(const char *text)
{
	char *line[512] = { NULL }, *save = NULL,
	     *sorted = scratch_text("%s", text);
	char *all = scratch_text("%s", "");
	size_t count = 0;

	for (char *l = strtok_r(sorted, "\n", &save); l != NULL;
	     l = strtok_r(NULL, "\n", &save))
		if (is_compared(l) && count < 512)
			line[count++] = l;
	qsort(line, count, sizeof(line[0]), by_text);
	for (size_t i = 0; i < count; i++)
		all = scratch_text("%s%s\n", all, line[i]);
	return all;
}

static char *
outcome(const char *command, bool direct)
{
	struct ns *ns = run(command, direct);

	ns_expect_line(ns, "end of environ", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	char *text = compared(ns->out.data);
	assert_int_equal(ns_count(ns, "runs as written"), 0);
	ns_end(ns);
	return text;
}

static void
a_script_sees_the_same_as_under_npm(void **state)
{
	static const char *const commands[] = {
		"\"npm\", \"run\", \"environ\"",
		"\"npm\", \"run\", \"environ\", \"--\", \"--x\", \"y z\"",
		"\"npm\", \"run\", \"outer\"",
	};

	(void)state;
	need("npm");
	write_app();
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		char *by_npm = outcome(commands[i], false);
		char *direct = outcome(commands[i], true);

		assert_non_null(strstr(direct, "arg 1 a b\n"));
		assert_string_equal(direct, by_npm);
	}
}

static void
a_program_of_node_modules_runs_by_its_shebang(void **state)
{
	struct ns *ns;

	(void)state;
	need("node");
	write_app();
	ns = run("\"npm\", \"run\", \"shown\", \"--\", \"z\"", true);
	assert_int_equal(ns_exit_status(ns, SOON), 5);
	assert_int_equal(ns_count(ns, "argv [\"x y\",\"z\"]"), 1);
	ns_end(ns);
}

/* npm need not be there: its name is all that is read. */
static void
signals_and_exit_codes_are_the_apps_own(void **state)
{
	pid_t pids[4];
	struct ns *ns;

	(void)state;
	write_app();
	ns = run("\"npm\", \"run\", \"stay\"", true);
	ns_expect_line(ns, "up ", SOON);
	assert_int_equal(proc_children(ns->pid, pids, 4), 1);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);

	ns = run("\"npm\", \"run\", \"kill\"", true);
	assert_int_equal(ns_exit_status(ns, SOON), 137);
	ns_end(ns);
}

static void
what_is_refused_says_why_and_runs_as_written(void **state)
{
	struct ns *ns;

	(void)state;
	need("npm");
	write_app();
	ns = run("\"npm\", \"run\", \"both\"", true);
	ns_expect_line(ns, "end of environ", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	assert_int_equal(
	    ns_count(ns, "one runs as written (npm run both): the script "
			 "\"both\" has an operator of the shell"),
	    1);
	assert_true(ns_has(ns, "npm_lifecycle_event=both"));
	ns_end(ns);
}

static void
a_missing_script_starts_nothing(void **state)
{
	struct ns *ns;

	(void)state;
	write_app();
	ns = run("\"npm\", \"run\", \"enviro\"", true);
	assert_int_equal(ns_exit_status(ns, SOON), 78);
	assert_int_equal(ns_count(ns, "did you mean \"environ\"?"), 1);
	ns_end(ns);
}

static void
the_boot_line_names_what_was_left_out(void **state)
{
	struct ns *ns;

	(void)state;
	write_app();
	ns = run("\"npm\", \"run\", \"stay\"", true);
	ns_expect_line(ns, "(without npm run stay, about 100 ms)", SOON);
	ns_signal(ns, SIGKILL);
	ns_end(ns);
}

static void
a_fixed_heap_reaches_node(void **state)
{
	struct ns *ns;
	char *file;

	(void)state;
	need("node");
	file = scratch_write("cradle.json",
	    "{ \"services\": { \"one\": { \"command\": [\"node\", \"-p\","
	    " \"v8.getHeapStatistics().heap_size_limit / 1048576 | 0\"],"
	    " \"restart\": \"never\", \"heap\": \"700MB\" } } }\n");
	ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", file),
	    .env = NS_LIST(ns_path()),
	});
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	int limit = atoi(ns->out.data);
	assert_true(limit >= 690 && limit < 800);
	ns_end(ns);
}

static int
end(void **state)
{
	int r = ns_teardown(state);

	scratch_end();
	return r;
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_script_sees_the_same_as_under_npm),
		TEST(a_program_of_node_modules_runs_by_its_shebang),
		TEST(signals_and_exit_codes_are_the_apps_own),
		TEST(what_is_refused_says_why_and_runs_as_written),
		TEST(a_missing_script_starts_nothing),
		TEST(the_boot_line_names_what_was_left_out),
		TEST(a_fixed_heap_reaches_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
