/*
 * What users of other inits and supervisors have reported as faults, and no
 * other test here shows: each as they would meet it.
 */
#include "ns.h"
#include "proc.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000

static char *
shell(const char *script)
{
	return scratch_text("[\"sh\", \"-c\", \"%s\"]", script);
}

/* One service; with capture its output goes through the scribe. */
static struct ns *
run(bool capture, const char *command, const char *keys)
{
	char *file = scratch_write("cradle.json",
	    "{ %s \"services\": { \"one\": { \"command\": %s%s } } }\n",
	    capture ? "\"events\": { \"slack\": { \"webhook\": "
		      "\"http://127.0.0.1:9/x\" } },"
		    : "",
	    command, keys);
	return ns_run(NS_LIST("-c", file));
}

static void
end(struct ns *ns, int code)
{
	int got = ns_exit_status(ns, SOON);
	if (got != code)
		ns_fail(ns, "it left with %d, not with %d", got, code);
	ns_end(ns);
}

/* One in some thousands was lost where signals are blocked too late. */
static void
a_program_that_ends_at_once_is_never_missed(void **state)
{
	(void)state;
	for (int i = 0; i < 150; i++) {
		struct ns *ns = ns_start(&(struct ns_options){
		    .args = NS_LIST("--", "/bin/true"), .plain = true });
		end(ns, 0);
	}
}

static void
the_codes_of_orphans_are_not_taken_for_the_services(void **state)
{
	(void)state;
	struct ns *ns = run(false,
	    shell("i=0; while [ $i -lt 100 ]; do (setsid sh -c 'exit 99' &); "
		  "i=$((i+1)); done; exit 5"),
	    ", \"restart\": { \"policy\": \"never\" }");
	end(ns, 5);
}

/* Its parent lives and does not wait for it: nobody else can. */
static void
a_zombie_of_the_services_own_does_not_hold_up_the_stop(void **state)
{
	(void)state;
	struct ns *ns =
	    run(false, shell("sleep 0 & echo up; exec sleep 4020"), "");
	ns_expect_line(ns, "up", SOON);
	(void)proc_await(ns, "sleep 4020", 0, SOON);
	int64_t began = ns_now_ms();

	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 128 + SIGTERM);
	assert_true(ns_now_ms() - began < 1000);
	ns_end(ns);
}

/* The end of the service is its end, not the end of its output. */
static void
a_grandchild_that_holds_the_output_does_not_hide_the_death(void **state)
{
	(void)state;
	char *again = scratch_text("%s/again", scratch_dir());
	struct ns *ns = run(true,
	    shell(scratch_text(
		"setsid sleep 4021 & [ -e %s ] && exec sleep 4022; "
		"echo x > %s; exit 3",
		again, again)),
	    "");
	ns_expect_line(ns, "one exited with code 3 after", SOON);
	(void)proc_await(ns, "sleep 4022", 0, SOON);
	ns_end(ns);
}

static void
a_long_line_of_json_passes_as_it_is(void **state)
{
	(void)state;
	char *line = scratch_text("{\"text\":\"%070000d\",\"done\":true}", 7);
	char *file = scratch_write("line", "%s\n", line);
	struct ns *ns = run(true, scratch_text("[\"cat\", \"%s\"]", file), "");
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	assert_string_equal(ns->out.data, scratch_text("%s\n", line));
	ns_end(ns);
}

static void
every_short_life_counts_towards_a_crash_loop(void **state)
{
	(void)state;
	struct ns *ns = run(false, shell("sleep 0.3; exit 6"),
	    ", \"restart\": { \"window_failures\": 4, \"delay\": \"10ms\", "
	    "\"stable\": \"200ms\" }");
	end(ns, 6);
}

static void
a_service_that_always_restarts_does_after_a_kill_too(void **state)
{
	(void)state;
	struct ns *ns = run(false, shell("echo born; exec sleep 4023"),
	    ", \"restart\": { \"policy\": \"always\" }");
	pid_t first = proc_await(ns, "sleep 4023", 0, SOON);
	assert_int_equal(kill(first, SIGKILL), 0);
	(void)proc_await(ns, "sleep 4023", first, SOON);
	ns_end(ns);
}

static bool
has_read_its_signals(struct ns *ns, void *arg)
{
	char *status = proc_text(ns->pid, "status", ' ');

	(void)arg;
	return status != NULL &&
	       strstr(status, "ShdPnd:\t0000000000000000") != NULL;
}

