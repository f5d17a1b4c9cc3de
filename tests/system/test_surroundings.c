#include "ns.h"
#include "proc.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

/* What an app finds around it, what it leaves lying, and how little is needed.
 */

#define SOON 5000

static bool
no_zombie_is_left(struct ns *ns, void *arg)
{
	pid_t pids[PROC_MAX];

	(void)arg;
	return proc_zombies(ns) == 0 && proc_list(ns, pids, PROC_MAX) == 2;
}

static void
orphans_are_reaped(void **state)
{
	(void)state;
	for (int plain = 0; plain < 2; plain++) {
		struct ns *ns;
		ns = ns_start(&(struct ns_options){
		    .args =
			NS_LIST(scratch_app("leaves_orphans"), "100", "gone"),
		    .plain = plain == 1,
		});
		ns_expect_line(ns, "up ", SOON);

		ns_wait(ns, no_zombie_is_left, NULL, SOON,
		    "cradle and one app, and no zombie");

		ns_signal(ns, SIGTERM);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		ns_end(ns);
	}
}

static void
an_ordinary_process_adopts_and_ends_what_its_app_left_behind(void **state)
{
	struct ns *ns;
	char *env[] = { ns_path(), "CRADLE_GRACE=500ms", NULL };

	(void)state;
	ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("leaves_orphans"), "1", "stubborn"),
	    .env = env,
	    .plain = true,
	});
	ns_expect_line(ns, "up ", SOON);
	pid_t first = proc_find(ns, "leaves_orphans", 0);
	pid_t second = proc_await(ns, "leaves_orphans", first, SOON);
	assert_int_equal(proc_parent(first), ns->pid);
	assert_int_equal(proc_parent(second), ns->pid);

	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
an_ordinary_process_hands_out_the_apps_code_too(void **state)
{
	struct ns *ns;

	(void)state;
	ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("exit_7_on_term")),
	    .plain = true,
	});
	ns_expect_line(ns, "up", SOON);

	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
an_unprivileged_user_is_enough(void **state)
{
	struct ns *ns;
	char *program = scratch_copy(scratch_cradle());
	char *app = scratch_copy(scratch_app("leaves_orphans"));

	(void)state;
	ns = ns_start(&(struct ns_options){
	    .program = program,
	    .args = NS_LIST(app, "20", "gone"),
	    .unprivileged = true,
	});
	ns_expect_line(ns, "up ", SOON);
	assert_int_equal(proc_status(ns->pid, "Uid"), 65534);
	ns_wait(ns, no_zombie_is_left, NULL, SOON, "no zombie");

	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
a_read_only_root_is_enough(void **state)
{
	struct ns *ns;

	(void)state;
	ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("exit_7_on_term")),
	    .readonly = true,
	});
	ns_expect_line(ns, "up", SOON);

	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
the_app_is_given_no_descriptor_but_the_usual_three(void **state)
{
	struct ns *ns;

	(void)state;
	ns = ns_run(NS_LIST(scratch_app("lists_descriptors")));

	ns_expect_line(ns, "end of descriptors", SOON);
	assert_false(ns_has(ns, "descriptor 3"));
	assert_int_equal(ns_count(ns, "descriptor "), 0);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
the_app_inherits_the_dispositions_that_cradle_was_given(void **state)
{
	struct ns *ns;

	(void)state;
	ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("grep", "^Sig[BI]", "/proc/self/status"),
	    .ignore_usr1 = true,
	});

	ns_expect_line(ns, "SigBlk:\t0000000000000000", SOON);
	/* libc's own two, 32 and 33, may come ignored and cannot be reset */
	ns_expect_line(ns, "SigIgn:\t0000000", SOON);
	assert_true(ns_has(ns, "0000200\n"));
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
without_configuration_nothing_but_the_app_is_started(void **state)
{
	struct ns *ns;
	pid_t pids[PROC_MAX];

	(void)state;
	ns = ns_run(NS_LIST(scratch_app("exit_7_on_term")));
	ns_expect_line(ns, "up", SOON);

	assert_int_equal(proc_list(ns, pids, PROC_MAX), 2);

	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(orphans_are_reaped),
		NS_TEST(
		    an_ordinary_process_adopts_and_ends_what_its_app_left_behind),
		NS_TEST(an_ordinary_process_hands_out_the_apps_code_too),
		NS_TEST(an_unprivileged_user_is_enough),
		NS_TEST(a_read_only_root_is_enough),
		NS_TEST(the_app_is_given_no_descriptor_but_the_usual_three),
		NS_TEST(
		    the_app_inherits_the_dispositions_that_cradle_was_given),
		NS_TEST(without_configuration_nothing_but_the_app_is_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
