/* cradle reload: the new process is up before the old one is told to go. */
#include "load.h"
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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000
#define CLIENTS 4

static char *
any_port(void)
{
	return scratch_text("%d", probe_free_port());
}

static char *
in_scratch(const char *name)
{
	return scratch_text("%s/%s", scratch_dir(), name);
}

/* Ready when it listens, not after a second of life as without PORT. */
static struct ns *
start(const char *at, const char *keys, const char *top)
{
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("serves"), "--broken",
		in_scratch("broken"), "--mute", in_scratch("mute"), (char *)at),
	    .keys = scratch_text("\"ready\": \"listen\"%s%s",
		keys == NULL ? "" : ", ", keys == NULL ? "" : keys),
	    .top = top,
	});

	ns_expect_line(ns, "listening ", SOON);
	ns_expect_line(ns, "ready in ", SOON); /* else it is a restart */
	return ns;
}

/* The new one is held in its boot: whoever asks is answered by the old one. */
static int
old_one_answers(struct ns *ns, const char *at, int first)
{
	ns_expect_line(ns, "boot ", SOON);
	load_await_answers(ns, 50, SOON);
	assert_int_equal(load_now().pid, first);
	assert_int_equal(unlink(in_scratch("mute")), 0);
	return load_await(ns, at, first, SOON);
}

static void
nobody_waits_for_the_new_one(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, NULL, NULL);

	(void)state;
	int first = load_await(ns, at, 0, SOON);
	(void)scratch_write("mute", "%s", "");
	load_start(at, CLIENTS);
	struct ns *reload = scene_ask(NS_LIST("reload", "web"));
	int second = old_one_answers(ns, at, first);

	assert_int_equal(ns_exit_status(reload, SOON), 0);
	assert_true(ns_has(reload, "web reloaded: ready in "));
	ns_end(reload);
	ns_expect_line(ns, "drained ", SOON);
	load_await_answers(ns, 20, SOON);
	load_assert_kind(ns, load_stop(), 0);
	assert_int_equal(load_await(ns, at, 0, SOON), second);
	assert_int_equal(ns_count(ns, "died of"), 0);
	scene_stop(ns);
}

/* The old one removes the path when it ends, which is the new one's by then. */
static void
the_path_of_a_socket_outlives_the_old_one(void **state)
{
	char *at = scratch_text("%s/web.sock", scratch_dir());
	struct ns *ns =
	    SCENE(scratch_app("serves"), "--ask", "--unlink", "--tidy", at);

	(void)state;
	ns_expect_line(ns, "ready in ", SOON);
	int last = load_await(ns, at, 0, SOON);
	load_start(at, CLIENTS);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    scene_command(NS_LIST("reload", "web")).code, 0);
		ns_expect_line(ns, "drained ", SOON);
		last = load_await(ns, at, last, SOON);
	}
	load_assert_kind(ns, load_stop(), 0);
	scene_stop(ns);
}

/* With the old one's socket goes the new one's, until PID 1 has seen that. */
static void
one_that_shuts_its_socket_down_shuts_the_others(void **state)
{
	char *at = any_port();
	struct ns *ns = SCENE(scratch_app("serves"), "--shut", at);

	(void)state;
	ns_expect_line(ns, "ready in ", SOON);
	int last = load_await(ns, at, 0, SOON);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    scene_command(NS_LIST("reload", "web")).code, 0);
		ns_expect_line(ns, "drained ", SOON);
		last = load_await(ns, at, last, SOON);
	}
	assert_int_equal(scene_command(NS_LIST("restart", "web")).code, 0);
	(void)load_await(ns, at, last, SOON);
	scene_stop(ns);
}

/* Nobody has known of its path when it began. */
static void
an_old_one_that_could_remove_it_is_restarted(void **state)
{
	char *at = scratch_text("%s/web", scratch_dir());
	struct ns *ns = SCENE(scratch_app("serves"), "--unlink", "--tidy", at);

	(void)state;
	ns_expect_line(ns, "ready in ", SOON);
	int last = load_await(ns, at, 0, SOON);
	assert_int_equal(scene_command(NS_LIST("reload", "web")).code, 0);
	ns_expect_line(ns, "so that this reload is a restart", SOON);
	last = load_await(ns, at, last, SOON);
	assert_int_equal(scene_command(NS_LIST("reload", "web")).code, 0);
	ns_expect_line(ns, "web: reloaded in ", SOON);
	(void)load_await(ns, at, last, SOON);
	scene_stop(ns);
}

static void
the_old_one_ends_what_it_has_begun(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, NULL, NULL);

	(void)state;
	int first = load_await(ns, at, 0, SOON);
	int slow = load_ask(at, "/slow?900");
	ns_expect_line(ns, "slow begins ", SOON);
	assert_int_equal(scene_command(NS_LIST("reload")).code, 0);
	int second = load_await(ns, at, first, SOON);

	struct load_answer a = load_hear(slow, SOON);
	assert_int_equal(a.end, LOAD_ANSWERED);
	assert_int_equal(a.pid, first);
	assert_int_not_equal(second, first);
	scene_stop(ns);
}