/* What the caller had blocked is the app's, and never ours. */
static void
a_blocked_signal_is_blocked_in_the_app_alone(void **state)
{
	char *prepare = scratch_app("prepare"), *cradle = scratch_cradle();

	(void)state;
	struct ns *ns = ns_start(&(struct ns_options){ .program = prepare,
	    .args = NS_LIST("block=15", "block=10", "--", cradle, "--", "grep",
		"SigBlk", "/proc/self/status") });
	ns_expect_line(ns, "0000000000004200", SOON); /* 15 and 10 */
	end(ns, 0);

	ns = ns_start(&(struct ns_options){ .program = prepare,
	    .args = NS_LIST("block=15", "--", cradle, "--", "sleep", "4024") });
	(void)proc_await(ns, "sleep 4024", ns->pid, SOON);
	ns_signal(ns, SIGTERM);
	ns_wait(ns, has_read_its_signals, NULL, SOON, "the stop begins");
	ns_signal(ns, SIGINT); /* the app cannot hear the first */
	end(ns, 128 + SIGKILL);
}

static void
closed_standard_descriptors_are_filled(void **state)
{
	(void)state;
	char *list = scratch_text("%s/list", scratch_dir());
	struct ns *ns = ns_start(&(struct ns_options){
	    .program = "/bin/sh",
	    .args = NS_LIST("-c",
		scratch_text("exec %s -- sh -c 'readlink /proc/$$/fd/0 "
			     "/proc/$$/fd/1 /proc/$$/fd/2 > %s' <&- >&- 2>&-",
		    scratch_cradle(), list)),
	});
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	char *text = scratch_read(list);
	assert_ptr_equal(strstr(text, "/dev/null\n"), text);
	assert_non_null(strstr(text, "\n/dev/null\n"));
	ns_end(ns);
}

/* As gVisor and hidepid may have it: nothing of it is needed. */
static void
without_proc_it_starts_restarts_and_stops(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	struct ns *ns = ns_start(&(struct ns_options){
	    .program = "/usr/bin/unshare",
	    .args = NS_LIST("-m", "/bin/sh", "-c",
		scratch_text("mount -t tmpfs none /proc && exec %s -- "
			     "sh -c '(setsid sleep 4025 &); echo up; "
			     "exec sleep 4026'",
		    scratch_cradle())),
	});
	ns_expect_line(ns, "up", SOON);
	pid_t first = proc_await(ns, "sleep 4026", 0, SOON);
	assert_int_equal(kill(first, SIGKILL), 0);
	(void)proc_await(ns, "sleep 4026", first, SOON);

	ns_signal(ns, SIGTERM);

	end(ns, 128 + SIGTERM);
}

/* Kubernetes' restricted profile. */
static void
no_user_no_capability_no_new_privileges_no_writable_path_are_enough(
    void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	struct ns *ns =
	    ns_start(&(struct ns_options){ .program = "/usr/bin/setpriv",
		.args = NS_LIST("--no-new-privs", scratch_cradle(), "--",
		    scratch_app("exit_7_on_term")),
		.unprivileged = true,
		.readonly = true });
	ns_expect_line(ns, "up", SOON);
	pid_t first = proc_await(ns, "exit_7_on_term", ns->pid, SOON);
	assert_int_equal(kill(first, SIGKILL), 0);
	ns_expect_line(ns, "up", SOON);
	ns_signal(ns, SIGTERM);
	end(ns, 7);
}

/* A service that ignores every plea is no reason to talk. */
static void
a_stop_says_little(void **state)
{
	(void)state;
	struct ns *ns =
	    run(false, scratch_text("[\"%s\"]", scratch_app("ignores_term")),
		", \"stop\": { \"grace\": \"600ms\" }");
	ns_expect_line(ns, "ready in", SOON);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 128 + SIGKILL);
	assert_true(ns_count(ns, "cradle: ") <= 3);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(a_program_that_ends_at_once_is_never_missed),
		NS_TEST(the_codes_of_orphans_are_not_taken_for_the_services),
		NS_TEST(a_zombie_of_the_services_own_does_not_hold_up_the_stop),
		NS_TEST(
		    a_grandchild_that_holds_the_output_does_not_hide_the_death),
		NS_TEST(a_long_line_of_json_passes_as_it_is),
		NS_TEST(every_short_life_counts_towards_a_crash_loop),
		NS_TEST(a_service_that_always_restarts_does_after_a_kill_too),
		NS_TEST(a_blocked_signal_is_blocked_in_the_app_alone),
		NS_TEST(closed_standard_descriptors_are_filled),
		NS_TEST(without_proc_it_starts_restarts_and_stops),
		NS_TEST(
		    no_user_no_capability_no_new_privileges_no_writable_path_are_enough),
		NS_TEST(a_stop_says_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
