#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scratch.h"
#include "stage.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SOON 10000
#define LINES 5000

/* Lines 1 to LINES, each once and in order, and the unfinished last one. */
static void
expect_all_lines(const struct ns *ns)
{
	const char *at = ns->out.data;

	for (int i = 1; i <= LINES; i++) {
		char want[32];
		int n = snprintf(want, sizeof(want), "line %06d ", i);
		if (strncmp(at, want, (size_t)n) != 0)
			ns_fail(ns, "line %d is lost or torn", i);
		at = strchr(at, '\n');
		if (at == NULL)
			ns_fail(ns, "line %d has no end", i);
		at++;
	}
	assert_string_equal(at, "the last words have no newline\n");
}

static struct ns *
burst(const char *how)
{
	struct stage_env env;

	stage_env_begin(&env);
	stage_env_add(&env, "CRADLE_RESTART=never");
	/* a sink, so that the scribe stands between */
	stage_env_add(
	    &env, "CRADLE_SLACK_WEBHOOK=http://127.0.0.1:1/services/x");
	return ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("writes_burst_and_dies"),
		scratch_text("%d", LINES), scratch_text("%s", how)),
	    .env = env.item,
	});
}

static void
a_program_killed_in_a_burst_loses_no_line(void **state)
{
	(void)state;
	struct ns *ns = burst("kill");

	assert_int_equal(ns_exit_status(ns, SOON), 137);
	expect_all_lines(ns);
	ns_end(ns);
}

static void
a_program_that_ends_in_a_burst_loses_no_line(void **state)
{
	(void)state;
	struct ns *ns = burst("0");

	assert_int_equal(ns_exit_status(ns, SOON), 0);
	expect_all_lines(ns);
	ns_end(ns);
}

static void
node_that_throws_in_a_burst_loses_no_line(void **state)
{
	struct stage_env env;

	(void)state;
	stage_env_begin(&env);
	stage_env_add(&env, "CRADLE_RESTART=never");
	stage_env_add(
	    &env, "CRADLE_SLACK_WEBHOOK=http://127.0.0.1:1/services/x");
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("node", scratch_tests("apps/node/burst.js"),
		scratch_text("%d", LINES)),
	    .env = env.item,
	});

	assert_int_equal(ns_exit_status(ns, 15000), 1);
	expect_all_lines(ns);
	assert_true(ns_has(ns, "TypeError: the sample crash"));
	ns_end(ns);
}

/* It has not run for a while: its pipe and all behind it are full. */
static void
expect_blocked(pid_t app)
{
	int64_t deadline = ns_now_ms() + SOON;
	long before;

	do {
		before = proc_status(app, "voluntary_ctxt_switches");
		(void)poll(NULL, 0, 300);
		assert_true(ns_now_ms() < deadline);
	} while (proc_status(app, "voluntary_ctxt_switches") != before ||
		 proc_state(app) != 'S');
}

/* The outputs are full, and nobody reads: PID 1 must not care. */
static void
a_blocked_output_holds_up_the_app_alone(void **state)
{
	struct stage_env env;
	int port = probe_free_port();

	(void)state;
	stage_env_begin(&env);
	stage_env_add(&env, "CRADLE_HEALTH_LISTEN=127.0.0.1:%d", port);
	stage_env_add(
	    &env, "CRADLE_SLACK_WEBHOOK=http://127.0.0.1:1/services/x");
	struct ns *ns = ns_start(&(struct ns_options){
	    .args =
		NS_LIST(scratch_app("writes_burst_and_dies"), "200000", "0"),
	    .env = env.item,
	});
	pid_t app = proc_await(ns, "writes_burst", 0, SOON);
	expect_blocked(app);

	assert_int_equal(probe_get(port, "/livez", SOON).status, 200);
	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 128 + SIGTERM);
	ns_end(ns);
}

static void
a_reader_that_goes_away_ends_nothing(void **state)
{
	struct stage_env env;

	(void)state;
	stage_env_begin(&env);
	stage_env_add(
	    &env, "CRADLE_SLACK_WEBHOOK=http://127.0.0.1:1/services/x");
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("prints_signals")),
	    .env = env.item,
	});
	ns_expect_line(ns, "up", SOON);
	ns_deafen(ns);

	ns_signal(ns, SIGUSR1);
	ns_signal(ns, SIGUSR2);
	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(a_program_killed_in_a_burst_loses_no_line),
		NS_TEST(a_program_that_ends_in_a_burst_loses_no_line),
		NS_TEST(a_blocked_output_holds_up_the_app_alone),
		NS_TEST(a_reader_that_goes_away_ends_nothing),
		NS_TEST(node_that_throws_in_a_burst_loses_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
