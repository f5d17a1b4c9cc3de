/*
 * The conversation of bind and listen with a hostile program: PID 1 goes on,
 * keeps no descriptor, and the program sees what it sees without cradle.
 */
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
#include <cmocka.h>

#define SOON 8000

/* The settings of tests/apps/confined under which each scene is played. */
static char *const *const settings[] = {
	NULL,
	(char *[]){ "pidfd_getfd", NULL },
	(char *[]){ "process_vm_readv", NULL },
};

#define WAYS (sizeof(settings) / sizeof(*settings))

static struct ns *
start(char *how, char *at, char *const *confined)
{
	return scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("hostile_bind"), how, at),
	    .confined = confined,
	});
}

/* Its third life leaves PID 1 with no more than its second. */
static void
survive(char *how, size_t way)
{
	char *at = scratch_text("%d", probe_free_port());
	char *done = scratch_text("done %s\n", how);
	struct ns *ns = start(how, at, settings[way]);
	int before = 0;

	for (int life = 0; life < 3; life++) {
		ns_expect_line(ns, done, 20000);
		/* the first death is what the log is opened for */
		if (life == 1)
			before = scene_descriptors(ns);
		if (life < 2)
			scene_kill(
			    ns, scene_service(ns, "/hostile_bind", ns->pid));
	}
	/* the one socket may be held or not, as its last bind was cut off */
	scene_await_descriptors(ns, before + 1, SOON);
	assert_int_equal(proc_zombies(ns), 0);
	assert_int_equal(scene_command(NS_LIST("status")).code, 0);
	assert_int_equal(ns_count(ns, "goes on in a new program"), 0);
	scene_stop(ns);
}

static void
survive_each_way(char *how)
{
	for (size_t i = 0; i < WAYS; i++)
		survive(how, i);
}

/* What the program writes without any cradle. */
static char *
said_alone(char *how, char *at)
{
	struct ns *ns = ns_start(&(struct ns_options){
	    .program = scratch_app("hostile_bind"),
	    .args = NS_LIST(how, at),
	    .plain = true,
	});
	ns_expect_line(ns, "done ", SOON);
	char *said = scratch_text("%s", ns->out.data);
	ns_signal(ns, SIGKILL);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
	return said;
}

static void
same_answers(const char *how, const char *alone, size_t way)
{
	char *at = scratch_text("%d", probe_free_port());
	struct ns *ns = start((char *)how, at, settings[way]);
	size_t first = 0;

	for (int life = 0; life < 2; life++) {
		ns_expect_line(ns, "done ", SOON);
		assert_string_equal(ns->out.data + first, alone);
		first = ns->out.len;
		scene_kill(ns, scene_service(ns, "/hostile_bind", ns->pid));
	}
	scene_stop(ns);
}

static void
nonsense_is_answered_as_the_kernel_does(void **state)
{
	char *alone =
	    said_alone("errors", scratch_text("%d", probe_free_port()));

	(void)state;
	assert_non_null(strstr(alone, "null 14\n"));
	for (size_t i = 0; i < WAYS; i++)
		same_answers("errors", alone, i);
}

/* Where PID 1 can look at the socket; elsewhere it is given another one. */
static void
a_socket_that_listens_is_not_bound(void **state)
{
	(void)state;
	same_answers("late", "bind after listen 22\ndone late\n", 0);
}

static void
one_whose_memory_cannot_be_read_binds_all_the_same(void **state)
{
	char *at = scratch_text("%d", probe_free_port());
	struct ns *ns = scene_start(&(struct scene){
	    .app =
		NS_LIST(scratch_copy(scratch_app("hostile_bind")), "hides", at),
	    .unprivileged = true,
	});

	(void)state;
	for (int life = 0; life < 2; life++) {
		ns_expect_line(ns, "hidden 0\n", SOON);
		ns_expect_line(ns, "done ", SOON);
		scene_kill(ns, scene_service(ns, "/hostile_bind", ns->pid));
	}
	scene_stop(ns);
}

static void
death_between_question_and_answer_is_survived(void **state)
{
	(void)state;
	survive_each_way("dies");
}

static void
a_flood_is_survived(void **state)
{
	(void)state;
	survive_each_way("floods");
}

static void
a_stop_gets_through_a_flood(void **state)
{
	char *at = scratch_text("%d", probe_free_port());
	struct ns *ns = start("floods", at, NULL);

	(void)state;
	(void)scene_service(ns, "/hostile_bind", ns->pid);
	scene_stop(ns);
}

static void
a_descriptor_closed_by_another_thread_is_survived(void **state)
{
	(void)state;
	survive_each_way("closes");
}

static void
an_address_that_changes_is_survived(void **state)
{
	(void)state;
	survive_each_way("swaps");
}

static void
forks_in_the_middle_of_listen_are_survived(void **state)
{
	(void)state;
	survive_each_way("forks");
}

static void
an_exec_in_the_middle_of_bind_is_survived(void **state)
{
	(void)state;
	survive_each_way("execs");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(nonsense_is_answered_as_the_kernel_does),
		LOAD_TEST(a_socket_that_listens_is_not_bound),
		LOAD_TEST(one_whose_memory_cannot_be_read_binds_all_the_same),
		LOAD_TEST(death_between_question_and_answer_is_survived),
		LOAD_TEST(a_flood_is_survived),
		LOAD_TEST(a_stop_gets_through_a_flood),
		LOAD_TEST(a_descriptor_closed_by_another_thread_is_survived),
		LOAD_TEST(an_address_that_changes_is_survived),
		LOAD_TEST(forks_in_the_middle_of_listen_are_survived),
		LOAD_TEST(an_exec_in_the_middle_of_bind_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
