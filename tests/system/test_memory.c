#include "fake.h"
#include "ns.h"
#include "proc.h"
#include "scratch.h"
#include "stage.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000

static struct ns *
run_eater(const char *words, const char *memory)
{
	char *file = scratch_write("cradle.json",
	    "{ \"services\": { \"eater\": { \"command\": [\"%s\", %s], "
	    "\"memory\": %s } } }\n",
	    scratch_app("eats"), words, memory);
	return ns_run(NS_LIST("-c", file));
}

static void
a_service_over_its_limit_is_replaced_with_both_figures(void **state)
{
	(void)state;
	struct ns *ns = run_eater("\"60\"", "{ \"max\": \"30MB\" }");
	ns_expect_line(ns, "ate 60", SOON);

	ns_expect_line(ns, "MB, over its 30 MB, and is replaced", SOON);

	ns_expect_line(ns, "up ", SOON);
	ns_expect_line(ns, "ate 60", SOON);
	ns_end(ns);
}

static void
the_whole_tree_counts(void **state)
{
	(void)state;
	struct ns *ns = run_eater("\"20\", \"3\"", "\"50MB\"");

	ns_expect_line(ns, "over its 50 MB, and is replaced", SOON);
	ns_end(ns);
}

static void
one_below_its_limit_is_left_alone(void **state)
{
	(void)state;
	struct ns *ns = run_eater("\"20\", \"3\"", "\"200MB\"");
	ns_expect_line(ns, "ate 20", SOON);

	/* three looks at least */
	int64_t until = ns_now_ms() + 3300;
	while (ns_now_ms() < until)
		ns_pump(ns, 200);

	assert_int_equal(ns_count(ns, "replaced"), 0);
	assert_int_equal(ns_count(ns, "up "), 1);
	ns_end(ns);
}

/* ---- a share of the cgroup's limit: needs a memory cgroup of our own ---- */

static char *cage;

static bool
put(const char *file, const char *text)
{
	char path[512];
	(void)snprintf(path, sizeof(path), "%s/%s", cage, file);
	FILE *to = fopen(path, "r+");
	if (to == NULL)
		return false;
	bool ok = fputs(text, to) >= 0;
	return fclose(to) == 0 && ok;
}

/* Version 2's file, or version 1's; the test itself moves in. */
static bool
build_cage(const char *limit)
{
	static const char *const roots[] = { "/sys/fs/cgroup",
		"/sys/fs/cgroup/memory" };
	char pid[32];
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	for (int v = 0; v < 2; v++) {
		cage = scratch_text("%s/cradle-test-%s", roots[v], pid);
		if (mkdir(cage, 0755) == -1)
			continue;
		const char *file =
		    v == 0 ? "memory.max" : "memory.limit_in_bytes";
		if (put(file, limit) && put("cgroup.procs", pid))
			return true;
		(void)rmdir(cage);
	}
	return false;
}

static void
leave_cage(void)
{
	char *slash = strrchr(cage, '/');
	char *own = scratch_text("%s", cage);
	char pid[32];
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	*slash = '\0';
	(void)put("cgroup.procs", pid);
	(void)rmdir(own);
}

static void
a_share_of_the_cgroups_limit_is_kept(void **state)
{
	(void)state;
	if (!build_cage("150000000")) {
		print_message("no memory cgroup may be made here\n");
		skip();
	}
	struct ns *ns = run_eater("\"100\"", "\"60%\"");

	ns_expect_line(ns, "over its 85 MB, and is replaced", SOON);

	ns_end(ns);
	leave_cage();
}

static void
a_share_without_a_limit_is_said_and_off(void **state)
{
	(void)state;
	if (!build_cage("9223372036854771712")) {
		print_message("no memory cgroup may be made here\n");
		skip();
	}
	struct ns *ns = run_eater("\"10\"", "\"60%\"");

	ns_expect_line(ns, "cannot watch the memory of eater", SOON);

	ns_expect_line(ns, "ate 10", SOON);
	ns_end(ns);
	leave_cage();
}

static void
a_kill_by_the_kernels_oom_killer_is_told_from_one_by_hand(void **state)
{
	(void)state;
	if (!build_cage("60000000")) {
		print_message("no memory cgroup may be made here\n");
		skip();
	}
	char *file = scratch_write("cradle.json",
	    "{ \"services\": { \"eater\": { \"command\": [\"%s\", \"100\"] } "
	    "} }\n",
	    scratch_app("eats"));
	struct ns *ns = ns_run(NS_LIST("-c", file));

	ns_expect_line(
	    ns, "eater was killed by the kernel: out of memory", SOON);

	ns_end(ns);
	leave_cage();
}

