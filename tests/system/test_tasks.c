#include "ns.h"
#include "proc.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SOON 5000

/* One task, whose text is a JSON object's inside, before a service. */
static struct ns *
run_task(const char *task)
{
	char *file = scratch_write("cradle.json",
	    "{ \"tasks\": { \"migrate\": { %s } },"
	    " \"services\": { \"one\": { \"command\": [\"%s\"] } } }\n",
	    task, scratch_app("prints_environ"));

	return ns_run(NS_LIST("-c", file));
}

/* The line, the code, and no service. */
static void
expect_failure(struct ns *ns, int code, const char *line, int ms)
{
	assert_int_equal(ns_exit_status(ns, ms), code);
	assert_int_equal(ns_count(ns, line), 1);
	assert_int_equal(ns_count(ns, "end of environ"), 0);
	ns_end(ns);
}

static void
a_task_that_fails_ends_cradle_with_its_own_code_and_its_name(void **state)
{
	(void)state;
	expect_failure(run_task(scratch_text("\"command\": [\"%s\", \"9\"]",
			   scratch_app("crash"))),
	    9, "task migrate failed with code 9", SOON);
}

static void
a_task_that_dies_of_a_signal_ends_cradle_with_128_and_it(void **state)
{
	(void)state;
	expect_failure(run_task(scratch_text("\"command\": [\"%s\", \"kill\"]",
			   scratch_app("crash"))),
	    137, "task migrate died of SIGKILL", SOON);
}

static void
a_task_over_its_time_is_told_and_ends_with_its_own_code(void **state)
{
	(void)state;
	expect_failure(run_task(scratch_text("\"command\": [\"%s\"],"
					     " \"timeout\": \"200ms\"",
			   scratch_app("exit_7_on_term"))),
	    7, "task migrate did not end within 200 ms", SOON);
}

static void
a_task_that_ignores_that_is_killed(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_task(scratch_text("\"command\": [\"%s\"],"
				   " \"timeout\": \"200ms\"",
	    scratch_app("ignores_term")));
	ns_expect_line(ns, "refused", SOON);

	expect_failure(
	    ns, 137, "task migrate did not end within 200 ms", 12000);
}

static void
a_task_without_its_folder_ends_cradle_with_71(void **state)
{
	(void)state;
	expect_failure(run_task(scratch_text("\"command\": [\"%s\", \"0\"],"
					     " \"cwd\": \"/nowhere/at/all\"",
			   scratch_app("crash"))),
	    71, "cannot start task migrate: cannot change to its directory",
	    SOON);
}

static void
a_task_without_its_program_is_not_tried_again(void **state)
{
	struct ns *ns = run_task("\"command\": [\"no-such-program\"],"
				 " \"retries\": 5, \"retry_delay\": \"1h\"");

	(void)state;
	expect_failure(ns, 127, "cannot start task migrate", SOON);
}

static void
term_during_a_task_ends_with_the_tasks_own_code(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_task(scratch_text(
	    "\"command\": [\"%s\"]", scratch_app("exit_7_on_term")));
	ns_expect_line(ns, "up ", SOON);

	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 7);
	assert_int_equal(ns_count(ns, "end of environ"), 0);
	ns_end(ns);
}

static void
services_start_once_the_tasks_are_through(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_task(
	    scratch_text("\"command\": [\"%s\", \"0\"]", scratch_app("crash")));

	ns_expect_line(ns, "born ", SOON);
	ns_expect_line(ns, "end of environ", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(
		    a_task_that_fails_ends_cradle_with_its_own_code_and_its_name),
		NS_TEST(
		    a_task_that_dies_of_a_signal_ends_cradle_with_128_and_it),
		NS_TEST(
		    a_task_over_its_time_is_told_and_ends_with_its_own_code),
		NS_TEST(a_task_that_ignores_that_is_killed),
		NS_TEST(a_task_without_its_folder_ends_cradle_with_71),
		NS_TEST(a_task_without_its_program_is_not_tried_again),
		NS_TEST(term_during_a_task_ends_with_the_tasks_own_code),
		NS_TEST(services_start_once_the_tasks_are_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
