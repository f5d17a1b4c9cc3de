#include "ns.h"
#include "proc.h"
#include "scratch.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* What happens a thousand times leaves nothing behind. */

#define SOON 5000
#define LATE 60000
#define NOISE_KIB 64 /* pages that a first time touches */

static bool
only_two_are_left(struct ns *ns, void *arg)
{
	pid_t pids[PROC_MAX];

	(void)arg;
	return proc_list(ns, pids, PROC_MAX) == 2 && proc_zombies(ns) == 0;
}

static void
expect_storm_survived(const char *count, const char *how, bool plain)
{
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("makes_orphans"),
		scratch_text("%s", count), scratch_text("%s", how)),
	    .plain = plain,
	});
	pid_t app = proc_await(ns, "makes_orphans", ns->pid, SOON);
	long before = proc_status(ns->pid, "VmRSS");

	ns_expect_line(ns, "made all", LATE);
	ns_wait(ns, only_two_are_left, NULL, SOON, "every orphan reaped");

	assert_true(proc_status(ns->pid, "VmRSS") - before <= NOISE_KIB);
	assert_int_equal(proc_await(ns, "makes_orphans", ns->pid, SOON), app);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
ten_thousand_orphans_leave_nothing(void **unused)
{
	(void)unused;
	expect_storm_survived("10000", "", false);
}

static void
a_thousand_that_end_at_once_are_all_reaped(void **unused)
{
	(void)unused;
	expect_storm_survived("1000", "together", false);
	expect_storm_survived("1000", "together", true);
}

static int
descriptors(pid_t pid)
{
	DIR *dir = opendir(scratch_text("/proc/%d/fd", (int)pid));
	int count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count;
}

static void
a_thousand_lives_cost_no_descriptor_memory_or_process(void **unused)
{
	(void)unused;
	char *file = scratch_write("c.json",
	    "{\"services\":{\"one\":{\"command\":[\"%s\",\"kill\"],"
	    "\"restart\":{\"give_up\":\"keep\",\"delay\":\"1ms\","
	    "\"delay_max\":\"1ms\"}}}}",
	    scratch_app("crash"));
	struct ns *ns = ns_run(NS_LIST("-c", file));
	int open_before = 0;
	long memory_before = 0;

	for (int i = 0; i < 1100; i++) {
		ns_expect_line(ns, "born", SOON);
		if (i == 100) {
			open_before = descriptors(ns->pid);
			memory_before = proc_status(ns->pid, "VmRSS");
		}
	}
	/* a life that comes and one that goes may each have a listener */
	assert_in_range(descriptors(ns->pid), open_before - 2, open_before + 2);
	assert_true(proc_status(ns->pid, "VmRSS") - memory_before <= NOISE_KIB);
	pid_t pids[PROC_MAX];
	assert_true(proc_list(ns, pids, PROC_MAX) <= 3);
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(ten_thousand_orphans_leave_nothing),
		NS_TEST(a_thousand_that_end_at_once_are_all_reaped),
		NS_TEST(a_thousand_lives_cost_no_descriptor_memory_or_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
