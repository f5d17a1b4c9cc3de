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
#include <unistd.h>
#include <cmocka.h>

#define SOON 5000

/* A shell that says "NAME up", and at TERM "NAME told", then runs `last`. */
static char *
says(const char *name, const char *last)
{
	return scratch_text("\"command\": [\"/bin/sh\", \"-c\", \""
			    "trap 'echo %s told; %s' TERM; echo %s up; "
			    "while :; do sleep 0.05; done\"]",
	    name, last, name);
}

static struct ns *
run(const char *rest)
{
	char *file = scratch_write("cradle.json", "{ %s }\n", rest);
	return ns_run(NS_LIST("-c", file));
}

static void
a_service_starts_when_those_it_is_after_are_ready(void **state)
{
	(void)state;
	struct ns *ns = run(
	    scratch_text("\"services\": { \"two\": { %s, \"after\": [\"one\"] "
			 "}, \"one\": { %s } }",
		says("two", "exit 0"), says("one", "exit 0")));

	ns_expect_line(ns, "one up", SOON);
	int64_t began = ns_now_ms();
	ns_expect_line(ns, "two up", SOON);

	/* "one" counts as ready when it has lived for 1 s */
	assert_true(ns_now_ms() - began >= 700);
	ns_end(ns);
}

static void
the_stop_goes_backwards_and_waits_for_each(void **state)
{
	(void)state;
	struct ns *ns =
	    run(scratch_text("\"services\": { \"one\": { %s }, "
			     "\"two\": { %s, \"after\": [\"one\"] } }",
		says("one", "exit 3"),
		says("two", "sleep 0.3; echo two over; exit 0")));
	ns_expect_line(ns, "two up", SOON);

	ns_signal(ns, SIGTERM);

	ns_expect_line(ns, "two told", SOON);
	ns_expect_line(ns, "two over", SOON);
	ns_expect_line(ns, "one told", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 3);
	assert_int_equal(ns_count(ns, "told"), 2);
	ns_end(ns);
}

static void
one_that_does_not_end_holds_the_others_up_for_half_of_the_grace(void **state)
{
	(void)state;
	struct ns *ns = run(scratch_text(
	    "\"services\": { \"one\": { %s, \"stop\": { \"grace\": \"1s\" } }, "
	    "\"two\": { %s, \"after\": [\"one\"], "
	    "\"stop\": { \"grace\": \"1s\" } } }",
	    says("one", "exit 4"), says("two", ":")));
	ns_expect_line(ns, "two up", SOON);

	int64_t began = ns_now_ms();
	ns_signal(ns, SIGTERM);

	ns_expect_line(ns, "one told", SOON);
	assert_true(ns_now_ms() - began >= 400);
	assert_true(!ns_has(ns, "two did not end within"));
	assert_int_equal(ns_exit_status(ns, SOON), 4);
	assert_int_equal(ns_count(ns, "two did not end within 1000 ms"), 1);
	ns_end(ns);
}

