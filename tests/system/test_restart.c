#include "ns.h"
#include "probe.h"
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
#define NODE_BOOT 15000

static struct ns *
run_with(char *const args[], const char *variable)
{
	char *env[] = { ns_path(), scratch_text("%s", variable), NULL };

	return ns_start(&(struct ns_options){ .args = args, .env = env });
}

/* A configuration with one service, whose text is a JSON object's inside. */
static struct ns *
run_service(const char *service)
{
	char *file = scratch_write(
	    "cradle.json", "{ \"services\": { \"one\": { %s } } }\n", service);

	return ns_run(NS_LIST("-c", file));
}

static void
kill_9_on_node_is_answered_by_a_new_node(void **state)
{
	struct ns *ns;
	int port = probe_free_port();
	char *env[] = { ns_path(), scratch_text("PORT=%d", port), NULL };

	(void)state;
	ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("node", scratch_tests("apps/node/api.js")),
	    .env = env,
	});
	probe_until(ns, port, "/health", 200, NODE_BOOT);
	pid_t first = proc_find(ns, "api.js", 0);
	assert_true(first > 0);

	assert_int_equal(kill(first, SIGKILL), 0);

	assert_true(proc_await(ns, "api.js", first, SOON) > 0);
	probe_until(ns, port, "/health", 200, NODE_BOOT);
	assert_int_equal(proc_zombies(ns), 0);

	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
the_first_restart_comes_at_once(void **state)
{
	struct ns *ns;
	char *mark = scratch_text("%s/mark", scratch_dir());

	(void)state;
	ns = ns_run(NS_LIST(scratch_app("crash_once"), mark));
	ns_expect_line(ns, "first life", SOON);
	int64_t begun = ns_now_ms();

	ns_expect_line(ns, "later life", SOON);

	assert_in_range(ns_now_ms() - begun, 0, 95);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
later_restarts_wait_twice_as_long_each_time(void **state)
{
	struct ns *ns;
	int64_t at[5];

	(void)state;
	ns = ns_run(NS_LIST(scratch_app("crash"), "1"));
	for (int i = 0; i < 5; i++) {
		ns_expect_line(ns, "born ", SOON);
		at[i] = ns_now_ms();
	}

	assert_in_range(at[1] - at[0], 0, 95);
	assert_in_range(at[2] - at[1], 85, 1000);
	assert_in_range(at[3] - at[2], 170, 2000);
	assert_in_range(at[4] - at[3], 340, 4000);
	ns_end(ns);
}

static void
a_crash_loop_ends_with_the_apps_own_code(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_service(scratch_text("\"command\": [\"%s\", \"43\"],"
				      "\"restart\": { \"delay\": \"1ms\","
				      " \"delay_max\": \"5ms\" }",
	    scratch_app("crash")));

	assert_int_equal(ns_exit_status(ns, SOON), 43);

	assert_int_equal(ns_count(ns, "born "), 10);
	ns_end(ns);
}

static void
a_crash_loop_that_is_kept_up_is_called_one(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_service(
	    scratch_text("\"command\": [\"%s\", \"6\"], \"restart\": { "
			 "\"window_failures\": 2, \"give_up\": \"keep\" }",
		scratch_app("crash")));

	ns_expect_line(ns,
	    "failure 2 within 120 s, a crash loop, next life in 30000 ms",
	    SOON);

	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 6);
	ns_end(ns);
}

static void
policy_never_ends_with_the_first_failure(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_with(
	    NS_LIST(scratch_app("crash"), "3"), "CRADLE_RESTART=never");

	assert_int_equal(ns_exit_status(ns, SOON), 3);

	assert_int_equal(ns_count(ns, "born "), 1);
	ns_end(ns);
}

static void
policy_always_restarts_after_a_clean_end_too(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_with(
	    NS_LIST(scratch_app("crash"), "0"), "CRADLE_RESTART=always");

	ns_expect_line(ns, "born ", SOON);
	ns_expect_line(ns, "born ", SOON);
	ns_expect_line(ns, "born ", SOON);
	ns_end(ns);
}

static void
a_clean_end_is_the_end(void **state)
{
	struct ns *ns;

	(void)state;
	ns = ns_run(NS_LIST(scratch_app("crash"), "0"));

	assert_int_equal(ns_exit_status(ns, SOON), 0);

	assert_int_equal(ns_count(ns, "born "), 1);
	ns_end(ns);
}

static void
a_code_that_is_called_clean_is_the_end_too(void **state)
{
	struct ns *ns;

	(void)state;
	ns =
	    run_service(scratch_text("\"command\": [\"%s\", \"9\"],"
				     "\"restart\": { \"clean_codes\": [0, 9] }",
		scratch_app("crash")));

	assert_int_equal(ns_exit_status(ns, SOON), 9);

	assert_int_equal(ns_count(ns, "born "), 1);
	ns_end(ns);
}

static void
term_in_the_pause_before_a_restart_ends_at_once(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_service(scratch_text("\"command\": [\"%s\", \"1\"],"
				      "\"restart\": { \"delay\": \"30s\" }",
	    scratch_app("crash")));
	ns_expect_line(ns, "born ", SOON);
	ns_expect_line(ns, "born ", SOON);
	proc_await_gone(ns, "/crash", SOON);

	ns_signal(ns, SIGTERM);

	(void)ns_exit_status(ns, 2000);
	assert_int_equal(ns_count(ns, "born "), 2);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(kill_9_on_node_is_answered_by_a_new_node),
		NS_TEST(the_first_restart_comes_at_once),
		NS_TEST(later_restarts_wait_twice_as_long_each_time),
		NS_TEST(a_crash_loop_ends_with_the_apps_own_code),
		NS_TEST(a_crash_loop_that_is_kept_up_is_called_one),
		NS_TEST(policy_never_ends_with_the_first_failure),
		NS_TEST(policy_always_restarts_after_a_clean_end_too),
		NS_TEST(a_clean_end_is_the_end),
		NS_TEST(a_code_that_is_called_clean_is_the_end_too),
		NS_TEST(term_in_the_pause_before_a_restart_ends_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
