/*
 * Held sockets: a restart that refuses nobody, whatever cradle's circumstances.
 */
#include "fault.h"
#include "load.h"
#include "muted.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scene.h"
#include "scratch.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000
#define CLIENTS 4

static void
a_death_under_load_refuses_nobody(void **state)
{
	char *at = scene_port("");
	struct ns *ns = SCENE(scratch_app("serves"), at);

	(void)state;
	load_deaths(ns, at, 10);
	scene_stop(ns);
}

/* In milliseconds, from /metrics; how many there are has to be this. */
static double
outage(struct ns *ns, int health, int count)
{
	const char *name =
	    "cradle_service_outage_seconds_sum{service=\"web\"} ";
	struct probe_reply r = probe_until(ns, health, "/metrics", 200, SOON);

	assert_non_null(
	    strstr(r.body, scratch_text("cradle_service_outage_seconds_count"
					"{service=\"web\"} %d\n",
			       count)));
	const char *sum = strstr(r.body, name);
	assert_non_null(sum);
	return strtod(sum + strlen(name), NULL) * 1000;
}

/* From the death of one life to the listen of the next, for all that it takes
   to boot. */
static void
an_outage_lasts_until_somebody_listens_again(void **state)
{
	char *const at[] = { scene_port(""),
		scratch_text("%s/web.sock", scratch_dir()) };

	(void)state;
	for (int i = 0; i < 2; i++) {
		int health = probe_free_port();
		struct ns *ns = scene_start(&(struct scene){
		    .app = NS_LIST(
			scratch_app("serves"), "--delay-boot", "150", at[i]),
		    .top = scratch_text("\"health\": { \"listen\": "
					"\"127.0.0.1:%d\" },",
			health),
		});
		(void)load_await(ns, at[i], 0, SOON);
		assert_true(outage(ns, health, 0) < 0.001);

		scene_kill(ns, scene_service(ns, "/serves", ns->pid));
		ns_expect_line(ns, "listening ", SOON);
		ns_expect_line(ns, "listening ", SOON);
		assert_true(outage(ns, health, 1) >= 150);
		scene_stop(ns);
	}
}

static void
deaths_in_the_middle_of_a_boot_refuse_nobody(void **state)
{
	char *at = scene_port("");
	struct ns *ns = SCENE(scratch_app("serves"), "--delay-boot", "4",
	    "--delay-listen", "4", at);
	pid_t pid = 0;

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	load_start(at, CLIENTS);
	load_await_answers(ns, 20, SOON);
	for (int i = 0; i < 40; i++) {
		pid = scene_service(ns, "/serves", pid);
		/* before bind, between bind and listen, and after it */
		(void)poll(NULL, 0, i % 14);
		(void)kill(pid, SIGKILL);
	}
	load_await_answers(ns, 20, SOON);
	load_assert_kind(ns, load_stop(), 40 * CLIENTS);
	scene_stop(ns);
}

static void
the_queue_is_answered_by_the_next_life(void **state)
{
	char *at = scene_port("");
	struct ns *ns = muted_start(at, NULL, NULL);
	int first = load_once(at, SOON).pid;
	int queued[3];

	(void)state;
	muted_die(ns, "/serves");
	for (int i = 0; i < 3; i++)
		queued[i] = load_ask(at, "/");
	muted_speak();

	for (int i = 0; i < 3; i++) {
		assert_true(queued[i] >= 0);
		struct load_answer a = load_hear(queued[i], SOON);
		assert_int_equal(a.end, LOAD_ANSWERED);
		assert_int_not_equal(a.pid, first);
	}
	scene_stop(ns);
}

/* ---- when the queue is closed ---- */

