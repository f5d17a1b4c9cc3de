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
#define NODE_BOOT 15000

/* cradle with one service "api" and health on a port, 0: none. */
static struct ns *
run(int health, const char *rest)
{
	const char *more =
	    health == 0
		? ""
		: scratch_text(
		      ", \"health\": {\"listen\": \"127.0.0.1:%d\"}", health);
	char *file = scratch_write("cradle.json",
	    "{ \"services\": { \"api\": { %s, \"stop\": {\"grace\": \"1s\"} } "
	    "}%s }\n",
	    rest, more);
	return ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", file), .cwd = scratch_dir() });
}

static struct ns *
run_node(int health, const char *how, const char *keys)
{
	int port = probe_free_port();
	return run(health,
	    scratch_text("\"command\": [\"node\", \"%s\", \"%s\", \"%d\"], "
			 "\"ready\": \"listen\", \"alive\": {\"http\": "
			 "\"http://127.0.0.1:%d/\", %s",
		scratch_tests("apps/node/speaks.js"), how, port, port, keys));
}

static struct ns *
run_notifies(const char *words, const char *keys)
{
	return run(
	    0, scratch_text("\"command\": [\"%s\", %s], \"ready\": \"notify\", "
			    "%s",
		   scratch_app("notifies"), words, keys));
}

static void
a_hanging_service_is_replaced_and_the_metrics_say_why(void **state)
{
	(void)state;
	int health = probe_free_port();
	struct ns *ns = run_node(health, "hangs",
	    "\"every\": \"200ms\", \"timeout\": \"200ms\", \"failures\": 2}");
	ns_expect_line(ns, "listens", NODE_BOOT);

	ns_expect_line(ns, "api did not answer 2 probes (http://", SOON);
	ns_expect_line(ns, "listens", NODE_BOOT);

	struct probe_reply r = probe_until(ns, health, "/metrics", 200, SOON);
	assert_non_null(strstr(r.body,
	    "cradle_service_exits_total{service=\"api\",reason=\"probe\"} 1"));
	ns_end(ns);
}

static bool
has_report(struct ns *ns, void *arg)
{
	(void)arg;
	return ns_has(ns, "Node.js report completed");
}

static void
an_ailing_node_writes_its_report(void **state)
{
	(void)state;
	struct ns *ns = run_node(0, "ails",
	    "\"every\": \"200ms\", \"failures\": 2}, \"report\": true");

	ns_expect_line(ns, "status 500) and is replaced", NODE_BOOT);
	ns_wait(ns, has_report, NULL, SOON, "Node's report");
	ns_expect_line(ns, "listens", NODE_BOOT);
	ns_end(ns);
}

static void
a_missed_watchdog_replaces_it(void **state)
{
	(void)state;
	struct ns *ns = run_notifies("\"READY=1\", \"WATCHDOG=1\"",
	    "\"alive\": [\"notify\", {\"exec\": [\"true\"], \"every\": "
	    "\"500ms\"}]");

	ns_expect_line(ns, "api did not send WATCHDOG=1 within 500 ms", SOON);
	ns_end(ns);
}

static void
a_triggered_watchdog_replaces_it_at_once(void **state)
{
	(void)state;
	struct ns *ns = run_notifies(
	    "\"READY=1\", \"print:x\", \"+200\", \"WATCHDOG=trigger\"",
	    "\"alive\": \"notify\"");

	ns_expect_line(ns, "WATCHDOG=trigger) and is replaced", SOON);
	ns_end(ns);
}

static void
a_failing_command_replaces_it(void **state)
{
	(void)state;
	struct ns *ns = run_notifies("\"READY=1\"",
	    "\"alive\": {\"exec\": [\"false\"], \"every\": \"50ms\", "
	    "\"failures\": 3}");

	ns_expect_line(ns, "did not answer 3 probes (false: code 1)", SOON);
	ns_end(ns);
}

static void
a_command_that_hangs_is_a_failure(void **state)
{
	(void)state;
	struct ns *ns = run_notifies("\"READY=1\"",
	    "\"alive\": {\"exec\": [\"sleep\", \"60\"], \"every\": \"50ms\", "
	    "\"timeout\": \"100ms\", \"failures\": 1}");

	ns_expect_line(ns, "no answer within 100 ms) and is replaced", SOON);
	proc_await_gone(ns, "sleep 60", SOON);
	ns_end(ns);
}

/* Children first are frozen last, so that nobody sees another missing. */
static void
signal_all(struct ns *ns, int sig)
{
	pid_t pid[PROC_MAX];
	int n = proc_list(ns, pid, PROC_MAX);
	for (int i = 0; i < n; i++)
		(void)kill(pid[i], sig);
}

static void
a_thawed_container_keeps_its_healthy_service(void **state)
{
	(void)state;
	int health = probe_free_port();
	struct ns *ns = run(health,
	    scratch_text("\"command\": [\"%s\", \"READY=1\", \"ping\"], "
			 "\"ready\": \"notify\", \"alive\": [\"notify\", "
			 "{\"tcp\": \"127.0.0.1:%d\", \"every\": \"400ms\", "
			 "\"timeout\": \"300ms\", \"failures\": 1}]",
		scratch_app("notifies"), health));
	probe_until(ns, health, "/readyz", 200, SOON);
	pid_t first = proc_find(ns, "notifies", 0);

	for (int i = 0; i < 3; i++) {
		signal_all(ns, SIGSTOP);
		(void)usleep(2500 * 1000); /* longer than any deadline */
		signal_all(ns, SIGCONT);
		probe_until(ns, health, "/readyz", 200, SOON);
		ns_pump(ns, 700);
	}

	assert_false(ns_has(ns, "is replaced"));
	assert_int_equal(proc_find(ns, "notifies", 0), first);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(a_hanging_service_is_replaced_and_the_metrics_say_why),
		NS_TEST(an_ailing_node_writes_its_report),
		NS_TEST(a_missed_watchdog_replaces_it),
		NS_TEST(a_triggered_watchdog_replaces_it_at_once),
		NS_TEST(a_failing_command_replaces_it),
		NS_TEST(a_command_that_hangs_is_a_failure),
		NS_TEST(a_thawed_container_keeps_its_healthy_service),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
