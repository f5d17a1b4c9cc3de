#include "ns.h"
#include "proc.h"
#include "scratch.h"
#include "tool.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* What the small inits have in common, each in its own way. */

#define SOON TOOL_SOON
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct way {
	const char *name;
	struct tool_case how;
	bool group;     /* not the child alone */
	bool faults;    /* a user's fault signal is forwarded */
	bool ours_only; /* the tool itself waits for a grandchild */
};

/* Forwarded otherwise, or by some of them alone. */
static bool
is_a_terminal_stop(int sig)
{
	return sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

static bool
is_forwarded(const struct way *w, const struct tool *tool, int sig)
{
	const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
		SIGTRAP, SIGSYS };

	for (size_t i = 0; i < COUNT(faults); i++)
		if (sig == faults[i])
			return w->faults;
	if (sig == SIGKILL || sig == SIGSTOP || sig == SIGCHLD ||
	    sig == SIGTERM || sig == 32 || sig == 33)
		return false;
	if (is_a_terminal_stop(sig))
		return sig == SIGTSTP && strcmp(w->name, "tini") == 0;
	/* dumb-init reads past the end of its table there */
	return sig <= 31 || !tool->real || strcmp(w->name, "dumb-init") != 0;
}

/* Both processes of prints_signals are up. */
static struct ns *
start_pair(const struct tool *tool, struct tool_case how)
{
	size_t n = 0;

	while (how.args[n] != NULL)
		n++;
	how.args[n++] = scratch_app("prints_signals");
	how.args[n++] = "child";
	struct ns *ns = tool_start(tool, &how);
	while (ns_count(ns, "up") < 2)
		ns_expect_line(ns, "up", SOON);
	return ns;
}

static void
expect_forwarded(const struct way *w, const struct tool *tool)
{
	struct ns *ns = start_pair(tool, w->how);
	pid_t first = proc_await(ns, "/prints_signals", ns->pid, SOON);
	pid_t second = proc_await(ns, "/prints_signals", first, SOON);
	pid_t other = proc_parent(first) == ns->pid ? second : first;

	for (int sig = 1; sig <= 64; sig++) {
		char *got = scratch_text("got %d\n", sig);
		if (!is_forwarded(w, tool, sig))
			continue;
		ns_signal(ns, sig);
		while (ns_count(ns, got) < (w->group ? 2 : 1))
			ns_expect_line(ns, "got", SOON);
		if (ns_has(ns, scratch_text("child %s", got)) != w->group)
			ns_fail(ns, "%s: signal %d and the child's child",
			    w->name, sig);
	}
	if (!w->group)
		(void)kill(other, SIGTERM);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
signals_reach_the_child_or_its_group(void **state)
{
	static const struct way ways[] = {
		{ .name = "tini", .how = { .args = { "-s" } } },
		{ .name = "tini", .how = { .args = { "-g" } }, .group = true },
		{ .name = "tini",
		    .how = { .env = { "TINI_KILL_PROCESS_GROUP=" } },
		    .group = true },
		{ .name = "tini",
		    .how = { .args = { "-g", "-s" },
			.plain = true,
			.unprivileged = true },
		    .group = true },
		{ .name = "catatonit" },
		{ .name = "catatonit",
		    .how = { .args = { "-g" } },
		    .group = true },
		{ .name = "catatonit",
		    .how = { .args = { "-g" },
			.plain = true,
			.unprivileged = true },
		    .group = true },
		{ .name = "dumb-init", .group = true, .faults = true },
		{ .name = "dumb-init",
		    .how = { .plain = true, .unprivileged = true },
		    .group = true,
		    .faults = true },
		{ .name = "dumb-init",
		    .how = { .args = { "-c" } },
		    .faults = true,
		    .ours_only = true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct tool tools[TOOL_MAX];
		size_t found = tool_find(ways[i].name, tools);
		for (size_t t = 0; t < found; t++)
			if (!tools[t].real || !ways[i].ours_only)
				expect_forwarded(&ways[i], &tools[t]);
	}
}

/* catatonit keeps them to itself. */
static void
a_terminal_stop_is_not_for_the_child_of_catatonit(void **state)
{
	const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	struct tool tools[TOOL_MAX];
	size_t found = tool_find("catatonit", tools);

	(void)state;
	for (size_t t = 0; t < found; t++) {
		struct ns *ns = start_pair(
		    &tools[t], (struct tool_case){ .args = { "-g" } });
		for (size_t i = 0; i < COUNT(stops); i++)
			ns_signal(ns, stops[i]);
		ns_signal(ns, SIGTERM);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		for (size_t i = 0; i < COUNT(stops); i++)
			assert_false(
			    ns_has(ns, scratch_text("got %d\n", stops[i])));
		ns_end(ns);
	}
}

static void
expect_terminal(const struct tool *tool)
{
	const char *name;
	int terminal = tool_terminal(&name);
	struct tool_case how = {
		.args = { "--", "sh", "-c",
		    "cut -d' ' -f1,5,6,8 /proc/self/stat; exec \"$0\"",
		    scratch_app("exit_7_on_term") },
		.settings = { scratch_text("terminal=%s", name) }
	};
	struct ns *ns = tool_start(tool, &how);

	/* its group is the terminal's, its session is not its own */
	ns_expect_line(ns, "3 2 1 2\n", SOON);
	ns_expect_line(ns, "up", SOON);

	assert_int_equal(write(terminal, "\003", 1), 1);

	assert_int_equal(ns_exit_status(ns, SOON), 130);
	ns_end(ns);
	(void)close(terminal);
}

static void
the_child_has_the_terminal_but_no_session(void **state)
{
	static const char *const names[] = { "tini", "catatonit" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct tool tools[TOOL_MAX];
		size_t found = tool_find(names[i], tools);
		for (size_t t = 0; t < found; t++)
			expect_terminal(&tools[t]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(signals_reach_the_child_or_its_group),
		NS_TEST(a_terminal_stop_is_not_for_the_child_of_catatonit),
		NS_TEST(the_child_has_the_terminal_but_no_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