static void
the_hold_time_is_over_at_last(void **state)
{
	char *at = scene_port("");
	struct ns *ns =
	    muted_start(at, NULL, "\"handover\": { \"hold\": \"400ms\" },");

	(void)state;
	muted_die(ns, "/serves");
	int64_t begun = ns_now_ms();
	int queued = load_ask(at, "/");
	assert_true(queued >= 0);

	assert_int_equal(load_hear(queued, SOON).end, LOAD_RESET);
	assert_in_range(ns_now_ms() - begun, 200, 3000);
	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	/* and the life that comes too late binds as it would without */
	muted_speak();
	ns_expect_line(ns, "listening ", SOON);
	assert_int_equal(load_once(at, SOON).end, LOAD_ANSWERED);
	scene_stop(ns);
}

static void
giving_up_closes_the_queue(void **state)
{
	char *at = scene_port("");
	char *broken = scratch_text("%s/broken", scratch_dir());
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("serves"), "--broken", broken, at),
	    .keys = "\"restart\": { \"delay\": \"1ms\","
		    " \"delay_max\": \"1ms\", \"window_failures\": 3,"
		    " \"give_up\": \"exit\" }, \"essential\": false",
	    .top = "\"tasks\": {},",
	});

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	(void)scratch_write("broken", "%s", "");
	assert_int_equal(
	    kill(scene_service(ns, "/serves", ns->pid), SIGKILL), 0);

	load_until(ns, at, LOAD_REFUSED, SOON);
	ns_end(ns);
}

static void
lives_that_fail_do_not_prolong_it(void **state)
{
	char *at = scene_port("");
	char *broken = scratch_text("%s/broken", scratch_dir());
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("serves"), "--broken", broken, at),
	    .keys = "\"restart\": { \"delay\": \"50ms\","
		    " \"delay_max\": \"50ms\", \"window_failures\": 1000 }",
	    .top = "\"handover\": { \"hold\": \"400ms\" },",
	});

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	(void)scratch_write("broken", "%s", "");
	scene_kill(ns, scene_service(ns, "/serves", ns->pid));
	int queued = load_ask(at, "/");
	assert_true(queued >= 0);

	assert_int_equal(load_hear(queued, SOON).end, LOAD_RESET);
	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	scene_stop(ns);
}

static void
a_stop_closes_the_queue_before_the_service_has_drained(void **state)
{
	char *at = scene_port("");
	struct ns *ns = SCENE(scratch_app("serves"), "--drain", "600", at);

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	ns_signal(ns, SIGTERM);
	ns_expect_line(ns, "draining ", SOON);

	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	assert_int_equal(ns_count(ns, "drained "), 0);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
a_stop_while_nobody_listens_cuts_the_queue_off(void **state)
{
	char *at = scene_port("");
	struct ns *ns = muted_start(at, NULL, NULL);

	(void)state;
	muted_die(ns, "/serves");
	int queued = load_ask(at, "/");
	assert_true(queued >= 0);
	ns_signal(ns, SIGTERM);

	assert_int_equal(load_hear(queued, SOON).end, LOAD_RESET);
	(void)ns_exit_status(ns, SOON);
	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	ns_end(ns);
}

static void
a_service_that_is_stopped_by_hand_is_not_held(void **state)
{
	char *at = scene_port("");
	struct ns *ns = SCENE(scratch_app("serves"), at);

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	assert_int_equal(scene_command(NS_LIST("stop", "web")).code, 0);
	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	assert_int_equal(scene_command(NS_LIST("start", "web")).code, 0);
	(void)load_await(ns, at, 0, SOON);
	scene_stop(ns);
}

/* ---- off, and PID 1's own bad luck ---- */

static void
without_handover_nothing_is_changed(void **state)
{
	char *at = scene_port("");
	struct ns *ns = muted_start(at, "\"handover\": \"off\"", NULL);
	pid_t pid = scene_service(ns, "/serves", ns->pid);

	(void)state;
	assert_int_equal(
	    proc_status(pid, "Seccomp"), proc_status(getpid(), "Seccomp"));
	assert_int_equal(proc_status(pid, "NoNewPrivs"),
	    proc_status(getpid(), "NoNewPrivs"));
	muted_die(ns, "/serves");
	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	muted_speak();
	(void)load_await(ns, at, pid, SOON);
	scene_stop(ns);
}

static void
the_variable_turns_it_off_too(void **state)
{
	char *at = scene_port("");
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("serves"), at),
	    .env = NS_LIST(ns_path(), "CRADLE_HANDOVER=off"),
	});

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	pid_t pid = scene_service(ns, "/serves", ns->pid);
	assert_int_equal(
	    proc_status(pid, "Seccomp"), proc_status(getpid(), "Seccomp"));
	scene_stop(ns);
}

