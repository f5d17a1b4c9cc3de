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

#define SOON 5000
#define NODE_BOOT 15000

struct scene {
	struct ns *ns;
	int health;
	int port;
};

/* A node API whose /health tells its readiness; boot_ms until it listens. */
static struct scene
start_api(int boot_ms, const char *more)
{
	struct scene s = {
		.health = probe_free_port(),
		.port = probe_free_port(),
	};
	char *file = scratch_write("cradle.json",
	    "{ \"app\": \"cella\", \"environment\": \"test\",\n"
	    "  \"services\": { \"api\": {\n"
	    "    \"command\": [\"node\", \"%s\"],\n"
	    "    \"env\": { \"PORT\": \"%d\", \"BOOT_MS\": \"%d\" },\n"
	    "    \"ready\": { \"http\": \"http://127.0.0.1:%d/health\" }%s\n"
	    "  } },\n"
	    "  \"health\": { \"listen\": \"127.0.0.1:%d\" } }\n",
	    scratch_tests("apps/node/api.js"), s.port, boot_ms, s.port, more,
	    s.health);

	s.ns = ns_run(NS_LIST("-c", file));
	return s;
}

static void
stop_cleanly(const struct scene *s)
{
	ns_signal(s->ns, SIGTERM);
	assert_int_equal(ns_exit_status(s->ns, SOON), 0);
	ns_end(s->ns);
}

static void
ready_goes_503_then_200(void **state)
{
	(void)state;
	struct scene s = start_api(1500, "");

	probe_until(s.ns, s.health, "/readyz", 503, SOON);
	assert_int_equal(probe_get(s.health, "/startupz", SOON).status, 503);
	assert_int_equal(probe_get(s.health, "/livez", SOON).status, 200);
	assert_int_equal(probe_get(s.port, "/health", SOON).status, 0);

	probe_until(s.ns, s.health, "/readyz", 200, NODE_BOOT);
	assert_int_equal(probe_get(s.port, "/health", SOON).status, 200);
	assert_int_equal(probe_get(s.health, "/startupz", SOON).status, 200);
	assert_int_equal(probe_get(s.health, "/healthz", SOON).status, 200);
	stop_cleanly(&s);
}

static void
ready_goes_503_while_the_service_is_away(void **state)
{
	(void)state;
	struct scene s = start_api(700, "");
	probe_until(s.ns, s.health, "/readyz", 200, NODE_BOOT);
	pid_t first = proc_find(s.ns, "api.js", 0);

	assert_int_equal(kill(first, SIGKILL), 0);

	probe_until(s.ns, s.health, "/readyz", 503, SOON);
	assert_int_equal(probe_get(s.health, "/livez", SOON).status, 200);
	probe_until(s.ns, s.health, "/readyz", 200, NODE_BOOT);
	stop_cleanly(&s);
}

static void
ready_goes_503_as_soon_as_a_stop_begins(void **state)
{
	(void)state;
	struct scene s = start_api(0, "");
	probe_until(s.ns, s.health, "/readyz", 200, NODE_BOOT);
	int busy = probe_ask(s.port, "/slow?1500");
	ns_expect_line(s.ns, "slow begins", SOON);

	ns_signal(s.ns, SIGTERM);

	probe_until(s.ns, s.health, "/readyz", 503, 1000);
	assert_int_equal(probe_hear(busy, SOON).status, 200);
	assert_int_equal(ns_exit_status(s.ns, SOON), 0);
	ns_end(s.ns);
}

struct metric {
	int port;
	const char *text;
	const char *body;
};

/* Answers are cached for a moment, so that a change may show late. */
static bool
is_shown(struct ns *ns, void *arg)
{
	struct metric *m = arg;

	(void)ns;
	m->body = probe_get(m->port, "/metrics", SOON).body;
	return strstr(m->body, m->text) != NULL;
}

