/* A service with several instances: what each is told, and who goes when. */
#include "fault.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 10000
#define GOES_ON "goes on in a new program"

static char *
socket_path(void)
{
	return scratch_text("%s/control.sock", scratch_dir());
}

/* What a command says on both outputs, and the code it leaves with. */
struct said {
	int code;
	char *out;
	char *err;
};

static struct said
command(char *const args[])
{
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = args,
	    .env = NS_LIST(
		ns_path(), scratch_text("CRADLE_CONTROL=%s", socket_path())),
	    .plain = true,
	});
	struct said s = { .code = ns_exit_status(ns, 30000) };
	s.out = scratch_text("%s", ns->out.data ? ns->out.data : "");
	s.err = scratch_text("%s", ns->err.data ? ns->err.data : "");
	ns_end(ns);
	return s;
}

#define COMMAND(...) command(NS_LIST(__VA_ARGS__))

static char *
broken_path(void)
{
	return scratch_text("%s/broken", scratch_dir());
}

/* Three of api, and web, which comes after them; more: further keys. */
static struct ns *
start(const char *more)
{
	char *file = scratch_write("cradle.json",
	    "{ \"control\": \"%s\", \"signals\": { \"HUP\": \"restart\" },\n"
	    "  \"services\": {\n"
	    "    \"web\": { \"command\": [\"%s\"], \"ready\": \"fd:3\",\n"
	    "      \"after\": [\"api\"] },\n"
	    "    \"api\": { \"command\": [\"%s\", \"%s\"], \"ready\": "
	    "\"fd:3\",\n"
	    "      \"handover\": \"off\", \"instances\": 3 %s } } }\n",
	    socket_path(), scratch_app("instance"), scratch_app("instance"),
	    broken_path(), more);
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "ready in", SOON);
	return ns;
}

static void
stop_cleanly(struct ns *ns)
{
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

/* The lines come in this order, whatever is between them. */
static void
expect_order(struct ns *ns, const char *const lines[])
{
	for (size_t i = 0; lines[i] != NULL; i++)
		ns_expect_line(ns, lines[i], SOON);
}

static void
each_is_told_its_number_and_who_comes_after_waits_for_all(void **state)
{
	(void)state;
	struct ns *ns = start(", \"increment_var\": \"PORT\", "
			      "\"env\": { \"PORT\": \"3000\" }");

	assert_true(ns_has(ns, "up 0 node 0 port 3000\n"));
	assert_true(ns_has(ns, "up 1 node 1 port 3001\n"));
	assert_true(ns_has(ns, "up 2 node 2 port 3002\n"));
	const char *web = strstr(ns->out.data, "up none node none port none\n");
	assert_non_null(web);
	for (int i = 0; i < 3; i++) {
		const char *line = scratch_text("ready %d\n", i);
		const char *ready = strstr(ns->out.data, line);
		assert_true(ready != NULL && ready < web);
	}
	stop_cleanly(ns);
}

static void
status_has_a_row_for_each(void **state)
{
	(void)state;
	struct ns *ns = start("");

	assert_non_null(strstr(
	    ns->err.data, "api has 3 instances and no handover: they cannot"));

	struct said s = COMMAND("status");
	assert_non_null(strstr(s.out, "\napi:0  ready "));
	assert_non_null(strstr(s.out, "\napi:2  ready "));
	assert_non_null(strstr(s.out, "\nweb    ready "));

	s = COMMAND("status", "--json");
	assert_non_null(
	    strstr(s.out, "\"name\":\"api\",\"instance\":1,\"instances\":3,"));
	assert_non_null(
	    strstr(s.out, "\"name\":\"web\",\"instance\":0,\"instances\":1,"));
	stop_cleanly(ns);
}

static void
a_restart_goes_through_them_one_by_one(void **state)
{
	(void)state;
	struct ns *ns = start("");

	struct said s = COMMAND("restart", "api");

	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "api:0 restarted: ready in "));
	assert_non_null(strstr(s.out, "api:2 restarted: ready in "));
	assert_null(strstr(s.out, "web"));
	expect_order(
	    ns, (const char *[]){ "down 0", "up 0", "ready 0", "down 1", "up 1",
		    "ready 1", "down 2", "up 2", "ready 2", NULL });
	assert_int_equal(ns_count(ns, "down "), 3);
	stop_cleanly(ns);
}

static void
one_can_be_named(void **state)
{
	(void)state;
	struct ns *ns = start("");

	struct said s = COMMAND("restart", "api:1");

	assert_int_equal(s.code, 0);
	assert_string_equal(strchr(s.out, ' '), strstr(s.out, " restarted: "));
	assert_ptr_equal(strstr(s.out, "api:1 "), s.out);
	ns_pump(ns, 0);
	assert_int_equal(ns_count(ns, "down "), 1);
	assert_int_equal(ns_count(ns, "up 1 "), 2);
	assert_non_null(strstr(COMMAND("stop", "api:2").out, "api:2 stopped"));
	assert_non_null(strstr(
	    COMMAND("start", "api").out, "api:0 is running already (pid "));
	s = COMMAND("restart", "api:3");
	assert_int_equal(s.code, 1);
	assert_non_null(strstr(s.err, "there is no service api:3 (did you"));
	stop_cleanly(ns);
}