static bool
is_waiting(struct ns *ns, void *arg)
{
	(void)arg;
	return proc_state(ns->pid) == 'S';
}

static void
rebirth(struct ns *ns)
{
	ns_wait(ns, is_waiting, NULL, SOON, "cradle waits");
	fault_make(ns, FAULT_JUMP);
	ns_expect_line(ns, "goes on in a new program", SOON);
}

static void
held_sockets_outlive_pid_1_itself(void **state)
{
	char *at = scene_port("");
	struct ns *ns = muted_start(at, NULL, NULL);

	(void)state;
	load_deaths(ns, at, 1);
	int before = scene_descriptors(ns);
	rebirth(ns);
	muted_die(ns, "/serves");
	int queued = load_ask(at, "/");
	assert_true(queued >= 0);

	rebirth(ns);
	assert_int_not_equal(load_once(at, 10).end, LOAD_REFUSED);
	muted_speak();

	assert_int_equal(load_hear(queued, SOON).end, LOAD_ANSWERED);
	load_deaths(ns, at, 2);
	scene_await_descriptors(ns, before, SOON);
	scene_stop(ns);
}

static void
a_death_of_pid_1_under_load_refuses_nobody(void **state)
{
	char *at = scene_port("");
	struct ns *ns = SCENE(scratch_app("serves"), at);

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	load_start(at, CLIENTS);
	load_await_answers(ns, 20, SOON);
	fault_make(ns, FAULT_JUMP);
	scene_kill(ns, scene_service(ns, "/serves", ns->pid));
	load_await_answers(ns, 20, SOON);
	load_assert_kind(ns, load_stop(), CLIENTS);
	scene_stop(ns);
}

static void
descriptors_do_not_add_up(void **state)
{
	char *at = scene_port("");
	struct ns *ns = SCENE(scratch_app("serves"), at);

	(void)state;
	load_deaths(ns, at, 1);
	int before = scene_descriptors(ns);
	load_deaths(ns, at, 20);
	scene_await_descriptors(ns, before, SOON);
	assert_int_equal(proc_zombies(ns), 0);
	scene_stop(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(a_death_under_load_refuses_nobody),
		LOAD_TEST(an_outage_lasts_until_somebody_listens_again),
		LOAD_TEST(deaths_in_the_middle_of_a_boot_refuse_nobody),
		LOAD_TEST(the_queue_is_answered_by_the_next_life),
		LOAD_TEST(the_hold_time_is_over_at_last),
		LOAD_TEST(giving_up_closes_the_queue),
		LOAD_TEST(lives_that_fail_do_not_prolong_it),
		LOAD_TEST(
		    a_stop_closes_the_queue_before_the_service_has_drained),
		LOAD_TEST(a_stop_while_nobody_listens_cuts_the_queue_off),
		LOAD_TEST(a_service_that_is_stopped_by_hand_is_not_held),
		LOAD_TEST(without_handover_nothing_is_changed),
		LOAD_TEST(the_variable_turns_it_off_too),
		LOAD_TEST(held_sockets_outlive_pid_1_itself),
		LOAD_TEST(a_death_of_pid_1_under_load_refuses_nobody),
		LOAD_TEST(descriptors_do_not_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}