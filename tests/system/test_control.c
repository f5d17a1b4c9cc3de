/* restart, stop, start and logs, as somebody types them. */
#include "commands.h"
#include "ns.h"
#include "proc.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 10000

static void
one_service_is_restarted_stopped_and_started(void **state)
{
	(void)state;
	struct ns *ns = commands_start_usual();
	pid_t api = proc_find(ns, "sleep 4001", 0);
	pid_t worker = proc_find(ns, "sleep 4002", 0);

	struct said s = COMMAND("restart", "api");
	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "api restarted: ready in "));
	pid_t second = proc_find(ns, "sleep 4001", 0);
	assert_true(second > 0 && second != api);
	assert_int_equal(proc_find(ns, "sleep 4002", 0), worker);

	s = COMMAND("stop", "api");
	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "api stopped in "));
	assert_int_equal(proc_find(ns, "sleep 4001", 0), 0);
	s = COMMAND("stop", "api");
	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "api was not running"));
	assert_non_null(strstr(COMMAND("status").out, "\napi     stopped"));

	s = COMMAND("start", "api");
	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "api started: ready in "));
	pid_t third = proc_find(ns, "sleep 4001", 0);
	assert_true(third > 0 && third != second);
	s = COMMAND("start", "api");
	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "api is running already"));
	assert_int_equal(proc_find(ns, "sleep 4001", 0), third);
	assert_int_equal(proc_find(ns, "sleep 4002", 0), worker);
	commands_stop(ns);
}

static void
without_a_name_all_are_restarted(void **state)
{
	(void)state;
	struct ns *ns = commands_start_usual();
	pid_t api = proc_find(ns, "sleep 4001", 0);
	pid_t worker = proc_find(ns, "sleep 4002", 0);

	struct said s = COMMAND("reload");

	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "api reloaded: ready in "));
	assert_non_null(strstr(s.out, "worker reloaded: ready in "));
	assert_int_not_equal(proc_find(ns, "sleep 4001", 0), api);
	assert_int_not_equal(proc_find(ns, "sleep 4002", 0), worker);
	commands_stop(ns);
}

static void
a_restart_that_fails_says_how(void **state)
{
	(void)state;
	char *flag = scratch_write("broken", "no");
	char *file = scratch_write("cradle.json",
	    "{ \"control\": \"%s\", \"services\": { \"api\": {\n"
	    "  \"command\": [\"sh\", \"-c\", \"grep -q no %s && exec sleep "
	    "4001; exit 3\"] } } }\n",
	    commands_socket(), flag);
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "ready in", SOON);
	(void)scratch_write("broken", "yes");

	struct said s = COMMAND("restart", "api");

	assert_int_equal(s.code, 1);
	assert_string_equal(s.out, "");
	assert_non_null(strstr(s.err, "api failed: exited with code 3 after "));
	commands_stop(ns);
}

static void
one_that_ends_cleanly_has_not_failed(void **state)
{
	(void)state;
	char *file = scratch_write("cradle.json",
	    "{ \"control\": \"%s\", \"services\": {\n"
	    "  \"once\": { \"command\": [\"sh\", \"-c\", \"echo once\"],\n"
	    "    \"essential\": false },\n"
	    "  \"api\": { \"command\": [\"sleep\", \"4001\"] } } }\n",
	    commands_socket());
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "ready in", SOON);

	struct said s = COMMAND("start", "once");

	assert_int_equal(s.code, 0);
	assert_non_null(
	    strstr(s.out, "once is done: exited with code 0 after "));
	ns_expect_line(ns, "once", SOON);
	ns_expect_line(ns, "once", SOON);
	commands_stop(ns);
}

static void
an_unknown_service_is_refused_with_the_nearest(void **state)
{
	(void)state;
	struct ns *ns = commands_start_usual();

	struct said s = COMMAND("restart", "wroker");

	assert_int_equal(s.code, 1);
	assert_non_null(
	    strstr(s.err, "there is no service wroker (did you mean worker)"));
	assert_int_equal(COMMAND("status", "api").code, 64);
	assert_int_equal(COMMAND("restart", "--wait").code, 64);
	assert_int_equal(COMMAND("logs", "-n", "x").code, 64);
	commands_stop(ns);
}

static void
stop_without_a_name_stops_cradle(void **state)
{
	(void)state;
	struct ns *ns = commands_start_usual();

	struct said s = COMMAND("stop");

	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "cradle stopped in "));
	assert_int_equal(ns_exit_status(ns, SOON), 128 + SIGTERM);
	ns_end(ns);
	assert_int_equal(access(commands_socket(), F_OK), -1);
	s = COMMAND("status");
	assert_int_equal(s.code, 69);
	assert_non_null(strstr(s.err, commands_socket()));
}

static void
logs_say_that_nothing_is_captured(void **state)
{
	(void)state;
	struct ns *ns = commands_start_usual();

	struct said s = COMMAND("logs", "api");

	assert_int_equal(s.code, 1);
	assert_non_null(strstr(s.err, "output is not captured"));
	commands_stop(ns);
}