static bool
is_gone(struct ns *ns, void *arg)
{
	(void)ns;
	return proc_text(*(pid_t *)arg, "stat", ' ') == NULL;
}

static void
what_the_old_one_leaves_behind_is_killed(void **state)
{
	char *at = any_port();
	char *script = scratch_text("trap '' TERM; sleep 1234 & trap - TERM;"
				    " exec %s %s",
	    scratch_app("serves"), at);
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST("sh", "-c", script),
	    .keys = "\"ready\": \"listen\", \"stop\": { \"grace\": \"1s\" }",
	});

	(void)state;
	ns_expect_line(ns, "listening ", SOON);
	pid_t left = proc_await(ns, "sleep 1234", 0, SOON);
	assert_int_equal(scene_command(NS_LIST("reload")).code, 0);
	ns_expect_line(ns, "drained ", SOON);
	ns_wait(ns, is_gone, &left, SOON, "what was left is killed");
	(void)load_await(ns, at, 0, SOON);
	ns_end(ns);
}

/* reload fails, and the old one has noticed nothing. */
static void
fail_to_reload(struct ns *ns, const char *at)
{
	int first = load_await(ns, at, 0, SOON);

	load_start(at, CLIENTS);
	struct scene_said said = scene_command(NS_LIST("reload", "web"));
	load_await_answers(ns, 20, SOON);
	struct load_count c = load_stop();

	assert_int_not_equal(said.code, 0);
	load_assert_kind(ns, c, 0);
	assert_int_equal(c.pid, first);
	assert_int_equal(ns_count(ns, "draining "), 0);
}

static void
one_that_cannot_start_leaves_the_old_one(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, NULL, NULL);

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	(void)scratch_write("broken", "%s", "");
	fail_to_reload(ns, at);
	/* and the next attempt is not spoilt by that one */
	assert_int_equal(unlink(in_scratch("broken")), 0);
	int first = load_await(ns, at, 0, SOON);
	assert_int_equal(scene_command(NS_LIST("reload")).code, 0);
	(void)load_await(ns, at, first, SOON);
	scene_stop(ns);
}

static void
one_that_never_listens_leaves_the_old_one(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, "\"start_timeout\": \"1s\"", NULL);

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	(void)scratch_write("mute", "%s", "");
	fail_to_reload(ns, at);
	scene_stop(ns);
}

static void
a_signal_may_ask_for_it(void **state)
{
	char *at = any_port();
	struct ns *ns =
	    start(at, NULL, "\"signals\": { \"HUP\": \"reload\" },");

	(void)state;
	int first = load_await(ns, at, 0, SOON);
	(void)scratch_write("mute", "%s", "");
	load_start(at, CLIENTS);
	ns_signal(ns, SIGHUP);
	(void)old_one_answers(ns, at, first);
	ns_expect_line(ns, "drained ", SOON);
	load_assert_kind(ns, load_stop(), 0);
	scene_stop(ns);
}

static void
a_restart_refuses_nobody_either(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, NULL, NULL);

	(void)state;
	int first = load_await(ns, at, 0, SOON);
	load_start(at, CLIENTS);
	assert_int_equal(scene_command(NS_LIST("restart")).code, 0);
	load_await_answers(ns, 20, SOON);
	load_assert_kind(ns, load_stop(), 0);
	assert_int_not_equal(load_await(ns, at, 0, SOON), first);
	scene_stop(ns);
}

static void
a_death_in_the_middle_refuses_nobody(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, NULL, NULL);

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	pid_t old = scene_service(ns, "/serves", ns->pid);
	(void)scratch_write("mute", "%s", "");
	load_start(at, CLIENTS);
	struct ns *reload = scene_ask(NS_LIST("reload"));
	ns_expect_line(ns, "boot ", SOON);
	scene_kill(ns, old);
	assert_int_equal(unlink(in_scratch("mute")), 0);
	(void)ns_exit_status(reload, SOON);
	load_await_answers(ns, 20, SOON);

	load_assert_kind(ns, load_stop(), CLIENTS);
	ns_end(reload);
	scene_stop(ns);
}

/* The new one comes up while the old one is dead and waits for its turn. */
static void
a_reload_ends_a_pause_before_the_next_life(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at,
	    "\"restart\": { \"delay\": \"30s\", \"delay_max\": \"30s\" }",
	    NULL);

	(void)state;
	scene_kill(ns, scene_service(ns, "/serves", ns->pid));
	ns_expect_line(ns, "listening ", SOON);
	int first = load_await(ns, at, 0, SOON);
	(void)scratch_write("mute", "%s", "");
	pid_t old = scene_service(ns, "/serves", ns->pid);
	struct ns *reload = scene_ask(NS_LIST("reload"));
	ns_expect_line(ns, "boot ", SOON);
	scene_kill(ns, old);
	ns_expect_line(ns, "next life in 3", SOON);
	assert_int_equal(unlink(in_scratch("mute")), 0);

	int second = load_await(ns, at, first, SOON);
	(void)ns_exit_status(reload, SOON);
	ns_end(reload);
	/* nothing of it is left to be waited for */
	assert_int_equal(scene_command(NS_LIST("reload")).code, 0);
	(void)load_await(ns, at, second, SOON);
	scene_stop(ns);
}

