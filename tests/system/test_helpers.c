#include "fake.h"
#include "ns.h"
#include "probe.h"
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
#define NODE_BOOT 15000

struct scene {
	struct ns *ns;
	struct fake *slack;
	int health;
	int port;
	pid_t api;
};

/* A node API with a capture, a health endpoint and Slack. */
static struct scene
set_scene(const char *slack_more)
{
	struct scene s = {
		.slack = stage_slack(slack_more),
		.health = probe_free_port(),
		.port = probe_free_port(),
	};
	struct stage_env env;

	stage_env_begin(&env);
	stage_env_slack(&env, s.slack);
	stage_env_add(&env, "CRADLE_HEALTH_LISTEN=127.0.0.1:%d", s.health);
	stage_env_add(&env, "PORT=%d", s.port);
	s.ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("node", scratch_tests("apps/node/api.js")),
	    .env = env.item,
	});
	probe_until(s.ns, s.health, "/readyz", 200, NODE_BOOT);
	probe_until(s.ns, s.port, "/health", 200, NODE_BOOT);
	s.api = proc_find(s.ns, "api.js", 0);
	assert_true(s.api > 0);
	return s;
}

/* A role's process: argv[1] is its name, or the title says it. */
static pid_t
role(const struct scene *s, const char *name, pid_t but)
{
	return proc_find(s->ns, scratch_text("cradle: %s", name), but);
}

static pid_t
await_role(const struct scene *s, const char *name, pid_t but)
{
	return proc_await(s->ns, scratch_text("cradle: %s", name), but, SOON);
}

/* What the service's user sees: the same process, answering. */
static void
expect_unmoved(const struct scene *s)
{
	assert_int_equal(probe_get(s->port, "/health", SOON).status, 200);
	assert_int_equal(proc_find(s->ns, "api.js", 0), s->api);
	assert_int_equal(proc_find(s->ns, "api.js", s->api), 0);
}

static void
stop_cleanly(const struct scene *s)
{
	ns_signal(s->ns, SIGTERM);
	assert_int_equal(ns_exit_status(s->ns, SOON), 0);
	ns_end(s->ns);
}

static void
probes_wait_while_the_health_role_comes_back(void **state)
{
	struct scene s = set_scene("");

	(void)state;
	for (int i = 0; i < 3; i++) {
		pid_t health = await_role(&s, "health", 0);
		assert_int_equal(kill(health, SIGKILL), 0);

		assert_int_equal(
		    probe_get(s.health, "/readyz", SOON).status, 200);
		assert_true(await_role(&s, "health", health) > 0);
		expect_unmoved(&s);
	}
	stop_cleanly(&s);
}

static void
no_line_is_lost_when_the_scribe_dies(void **state)
{
	struct scene s = set_scene("");

	(void)state;
	for (int i = 0; i < 3; i++) {
		pid_t scribe = await_role(&s, "scribe", 0);
		char *path = scratch_text("/log?words-%d", i);
		assert_int_equal(kill(scribe, SIGKILL), 0);

		assert_int_equal(probe_get(s.port, path, SOON).status, 200);
		ns_expect_line(s.ns, scratch_text("words-%d", i), SOON);
		assert_true(await_role(&s, "scribe", scribe) > 0);
		expect_unmoved(&s);
	}
	stop_cleanly(&s);
}

static void
no_event_is_lost_when_the_courier_dies(void **state)
{
	struct scene s = set_scene("\"delay\": 1500");

	(void)state;
	assert_int_equal(kill(s.api, SIGKILL), 0);
	/* the request is under way, its answer is not */
	fake_expect(s.slack, 1, SOON);
	pid_t courier = await_role(&s, "courier", 0);
	assert_int_equal(kill(courier, SIGKILL), 0);

	fake_expect(s.slack, 2, SOON);
	assert_int_equal(fake_count(s.slack, "SIGKILL"), 2);
	probe_until(s.ns, s.port, "/health", 200, NODE_BOOT);
	stop_cleanly(&s);
}

static void
all_helpers_at_once_are_not_missed(void **state)
{
	struct scene s = set_scene("");
	const char *names[] = { "health", "scribe" };
	pid_t pids[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		pids[i] = await_role(&s, names[i], 0);
	pid_t courier = role(&s, "courier", 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(kill(pids[i], SIGKILL), 0);
	if (courier != 0)
		(void)kill(courier, SIGKILL);

	assert_int_equal(probe_get(s.health, "/readyz", SOON).status, 200);
	expect_unmoved(&s);
	assert_int_equal(probe_get(s.port, "/log?after", SOON).status, 200);
	ns_expect_line(s.ns, "after", SOON);
	for (int i = 0; i < 2; i++)
		assert_true(await_role(&s, names[i], pids[i]) > 0);

	/* and a crash is still told */
	assert_int_equal(kill(s.api, SIGKILL), 0);
	fake_expect_text(s.slack, "SIGKILL", SOON);
	probe_until(s.ns, s.port, "/health", 200, NODE_BOOT);
	assert_int_equal(proc_zombies(s.ns), 0);
	stop_cleanly(&s);
}

static void
a_fetch_that_dies_is_tried_again(void **state)
{
	struct stage_env env;
	struct fake *scaleway =
	    stage_scaleway(NULL, "\"script\": [\"stall\", \"ok\"]");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "COOKIE_SECRET=scw://prod/cella/cookie-secret");
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("prints_environ")),
	    .env = env.item,
	});
	fake_expect(scaleway, 1, SOON);

	assert_int_equal(
	    kill(proc_await(ns, "cradle: fetch", 0, SOON), SIGKILL), 0);

	ns_expect_line(ns, "end of environ", SOON);
	assert_true(ns_has(ns, "env COOKIE_SECRET=" STAGE_COOKIE "\n"));
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(probes_wait_while_the_health_role_comes_back),
		NS_TEST(no_line_is_lost_when_the_scribe_dies),
		NS_TEST(no_event_is_lost_when_the_courier_dies),
		NS_TEST(all_helpers_at_once_are_not_missed),
		NS_TEST(a_fetch_that_dies_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