static void
status_and_metrics_tell_of_a_crash(void **state)
{
	(void)state;
	struct scene s = start_api(0, "");
	probe_until(s.ns, s.health, "/readyz", 200, NODE_BOOT);
	pid_t first = proc_find(s.ns, "api.js", 0);
	assert_int_equal(kill(first, SIGKILL), 0);
	proc_await(s.ns, "api.js", first, SOON);

	struct metric m = {
		.port = s.health,
		.text = "cradle_service_exits_total{service=\"api\","
			"reason=\"signal\"} 1\n",
	};
	ns_wait(s.ns, is_shown, &m, SOON, "the count of an exit by signal");
	m.text = "cradle_service_ready{service=\"api\",instance=\"0\"} 1\n";
	ns_wait(s.ns, is_shown, &m, NODE_BOOT, "ready again");
	const char *status = probe_get(s.health, "/status", SOON).body;

	assert_non_null(strstr(m.body, "\ncradle_ready 1\n"));
	assert_non_null(
	    strstr(m.body, "cradle_service_starts_total{service=\"api\"} 2\n"));
	assert_non_null(strstr(m.body, "cradle_build_info{"));
	assert_non_null(strstr(m.body,
	    "cradle_service_restart_seconds_count{service=\"api\"} 1\n"));
	assert_non_null(strstr(status, "\"name\":\"api\""));
	assert_non_null(strstr(status, "\"app\":\"cella\""));
	stop_cleanly(&s);
}

static void
what_is_not_there_or_not_allowed_is_refused(void **state)
{
	(void)state;
	struct scene s = start_api(0, "");
	probe_until(s.ns, s.health, "/readyz", 200, NODE_BOOT);

	assert_int_equal(probe_get(s.health, "/nothing", SOON).status, 404);
	assert_int_equal(probe_get(s.health, "/../livez", SOON).status, 404);
	stop_cleanly(&s);
}

/* cradle health, run beside as HEALTHCHECK would: one word, or none */
static int
ask_by_command(int port, const char *word)
{
	struct stage_env env;
	char *args[] = { scratch_text("%s", "health"), scratch_text("%s", word),
		NULL };

	stage_env_begin(&env);
	stage_env_add(&env, "CRADLE_HEALTH_LISTEN=127.0.0.1:%d", port);
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = args,
	    .env = env.item,
	    .plain = true,
	});
	int status = ns_exit_status(ns, SOON);
	ns_end(ns);
	return status;
}

static char *
url(const struct scene *s, const char *path)
{
	return scratch_text("http://127.0.0.1:%d%s", s->health, path);
}

static void
the_health_command_is_a_probe(void **state)
{
	(void)state;
	struct scene s = start_api(1500, "");
	probe_until(s.ns, s.health, "/readyz", 503, SOON);

	assert_int_equal(ask_by_command(s.health, "--live"), 0);
	assert_int_equal(ask_by_command(s.health, "--ready"), 1);
	assert_int_equal(ask_by_command(s.health, "--startup"), 1);
	probe_until(s.ns, s.health, "/readyz", 200, NODE_BOOT);
	assert_int_equal(ask_by_command(s.health, "--ready"), 0);
	assert_int_equal(ask_by_command(s.health, url(&s, "/livez")), 0);
	assert_int_equal(ask_by_command(s.health, url(&s, "/nothing")), 1);

	stop_cleanly(&s);
	assert_int_equal(ask_by_command(s.health, "--live"), 1);
}

static void
the_boot_line_says_where_the_time_went(void **state)
{
	(void)state;
	struct scene s = start_api(0, "");

	ns_expect_line(s.ns, "cradle: ready in ", NODE_BOOT);

	assert_true(ns_has(s.ns, "api "));
	stop_cleanly(&s);
}

static void
an_address_in_use_is_an_error_that_names_it(void **state)
{
	(void)state;
	struct scene s = start_api(0, "");
	probe_until(s.ns, s.health, "/readyz", 200, NODE_BOOT);
	struct stage_env env;
	stage_env_begin(&env);
	stage_env_add(&env, "CRADLE_HEALTH_LISTEN=127.0.0.1:%d", s.health);

	struct ns *second = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("exit_7_on_term")),
	    .env = env.item,
	});

	assert_int_equal(ns_exit_status(second, SOON), 71);
	assert_true(ns_has(second, scratch_text("127.0.0.1:%d", s.health)));
	ns_end(second);
	stop_cleanly(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(ready_goes_503_then_200),
		NS_TEST(ready_goes_503_while_the_service_is_away),
		NS_TEST(ready_goes_503_as_soon_as_a_stop_begins),
		NS_TEST(status_and_metrics_tell_of_a_crash),
		NS_TEST(what_is_not_there_or_not_allowed_is_refused),
		NS_TEST(the_health_command_is_a_probe),
		NS_TEST(the_boot_line_says_where_the_time_went),
		NS_TEST(an_address_in_use_is_an_error_that_names_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
