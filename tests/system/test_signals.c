#include "ns.h"
#include "proc.h"
#include "scratch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/*
 * Every signal, in every state of a service, as PID 1 and as an ordinary child:
 * TERM, INT and QUIT begin the stop with that very signal, every other one
 * reaches the group of the main service or of the task that runs, and none of
 * them ends cradle.
 */

#define SOON 5000

enum state {
	FETCHING,
	TASK,
	STARTING,
	READY,
	BACKOFF,
	BEFORE_STOP,
	STOPPING,
	STATES
};

static const char *const state_names[] = { "fetching", "a task", "starting",
	"ready", "back-off", "before_stop", "stopping" };

static int deaf; /* a listening socket where nobody answers */
static int deaf_port;

static int
listen_deaf(void **unused)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	(void)unused;
	deaf = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(deaf, (struct sockaddr *)&at, len) == -1 ||
	    listen(deaf, 64) == -1 ||
	    getsockname(deaf, (struct sockaddr *)&at, &len) == -1)
		return -1;
	deaf_port = ntohs(at.sin_port);
	return 0;
}

static char *
configuration(enum state state)
{
	const char *app = scratch_app("prints_signals");

	switch (state) {
	case FETCHING:
		return scratch_write("c.json",
		    "{\"secrets\":{\"deadline\":\"60s\",\"scw\":{\"api_url\":"
		    "\"http://127.0.0.1:%d\",\"region\":\"fr-par\","
		    "\"project_id\":\"11111111-2222-4333-8444-555555555555\","
		    "\"secret_key\":\"11111111-2222-4333-8444-555555555555\"},"
		    "\"env\":{\"A\":\"scw://a/b\"}},"
		    "\"services\":{\"one\":{\"command\":[\"%s\"]}}}",
		    deaf_port, app);
	case TASK:
		return scratch_write("c.json",
		    "{\"tasks\":{\"first\":{\"command\":[\"%s\"]}},"
		    "\"services\":{\"one\":{\"command\":[\"true\"]}}}",
		    app);
	case STARTING:
		return scratch_write("c.json",
		    "{\"services\":{\"one\":{\"command\":[\"%s\"],"
		    "\"ready\":\"notify\"}}}",
		    app);
	case BACKOFF:
		return scratch_write("c.json",
		    "{\"services\":{\"one\":{\"command\":[\"%s\",\"3\"],"
		    "\"restart\":{\"delay\":\"60s\",\"delay_max\":\"60s\"}}}}",
		    scratch_app("crash"));
	case BEFORE_STOP:
		return scratch_write("c.json",
		    "{\"services\":{\"one\":{\"command\":[\"%s\"],"
		    "\"before_stop\":[\"sleep\",\"4711\"],"
		    "\"stop\":{\"grace\":\"1h\"}}}}",
		    app);
	case READY:
	case STOPPING:
	case STATES:
		break;
	}
	return scratch_write(
	    "c.json", "{\"services\":{\"one\":{\"command\":[\"%s\"]}}}", app);
}

static bool
has_process(enum state state)
{
	return state != FETCHING && state != BACKOFF;
}

/* TERM and INT end it at once, QUIT is over. */
static bool
is_a_stop(enum state state)
{
	return state == STOPPING || state == BEFORE_STOP;
}

/* cradle, with its service in that state. */
static struct ns *
bring_to(enum state state, bool plain)
{
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", configuration(state)),
	    .plain = plain,
	});

	if (state == FETCHING)
		(void)proc_await(ns, "cradle: fetch", 0, SOON);
	if (state == BACKOFF)
		ns_expect_line(ns, "next life in 6", SOON);
	if (has_process(state))
		ns_expect_line(ns, "up", SOON);
	if (state == READY)
		ns_expect_line(ns, "ready in", SOON);
	if (state == STOPPING) {
		ns_signal(ns, SIGINT);
		ns_expect_line(ns, "got 2", SOON);
	}
	if (state == BEFORE_STOP) {
		ns_signal(ns, SIGINT);
		(void)proc_await(ns, "sleep 4711", 0, SOON);
	}
	return ns;
}

/* All but KILL, STOP, CHLD and those that stop, and real-time ones: 36. */
static int
forwarded(int list[64])
{
	int n = 0;
	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGKILL && sig != SIGSTOP && sig != SIGCHLD &&
		    sig != SIGTERM && sig != SIGINT && sig != SIGQUIT)
			list[n++] = sig;
	for (int i = 0; i < 11; i++)
		list[n++] = SIGRTMIN + i * (SIGRTMAX - SIGRTMIN) / 10;
	return n;
}

static void
expect_all_forwarded(struct ns *ns, enum state state)
{
	int list[64];
	int n = forwarded(list);

	for (int i = 0; i < n; i++) {
		ns_signal(ns, list[i]);
		if (has_process(state))
			ns_expect_line(
			    ns, scratch_text("got %d", list[i]), SOON);
	}
	/* CHLD is ours: a user's tells of no death, and is nobody else's */
	ns_signal(ns, SIGCHLD);
	ns_signal(ns, SIGUSR1);
	if (has_process(state))
		ns_expect_line(ns, scratch_text("got %d", SIGUSR1), SOON);
	assert_false(ns_has(ns, scratch_text("got %d\n", SIGCHLD)));
}

