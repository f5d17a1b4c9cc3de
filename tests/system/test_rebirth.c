#include "fault.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scene.h"
#include "scratch.h"
#include "stage.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000
#define GOES_ON "goes on in a new program"

static bool
is_waiting(struct ns *ns, void *arg)
{
	(void)arg;
	return proc_state(ns->pid) == 'S';
}

static void
fail_once(struct ns *ns, enum fault fault)
{
	ns_wait(ns, is_waiting, NULL, SOON, "cradle waits");
	fault_make(ns, fault);
	ns_expect_line(ns, GOES_ON, SOON);
}

/* The listener of a life that is over stays until the kernel has let go of its
   last process, and that of a new life comes a moment after its first word. */
static bool
has_one_listener(struct ns *ns, void *arg)
{
	int listeners = 0;
	char path[64], link[64];

	(void)arg;
	for (int fd = 0; fd < 1024; fd++) {
		(void)snprintf(
		    path, sizeof(path), "/proc/%d/fd/%d", (int)ns->pid, fd);
		ssize_t n = readlink(path, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = '\0';
		listeners += strstr(link, "seccomp") != NULL;
	}
	return listeners == 1;
}

static int
settled_descriptors(struct ns *ns)
{
	ns_wait(ns, has_one_listener, NULL, SOON, "one listener is left");
	return scene_descriptors(ns);
}

/* A configuration with one service, whose text is a JSON object's inside. */
static struct ns *
run_service(const char *service)
{
	char *file = scratch_write(
	    "cradle.json", "{ \"services\": { \"one\": { %s } } }\n", service);

	return ns_run(NS_LIST("-c", file));
}

/* Of its processes; one may have been born and not spoken yet. */
static bool
has_one(struct ns *ns, void *arg)
{
	pid_t one = proc_find(ns, "/exit_7_on_term", ns->pid);

	(void)arg;
	return one > 0 && ns_count(ns, "up ") >= 2 &&
	       proc_list(ns, (pid_t[PROC_MAX]){ 0 }, PROC_MAX) == 2;
}

/* It dies, and it is seen and started again. */
static void
expect_restart(struct ns *ns)
{
	pid_t one = proc_find(ns, "/exit_7_on_term", ns->pid);

	assert_int_equal(kill(one, SIGKILL), 0);
	ns_expect_line(ns, "died of SIGKILL", SOON);
	ns_expect_line(ns, "up ", SOON);
}

/* The whole life of a service whose PID 1 fails in the middle of it. */
static void
live_through(struct ns *ns, enum fault fault)
{
	ns_expect_line(ns, "up ", SOON);
	pid_t first = proc_await(ns, "/exit_7_on_term", ns->pid, SOON);

	fail_once(ns, fault);

	assert_int_equal(
	    proc_await(ns, "/exit_7_on_term", ns->pid, SOON), first);
	assert_int_equal(proc_parent(first), ns->pid);
	assert_non_null(
	    strstr(proc_text(ns->pid, "cmdline", ' '), "exit_7_on_term"));
	assert_string_equal(proc_text(ns->pid, "comm", ' '), "cradle\n");

	expect_restart(ns);
	int before = settled_descriptors(ns);
	fail_once(ns, fault);
	expect_restart(ns);
	scene_await_descriptors(ns, before, SOON);
	assert_int_equal(proc_zombies(ns), 0);

	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
a_jump_to_nowhere_is_survived(void **state)
{
	(void)state;
	live_through(
	    ns_run(NS_LIST(scratch_app("exit_7_on_term"))), FAULT_JUMP);
}

static void
a_stack_that_overflows_is_survived(void **state)
{
	(void)state;
	live_through(
	    ns_run(NS_LIST(scratch_app("exit_7_on_term"))), FAULT_STACK);
}

static void
a_failed_assertion_is_survived(void **state)
{
	(void)state;
	live_through(
	    ns_run(NS_LIST(scratch_app("exit_7_on_term"))), FAULT_ASSERT);
}

static void
an_unprivileged_user_survives_it_too(void **state)
{
	struct ns *ns = ns_start(&(struct ns_options){
	    .program = scratch_copy(scratch_cradle()),
	    .args = NS_LIST(scratch_copy(scratch_app("exit_7_on_term"))),
	    .unprivileged = true,
	    .readonly = true,
	});

	(void)state;
	live_through(ns, FAULT_JUMP);
}

static void
secrets_are_there_for_the_next_life(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");
	char *app = scratch_app("prints_environ");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "COOKIE_SECRET=scw://prod/cella/cookie-secret");
	stage_env_add(&env, "DB_PASSWORD=scw://prod/cella/db:password");
	char *file = scratch_write("cradle.json",
	    "{ \"services\": { \"one\": { \"command\": [\"%s\", \"stay\"],"
	    " \"env\": { \"DB_USER\": \"scw://prod/cella/db:user\" }"
	    " } } }\n",
	    app);
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", file), .env = env.item });
	ns_expect_line(ns, "end of environ", SOON);
	int requests = fake_requests(scaleway);

	fail_once(ns, FAULT_JUMP);
	fail_once(ns, FAULT_JUMP);
	assert_int_equal(
	    kill(proc_find(ns, "prints_environ", ns->pid), SIGKILL), 0);
	ns_expect_line(ns, "end of environ", SOON);

	assert_int_equal(ns_count(ns, "env COOKIE_SECRET=" STAGE_COOKIE), 2);
	assert_int_equal(ns_count(ns, "env DB_PASSWORD=" STAGE_PASSWORD), 2);
	assert_int_equal(ns_count(ns, "env DB_USER=cella"), 2);
	assert_int_equal(ns_count(ns, "SCW_SECRET_KEY"), 0);
	assert_int_equal(fake_requests(scaleway), requests);
	ns_end(ns);
}

static void
secrets_that_are_being_fetched_are_fetched(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "\"delay\": 1500");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "COOKIE_SECRET=scw://prod/cella/cookie-secret");
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("prints_environ")),
	    .env = env.item,
	});
	fake_expect(scaleway, 1, SOON);

	fail_once(ns, FAULT_JUMP);

	ns_expect_line(ns, "end of environ", 15000);
	assert_true(ns_has(ns, "env COOKIE_SECRET=" STAGE_COOKIE "\n"));
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
the_next_life_is_the_same_user_with_the_same_limits(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	struct ns *ns = run_service(
	    "\"command\": [\"sh\", \"-c\", \"echo =$(id -u):$(id -G):$HOME:"
	    "$(umask):$(ulimit -n)=; exec sleep 4010\"], \"user\": \"4242\", "
	    "\"group\": \"4243\", \"umask\": \"027\", "
	    "\"limits\": { \"nofile\": 77 }");
	ns_expect_line(ns, "=4242:4243:/:0027:77=", SOON);
	pid_t one = proc_await(ns, "sleep 4010", ns->pid, SOON);

	fail_once(ns, FAULT_ASSERT);
	assert_int_equal(kill(one, SIGKILL), 0);

	ns_expect_line(ns, "=4242:4243:/:0027:77=", SOON);
	ns_end(ns);
}