static void
one_that_does_not_come_back_leaves_the_others_alone(void **state)
{
	(void)state;
	struct ns *ns = start(", \"restart\": { \"delay\": \"1h\", "
			      "\"delay_max\": \"1h\" }");
	(void)scratch_write("broken", "x");

	struct said s = COMMAND("restart", "api");

	assert_int_equal(s.code, 1);
	assert_non_null(strstr(s.out, "api:0 restarted: ready in "));
	assert_non_null(strstr(s.err, "api:1 failed: exited with code 3"));
	assert_non_null(strstr(
	    s.err, "api:2 was left as it is, for another instance failed"));
	ns_expect_line(ns, "api:1 did not become ready again", SOON);
	assert_int_equal(ns_count(ns, "down 2"), 0);
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

static void
they_share_what_they_bind_and_roll_without_a_refusal(void **state)
{
	(void)state;
	int port = probe_free_port();
	char *file = scratch_write("cradle.json",
	    "{ \"control\": \"%s\", \"services\": { \"web\": {\n"
	    "  \"command\": [\"%s\", \"--delay-boot\", \"100\", \"%d\"],\n"
	    "  \"ready\": \"listen\", \"instances\": 2 } } }\n",
	    socket_path(), scratch_app("serves"), port);
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "ready in", SOON);
	if (ns_has(ns, "handover is off")) {
		ns_signal(ns, SIGTERM);
		(void)ns_exit_status(ns, SOON);
		ns_end(ns);
		skip();
	}
	ns_expect_line(ns, "listening ", SOON);
	ns_expect_line(ns, "listening ", SOON);
	struct ns *ask = ns_start(&(struct ns_options){
	    .args = NS_LIST("restart", "web"),
	    .env = NS_LIST(
		ns_path(), scratch_text("CRADLE_CONTROL=%s", socket_path())),
	    .plain = true,
	});

	for (int i = 0; ns_count(ask, "web:1 restarted") == 0; i++) {
		assert_true(i < 2000);
		assert_int_equal(probe_get(port, "/", SOON).status, 200);
		ns_pump(ask, 5);
	}

	assert_int_equal(ns_exit_status(ask, SOON), 0);
	ns_end(ask);
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

static void
the_clock_rolls_too(void **state)
{
	(void)state;
	struct ns *ns = start(", \"restart\": { \"cron\": \"* * * * * *\" }");

	expect_order(
	    ns, (const char *[]){ "down 0", "up 0", "ready 0", "down 1", "up 1",
		    "ready 1", "down 2", "up 2", "ready 2", "down 0", NULL });

	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

static bool
is_waiting(struct ns *ns, void *unused)
{
	(void)unused;
	return proc_state(ns->pid) == 'S';
}

static void
they_go_on_with_a_new_pid_1(void **state)
{
	(void)state;
	struct ns *ns = start("");

	ns_wait(ns, is_waiting, NULL, SOON, "cradle waits");
	fault_make(ns, FAULT_JUMP);
	ns_expect_line(ns, GOES_ON, SOON);

	assert_int_equal(ns_count(ns, "up 0 "), 1);
	/* its socket is there a moment after the line */
	for (int i = 0; COMMAND("status").code != 0; i++)
		assert_true(i < 100);
	assert_int_equal(COMMAND("restart", "api").code, 0);
	expect_order(ns, (const char *[]){ "down 0", "up 0 node 0", "ready 0",
			     "down 1", "up 1 node 1", "ready 1", "down 2",
			     "up 2 node 2", "ready 2", NULL });
	stop_cleanly(ns);
}

static bool
three_were_told(struct ns *ns, void *unused)
{
	(void)unused;
	return ns_has(ns, "usr1 0\n") && ns_has(ns, "usr1 1\n") &&
	       ns_has(ns, "usr1 2\n");
}

static void
a_mapped_signal_rolls_and_others_reach_all_of_the_main_service(void **state)
{
	(void)state;
	struct ns *ns = start("");

	ns_signal(ns, SIGUSR1);
	ns_wait(ns, three_were_told, NULL, SOON, "USR1 at all three");
	ns_signal(ns, SIGHUP);
	expect_order(ns, (const char *[]){ "down 0", "ready 0", "down 1",
			     "ready 1", "down 2", "ready 2", NULL });
	stop_cleanly(ns);
}

static void
one_that_ends_for_good_ends_the_container(void **state)
{
	(void)state;
	struct ns *ns = start(", \"restart\": \"never\"");
	(void)scratch_write("broken", "x");

	assert_int_equal(COMMAND("restart", "--no-wait", "api:1").code, 0);

	assert_int_equal(ns_exit_status(ns, SOON), 3);
	assert_int_equal(ns_count(ns, "down 2"), 1);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(
		    each_is_told_its_number_and_who_comes_after_waits_for_all),
		NS_TEST(status_has_a_row_for_each),
		NS_TEST(a_restart_goes_through_them_one_by_one),
		NS_TEST(one_can_be_named),
		NS_TEST(one_that_does_not_come_back_leaves_the_others_alone),
		NS_TEST(
		    a_mapped_signal_rolls_and_others_reach_all_of_the_main_service),
		NS_TEST(they_share_what_they_bind_and_roll_without_a_refusal),
		NS_TEST(the_clock_rolls_too),
		NS_TEST(they_go_on_with_a_new_pid_1),
		NS_TEST(one_that_ends_for_good_ends_the_container),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
