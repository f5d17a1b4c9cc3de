#include "ns.h"
#include "proc.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#define SOON 5000
#define IDLE_MS 200 /* of processor time, for a whole life of cradle */

static struct ns *
run_service(const char *service)
{
	char *file = scratch_write(
	    "cradle.json", "{ \"services\": { \"one\": { %s } } }\n", service);

	return ns_run(NS_LIST("-c", file));
}

/* Processor time of all that was waited for, their own children included. */
static long
used_ms(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_CHILDREN, &u), 0);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

/* Crashed once, then ready; its stop outlasts "stable again". */
static struct ns *
begin_late_stop(void)
{
	char *mark = scratch_text("%s/mark", scratch_dir());
	struct ns *ns = run_service(
	    scratch_text("\"command\": [\"%s\", \"30800\", \"4\", \"%s\"],"
			 "\"stop\": { \"grace\": \"40s\" }",
		scratch_app("drains"), mark));

	ns_expect_line(ns, "ready in ", SOON);
	ns_signal(ns, SIGTERM);
	ns_expect_line(ns, "draining", SOON);
	return ns;
}

/* Not even ready yet. */
static struct ns *
begin_early_stop(void)
{
	struct ns *ns = ns_run(NS_LIST(scratch_app("drains"), "2000", "5"));

	ns_expect_line(ns, "up ", SOON);
	ns_signal(ns, SIGTERM);
	ns_expect_line(ns, "draining", SOON);
	return ns;
}

/* Both at once, since the late one takes half a minute. */
static void
a_stop_that_takes_long_leaves_cradle_idle(void **state)
{
	long before = used_ms();

	(void)state;
	struct ns *late = begin_late_stop();
	struct ns *early = begin_early_stop();

	assert_int_equal(ns_exit_status(early, SOON), 5);
	assert_in_range(used_ms() - before, 0, IDLE_MS);
	ns_end(early);
	assert_int_equal(ns_exit_status(late, 40000), 4);
	assert_in_range(used_ms() - before, 0, 2 * IDLE_MS);
	ns_end(late);
}

static void
a_process_that_cannot_be_killed_is_left_after_the_grace(void **state)
{
	char *env[] = { ns_path(), "CRADLE_GRACE=300ms", NULL };
	struct ns *ns;

	(void)state;
	ns = ns_start(&(struct ns_options){
	    .program = scratch_app("prepare"),
	    .args = NS_LIST(
		"no_kill", "--", scratch_cradle(), scratch_app("changes_user")),
	    .env = env,
	});
	ns_expect_line(ns, "up as ", SOON);

	ns_signal(ns, SIGTERM);

	ns_expect_line(ns, "cannot end every process", SOON);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

static void
what_a_dead_life_left_is_told_and_then_killed_while_the_next_runs(void **state)
{
	char *mark = scratch_text("%s/mark", scratch_dir());
	struct ns *ns;

	(void)state;
	ns = run_service(scratch_text("\"command\": [\"%s\", \"%s\"],"
				      "\"stop\": { \"grace\": \"500ms\" }",
	    scratch_app("leaves_child"), mark));
	ns_expect_line(ns, "child was told", SOON);
	int64_t told = ns_now_ms();
	pid_t next = proc_await(ns, "leaves_child", 0, SOON);
	assert_true(proc_find(ns, "ccc ", 0) > 0);

	proc_await_gone(ns, "ccc ", SOON);

	assert_in_range(ns_now_ms() - told, 300, 2500);
	assert_int_equal(proc_find(ns, "leaves_child", 0), next);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(a_stop_that_takes_long_leaves_cradle_idle),
		NS_TEST(
		    a_process_that_cannot_be_killed_is_left_after_the_grace),
		NS_TEST(
		    what_a_dead_life_left_is_told_and_then_killed_while_the_next_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
