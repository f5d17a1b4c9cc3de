#include "ns.h"
#include "proc.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 5000
#define ROOM 2000 /* bytes */
#define LIVES 100 /* whose lines are more than that */

/* The master of a new terminal whose name is *ret_name. */
static int
open_terminal(const char **ret_name)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd == -1) {
		print_message("# skipped: no terminal can be made here: %s\n",
		    strerror(errno));
		skip();
	}
	assert_int_equal(grantpt(fd), 0);
	assert_int_equal(unlockpt(fd), 0);
	*ret_name = scratch_text("%s", ptsname(fd));
	return fd;
}

/*
 * Fill the terminal, but for a room that a few lines take: one of them then
 * fits in part, which is where a writer that asked for room first gets stuck.
 */
static void
stall(int terminal, const char *name)
{
	char block[256];
	int fd = open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	assert_true(fd != -1);
	memset(block, '.', sizeof(block));
	while (write(fd, block, sizeof(block)) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	(void)close(fd);
	for (ssize_t left = ROOM; left > 0;) {
		ssize_t n = read(terminal, block, sizeof(block));
		assert_true(n > 0);
		left -= n;
	}
}

/* With `setting` for its inheritance, these arguments, and PATH alone. */
static struct ns *
run_prepared(const char *setting, const char *first, const char *second)
{
	return ns_start(&(struct ns_options){
	    .program = scratch_app("prepare"),
	    .args = NS_LIST(scratch_text("%s", setting), "--", scratch_cradle(),
		scratch_text("%s", first), scratch_text("%s", second)),
	});
}

static void
a_stalled_terminal_at_stderr_stops_neither_lives_nor_the_stop(void **state)
{
	const char *name;
	int terminal = open_terminal(&name);
	char *file = scratch_write("cradle.json",
	    "{ \"services\": { \"one\": {"
	    " \"command\": [\"sh\", \"-c\", \"echo born; exit 3\"],"
	    " \"restart\": { \"give_up\": \"keep\", \"delay\": \"1ms\","
	    " \"delay_max\": \"5ms\" } } } }\n");

	(void)state;
	stall(terminal, name);
	struct ns *ns =
	    run_prepared(scratch_text("stderr=%s", name), "-c", file);
	for (int i = 0; i < LIVES; i++)
		ns_expect_line(ns, "born", SOON);

	ns_signal(ns, SIGTERM);

	/* with the app's code, or 143 when one was just alive */
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
	(void)close(terminal);
}

struct holder {
	int terminal;
	pid_t group;
};

/* The master tells the group as we see it. */
static bool
has_terminal(struct ns *ns, void *arg)
{
	const struct holder *h = arg;

	(void)ns;
	return tcgetpgrp(h->terminal) == h->group;
}

static void
await_holder(struct ns *ns, int terminal, pid_t group, const char *what)
{
	struct holder h = { terminal, group };

	ns_wait(ns, has_terminal, &h, SOON, what);
}

static void
type(int terminal, const char *text)
{
	assert_int_equal(
	    write(terminal, text, strlen(text)), (ssize_t)strlen(text));
}

static void
press_ctrl_c(int terminal)
{
	assert_int_equal(write(terminal, "\003", 1), 1);
}

static void
ctrl_c_stops_the_container_with_130(void **state)
{
	const char *name;
	int terminal = open_terminal(&name);

	(void)state;
	struct ns *ns = run_prepared(scratch_text("terminal=%s", name), "--",
	    scratch_app("exit_7_on_term"));
	ns_expect_line(ns, "up ", SOON);
	pid_t app = proc_await(ns, "exit_7_on_term", 0, SOON);
	await_holder(ns, terminal, app, "the app's terminal");

	press_ctrl_c(terminal);

	assert_int_equal(ns_exit_status(ns, SOON), 130);
	assert_int_equal(ns_count(ns, "up "), 1);
	ns_end(ns);
	(void)close(terminal);
}

static void
ctrl_c_that_the_app_catches_stops_it_too(void **state)
{
	const char *name;
	int terminal = open_terminal(&name);
	char *file = scratch_write("cradle.json",
	    "{ \"services\": { \"one\": { \"command\": [\"sh\", \"-c\","
	    " \"trap 'echo tidy; exit 130' INT; echo up;"
	    " while :; do sleep 0.1; done\"] } } }\n");

	(void)state;
	struct ns *ns =
	    run_prepared(scratch_text("terminal=%s", name), "-c", file);
	ns_expect_line(ns, "up", SOON);
	pid_t app = proc_await(ns, "trap", 0, SOON);
	await_holder(ns, terminal, app, "the app's terminal");

	press_ctrl_c(terminal);

	assert_int_equal(ns_exit_status(ns, SOON), 130);
	assert_int_equal(ns_count(ns, "tidy"), 1);
	ns_end(ns);
	(void)close(terminal);
}

static void
leaving_an_interactive_shell_ends_it_whatever_its_code(void **state)
{
	const char *name;
	int terminal = open_terminal(&name);

	(void)state;
	struct ns *ns =
	    run_prepared(scratch_text("terminal=%s", name), "/bin/sh", "-i");
	pid_t shell = proc_await(ns, "/bin/sh -i", ns->pid, SOON);
	await_holder(ns, terminal, shell, "the shell's terminal");

	type(terminal, "false; exit\n");

	assert_int_equal(ns_exit_status(ns, SOON), 1);
	assert_int_equal(ns_count(ns, "next life"), 0);
	ns_end(ns);
	(void)close(terminal);
}

static void
a_terminal_that_is_closed_takes_its_app_along(void **state)
{
	const char *name;
	int terminal = open_terminal(&name);

	(void)state;
	struct ns *ns = run_prepared(scratch_text("terminal=%s", name), "--",
	    scratch_app("exit_7_on_term"));
	ns_expect_line(ns, "up ", SOON);
	pid_t app = proc_await(ns, "exit_7_on_term", 0, SOON);
	await_holder(ns, terminal, app, "the app's terminal");

	(void)close(terminal);

	assert_int_equal(ns_exit_status(ns, SOON), 129);
	assert_int_equal(ns_count(ns, "up "), 1);
	ns_end(ns);
}

static void
the_terminal_comes_back_and_ctrl_c_stops_the_back_off(void **state)
{
	const char *name;
	int terminal = open_terminal(&name);
	char *file = scratch_write("cradle.json",
	    "{ \"services\": { \"one\": { \"command\": [\"%s\", \"3\"],"
	    " \"restart\": { \"delay\": \"30s\" } } } }\n",
	    scratch_app("crash"));

	(void)state;
	struct ns *ns =
	    run_prepared(scratch_text("terminal=%s", name), "-c", file);
	ns_expect_line(ns, "born ", SOON);
	ns_expect_line(ns, "born ", SOON);
	proc_await_gone(ns, "/crash", SOON);
	await_holder(ns, terminal, ns->pid, "the terminal back at cradle");

	press_ctrl_c(terminal);

	(void)ns_exit_status(ns, SOON);
	assert_int_equal(ns_count(ns, "born "), 2);
	ns_end(ns);
	(void)close(terminal);
}

static void
every_life_has_the_terminal_anew(void **state)
{
	const char *name;
	int terminal = open_terminal(&name);

	(void)state;
	struct ns *ns = run_prepared(scratch_text("terminal=%s", name), "--",
	    scratch_app("exit_7_on_term"));
	pid_t first = proc_await(ns, "exit_7_on_term", 0, SOON);
	await_holder(ns, terminal, first, "the first life's terminal");
	ns_expect_line(ns, "up ", SOON);

	assert_int_equal(kill(first, SIGKILL), 0);

	pid_t next = proc_await(ns, "exit_7_on_term", first, SOON);
	await_holder(ns, terminal, next, "the next life's terminal");
	ns_expect_line(ns, "up ", SOON);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
	(void)close(terminal);
}

struct expected {
	pid_t pid;
	char state;
};

static bool
is_in_state(struct ns *ns, void *arg)
{
	const struct expected *e = arg;

	(void)ns;
	return proc_state(e->pid) == e->state;
}

static void
await_state(struct ns *ns, pid_t pid, char state, const char *what)
{
	struct expected e = { pid, state };

	ns_wait(ns, is_in_state, &e, SOON, what);
}

static void
ctrl_z_suspends_the_job_and_fg_brings_it_back(void **state)
{
	const char *name;
	int terminal = open_terminal(&name);

	(void)state;
	struct ns *ns = ns_start(&(struct ns_options){
	    .program = scratch_app("prepare"),
	    .args = NS_LIST(
		scratch_text("terminal=%s", name), "--", "/bin/sh", "-i"),
	    .plain = true,
	});
	type(terminal, scratch_text("%s -- %s\n", scratch_cradle(),
			   scratch_app("exit_7_on_term")));
	ns_expect_line(ns, "up ", SOON);
	pid_t cradle = proc_await(ns, scratch_cradle(), 0, SOON);
	pid_t app = proc_await(ns, "exit_7_on_term", cradle, SOON);
	await_holder(ns, terminal, app, "the app's terminal");

	type(terminal, "\032");
	await_state(ns, cradle, 'T', "cradle suspended");
	await_state(ns, app, 'T', "the app suspended");
	await_holder(ns, terminal, ns->pid, "the shell's terminal");

	type(terminal, "fg\n");
	await_state(ns, cradle, 'S', "cradle back");
	await_state(ns, app, 'S', "the app back");
	await_holder(ns, terminal, app, "the app's terminal again");

	assert_int_equal(kill(cradle, SIGTERM), 0);
	await_holder(ns, terminal, ns->pid, "the shell's terminal at last");
	type(terminal, "exit\n");
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
	(void)close(terminal);
}

static void
ctrl_z_where_no_shell_is_stops_nothing_for_long(void **state)
{
	const char *name;
	int terminal = open_terminal(&name);

	(void)state;
	struct ns *ns = ns_start(&(struct ns_options){
	    .program = scratch_app("prepare"),
	    .args = NS_LIST(scratch_text("terminal=%s", name), "--",
		scratch_cradle(), "--", scratch_app("exit_7_on_term")),
	    .plain = true,
	});
	ns_expect_line(ns, "up ", SOON);
	pid_t app = proc_await(ns, "exit_7_on_term", ns->pid, SOON);
	await_holder(ns, terminal, app, "the app's terminal");

	type(terminal, "\032");
	await_state(ns, app, 'S', "the app going on");
	await_holder(ns, terminal, app, "the app's terminal again");
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
	(void)close(terminal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(
		    a_stalled_terminal_at_stderr_stops_neither_lives_nor_the_stop),
		NS_TEST(ctrl_c_stops_the_container_with_130),
		NS_TEST(ctrl_c_that_the_app_catches_stops_it_too),
		NS_TEST(leaving_an_interactive_shell_ends_it_whatever_its_code),
		NS_TEST(a_terminal_that_is_closed_takes_its_app_along),
		NS_TEST(the_terminal_comes_back_and_ctrl_c_stops_the_back_off),
		NS_TEST(every_life_has_the_terminal_anew),
		NS_TEST(ctrl_z_suspends_the_job_and_fg_brings_it_back),
		NS_TEST(ctrl_z_where_no_shell_is_stops_nothing_for_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