static void
the_signal_waits_for_the_delay_and_readiness_does_not(void **state)
{
	(void)state;
	int port = probe_free_port();
	struct ns *ns = run(scratch_text(
	    "\"health\": { \"listen\": \"127.0.0.1:%d\" }, "
	    "\"services\": { \"one\": { %s, \"stop\": { \"delay\": \"800ms\" } "
	    "} }",
	    port, says("one", "exit 0")));
	(void)probe_until(ns, port, "/readyz", 200, SOON);

	int64_t began = ns_now_ms();
	ns_signal(ns, SIGTERM);

	(void)probe_until(ns, port, "/readyz", 503, SOON);
	assert_true(ns_now_ms() - began < 700);
	assert_false(ns_has(ns, "one told"));
	ns_expect_line(ns, "one told", SOON);
	assert_true(ns_now_ms() - began >= 700);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
before_stop_runs_before_the_signal_with_the_services_environment(void **state)
{
	(void)state;
	struct ns *ns = run(scratch_text(
	    "\"services\": { \"one\": { %s, \"env\": { \"WHO\": \"me\" }, "
	    "\"before_stop\": [\"/bin/sh\", \"-c\", \"echo hook of $WHO; "
	    "sleep 0.2; echo hook over\"] } }",
	    says("one", "exit 5")));
	ns_expect_line(ns, "one up", SOON);

	ns_signal(ns, SIGTERM);

	ns_expect_line(ns, "hook of me", SOON);
	ns_expect_line(ns, "hook over", SOON);
	ns_expect_line(ns, "one told", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 5);
	ns_end(ns);
}

static void
a_before_stop_that_hangs_is_killed_at_half_of_the_grace(void **state)
{
	(void)state;
	struct ns *ns = run(scratch_text(
	    "\"services\": { \"one\": { %s, \"stop\": { \"grace\": \"2s\" }, "
	    "\"before_stop\": [\"/bin/sh\", \"-c\", \"echo hook; sleep 60; "
	    "echo never\"] } }",
	    says("one", "exit 6")));
	ns_expect_line(ns, "one up", SOON);

	int64_t began = ns_now_ms();
	ns_signal(ns, SIGTERM);

	ns_expect_line(ns, "one told", SOON);
	assert_true(ns_now_ms() - began >= 900);
	assert_int_equal(ns_exit_status(ns, SOON), 6);
	assert_int_equal(ns_count(ns, "never"), 0);
	assert_true(ns_now_ms() - began < 1900);
	ns_end(ns);
}

static void
a_before_stop_that_cannot_run_is_said_and_the_stop_goes_on(void **state)
{
	(void)state;
	struct ns *ns = run(scratch_text("\"services\": { \"one\": { %s, "
					 "\"before_stop\": [\"/no/such\"] } }",
	    says("one", "exit 0")));
	ns_expect_line(ns, "one up", SOON);

	ns_signal(ns, SIGTERM);

	ns_expect_line(ns,
	    "cannot run before_stop of one: cannot execute it: /no/such:",
	    SOON);
	ns_expect_line(ns, "one told", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static struct ns *
run_task_until(int tries, int retries)
{
	char *count = scratch_text("%s/count", scratch_dir());
	return run(scratch_text(
	    "\"tasks\": { \"migrate\": { \"command\": [\"/bin/sh\", \"-c\", "
	    "\"echo x >> %s; [ $(wc -l < %s) -ge %d ] || exit 9\"], "
	    "\"retries\": %d, \"retry_delay\": \"20ms\" } }, "
	    "\"services\": { \"one\": { %s } }",
	    count, count, tries, retries, says("one", "exit 0")));
}

static void
a_task_that_fails_is_tried_again(void **state)
{
	(void)state;
	struct ns *ns = run_task_until(3, 2);

	ns_expect_line(
	    ns, "task migrate failed with code 9, try 2 of 3 in 20 ms", SOON);
	ns_expect_line(ns, "try 3 of 3 in 40 ms", SOON);
	ns_expect_line(ns, "one up", SOON);
	ns_end(ns);
}

static void
a_task_that_fails_each_time_ends_cradle_with_its_code(void **state)
{
	(void)state;
	struct ns *ns = run_task_until(9, 1);

	assert_int_equal(ns_exit_status(ns, SOON), 9);

	assert_int_equal(ns_count(ns, "try 2 of 2"), 1);
	assert_int_equal(ns_count(ns, "one up"), 0);
	ns_end(ns);
}

static void
a_stop_while_a_task_waits_for_its_next_try_ends_at_once(void **state)
{
	(void)state;
	struct ns *ns = run(scratch_text(
	    "\"tasks\": { \"migrate\": { \"command\": [\"/bin/false\"], "
	    "\"retries\": 3, \"retry_delay\": \"1h\" } }, "
	    "\"services\": { \"one\": { %s } }",
	    says("one", "exit 0")));
	ns_expect_line(ns, "try 2 of 4", SOON);

	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 128 + SIGTERM);
	ns_end(ns);
}

static void
signals_become_what_the_configuration_says(void **state)
{
	(void)state;
	struct ns *ns = run(scratch_text(
	    "\"signals\": { \"HUP\": \"restart\", \"SIGUSR1\": \"drop\", "
	    "\"usr2\": \"SIGTERM\" }, "
	    "\"services\": { \"one\": { %s } }",
	    says("one", "exit 7")));
	ns_expect_line(ns, "one up", SOON);

	ns_signal(ns, SIGUSR1); /* would kill the shell */
	ns_signal(ns, SIGHUP);
	ns_expect_line(ns, "SIGHUP: restarting every service", SOON);
	ns_expect_line(ns, "one told", SOON);
	ns_expect_line(ns, "one up", SOON);
	ns_signal(ns, SIGUSR2); /* a TERM that stops the app alone */
	ns_expect_line(ns, "one told", SOON);
	ns_expect_line(ns, "one exited with code 7", SOON);
	ns_expect_line(ns, "one up", SOON);
	ns_end(ns);
}

static void
a_service_is_restarted_when_its_cron_line_is_due(void **state)
{
	(void)state;
	struct ns *ns =
	    run(scratch_text("\"services\": { \"one\": { %s, "
			     "\"restart\": { \"cron\": \"*/2 * * * * *\" } } }",
		says("one", "exit 0")));
	ns_expect_line(ns, "one up", SOON);

	ns_expect_line(ns, "as its restart.cron says", SOON);
	ns_expect_line(ns, "one up", SOON);
	ns_expect_line(ns, "as its restart.cron says", SOON);
	ns_expect_line(ns, "one up", SOON);

	assert_int_equal(ns_count(ns, "crash"), 0);
	ns_end(ns);
}

static void
a_restart_that_was_asked_for_is_no_failure(void **state)
{
	(void)state;
	struct ns *ns = run(scratch_text(
	    "\"signals\": { \"HUP\": \"restart\" }, \"services\": { "
	    "\"one\": { %s, \"restart\": { \"window_failures\": 2 } } }",
	    says("one", "exit 7")));

	for (int i = 0; i < 5; i++) {
		ns_expect_line(ns, "one up", SOON);
		ns_signal(ns, SIGHUP);
		ns_expect_line(ns, "one told", SOON);
	}

	ns_expect_line(ns, "one up", SOON);
	assert_int_equal(ns_count(ns, "giving up"), 0);
	ns_end(ns);
}

/* They are started by hand, or not at all. */
static void
a_mapped_signal_leaves_who_was_stopped_and_who_is_done(void **state)
{
	char *file = scratch_write("cradle.json",
	    "{\"signals\":{\"HUP\":\"restart\"},\"control\":\"%s/sock\","
	    "\"services\":{\"one\":{\"command\":[\"%s\"]},"
	    "\"once\":{\"command\":[\"echo\",\"this is once\"],"
	    "\"essential\":false},"
	    "\"rests\":{\"command\":[\"sleep\",\"4721\"]}}}",
	    scratch_dir(), scratch_app("exit_7_on_term"));

	(void)state;
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "ready in", SOON);
	struct ns *stop = ns_start(&(struct ns_options){
	    .args = NS_LIST("stop", "-c", file, "rests"), .plain = true });
	assert_int_equal(ns_exit_status(stop, SOON), 0);
	ns_end(stop);

	ns_signal(ns, SIGHUP);
	ns_expect_line(ns, "up ", SOON);
	ns_expect_line(ns, "up ", SOON);
	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 7);
	assert_int_equal(ns_count(ns, "this is once"), 1);
	assert_int_equal(proc_find(ns, "sleep 4721", 0), 0);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(a_service_starts_when_those_it_is_after_are_ready),
		NS_TEST(the_stop_goes_backwards_and_waits_for_each),
		NS_TEST(
		    one_that_does_not_end_holds_the_others_up_for_half_of_the_grace),
		NS_TEST(the_signal_waits_for_the_delay_and_readiness_does_not),
		NS_TEST(
		    before_stop_runs_before_the_signal_with_the_services_environment),
		NS_TEST(
		    a_before_stop_that_hangs_is_killed_at_half_of_the_grace),
		NS_TEST(
		    a_before_stop_that_cannot_run_is_said_and_the_stop_goes_on),
		NS_TEST(a_task_that_fails_is_tried_again),
		NS_TEST(a_task_that_fails_each_time_ends_cradle_with_its_code),
		NS_TEST(
		    a_stop_while_a_task_waits_for_its_next_try_ends_at_once),
		NS_TEST(signals_become_what_the_configuration_says),
		NS_TEST(a_service_is_restarted_when_its_cron_line_is_due),
		NS_TEST(a_restart_that_was_asked_for_is_no_failure),
		NS_TEST(a_mapped_signal_leaves_who_was_stopped_and_who_is_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
