#include "ns.h"
#include "proc.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define SOON 5000
#define NEVER_RESTART "CRADLE_RESTART=never"

static struct ns *
run_with(char *const args[], const char *variable)
{
	char *env[] = { ns_path(), scratch_text("%s", variable), NULL };

	return ns_start(&(struct ns_options){ .args = args, .env = env });
}

static void
the_exit_code_of_the_app_becomes_ours(void **state)
{
	const char *codes[] = { "0", "1", "42", "127", "143", "255" };

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct ns *ns;
		char *code = scratch_text("%s", codes[i]);
		ns = run_with(
		    NS_LIST(scratch_app("crash"), code), NEVER_RESTART);

		int status = ns_exit_status(ns, SOON);

		assert_string_equal(scratch_text("%d", status), code);
		ns_end(ns);
	}
}

static void
a_death_by_signal_becomes_128_and_its_number(void **state)
{
	const struct {
		const char *how;
		int status;
	} cases[] = { { "kill", 137 }, { "segv", 139 }, { "abort", 134 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ns *ns;
		char *how = scratch_text("%s", cases[i].how);
		ns =
		    run_with(NS_LIST(scratch_app("crash"), how), NEVER_RESTART);

		assert_int_equal(ns_exit_status(ns, SOON), cases[i].status);
		ns_end(ns);
	}
}

static void
a_command_after_two_dashes_may_have_the_name_of_a_subcommand(void **state)
{
	struct ns *ns;

	(void)state;
	ns = ns_run(NS_LIST("--", scratch_app("prints_environ"), "-c", "--"));

	ns_expect_line(ns, "arg 1 -c", SOON);
	ns_expect_line(ns, "arg 2 --", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
expect_signals_reach_both(struct ns *ns)
{
	const int signals[] = { SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGALRM,
		SIGURG, SIGIO, SIGPWR, SIGPIPE, SIGRTMIN, SIGRTMIN + 7,
		SIGRTMAX };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		char *got = scratch_text("got %d\n", signals[i]);
		char *child = scratch_text("child %s", got);
		ns_signal(ns, signals[i]);
		while (ns_count(ns, got) < 2 || !ns_has(ns, child))
			ns_expect_line(ns, "got", SOON);
	}
}

static void
every_signal_that_a_user_sends_reaches_the_whole_group(void **state)
{
	(void)state;
	for (int plain = 0; plain < 2; plain++) {
		struct ns *ns = ns_start(&(struct ns_options){
		    .args = NS_LIST(scratch_app("prints_signals"), "child"),
		    .plain = plain == 1,
		});
		ns_expect_line(ns, "child up", SOON);
		while (ns_count(ns, "up") < 2)
			ns_expect_line(ns, "up", SOON);

		expect_signals_reach_both(ns);

		ns_signal(ns, SIGTERM);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		ns_end(ns);
	}
}

static void
fault_signals_that_a_user_sends_reach_the_app_too(void **state)
{
	const int signals[] = { SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL,
		SIGTRAP };
	struct ns *ns;

	(void)state;
	ns = ns_run(NS_LIST(scratch_app("prints_signals")));
	ns_expect_line(ns, "up", SOON);

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		ns_signal(ns, signals[i]);
		ns_expect_line(ns, scratch_text("got %d", signals[i]), SOON);
	}

	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
term_reaches_the_app_and_its_status_becomes_ours(void **state)
{
	struct ns *ns;

	(void)state;
	ns = ns_run(NS_LIST(scratch_app("exit_7_on_term")));
	ns_expect_line(ns, "up", SOON);

	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
node_drains_its_requests_and_its_own_code_comes_out(void **state)
{
	struct ns *ns;
	char *env[] = { ns_path(), "EXIT_CODE=11", NULL };

	(void)state;
	ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("node", scratch_tests("apps/node/api.js")),
	    .env = env,
	});
	ns_expect_line(ns, "listening", 15000);

	ns_signal(ns, SIGTERM);

	ns_expect_line(ns, "drained", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 11);
	ns_end(ns);
}

static void
int_and_quit_begin_the_stop_with_that_very_signal(void **state)
{
	const int signals[] = { SIGINT, SIGQUIT };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ns *ns;
		ns = run_with(NS_LIST(scratch_app("prints_signals")),
		    "CRADLE_GRACE=300ms");
		ns_expect_line(ns, "up", SOON);

		ns_signal(ns, signals[i]);

		ns_expect_line(ns, scratch_text("got %d", signals[i]), SOON);
		assert_int_equal(ns_exit_status(ns, SOON), 137);
		assert_false(ns_has(ns, "got 15"));
		ns_end(ns);
	}
}

static void
the_grace_time_passes_before_an_app_that_stays_is_killed(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_with(
	    NS_LIST(scratch_app("ignores_term")), "CRADLE_GRACE=500ms");
	ns_expect_line(ns, "up", SOON);

	int64_t begun = ns_now_ms();
	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 137);
	assert_in_range(ns_now_ms() - begun, 480, 2500);
	assert_true(ns_has(ns, "refused"));
	ns_end(ns);
}

static void
a_second_term_kills_at_once(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_with(NS_LIST(scratch_app("ignores_term")), "CRADLE_GRACE=60s");
	ns_expect_line(ns, "up", SOON);
	ns_signal(ns, SIGTERM);
	ns_expect_line(ns, "refused", SOON);

	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, 3000), 137);
	ns_end(ns);
}

