#include "fake.h"
#include "ns.h"
#include "proc.h"
#include "scratch.h"
#include "stage.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SOON 8000

struct scene {
	struct stage_env env;
	struct fake *slack;
	struct fake *loki;
	struct ns *ns;
};

static struct scene
set_scene(const char *slack_more, const char *loki_more)
{
	struct scene s = {
		.slack = stage_slack(slack_more),
		.loki = stage_loki(loki_more),
	};

	stage_env_begin(&s.env);
	stage_env_slack(&s.env, s.slack);
	stage_env_loki(&s.env, s.loki);
	return s;
}

static void
run(struct scene *s, char *const args[])
{
	s->ns =
	    ns_start(&(struct ns_options){ .args = args, .env = s->env.item });
}

static void
kill_9_is_one_slack_message_and_one_loki_push_that_name_it(void **state)
{
	struct scene s = set_scene("", "");

	(void)state;
	run(&s, NS_LIST("node", scratch_tests("apps/node/api.js")));
	ns_expect_line(s.ns, "listening", 15000);
	pid_t first = proc_find(s.ns, "api.js", 0);

	assert_int_equal(kill(first, SIGKILL), 0);

	fake_expect(s.slack, 1, SOON);
	fake_expect(s.loki, 1, SOON);
	ns_expect_line(s.ns, "listening", 15000);
	assert_true(fake_has(s.slack, "SIGKILL"));
	assert_true(fake_has(s.loki, "SIGKILL"));
	ns_signal(s.ns, SIGTERM);
	assert_int_equal(ns_exit_status(s.ns, SOON), 0);
	assert_int_equal(fake_requests(s.slack), 1);
	assert_int_equal(fake_requests(s.loki), 1);
	assert_int_equal(fake_count(s.slack, "\"violations\":[]"), 1);
	assert_int_equal(fake_count(s.loki, "\"violations\":[]"), 1);
	ns_end(s.ns);
}

static void
a_crash_comes_with_its_cause_and_its_last_words(void **state)
{
	struct scene s = set_scene("", "");
	char *mark = scratch_text("%s/mark", scratch_dir());

	(void)state;
	run(&s, NS_LIST(scratch_app("crash_once"), mark));

	fake_expect(s.slack, 1, SOON);
	fake_expect(s.loki, 1, SOON);

	assert_true(fake_has(s.slack, "the first life ends badly"));
	assert_true(fake_has(s.loki, "the first life ends badly"));
	ns_signal(s.ns, SIGTERM);
	assert_int_equal(ns_exit_status(s.ns, SOON), 0);
	ns_end(s.ns);
}

static void
a_slow_slack_never_delays_the_restart(void **state)
{
	struct scene s = set_scene("\"delay\": 2000", "\"delay\": 2000");
	char *mark = scratch_text("%s/mark", scratch_dir());

	(void)state;
	run(&s, NS_LIST(scratch_app("crash_once"), mark));
	ns_expect_line(s.ns, "first life", SOON);
	int64_t begun = ns_now_ms();

	ns_expect_line(s.ns, "later life", SOON);

	assert_in_range(ns_now_ms() - begun, 0, 1000);
	fake_expect(s.slack, 1, SOON);
	ns_signal(s.ns, SIGTERM);
	assert_int_equal(ns_exit_status(s.ns, SOON), 0);
	ns_end(s.ns);
}

static void
what_a_last_crash_has_to_say_is_flushed_before_the_end(void **state)
{
	struct scene s = set_scene("", "");

	(void)state;
	stage_env_add(&s.env, "CRADLE_RESTART=never");
	run(&s, NS_LIST(scratch_app("crash"), "segv"));

	assert_int_equal(ns_exit_status(s.ns, SOON), 139);

	fake_expect_text(s.slack, "SIGSEGV", 0);
	fake_expect_text(s.loki, "SIGSEGV", 0);
	fake_expect_text(s.slack, "last words of", 0);
	ns_end(s.ns);
}

