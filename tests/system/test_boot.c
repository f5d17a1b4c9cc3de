#include "fake.h"
#include "ns.h"
#include "proc.h"
#include "scratch.h"
#include "stage.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SOON 8000
#define STARTS 20

struct scene {
	struct stage_env env;
	struct fake *scaleway;
	struct ns *ns;
};

static struct scene
set_scene(const char *more)
{
	struct scene s = { .scaleway = stage_scaleway(NULL, more) };

	stage_env_begin(&s.env);
	stage_env_scaleway(&s.env, s.scaleway);
	return s;
}

static void
run(struct scene *s, char *const args[])
{
	s->ns =
	    ns_start(&(struct ns_options){ .args = args, .env = s->env.item });
}

static void
a_fetch_that_is_killed_over_and_over_ends_the_boot_with_70(void **state)
{
	struct scene s = set_scene("\"script\": [\"stall\"]");
	pid_t fetch = 0;

	(void)state;
	stage_env_add(&s.env, "A=scw://prod/cella/cookie-secret");
	run(&s, NS_LIST(scratch_app("exit_7_on_term")));
	for (int i = 0; i < 5; i++) {
		fetch = proc_await(s.ns, "cradle: fetch", fetch, SOON);
		assert_int_equal(kill(fetch, SIGKILL), 0);
	}

	assert_int_equal(ns_exit_status(s.ns, SOON), 70);
	assert_int_equal(ns_count(s.ns, "fetch dies again and again"), 1);
	assert_int_equal(ns_count(s.ns, "up "), 0);
	ns_end(s.ns);
}

static void
a_fetch_that_is_stopped_ends_the_boot_with_69(void **state)
{
	struct scene s = set_scene("\"script\": [\"stall\"]");
	char *file = scratch_write("cradle.json",
	    "{ \"secrets\": { \"deadline\": \"500ms\", \"env\": {"
	    " \"A\": \"scw://prod/cella/cookie-secret\" } } }\n");

	(void)state;
	run(&s, NS_LIST("-c", file, "--", scratch_app("exit_7_on_term")));
	pid_t fetch = proc_await(s.ns, "cradle: fetch", 0, SOON);

	assert_int_equal(kill(fetch, SIGSTOP), 0);

	assert_int_equal(ns_exit_status(s.ns, 12000), 69);
	assert_int_equal(ns_count(s.ns, "fetch did not answer in time"), 1);
	ns_end(s.ns);
}

/* It dies as often as it writes: the kernel kills it for the file's size. */
static void
an_inject_that_is_killed_over_and_over_ends_the_boot_with_70(void **state)
{
	char *root = scratch_write("site/dist/index.html",
	    "<script>globalThis.import_meta_env = "
	    "JSON.parse('\"import_meta_env_placeholder\"')</script>\n");
	char *env[] = { ns_path(), "API_URL=https://api.example", NULL };

	(void)state;
	(void)scratch_write("site/.env.example", "API_URL=\n");
	*strrchr(root, '/') = '\0';
	char *file = scratch_write(
	    "cradle.json", "{ \"assets\": [ { \"root\": \"%s\" } ] }\n", root);
	struct ns *ns = ns_start(&(struct ns_options){
	    .program = scratch_app("prepare"),
	    .args = NS_LIST("file_size=8", "--", scratch_cradle(), "-c", file,
		"--", scratch_app("exit_7_on_term")),
	    .env = env,
	});

	assert_int_equal(ns_exit_status(ns, SOON), 70);

	assert_int_equal(ns_count(ns, "inject dies again and again"), 1);
	assert_int_equal(ns_count(ns, "up "), 0);
	ns_end(ns);
}

static void
a_secret_is_asked_for_once(void **state)
{
	struct scene s = set_scene("");

	(void)state;
	stage_env_add(&s.env, "A=scw://prod/cella/cookie-secret");
	for (int i = 0; i < STARTS; i++) {
		run(&s, NS_LIST(scratch_app("crash"), "0"));
		assert_int_equal(ns_exit_status(s.ns, SOON), 0);
		ns_end(s.ns);
	}

	assert_int_equal(fake_requests(s.scaleway), STARTS);
}

static bool
is_dead(struct ns *ns, void *pid)
{
	(void)ns;
	return proc_state(*(const pid_t *)pid) == 'Z';
}

/* Its death and its answers are seen at once, in whatever order. */
static void
the_answers_of_a_fetch_that_is_gone_count(void **state)
{
	struct scene s = set_scene("\"delay\": 300");

	(void)state;
	stage_env_add(&s.env, "A=scw://prod/cella/cookie-secret");
	run(&s, NS_LIST(scratch_app("prints_environ")));
	fake_expect(s.scaleway, 1, SOON);
	pid_t fetch = proc_await(s.ns, "cradle: fetch", 0, SOON);
	ns_signal(s.ns, SIGSTOP);
	ns_wait(s.ns, is_dead, &fetch, SOON, "the end of fetch");

	ns_signal(s.ns, SIGCONT);

	ns_expect_line(s.ns, "env A=" STAGE_COOKIE, SOON);
	assert_int_equal(ns_exit_status(s.ns, SOON), 0);
	assert_int_equal(fake_requests(s.scaleway), 1);
	ns_end(s.ns);
}