/* As timeout(1) does it: not two requests.  All of them come at once. */
static void
expect_one_request(struct ns *ns)
{
	ns_expect_line(ns, "up", SOON);
	assert_int_equal(kill(ns->pid, SIGSTOP), 0);
	ns_signal(ns, SIGINT);
	ns_signal(ns, SIGTERM);

	ns_signal(ns, SIGCONT);

	assert_int_equal(ns_exit_status(ns, SOON), 5);
	ns_end(ns);
}

#define ENDS_LATE                                \
	"trap 'sleep 0.5; exit 5' INT; echo up;" \
	" while :; do sleep 0.05; done"

static void
a_second_one_at_once_with_cont_behind_it_is_the_first(void **state)
{
	(void)state;
	expect_one_request(
	    run_with(NS_LIST("sh", "-c", ENDS_LATE), "CRADLE_GRACE=60s"));
}

static void
cont_behind_a_second_one_may_have_another_meaning(void **state)
{
	char *file = scratch_write("cont.json",
	    "{ \"signals\": { \"CONT\": \"drop\" }, \"services\": {"
	    " \"web\": { \"command\": [\"sh\", \"-c\", \"%s\"],"
	    " \"stop\": { \"grace\": \"60s\" } } } }",
	    ENDS_LATE);

	(void)state;
	expect_one_request(ns_run(NS_LIST("-c", file)));
}

static void
a_second_one_at_once_kills_too(void **state)
{
	struct ns *ns =
	    run_with(NS_LIST(scratch_app("ignores_term")), "CRADLE_GRACE=60s");

	(void)state;
	ns_expect_line(ns, "up", SOON);
	ns_signal(ns, SIGINT);
	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 137);
	ns_end(ns);
}

static void
it_leaves_the_moment_the_tree_is_empty(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_with(
	    NS_LIST(scratch_app("exit_7_on_term")), "CRADLE_GRACE=60s");
	ns_expect_line(ns, "up", SOON);

	int64_t begun = ns_now_ms();
	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 7);
	assert_in_range(ns_now_ms() - begun, 0, 1000);
	ns_end(ns);
}

static void
stragglers_in_sessions_of_their_own_are_killed_after_the_grace(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_with(NS_LIST(scratch_app("leaves_orphans"), "3", "stubborn"),
	    "CRADLE_GRACE=500ms");
	ns_expect_line(ns, "up ", SOON);

	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
a_program_that_cannot_be_executed_gives_the_shells_codes(void **state)
{
	const struct {
		char *program;
		int status;
	} cases[] = {
		{ "/nonexistent/program", 127 },
		{ "no-such-program-anywhere", 127 },
		{ scratch_write("plain.txt", "no program\n"), 126 },
		{ "/tmp", 126 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ns *ns;
		ns = ns_run(NS_LIST(cases[i].program));

		assert_int_equal(ns_exit_status(ns, SOON), cases[i].status);
		assert_true(ns_has(ns, cases[i].program));
		assert_int_equal(ns_count(ns, "cannot"), 1);
		ns_end(ns);
	}
}

static bool
is_stopped(struct ns *ns, void *arg)
{
	(void)ns;
	return proc_state(*(pid_t *)arg) == 'T';
}

static void
an_app_that_stopped_itself_is_continued_by_cont(void **state)
{
	struct ns *ns;

	(void)state;
	ns = ns_run(NS_LIST(scratch_app("stops_itself")));
	ns_expect_line(ns, "up", SOON);
	pid_t app = proc_await(ns, "stops_itself", 0, SOON);
	ns_wait(ns, is_stopped, &app, SOON, "the app's stop");

	ns_signal(ns, SIGCONT);
	ns_expect_line(ns, "continued", SOON);

	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 5);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(the_exit_code_of_the_app_becomes_ours),
		NS_TEST(a_death_by_signal_becomes_128_and_its_number),
		NS_TEST(
		    a_command_after_two_dashes_may_have_the_name_of_a_subcommand),
		NS_TEST(every_signal_that_a_user_sends_reaches_the_whole_group),
		NS_TEST(fault_signals_that_a_user_sends_reach_the_app_too),
		NS_TEST(term_reaches_the_app_and_its_status_becomes_ours),
		NS_TEST(node_drains_its_requests_and_its_own_code_comes_out),
		NS_TEST(int_and_quit_begin_the_stop_with_that_very_signal),
		NS_TEST(
		    the_grace_time_passes_before_an_app_that_stays_is_killed),
		NS_TEST(a_second_term_kills_at_once),
		NS_TEST(a_second_one_at_once_with_cont_behind_it_is_the_first),
		NS_TEST(cont_behind_a_second_one_may_have_another_meaning),
		NS_TEST(a_second_one_at_once_kills_too),
		NS_TEST(it_leaves_the_moment_the_tree_is_empty),
		NS_TEST(
		    stragglers_in_sessions_of_their_own_are_killed_after_the_grace),
		NS_TEST(
		    a_program_that_cannot_be_executed_gives_the_shells_codes),
		NS_TEST(an_app_that_stopped_itself_is_continued_by_cont),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
