#include "ns.h"
#include "scratch.h"
#include "stage.h"

#include <setjmp.h>
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(a_program_killed_in_a_burst_loses_no_line),
		NS_TEST(a_program_that_ends_in_a_burst_loses_no_line),
		NS_TEST(node_that_throws_in_a_burst_loses_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