static void
a_sink_that_is_not_there_costs_three_seconds_at_most(void **state)
{
	struct scene s = set_scene("", "");

	(void)state;
	stage_env_add(&s.env, "CRADLE_RESTART=never");
	fake_end(s.slack);
	fake_end(s.loki);
	int64_t begun = ns_now_ms();
	run(&s, NS_LIST(scratch_app("crash"), "segv"));

	assert_int_equal(ns_exit_status(s.ns, SOON), 139);

	assert_in_range(ns_now_ms() - begun, 0, 4500);
	ns_end(s.ns);
}

static void
a_failed_boot_is_an_event(void **state)
{
	struct scene s = set_scene("", "");
	char *file = scratch_write("cradle.json",
	    "{ \"tasks\": { \"migrate\": { \"command\": [\"%s\", \"9\"] } },\n"
	    "  \"services\": { \"a\": { \"command\": [\"%s\"] } } }\n",
	    scratch_app("crash"), scratch_app("prints_environ"));

	(void)state;
	run(&s, NS_LIST("-c", file));

	assert_int_equal(ns_exit_status(s.ns, SOON), 9);

	fake_expect_text(s.slack, "migrate", 0);
	fake_expect_text(s.slack, "last words of", 0);
	fake_expect_text(s.loki, "boot_failed", 0);
	ns_end(s.ns);
}

static void
a_crash_loop_is_told_once_and_then_the_giving_up(void **state)
{
	struct scene s = set_scene("", "");
	char *file = scratch_write("cradle.json",
	    "{ \"services\": { \"one\": { \"command\": [\"%s\", \"43\"],\n"
	    "  \"restart\": { \"delay\": \"1ms\", \"delay_max\": \"5ms\" }"
	    "  } } }\n",
	    scratch_app("crash"));

	(void)state;
	run(&s, NS_LIST("-c", file));

	assert_int_equal(ns_exit_status(s.ns, 15000), 43);

	fake_expect_text(s.loki, "gave_up", 0);
	assert_in_range(fake_count(s.loki, "\\\"crash_loop\\\""), 0, 1);
	fake_expect_text(s.slack, "gave up after", 0);
	assert_int_equal(fake_requests(s.slack), 2);
	ns_end(s.ns);
}

static void
what_cradle_ended_itself_was_not_ended_from_outside(void **state)
{
	struct scene s = set_scene("", "");
	char *file = scratch_write("cradle.json",
	    "{ \"services\": { \"late\": { \"command\": [\"sleep\", \"60\"],\n"
	    "  \"ready\": { \"exec\": [\"false\"] },\n"
	    "  \"start_timeout\": \"50ms\",\n"
	    "  \"restart\": { \"delay\": \"1ms\", \"window_failures\": 3 }"
	    "  } } }\n");

	(void)state;
	run(&s, NS_LIST("-c", file));

	assert_int_equal(ns_exit_status(s.ns, 15000), 128 + SIGTERM);

	fake_expect_text(s.slack, "gave up after 3", 0);
	fake_expect_text(s.slack, "cradle told it to end", 0);
	assert_false(fake_has(s.slack, "from outside"));
	assert_int_equal(fake_requests(s.slack), 2);
	ns_end(s.ns);
}

static void
a_clean_stop_is_no_event(void **state)
{
	struct scene s = set_scene("", "");

	(void)state;
	run(&s, NS_LIST(scratch_app("exit_7_on_term")));
	ns_expect_line(s.ns, "up", SOON);

	ns_signal(s.ns, SIGTERM);

	assert_int_equal(ns_exit_status(s.ns, SOON), 7);
	assert_int_equal(fake_requests(s.slack), 0);
	assert_int_equal(fake_requests(s.loki), 0);
	ns_end(s.ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(
		    kill_9_is_one_slack_message_and_one_loki_push_that_name_it),
		NS_TEST(a_crash_comes_with_its_cause_and_its_last_words),
		NS_TEST(a_slow_slack_never_delays_the_restart),
		NS_TEST(what_a_last_crash_has_to_say_is_flushed_before_the_end),
		NS_TEST(a_sink_that_is_not_there_costs_three_seconds_at_most),
		NS_TEST(a_failed_boot_is_an_event),
		NS_TEST(a_crash_loop_is_told_once_and_then_the_giving_up),
		NS_TEST(what_cradle_ended_itself_was_not_ended_from_outside),
		NS_TEST(a_clean_stop_is_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