static void
logs_show_the_tail_and_follow(void **state)
{
	(void)state;
	char *more = scratch_write("more", "%s", "");
	char *file = scratch_write("cradle.json",
	    "{ \"control\": \"%s\",\n"
	    "  \"events\": { \"slack\": { \"webhook\": "
	    "\"http://127.0.0.1:9/x\" } },\n"
	    "  \"services\": { \"api\": { \"command\": [\"sh\", \"-c\",\n"
	    "  \"seq 1 9000; echo oops >&2; exec tail -f %s\"] } } }\n",
	    commands_socket(), more);
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "ready in", SOON);

	struct said s = COMMAND("logs", "-n", "2", "api");
	assert_int_equal(s.code, 0);
	assert_string_equal(s.out, "8999\n9000\n");
	assert_string_equal(s.err, "oops\n");
	s = COMMAND("logs", "-n", "9000");
	assert_ptr_equal(strstr(s.out, "1\n2\n3\n"), s.out);
	assert_int_equal(strlen(s.out), 9 * 2 + 90 * 3 + 900 * 4 + 8001 * 5);

	struct ns *follow = ns_start(&(struct ns_options){
	    .args = NS_LIST("logs", "-f", "-n", "1"),
	    .env = NS_LIST(ns_path(),
		scratch_text("CRADLE_CONTROL=%s", commands_socket())),
	    .plain = true,
	});
	ns_expect_line(follow, "9000", SOON);
	(void)scratch_write("more", "%s", "once more\n");
	ns_expect_line(follow, "once more", SOON);
	ns_signal(follow, SIGTERM);
	(void)ns_exit_status(follow, SOON);
	assert_false(ns_has(follow, "8999"));
	ns_end(follow);
	commands_stop(ns);
}

static void
nothing_is_started_by_hand_before_boot_comes_to_it(void **state)
{
	(void)state;
	char *file = scratch_write("cradle.json",
	    "{ \"control\": \"%s\",\n"
	    "  \"tasks\": { \"migrate\": { \"command\": [\"sh\", \"-c\",\n"
	    "    \"echo migrating; exec sleep 4003\"] } },\n"
	    "  \"services\": { \"api\": { \"command\": "
	    "[\"sleep\", \"4001\"] } } }\n",
	    commands_socket());
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "migrating", SOON);
	(void)proc_await(ns, "sleep 4003", 0, SOON);

	struct said s = COMMAND("restart", "api");
	assert_int_equal(s.code, 1);
	assert_non_null(strstr(s.err, "nothing has been started yet"));
	assert_int_equal(COMMAND("stop", "api").code, 1);
	s = COMMAND("status");
	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "boot: migrate\n"));
	assert_int_equal(proc_find(ns, "sleep 4001", 0), 0);
	assert_int_equal(COMMAND("stop").code, 0);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

/* "db" never says that it is ready; "api" and its like wait for it. */
static struct ns *
start_in_a_row(void)
{
	char *file = scratch_write("cradle.json",
	    "{ \"control\": \"%s\", \"services\": {\n"
	    "  \"db\": { \"command\": [\"sleep\", \"4001\"],\n"
	    "    \"ready\": \"notify\" },\n"
	    "  \"api\": { \"command\": [\"sleep\", \"4002\"],\n"
	    "    \"after\": [\"db\"] },\n"
	    "  \"web\": { \"command\": [\"sleep\", \"4003\"],\n"
	    "    \"after\": [\"api\"] } } }\n",
	    commands_socket());
	struct ns *ns = ns_run(NS_LIST("-c", file));
	(void)proc_await(ns, "sleep 4001", 0, SOON);
	assert_int_equal(proc_find(ns, "sleep 4002", 0), 0);
	return ns;
}

static void
one_stopped_by_hand_holds_nobody_back(void **state)
{
	(void)state;
	struct ns *ns = start_in_a_row();

	/* one that starts, and one that waits to start */
	assert_int_equal(COMMAND("stop", "db").code, 0);
	(void)proc_await(ns, "sleep 4002", 0, SOON);
	assert_int_equal(COMMAND("stop", "web").code, 0);

	ns_expect_line(ns, "ready in", SOON);
	assert_int_equal(proc_find(ns, "sleep 4001", 0), 0);
	assert_int_equal(proc_find(ns, "sleep 4003", 0), 0);
	assert_int_equal(COMMAND("start", "web").code, 0);
	(void)proc_await(ns, "sleep 4003", 0, SOON);
	commands_stop(ns);
}

static void
one_stopped_before_its_turn_lets_the_next_begin(void **state)
{
	(void)state;
	struct ns *ns = start_in_a_row();

	struct said s = COMMAND("restart", "api");
	assert_int_equal(s.code, 1);
	assert_non_null(strstr(s.err, "api waits for a service"));
	assert_int_equal(COMMAND("stop", "api").code, 0);

	(void)proc_await(ns, "sleep 4003", 0, SOON);
	assert_non_null(strstr(COMMAND("status").out, "\napi   stopped"));
	assert_int_equal(ns_count(ns, "ready in"), 0);
	commands_stop(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(one_service_is_restarted_stopped_and_started),
		NS_TEST(without_a_name_all_are_restarted),
		NS_TEST(a_restart_that_fails_says_how),
		NS_TEST(one_that_ends_cleanly_has_not_failed),
		NS_TEST(an_unknown_service_is_refused_with_the_nearest),
		NS_TEST(stop_without_a_name_stops_cradle),
		NS_TEST(logs_say_that_nothing_is_captured),
		NS_TEST(logs_show_the_tail_and_follow),
		NS_TEST(nothing_is_started_by_hand_before_boot_comes_to_it),
		NS_TEST(one_stopped_by_hand_holds_nobody_back),
		NS_TEST(one_stopped_before_its_turn_lets_the_next_begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