static void
a_task_that_runs_goes_on(void **state)
{
	char *file = scratch_write("cradle.json",
	    "{ \"tasks\": { \"migrate\": { \"command\":"
	    " [\"%s\", \"800\", \"0\"] } },"
	    " \"services\": { \"one\": { \"command\": [\"%s\"] } } }\n",
	    scratch_app("drains"), scratch_app("exit_7_on_term"));
	struct ns *ns = ns_run(NS_LIST("-c", file));

	(void)state;
	ns_expect_line(ns, "up ", SOON);
	pid_t task = proc_await(ns, "/drains", ns->pid, SOON);

	fail_once(ns, FAULT_JUMP);
	assert_int_equal(kill(task, SIGTERM), 0);
	ns_expect_line(ns, "draining", SOON);
	fail_once(ns, FAULT_JUMP);

	ns_expect_line(ns, "up ", SOON);
	assert_true(proc_find(ns, "/exit_7_on_term", ns->pid) > 0);
	assert_int_equal(ns_count(ns, "draining"), 1);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
a_pause_before_the_next_life_goes_on(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_service(scratch_text("\"command\": [\"%s\", \"1\"],"
				      "\"restart\": { \"delay\": \"1s\" }",
	    scratch_app("crash")));
	ns_expect_line(ns, "born ", SOON);
	ns_expect_line(ns, "born ", SOON);
	ns_expect_line(ns, "next life in 1", SOON);
	int64_t begun = ns_now_ms();

	fail_once(ns, FAULT_JUMP);

	ns_expect_line(ns, "born ", SOON);
	assert_in_range(ns_now_ms() - begun, 700, 3000);
	ns_expect_line(ns, "next life in 2", SOON);
	ns_end(ns);
}

static void
a_stop_that_has_begun_goes_on(void **state)
{
	struct ns *ns;

	(void)state;
	ns = ns_run(NS_LIST(scratch_app("drains"), "1000", "5"));
	ns_expect_line(ns, "up ", SOON);
	ns_signal(ns, SIGTERM);
	ns_expect_line(ns, "draining", SOON);

	fail_once(ns, FAULT_JUMP);

	assert_int_equal(ns_exit_status(ns, SOON), 5);
	ns_end(ns);
}

static void
the_grace_of_a_stop_is_kept(void **state)
{
	struct ns *ns;

	(void)state;
	ns = run_service(scratch_text("\"command\": [\"%s\"],"
				      "\"stop\": { \"grace\": \"1500ms\" }",
	    scratch_app("ignores_term")));
	ns_expect_line(ns, "up ", SOON);
	ns_signal(ns, SIGTERM);
	ns_expect_line(ns, "refused", SOON);

	fail_once(ns, FAULT_JUMP);

	assert_int_equal(ns_exit_status(ns, 4000), 137);
	ns_end(ns);
}

static void
a_death_in_the_middle_of_it_is_not_lost(void **state)
{
	struct ns *ns = ns_run(NS_LIST(scratch_app("exit_7_on_term")));

	(void)state;
	ns_expect_line(ns, "up ", SOON);
	pid_t first = proc_await(ns, "/exit_7_on_term", ns->pid, SOON);

	assert_int_equal(kill(ns->pid, SIGSTOP), 0);
	assert_int_equal(kill(first, SIGKILL), 0);
	fault_make(ns, FAULT_JUMP);
	assert_int_equal(kill(ns->pid, SIGCONT), 0);

	ns_expect_line(ns, "died of SIGKILL", SOON);
	ns_expect_line(ns, "up ", SOON);
	assert_int_equal(ns_count(ns, "died of SIGKILL"), 1);
	assert_int_equal(proc_zombies(ns), 0);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
a_birth_that_is_not_written_down_yet_is_repeated(void **state)
{
	struct ns *ns = ns_run(NS_LIST(scratch_app("exit_7_on_term")));

	(void)state;
	ns_expect_line(ns, "up ", SOON);
	pid_t first = proc_await(ns, "/exit_7_on_term", ns->pid, SOON);
	ns_wait(ns, is_waiting, NULL, SOON, "cradle waits");

	fault_after_birth(ns, first);

	ns_expect_line(ns, GOES_ON, SOON);
	ns_expect_line(ns, "code 70", SOON);
	ns_wait(ns, has_one, NULL, SOON, "one service");
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
words_status_and_events_go_on(void **state)
{
	struct stage_env env;
	struct fake *slack = stage_slack("");
	int health = probe_free_port();
	char *seen = scratch_text("%s/seen", scratch_dir());

	(void)state;
	stage_env_begin(&env);
	stage_env_slack(&env, slack);
	stage_env_add(&env, "CRADLE_HEALTH_LISTEN=127.0.0.1:%d", health);
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("speaks_and_waits"), seen),
	    .env = env.item,
	});
	probe_until(ns, health, "/readyz", 200, SOON);
	pid_t first = proc_find(ns, "/speaks_and_waits", ns->pid);

	fail_once(ns, FAULT_JUMP);
	probe_until(ns, health, "/readyz", 200, SOON);
	fake_expect_text(slack, "/cradle crashed: SIGSEGV", SOON);
	assert_int_equal(kill(first, SIGKILL), 0);

	ns_expect_line(ns, "words of ", SOON);
	fake_expect_text(slack, "words of ", SOON);
	struct probe_reply metrics = probe_get(health, "/metrics", SOON);
	assert_non_null(strstr(
	    metrics.body, "cradle_helper_restarts_total{role=\"init\"} 1"));
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
a_fault_signal_that_somebody_sends_is_the_services(void **state)
{
	struct ns *ns = ns_run(NS_LIST(scratch_app("exit_7_on_term")));

	(void)state;
	ns_expect_line(ns, "up ", SOON);

	ns_signal(ns, SIGSEGV);

	ns_expect_line(ns, "died of SIGSEGV", SOON);
	ns_expect_line(ns, "up ", SOON);
	assert_int_equal(ns_count(ns, "PID 1"), 0);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
nobody_is_reborn_by_a_name(void **state)
{
	struct ns *ns = ns_run(NS_LIST("bash", "-c",
	    scratch_text("(exec -a cradle:reborn:9 %s true 9</dev/null);"
			 " echo code $?",
		scratch_cradle())));

	(void)state;
	ns_expect_line(ns, "code 70", SOON);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(a_jump_to_nowhere_is_survived),
		NS_TEST(a_stack_that_overflows_is_survived),
		NS_TEST(a_failed_assertion_is_survived),
		NS_TEST(an_unprivileged_user_survives_it_too),
		NS_TEST(secrets_are_there_for_the_next_life),
		NS_TEST(secrets_that_are_being_fetched_are_fetched),
		NS_TEST(the_next_life_is_the_same_user_with_the_same_limits),
		NS_TEST(a_task_that_runs_goes_on),
		NS_TEST(a_pause_before_the_next_life_goes_on),
		NS_TEST(a_stop_that_has_begun_goes_on),
		NS_TEST(the_grace_of_a_stop_is_kept),
		NS_TEST(a_death_in_the_middle_of_it_is_not_lost),
		NS_TEST(a_birth_that_is_not_written_down_yet_is_repeated),
		NS_TEST(words_status_and_events_go_on),
		NS_TEST(a_fault_signal_that_somebody_sends_is_the_services),
		NS_TEST(nobody_is_reborn_by_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