static void
expect_refused(char *variable, const char *name, const char *why)
{
	char *env[] = { ns_path(), variable, NULL };
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("exit_7_on_term")),
	    .env = env,
	});

	assert_int_equal(ns_exit_status(ns, SOON), 78);
	assert_int_equal(ns_count(ns, name), 1);
	assert_int_equal(ns_count(ns, why), 1);
	assert_int_equal(ns_count(ns, "cradle: "), 1);
	ns_end(ns);
}

static void
a_name_or_reference_that_is_too_long_is_refused_by_name(void **state)
{
	(void)state;
	expect_refused(scratch_text("LONG_%0300d=scw://prod/cella/db", 0),
	    "LONG_0000", "over 256 bytes");
	expect_refused(scratch_text("BIG=scw://prod/cella/%05000d", 0),
	    "of BIG:", "over 4096 bytes");
}

static void
no_credential_stays_in_the_environment_of_pid_1(void **state)
{
	char *env[] = { ns_path(), "CRADLE_SCW_SECRET_KEY=" STAGE_KEY,
		"SCW_SECRET_KEY=" STAGE_KEY, NULL };
	struct ns *ns;

	(void)state;
	ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("exit_7_on_term")),
	    .env = env,
	});
	ns_expect_line(ns, "up ", SOON);

	char *environment = proc_text(ns->pid, "environ", '\n');

	assert_non_null(environment);
	assert_non_null(strstr(environment, "PATH="));
	assert_null(strstr(environment, STAGE_KEY));
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

/* One of the two fails, the other one is where the event must go. */
static void
expect_boot_event(const char *more, bool hook_is_file)
{
	struct fake *slack = stage_slack("");
	struct fake *scaleway = stage_scaleway(slack, more);
	struct stage_env env;
	char *hook = scratch_write(
	    "hook", "https://127.0.0.1:%d%s", slack->port, STAGE_SLACK_PATH);
	const char *missing = hook_is_file ? "scw://prod/cella/db:nothing"
					   : "file:///nowhere/to/be/found";

	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	if (hook_is_file)
		stage_env_add(&env, "CRADLE_SLACK_WEBHOOK=file://%s", hook);
	else
		stage_env_add(&env, "CRADLE_SLACK_WEBHOOK="
				    "scw://prod/cella/slack-webhook");
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c",
		scratch_write("cradle.json",
		    "{ \"secrets\": { \"env\": { \"A\": \"%s\" } } }\n",
		    missing),
		"--", scratch_app("exit_7_on_term")),
	    .env = env.item,
	});

	assert_int_equal(ns_exit_status(ns, SOON), 78);
	assert_int_equal(fake_requests(slack), 1);
	assert_int_equal(fake_count(slack, "\"violations\":[]"), 1);
	assert_false(ns_has(ns, STAGE_SLACK_PATH));
	ns_end(ns);
	fake_end(slack);
	fake_end(scaleway);
}

static void
a_failed_boot_is_told_to_a_webhook_that_is_a_secret_itself(void **state)
{
	(void)state;
	expect_boot_event("", true);
	expect_boot_event("\"delay\": 300", false);
}

static void
an_optional_secret_without_a_value_unsets_the_variable(void **state)
{
	char *file = scratch_write("cradle.json",
	    "{ \"secrets\": { \"env\": {"
	    " \"A\": \"file:///nowhere/to/be/found?optional\" } } }\n");
	char *env[] = { ns_path(), "A=inherited", "B=kept", NULL };

	(void)state;
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", file, "--", scratch_app("prints_environ")),
	    .env = env,
	});

	assert_int_equal(ns_exit_status(ns, SOON), 0);

	assert_true(ns_has(ns, "env B=kept\n"));
	assert_false(ns_has(ns, "env A"));
	ns_end(ns);
}

static void
thousands_of_inherited_descriptors_are_no_reason_to_abort(void **state)
{
	(void)state;
	struct ns *ns = ns_start(&(struct ns_options){
	    .program = scratch_app("prepare"),
	    .args = NS_LIST("descriptors=100000", "--", scratch_cradle(),
		scratch_app("exit_7_on_term")),
	});
	ns_expect_line(ns, "up ", SOON);

	ns_signal(ns, SIGTERM);

	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(
		    a_fetch_that_is_killed_over_and_over_ends_the_boot_with_70),
		NS_TEST(a_fetch_that_is_stopped_ends_the_boot_with_69),
		NS_TEST(
		    an_inject_that_is_killed_over_and_over_ends_the_boot_with_70),
		NS_TEST(a_secret_is_asked_for_once),
		NS_TEST(the_answers_of_a_fetch_that_is_gone_count),
		NS_TEST(
		    a_name_or_reference_that_is_too_long_is_refused_by_name),
		NS_TEST(no_credential_stays_in_the_environment_of_pid_1),
		NS_TEST(
		    a_failed_boot_is_told_to_a_webhook_that_is_a_secret_itself),
		NS_TEST(an_optional_secret_without_a_value_unsets_the_variable),
		NS_TEST(
		    thousands_of_inherited_descriptors_are_no_reason_to_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