/* The largest is taken: a child; its parent, the main process, lives on. */
static void
a_child_taken_by_the_oom_killer_is_told_and_the_service_lives(void **state)
{
	struct stage_env env;
	struct fake *slack = stage_slack("");

	(void)state;
	if (!build_cage("60000000")) {
		print_message("no memory cgroup may be made here\n");
		skip();
	}
	stage_env_begin(&env);
	stage_env_slack(&env, slack);
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("--", scratch_app("eats"), "100", "1"),
	    .env = env.item,
	});

	ns_expect_line(ns, "the kernel's OOM killer took a process of", SOON);

	fake_expect_text(slack, "ran out of memory", SOON);
	assert_int_equal(ns_count(ns, "up "), 1);
	assert_int_equal(ns_count(ns, "next life"), 0);
	ns_end(ns);
	leave_cage();
}

static void
a_wrapper_whose_child_was_taken_is_said_to_have_run_out_of_memory(void **state)
{
	(void)state;
	if (!build_cage("60000000")) {
		print_message("no memory cgroup may be made here\n");
		skip();
	}
	struct ns *ns = ns_run(NS_LIST("--", "/bin/sh", "-c",
	    scratch_text("%s 100; exit 5", scratch_app("eats"))));

	ns_expect_line(ns,
	    "exited with code 5: the kernel killed a process of it, out of "
	    "memory",
	    SOON);

	assert_int_equal(ns_count(ns, "OOM killer took"), 0);
	ns_end(ns);
	leave_cage();
}

static void
a_task_that_was_taken_is_said_to_have_run_out_of_memory(void **state)
{
	(void)state;
	if (!build_cage("60000000")) {
		print_message("no memory cgroup may be made here\n");
		skip();
	}
	char *file = scratch_write("cradle.json",
	    "{ \"tasks\": { \"t\": { \"command\": [\"%s\", \"100\"] } },\n"
	    "  \"services\": { \"one\": { \"command\": [\"true\"] } } }\n",
	    scratch_app("eats"));
	struct ns *ns = ns_run(NS_LIST("-c", file));

	assert_int_equal(ns_exit_status(ns, SOON), 128 + SIGKILL);

	assert_int_equal(
	    ns_count(ns, "task t failed: the kernel killed it, out of memory"),
	    1);
	ns_end(ns);
	leave_cage();
}

/* ---- version 2, where nothing but its files is needed ---- */

static void
version_2_is_heard_through_its_file_of_events(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	char *events = scratch_write("cgroup/memory.events", "oom_kill 3\n");
	char *folder = scratch_text("%s/cgroup", scratch_dir());
	(void)scratch_write("cgroup/memory.current", "1000\n");
	struct ns *ns = ns_start(&(struct ns_options){
	    .program = "/usr/bin/unshare",
	    .args = NS_LIST("-m", "/bin/sh", "-c",
		scratch_text("mount --bind %s /sys/fs/cgroup && exec %s -- "
			     "/bin/sh -c 'echo up; exec sleep 4005'",
		    folder, scratch_cradle())),
	});
	ns_expect_line(ns, "up", SOON);
	(void)proc_await(ns, "sleep 4005", 0, SOON);

	int64_t until = ns_now_ms() + SOON;
	for (int kills = 4; !ns_has(ns, "OOM killer took"); kills++) {
		assert_true(ns_now_ms() < until);
		FILE *to = fopen(events, "r+"); /* as the kernel: in place */
		assert_non_null(to);
		(void)fprintf(to, "oom_kill %d\n", kills);
		assert_int_equal(fclose(to), 0);
		ns_pump(ns, 500);
	}
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(a_service_over_its_limit_is_replaced_with_both_figures),
		NS_TEST(the_whole_tree_counts),
		NS_TEST(one_below_its_limit_is_left_alone),
		NS_TEST(a_share_of_the_cgroups_limit_is_kept),
		NS_TEST(a_share_without_a_limit_is_said_and_off),
		NS_TEST(
		    a_kill_by_the_kernels_oom_killer_is_told_from_one_by_hand),
		NS_TEST(
		    a_child_taken_by_the_oom_killer_is_told_and_the_service_lives),
		NS_TEST(
		    a_wrapper_whose_child_was_taken_is_said_to_have_run_out_of_memory),
		NS_TEST(
		    a_task_that_was_taken_is_said_to_have_run_out_of_memory),
		NS_TEST(version_2_is_heard_through_its_file_of_events),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
