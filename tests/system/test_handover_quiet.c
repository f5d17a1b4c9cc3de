/*
 * Held sockets: what a program parts from does not keep PID 1 busy, nor the
 * program, nor whoever connects.
 */
#include "load.h"
#include "ns.h"
#include "proc.h"
#include "scene.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000
#define WINDOW_MS 1500
#define TICKS_MAX 20 /* of its processor time in that window */
#define WAKES_MAX 2  /* of PID 1 that has nothing to do */
#define ASKED 100    /* connections, */
#define ASK_MS 10    /* ... one after this time */
#define WAITING 12   /* connections at those who are stopped */
#define STOPPED_WAKES_MAX 25
#define RESETS_MAX 25 /* of half of them, which would be lost */

/* Of user and kernel. */
static long
ticks(const struct ns *ns)
{
	const char *text = proc_text(ns->pid, "stat", ' ');
	long user = 0, kernel = 0;

	text = strrchr(text, ')');
	assert_non_null(text);
	assert_int_equal(
	    sscanf(text,
		") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user,
		&kernel),
	    2);
	return user + kernel;
}

static void
pass_window(struct ns *ns)
{
	int64_t end = ns_now_ms() + WINDOW_MS;

	while (ns_now_ms() < end)
		ns_pump(ns, 50);
}

static void
assert_calm(struct ns *ns)
{
	long before = ticks(ns);

	pass_window(ns);
	long spent = ticks(ns) - before;
	if (spent > TICKS_MAX)
		ns_fail(ns, "PID 1 took %ld ticks in %d ms", spent, WINDOW_MS);
}

static void
a_socket_shut_down_after_another_took_its_path_is_let_go(void **state)
{
	char *at = scratch_text("%s/socket", scratch_dir());
	struct ns *ns = SCENE(scratch_app("parts"), "replaces", at);

	(void)state;
	ns_expect_line(ns, "parted ", SOON);
	assert_calm(ns);
	scene_stop(ns);
}

static void
who_connects_while_a_hung_server_is_stopped_keeps_nobody_busy(void **state)
{
	char *at = scene_port("");
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("parts"), "hangs", at),
	    .keys = "\"stop\": { \"grace\": \"60s\" }",
	});

	(void)state;
	ns_expect_line(ns, "parted ", SOON);
	pass_window(ns); /* it is watched by then */
	ns_signal(ns, SIGTERM);
	ns_pump(ns, 200);
	int queued = load_ask(at, "/");
	assert_true(queued >= 0);
	assert_calm(ns);
	(void)close(queued);
	ns_end(ns);
}

static void
a_unix_socket_that_is_shut_down_wakes_nobody(void **state)
{
	char *at = scratch_text("%s/socket", scratch_dir());
	struct ns *ns = SCENE(scratch_app("parts"), "shuts", at);

	(void)state;
	ns_expect_line(ns, "parted ", SOON);
	pass_window(ns); /* what follows the shutdown itself */
	long before = proc_status(ns->pid, "voluntary_ctxt_switches");
	for (int i = 0; i < 3; i++)
		pass_window(ns);
	long woke = proc_status(ns->pid, "voluntary_ctxt_switches") - before;
	if (woke > WAKES_MAX)
		ns_fail(ns, "PID 1 woke %ld times", woke);
	scene_stop(ns);
}

/* As close(2) promises; the next life may want the socket all the same. */
static void
a_closed_socket_leaves_the_programs_epoll(void **state)
{
	char *at = scene_port("");
	struct ns *ns = SCENE(scratch_app("parts"), "leaves", at);

	(void)state;
	ns_expect_line(ns, "up ", SOON);
	int queued = load_ask(at, "/");
	assert_true(queued >= 0);
	ns_expect_line(ns, "event ", SOON);
	ns_expect_line(ns, "quiet ", SOON);
	int other = load_ask(at, "/");
	if (other < 0)
		ns_fail(ns, "it was quiet only when the socket was closed");
	(void)close(queued);
	(void)close(other);
	scene_stop(ns);
}