/* The way out of a state: the exit code of that signal. */
static int
stopped_with(enum state state, int sig)
{
	if (state == FETCHING)
		return 128 + sig;
	if (state == BACKOFF)
		return 3;
	return sig == SIGTERM && !is_a_stop(state) ? 0 : 137;
}

static void
expect_stop(enum state state, bool plain, int sig)
{
	struct ns *ns = bring_to(state, plain);

	ns_signal(ns, sig);
	if (has_process(state) && !is_a_stop(state))
		ns_expect_line(ns, scratch_text("got %d", sig), SOON);
	/* the app minds TERM alone; a second one ends all patience */
	if (has_process(state) &&
	    (is_a_stop(state) ? sig == SIGQUIT : sig != SIGTERM))
		ns_signal(ns, SIGTERM);
	int code = ns_exit_status(ns, SOON);
	if (code != stopped_with(state, sig))
		ns_fail(ns, "%s, %s, signal %d: left with %d, not %d",
		    state_names[state], plain ? "a child" : "PID 1", sig, code,
		    stopped_with(state, sig));
	ns_end(ns);
}

static void
every_other_signal_reaches_the_group_and_kills_nothing(void **unused)
{
	(void)unused;
	for (int state = 0; state < STATES; state++) {
		for (int plain = 0; plain < 2; plain++) {
			struct ns *ns = bring_to((enum state)state, plain == 1);
			expect_all_forwarded(ns, (enum state)state);
			assert_int_equal(proc_state(ns->pid) == 0, false);
			ns_signal(ns, SIGTERM);
			int code = ns_exit_status(ns, SOON);
			assert_int_equal(
			    code, stopped_with((enum state)state, SIGTERM));
			ns_end(ns);
		}
	}
}

static void
three_signals_begin_the_stop_with_that_very_signal(void **unused)
{
	const int stops[] = { SIGTERM, SIGINT, SIGQUIT };

	(void)unused;
	for (int state = 0; state < STATES; state++)
		for (int plain = 0; plain < 2; plain++)
			for (int i = 0; i < 3; i++)
				expect_stop(
				    (enum state)state, plain == 1, stops[i]);
}

/* What somebody mapped is not undone while the service drains. */
static void
mapped_signals_stay_mapped_in_a_stop(void **unused)
{
	const int harmless[] = { SIGHUP, SIGUSR1, SIGUSR2 };
	char *file = scratch_write("c.json",
	    "{\"signals\":{\"HUP\":\"reload\",\"USR1\":\"drop\","
	    "\"USR2\":\"restart\",\"WINCH\":\"CONT\",\"QUIT\":\"forward\","
	    "\"INT\":\"drop\"},"
	    "\"services\":{\"one\":{\"command\":[\"%s\"],"
	    "\"before_stop\":[\"sleep\",\"60\"],"
	    "\"stop\":{\"grace\":\"1h\"}}}}",
	    scratch_app("prints_signals"));

	(void)unused;
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "up", SOON);
	ns_signal(ns, SIGTERM);
	(void)proc_await(ns, "sleep 60", 0, SOON);

	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		ns_signal(ns, harmless[i]);
	ns_signal(ns, SIGQUIT);
	ns_expect_line(ns, scratch_text("got %d", SIGQUIT), SOON);
	ns_signal(ns, SIGWINCH);
	ns_expect_line(ns, scratch_text("got %d", SIGCONT), SOON);
	assert_int_equal(ns_count(ns, "got"), 2);

	ns_signal(ns, SIGINT);
	assert_int_equal(ns_exit_status(ns, SOON), 137);
	ns_end(ns);
}

static void
a_killed_cradle_takes_its_service_along(void **unused)
{
	(void)unused;
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("ignores_term")),
	    .plain = true,
	});
	pid_t app = proc_await(ns, "ignores_term", 0, SOON);
	ns_signal(ns, SIGKILL);
	assert_int_equal(ns_exit_status(ns, SOON), 137);
	for (int64_t end = ns_now_ms() + SOON; ns_now_ms() < end;) {
		char state = proc_state(app);
		if (state == 0 || state == 'Z')
			break;
		(void)usleep(1000);
	}
	assert_true(proc_state(app) == 0 || proc_state(app) == 'Z');
	(void)waitpid(app, NULL, 0);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(every_other_signal_reaches_the_group_and_kills_nothing),
		NS_TEST(three_signals_begin_the_stop_with_that_very_signal),
		NS_TEST(mapped_signals_stay_mapped_in_a_stop),
		NS_TEST(a_killed_cradle_takes_its_service_along),
	};

	return cmocka_run_group_tests(tests, listen_deaf, NULL);
}