static void
a_stop_in_the_middle_stops_both(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, NULL, NULL);

	(void)state;
	(void)scratch_write("mute", "%s", "");
	struct ns *reload = scene_ask(NS_LIST("reload"));
	ns_expect_line(ns, "boot ", SOON);
	int64_t begun = ns_now_ms();
	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 0);
	assert_in_range(ns_now_ms() - begun, 0, 2000);
	(void)ns_exit_status(reload, SOON);
	ns_end(reload);
	ns_end(ns);
}

/* ---- instances ---- */

static void
instances_share_a_socket_and_know_their_number(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, "\"instances\": 3", NULL);
	unsigned seen = 0;

	(void)state;
	for (int i = 1; i < 3; i++)
		ns_expect_line(ns, "listening ", SOON);
	for (int64_t end = ns_now_ms() + SOON;
	     seen != 7 && ns_now_ms() < end;) {
		struct load_answer a = load_once(at, SOON);
		assert_int_equal(a.end, LOAD_ANSWERED);
		assert_in_range(a.instance, 0, 2);
		seen |= 1u << a.instance;
	}
	assert_int_equal(seen, 7);
	scene_stop(ns);
}

static void
instances_are_reloaded_one_by_one(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, "\"instances\": 3", NULL);

	(void)state;
	for (int i = 1; i < 3; i++)
		ns_expect_line(ns, "listening ", SOON);
	(void)scratch_write("mute", "%s", "");
	load_start(at, CLIENTS);
	struct ns *reload = scene_ask(NS_LIST("reload", "web"));
	ns_expect_line(ns, "boot ", SOON);
	/* as long as that one boots nothing happens to the others */
	load_await_answers(ns, 100, SOON);
	assert_int_equal(ns_count(ns, "boot "), 4);
	assert_int_equal(ns_count(ns, "draining "), 0);
	assert_int_equal(unlink(in_scratch("mute")), 0);
	for (int i = 0; i < 3; i++)
		ns_expect_line(ns, "drained ", SOON);

	assert_int_equal(ns_exit_status(reload, SOON), 0);
	load_assert_kind(ns, load_stop(), 0);
	assert_int_equal(ns_count(ns, "boot "), 6);
	ns_end(reload);
	scene_stop(ns);
}

static void
a_dead_instance_leaves_the_others_to_answer(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, "\"instances\": 2", NULL);

	(void)state;
	for (int i = 1; i < 2; i++)
		ns_expect_line(ns, "listening ", SOON);
	(void)scratch_write("mute", "%s", "");
	load_start(at, CLIENTS);
	load_await_answers(ns, 20, SOON);
	scene_kill(ns, scene_service(ns, "/serves", ns->pid));
	ns_expect_line(ns, "boot ", SOON);
	load_await_answers(ns, 50, SOON);
	load_assert_kind(ns, load_stop(), CLIENTS);
	scene_stop(ns);
}

static void
one_by_one_stops_at_the_first_that_fails(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, "\"instances\": 2", NULL);

	(void)state;
	for (int i = 1; i < 2; i++)
		ns_expect_line(ns, "listening ", SOON);
	(void)scratch_write("broken", "%s", "");
	load_start(at, CLIENTS);
	assert_int_not_equal(scene_command(NS_LIST("reload", "web")).code, 0);
	load_await_answers(ns, 20, SOON);
	load_assert_kind(ns, load_stop(), 0);
	assert_int_equal(ns_count(ns, "draining "), 0);
	scene_stop(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(nobody_waits_for_the_new_one),
		LOAD_TEST(the_path_of_a_socket_outlives_the_old_one),
		LOAD_TEST(one_that_shuts_its_socket_down_shuts_the_others),
		LOAD_TEST(an_old_one_that_could_remove_it_is_restarted),
		LOAD_TEST(the_old_one_ends_what_it_has_begun),
		LOAD_TEST(one_that_cannot_start_leaves_the_old_one),
		LOAD_TEST(one_that_never_listens_leaves_the_old_one),
		LOAD_TEST(what_the_old_one_leaves_behind_is_killed),
		LOAD_TEST(a_signal_may_ask_for_it),
		LOAD_TEST(a_restart_refuses_nobody_either),
		LOAD_TEST(a_death_in_the_middle_refuses_nobody),
		LOAD_TEST(a_reload_ends_a_pause_before_the_next_life),
		LOAD_TEST(a_stop_in_the_middle_stops_both),
		LOAD_TEST(instances_share_a_socket_and_know_their_number),
		LOAD_TEST(instances_are_reloaded_one_by_one),
		LOAD_TEST(a_dead_instance_leaves_the_others_to_answer),
		LOAD_TEST(one_by_one_stops_at_the_first_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