static void
a_worker_that_leaves_a_shared_port_takes_few_along(void **state)
{
	char *at = scene_port("");
	struct ns *ns = SCENE(scratch_app("parts"), "shares", at);
	int asked[ASKED], resets = 0;

	(void)state;
	ns_expect_line(ns, "up ", SOON);
	pass_window(ns); /* it is watched by then */
	(void)kill(scene_service(ns, "/parts", ns->pid), SIGUSR1);
	ns_expect_line(ns, "left ", SOON);
	for (int i = 0; i < ASKED; i++) {
		asked[i] = load_ask(at, "/");
		ns_pump(ns, ASK_MS);
	}
	for (int i = 0; i < ASKED; i++)
		resets += asked[i] < 0 ||
			  load_hear(asked[i], SOON).end != LOAD_ANSWERED;
	if (resets > RESETS_MAX)
		ns_fail(ns, "%d of %d were lost", resets, ASKED);
	print_message("# %d of %d were lost\n", resets, ASKED);
	scene_stop(ns);
}

/* Those who wait at a program that is stopped wake us less and less. */
static void
who_waits_at_a_stopped_program_lets_sleep(void **state)
{
	char *at = scene_port("");
	struct ns *ns = SCENE(scratch_app("parts"), "shares", at);
	int asked[WAITING];

	(void)state;
	ns_expect_line(ns, "up ", SOON);
	pid_t group = scene_service(ns, "/parts", ns->pid);
	assert_int_equal(kill(-group, SIGSTOP), 0);
	for (int i = 0; i < WAITING; i++)
		asked[i] = load_ask(at, "/");
	pass_window(ns);
	long before = proc_status(ns->pid, "voluntary_ctxt_switches");
	pass_window(ns);
	long woke = proc_status(ns->pid, "voluntary_ctxt_switches") - before;
	if (woke > STOPPED_WAKES_MAX)
		ns_fail(ns, "PID 1 woke %ld times", woke);
	assert_int_equal(kill(-group, SIGCONT), 0);
	for (int i = 0; i < WAITING; i++)
		assert_int_equal(load_hear(asked[i], SOON).end, LOAD_ANSWERED);
	scene_stop(ns);
}

static bool
is_up_again(struct ns *ns, void *arg)
{
	return ns_count(ns, "up ") >= *(const int *)arg;
}

static void
the_next_life_is_reached_after_a_shutdown(void **state)
{
	char *const at[] = { scratch_text("%s/socket", scratch_dir()),
		scene_port("") };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ns *ns = SCENE(scratch_app("parts"), "ends", at[i]);
		pid_t pid = ns->pid;
		for (int life = 1; life <= 3; life++) {
			ns_wait(ns, is_up_again, &life, SOON, "a life");
			pid = scene_service(ns, "/parts", pid);
			int one = load_ask(at[i], "/");
			assert_int_equal(
			    load_hear(one, SOON).end, LOAD_ANSWERED);
			(void)kill(pid, SIGUSR1);
		}
		scene_stop(ns);
	}
}

static void
a_closed_socket_does_not_stand_in_its_own_way(void **state)
{
	char *port = scene_port("any:");
	struct ns *ns = SCENE(scratch_app("parts"), "moves", port);

	(void)state;
	ns_expect_line(ns, "up ", SOON);
	assert_int_equal(ns_count(ns, "parts: "), 0);
	scene_stop(ns);
}

/* Its number may be another file's to those who share the epoll(7). */
static void
nobody_elses_epoll_hears_of_a_socket(void **state)
{
	char *at = scene_port("");
	struct ns *ns = SCENE(scratch_app("parts"), "begets", at);
	int second = 2;

	(void)state;
	ns_expect_line(ns, "up ", SOON);
	scene_kill(ns, scene_service(ns, "/parts", ns->pid));
	ns_wait(ns, is_up_again, &second, SOON, "the second life");
	int queued = load_ask(at, "/");
	assert_true(queued >= 0);
	pass_window(ns);
	assert_int_equal(ns_count(ns, "event "), 0);
	(void)close(queued);
	scene_stop(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(
		    a_socket_shut_down_after_another_took_its_path_is_let_go),
		LOAD_TEST(
		    who_connects_while_a_hung_server_is_stopped_keeps_nobody_busy),
		LOAD_TEST(a_unix_socket_that_is_shut_down_wakes_nobody),
		LOAD_TEST(a_closed_socket_leaves_the_programs_epoll),
		LOAD_TEST(a_worker_that_leaves_a_shared_port_takes_few_along),
		LOAD_TEST(who_waits_at_a_stopped_program_lets_sleep),
		LOAD_TEST(the_next_life_is_reached_after_a_shutdown),
		LOAD_TEST(a_closed_socket_does_not_stand_in_its_own_way),
		LOAD_TEST(nobody_elses_epoll_hears_of_a_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
