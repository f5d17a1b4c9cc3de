#include "fault.h"
#include "ns.h"
#include "proc.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

/* PID 1 that fails more than once: soon, often, or in the middle of it. */

#define SOON 8000

static bool
is_waiting(struct ns *ns, void *arg)
{
	(void)arg;
	return proc_state(ns->pid) == 'S';
}

static void
await_rest(struct ns *ns)
{
	ns_wait(ns, is_waiting, NULL, SOON, "cradle waits");
}

static void
more_than_three_in_a_minute_stop_the_services_and_leave_with_70(void **state)
{
	struct ns *ns = ns_run(NS_LIST(scratch_app("drains"), "100", "5"));

	(void)state;
	ns_expect_line(ns, "up ", SOON);
	for (int i = 0; i < 3; i++) {
		await_rest(ns);
		fault_make(ns, (enum fault)i);
		ns_expect_line(ns, "goes on in a new program", SOON);
	}

	fault_make(ns, FAULT_JUMP);

	ns_expect_line(ns, "stops the services", SOON);
	ns_expect_line(ns, "draining", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 70);
	ns_end(ns);
}

static void
survive(enum fault_place place, int stops)
{
	struct ns *ns = ns_run(NS_LIST(scratch_app("exit_7_on_term")));
	ns_expect_line(ns, "up ", SOON);
	pid_t one = proc_await(ns, "/exit_7_on_term", ns->pid, SOON);
	await_rest(ns);

	fault_again(ns, place, stops, 1);

	ns_expect_line(ns, "(time 2 within 60 s)", SOON);
	assert_int_equal(proc_parent(one), ns->pid);
	assert_int_equal(kill(one, SIGKILL), 0);
	ns_expect_line(ns, "died of SIGKILL", SOON);
	ns_expect_line(ns, "up ", SOON);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

/* One that fails before it knows anything is begun once more. */
static void
a_fault_while_the_new_program_reads_is_survived(void **state)
{
	(void)state;
	for (int stops = 0; stops < 24; stops += 4)
		survive(FAULT_IN_NEW_PROGRAM, stops);
}

static void
a_fault_while_it_takes_over_is_survived(void **state)
{
	(void)state;
	for (int stops = 0; stops < 48; stops += 3)
		survive(FAULT_AT_TAKEOVER, stops);
}

/* What PID 1 knows is written down from the beginning. */
static void
a_fault_in_the_middle_of_a_fault_is_survived(void **state)
{
	(void)state;
	for (int stops = 0; stops < 20; stops += 3) {
		struct ns *ns = ns_run(NS_LIST(scratch_app("exit_7_on_term")));
		ns_expect_line(ns, "up ", SOON);
		pid_t one = proc_await(ns, "/exit_7_on_term", ns->pid, SOON);
		await_rest(ns);

		fault_again(ns, FAULT_IN_HANDLER, stops, 1);

		ns_expect_line(ns, "goes on in a new program", SOON);
		assert_int_equal(proc_parent(one), ns->pid);
		ns_signal(ns, SIGTERM);
		assert_int_equal(ns_exit_status(ns, SOON), 7);
		ns_end(ns);
	}
}

static void
leave_with_70(enum fault_place place, int stops, int times)
{
	struct ns *ns = ns_run(NS_LIST(scratch_app("drains"), "100", "5"));

	ns_expect_line(ns, "up ", SOON);
	await_rest(ns);

	fault_again(ns, place, stops, times);

	ns_expect_line(ns, "everything is stopped", SOON);
	ns_expect_line(ns, "draining", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 70);
	ns_end(ns);
}

/* Nothing is known any more, but that there are children. */
static void
a_third_one_ends_what_runs_and_leaves_with_70(void **state)
{
	(void)state;
	leave_with_70(FAULT_IN_HANDLER, 5, 2);
}

static void
programs_that_fail_one_after_the_other_end_what_runs(void **state)
{
	(void)state;
	leave_with_70(FAULT_IN_NEW_PROGRAM, 2, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(
		    more_than_three_in_a_minute_stop_the_services_and_leave_with_70),
		NS_TEST(a_fault_while_the_new_program_reads_is_survived),
		NS_TEST(a_fault_while_it_takes_over_is_survived),
		NS_TEST(a_fault_in_the_middle_of_a_fault_is_survived),
		NS_TEST(a_third_one_ends_what_runs_and_leaves_with_70),
		NS_TEST(programs_that_fail_one_after_the_other_end_what_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
