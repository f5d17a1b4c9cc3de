#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scene.h"
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

/* cradle with one service "api"; rest: its command and keys. */
static struct ns *
run(const char *rest)
{
	char *file = scratch_write(
	    "cradle.json", "{ \"services\": { \"api\": { %s } } }\n", rest);
	return ns_run(NS_LIST("-c", file));
}

static struct ns *
run_node(const char *how, int port, const char *keys)
{
	return run(scratch_text("\"command\": [\"node\", \"%s\", \"%s\", "
				"\"%d\"], %s",
	    scratch_tests("apps/node/speaks.js"), how, port, keys));
}

static struct ns *
run_notifies(const char *words, const char *keys)
{
	return run(scratch_text("\"command\": [\"%s\", %s], %s",
	    scratch_app("notifies"), words, keys));
}

static void
end_cleanly(struct ns *ns, int status)
{
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), status);
	ns_end(ns);
}

static void
node_says_ready_on_its_channel(void **state)
{
	(void)state;
	struct ns *ns = run_node("ipc", 0, "\"ready\": \"ipc\"");

	ns_expect_line(ns, "ready in", NODE_BOOT);
	end_cleanly(ns, 0);
}

static void
the_channel_does_not_keep_node_alive(void **state)
{
	(void)state;
	struct ns *ns = run_node("ends", 0, "\"ready\": \"ipc\"");

	ns_expect_line(ns, "channel true", NODE_BOOT);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
a_message_is_the_stop_when_asked_for(void **state)
{
	(void)state;
	struct ns *ns = run_node(
	    "message", 0, "\"ready\": \"ipc\", \"stop\": {\"message\": true}");
	ns_expect_line(ns, "ready in", NODE_BOOT);

	ns_signal(ns, SIGTERM);

	ns_expect_line(ns, "told by message: shutdown", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	assert_false(ns_has(ns, "told by signal"));
	ns_end(ns);
}

static void
a_newline_on_a_descriptor_is_ready(void **state)
{
	(void)state;
	struct ns *ns = run_node("fd", 0, "\"ready\": \"fd:5\"");

	ns_expect_line(ns, "ready in", NODE_BOOT);
	end_cleanly(ns, 0);
}

static void
a_closed_descriptor_without_newline_is_not_ready(void **state)
{
	(void)state;
	struct ns *ns =
	    run("\"command\": [\"/bin/sh\", \"-c\", \"printf no >&7; exec "
		"7>&-; sleep 30\"], \"ready\": \"fd:7\", "
		"\"start_timeout\": \"300ms\", \"restart\": {\"policy\": "
		"\"never\"}");

	ns_expect_line(ns, "was not ready in time", SOON);
	assert_false(ns_has(ns, "cradle: ready in"));
	ns_end(ns);
}

static void
a_listening_socket_is_ready(void **state)
{
	(void)state;
	int port = probe_free_port();
	struct ns *ns = run_node("listen", port, "\"ready\": \"listen\"");

	ns_expect_line(ns, "ready in", NODE_BOOT);
	assert_int_equal(probe_get(port, "/", SOON).status, 200);
	end_cleanly(ns, 0);
}

static void
notify_says_ready_and_passes_barriers(void **state)
{
	(void)state;
	struct ns *ns = run_notifies("\"STATUS=booting\", \"+200\", "
				     "\"MAINPID=1\\nREADY=1\", \"barrier\"",
	    "\"ready\": \"notify\"");

	ns_expect_line(ns, "ready in", SOON);
	ns_expect_line(ns, "barrier passed", SOON);
	end_cleanly(ns, 128 + SIGTERM);
}

static void
what_it_says_of_itself_is_shown(void **state)
{
	(void)state;
	int health = probe_free_port();
	char *file = scratch_write("cradle.json",
	    "{ \"services\": { \"api\": { \"command\": [\"%s\", "
	    "\"STATUS=h\\u00e9llo\\nREADY=1\", \"RELOADING=1\", "
	    "\"print:said\", \"+1500\", \"STOPPING=1\"], \"ready\": "
	    "\"notify\" } }, \"health\": {\"listen\": "
	    "\"127.0.0.1:%d\"} }\n",
	    scratch_app("notifies"), health);
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "said", SOON);

	probe_until(ns, health, "/readyz", 200, 1400);
	const char *status = probe_get(health, "/status", SOON).body;

	assert_non_null(strstr(status, "\"said\":\"h\xc3\xa9llo\""));
	assert_non_null(strstr(status, "\"phase\":\"reloading\""));
	probe_until(ns, health, "/readyz", 503, SOON);
	end_cleanly(ns, 128 + SIGTERM);
}

static void
a_flood_of_words_does_not_keep_cradle_from_its_work(void **state)
{
	(void)state;
	struct ns *ns =
	    run_notifies("\"READY=1\", \"flood\"", "\"ready\": \"notify\"");

	ns_expect_line(ns, "ready in", SOON);
	end_cleanly(ns, 128 + SIGTERM);
}

static void
more_time_to_start_is_given_when_asked_for(void **state)
{
	(void)state;
	struct ns *ns = run_notifies(
	    "\"EXTEND_TIMEOUT_USEC=4000000\", \"+900\", \"READY=1\"",
	    "\"ready\": \"notify\", \"start_timeout\": \"400ms\"");

	ns_expect_line(ns, "ready in", SOON);
	assert_false(ns_has(ns, "was not ready in time"));
	end_cleanly(ns, 128 + SIGTERM);
}

static void
a_command_that_ends_with_0_is_ready(void **state)
{
	(void)state;
	char *flag = scratch_text("%s/flag", scratch_dir());
	struct ns *ns = run(
	    scratch_text("\"command\": [\"/bin/sh\", \"-c\", \"sleep 0.4; "
			 "echo made; : > %s; sleep 30\"], \"ready\": "
			 "{\"exec\": [\"test\", \"-e\", \"%s\"], \"every\": "
			 "\"50ms\"}",
		flag, flag));

	ns_expect_line(ns, "made", SOON);
	ns_expect_line(ns, "ready in", SOON);
	end_cleanly(ns, 128 + SIGTERM);
}

static void
all_of_several_must_have_come(void **state)
{
	(void)state;
	int port = probe_free_port();
	struct ns *ns = run(scratch_text(
	    "\"command\": [\"/bin/sh\", \"-c\", \"echo >&6; sleep 1; echo "
	    "starts; exec node %s well %d\"], \"ready\": [\"fd:6\", "
	    "\"listen\", {\"http\": \"http://127.0.0.1:%d/\", \"tcp\": "
	    "\"127.0.0.1:%d\"}]",
	    scratch_tests("apps/node/speaks.js"), port, port, port));

	ns_expect_line(ns, "starts", SOON);
	assert_false(ns_has(ns, "cradle: ready in"));
	ns_expect_line(ns, "listens", NODE_BOOT);
	ns_expect_line(ns, "ready in", SOON);
	end_cleanly(ns, 0);
}

static bool
has_lived(struct ns *ns, void *arg)
{
	return ns_count(ns, "a life") >= *(int *)arg;
}

/* How many there are at one look depends on the moment within a life, so the
 * few of an early moment must come again: a leak never gives them back. */
static void
a_thousand_lives_leak_no_descriptor(void **state)
{
	(void)state;
	int first = 20, last = 1000;
	struct ns *ns =
	    run("\"command\": [\"/bin/sh\", \"-c\", \"echo a life\"], "
		"\"ready\": [\"notify\", \"ipc\", \"fd:5\"], "
		"\"stop\": {\"message\": true}, \"restart\": {\"policy\": "
		"\"always\", \"delay\": \"1ms\", \"delay_max\": \"2ms\"}");
	ns_wait(ns, has_lived, &first, SOON, "the first lives");
	int before = scene_descriptors(ns);

	ns_wait(ns, has_lived, &last, 60000, "a thousand lives");

	scene_await_descriptors(ns, before, SOON);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(node_says_ready_on_its_channel),
		NS_TEST(the_channel_does_not_keep_node_alive),
		NS_TEST(a_message_is_the_stop_when_asked_for),
		NS_TEST(a_newline_on_a_descriptor_is_ready),
		NS_TEST(a_closed_descriptor_without_newline_is_not_ready),
		NS_TEST(a_listening_socket_is_ready),
		NS_TEST(notify_says_ready_and_passes_barriers),
		NS_TEST(what_it_says_of_itself_is_shown),
		NS_TEST(a_flood_of_words_does_not_keep_cradle_from_its_work),
		NS_TEST(more_time_to_start_is_given_when_asked_for),
		NS_TEST(a_command_that_ends_with_0_is_ready),
		NS_TEST(all_of_several_must_have_come),
		NS_TEST(a_thousand_lives_leak_no_descriptor),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
