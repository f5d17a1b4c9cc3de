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
#include <sys/stat.h>
#include <cmocka.h>

/*
 * One container with all there is, and secrets whose values would be
 * recognised anywhere.  Only the app may have them, and of cradle's own
 * credentials not even the app.
 */

#define SOON 8000
#define NODE_BOOT 15000

struct scene {
	struct ns *ns;
	struct fake *scaleway;
	struct fake *slack;
	struct fake *loki;
	int health;
	int port;
};

static const char *const app_secrets[] = { STAGE_COOKIE, STAGE_PASSWORD_STEM };
static const char *const own_secrets[] = {
	STAGE_KEY,
	STAGE_LOKI_TOKEN,
	STAGE_SLACK_PATH,
};

/* The bytes of base64 that stand for value wherever it begins in a text. */
static char *
base64_core(const char *value, size_t alignment)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t skip = (3 - alignment) % 3;
	size_t whole = (strlen(value) - skip) / 3;
	char *text = scratch_text("%*s", (int)(whole * 4), "");

	for (size_t i = 0; i < whole; i++) {
		const unsigned char *b =
		    (const unsigned char *)value + skip + 3 * i;
		unsigned bits =
		    (unsigned)b[0] << 16 | (unsigned)b[1] << 8 | (unsigned)b[2];
		for (size_t j = 0; j < 4; j++)
			text[4 * i + j] = digits[bits >> (18 - 6 * j) & 63];
	}
	return text;
}

static bool
holds(const char *text, const char *value)
{
	if (strstr(text, value) != NULL)
		return true;
	for (size_t alignment = 0; alignment < 3; alignment++) {
		if (strstr(text, base64_core(value, alignment)) != NULL)
			return true;
	}
	return false;
}

static void
expect_none(const struct scene *s, const char *text, const char *where)
{
	const char *const all[] = { STAGE_COOKIE, STAGE_PASSWORD_STEM,
		STAGE_KEY, STAGE_LOKI_TOKEN, STAGE_SLACK_PATH };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (holds(text, all[i]))
			ns_fail(s->ns, "%s holds %s:\n%s", where, all[i], text);
	}
}

/* argv and environ of every process; of the app, argv and our credentials. */
static void
expect_clean_processes(const struct scene *s)
{
	pid_t pids[PROC_MAX];
	int count = proc_list(s->ns, pids, PROC_MAX);

	assert_true(count >= 2);
	for (int i = 0; i < count; i++) {
		char *argv = proc_text(pids[i], "cmdline", ' ');
		char *environ = proc_text(pids[i], "environ", '\n');
		if (argv == NULL || environ == NULL)
			continue;
		expect_none(s, argv, "a command line");
		if (strstr(argv, "api.js") == NULL) {
			expect_none(s, environ, argv);
			continue;
		}
		for (size_t j = 0; j < 3; j++)
			assert_false(holds(environ, own_secrets[j]));
	}
}

/* What cradle itself has said; the app may say what it likes. */
static void
expect_clean_output(const struct scene *s)
{
	for (char *line = s->ns->err.data; line != NULL && *line != '\0';) {
		char *end = strchr(line, '\n');
		size_t len = end == NULL ? strlen(line) : (size_t)(end - line);
		if (strncmp(line, "cradle:", 7) == 0)
			expect_none(s, scratch_text("%.*s", (int)len, line),
			    "a line of ours");
		line = end == NULL ? NULL : end + 1;
	}
}

static void
expect_clean_pages(const struct scene *s)
{
	const char *paths[] = { "/status", "/metrics", "/", "/healthz",
		"/readyz?verbose" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct probe_reply reply = probe_get(s->health, paths[i], SOON);
		assert_int_not_equal(reply.status, 0);
		expect_none(s, reply.body, paths[i]);
	}
}

static char *
lay_out_assets(void)
{
	(void)scratch_write("site/.env.example", "PUBLIC_URL=\n");
	return scratch_write("site/dist/index.html",
	    "<script>globalThis.import_meta_env = "
	    "JSON.parse('\"import_meta_env_placeholder\"')</script>\n");
}

static char *
write_config(const struct scene *s)
{
	return scratch_write("cradle.json",
	    "{ \"app\": \"cella\",\n"
	    "  \"secrets\": { \"env\": { \"DB_PASSWORD\":"
	    " \"scw://prod/cella/db:password\" } },\n"
	    "  \"assets\": [ { \"root\": \"%s/site/dist\" } ],\n"
	    "  \"services\": { \"api\": { \"command\": [\"node\", \"%s\"],\n"
	    "    \"ready\": { \"http\": \"http://127.0.0.1:%d/health\" } } },\n"
	    "  \"health\": { \"listen\": \"127.0.0.1:%d\" } }\n",
	    scratch_dir(), scratch_tests("apps/node/api.js"), s->port,
	    s->health);
}

/* The fetch has asked and waits, the courier's sinks are slow. */
static struct scene
set_scene(void)
{
	struct scene s = {
		.slack = stage_slack("\"delay\": 1000"),
		.loki = stage_loki("\"delay\": 1000"),
		.health = probe_free_port(),
		.port = probe_free_port(),
	};
	struct stage_env env;

	s.scaleway = stage_scaleway(s.slack, "\"delay\": 1000");
	(void)lay_out_assets();
	stage_env_begin(&env);
	stage_env_scaleway(&env, s.scaleway);
	stage_env_add(&env, "COOKIE_SECRET=scw://prod/cella/cookie-secret");
	stage_env_add(
	    &env, "CRADLE_SLACK_WEBHOOK=scw://prod/cella/slack-webhook");
	stage_env_add(&env,
	    "CRADLE_LOKI_URL=https://127.0.0.1:%d/loki/api/v1/push",
	    s.loki->port);
	stage_env_add(&env, "CRADLE_COCKPIT_TOKEN=%s", STAGE_LOKI_TOKEN);
	stage_env_add(&env, "CRADLE_LOG=debug");
	stage_env_add(&env, "CRADLE_CONTROL=%s/control", scratch_dir());
	stage_env_add(&env, "PUBLIC_URL=https://public.test");
	stage_env_add(&env, "PORT=%d", s.port);
	s.ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", write_config(&s)),
	    .env = env.item,
	});
	return s;
}

static void
expect_app_has_them(const struct scene *s)
{
	char *path = scratch_text("%s", "/env?COOKIE_SECRET");

	assert_string_equal(probe_get(s->port, path, SOON).body, STAGE_COOKIE);
	assert_string_equal(
	    probe_get(s->port, "/env?DB_PASSWORD", SOON).body, STAGE_PASSWORD);
}

static void
leak_and_crash(struct scene *s)
{
	pid_t life = proc_find(s->ns, "api.js", 0);
	const char *path = "/leak?COOKIE_SECRET,DB_PASSWORD";

	assert_int_equal(probe_get(s->port, path, SOON).status, 200);
	fake_expect(s->slack, 1, SOON);
	fake_expect(s->loki, 1, SOON);
	/* the courier holds its credentials and waits for the answers */
	(void)proc_await(s->ns, "cradle: courier", 0, SOON);
	expect_clean_processes(s);
	(void)proc_await(s->ns, "api.js", life, SOON);
	probe_until(s->ns, s->port, "/health", 200, NODE_BOOT);
}

/* What a command prints, of both its outputs. */
static char *
ask(char *const args[])
{
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = args,
	    .env = NS_LIST(ns_path(),
		scratch_text("CRADLE_CONTROL=%s/control", scratch_dir())),
	    .plain = true,
	});
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	char *text = scratch_text("%s%s", ns->out.data ? ns->out.data : "",
	    ns->err.data ? ns->err.data : "");
	ns_end(ns);
	return text;
}

static void
expect_clean_commands(const struct scene *s)
{
	char *logs = ask(NS_LIST("logs", "-n", "5000"));

	expect_none(s, logs, "cradle logs");
	assert_non_null(strstr(logs, "[redacted]"));
	expect_none(s, ask(NS_LIST("status")), "cradle status");
	expect_none(s, ask(NS_LIST("status", "--json")), "its JSON");
}

static void
no_secret_is_seen_outside_of_the_app(void **state)
{
	struct scene s = set_scene();

	(void)state;
	fake_expect(s.scaleway, 1, SOON);
	expect_clean_processes(&s);
	probe_until(s.ns, s.health, "/readyz", 200, NODE_BOOT);
	expect_app_has_them(&s);
	expect_clean_processes(&s);
	expect_clean_pages(&s);

	leak_and_crash(&s);

	expect_clean_processes(&s);
	expect_clean_pages(&s);
	expect_clean_commands(&s);
	ns_signal(s.ns, SIGTERM);
	assert_int_equal(ns_exit_status(s.ns, SOON), 0);
	expect_clean_output(&s);
	for (size_t i = 0; i < 2; i++) {
		assert_false(holds(s.slack->text, app_secrets[i]));
		assert_false(holds(s.loki->text, app_secrets[i]));
	}
	assert_true(fake_has(s.slack, "[redacted]"));
	assert_true(fake_has(s.loki, "[redacted]"));
	char *html = scratch_read(
	    scratch_text("%s/site/dist/index.html", scratch_dir()));
	expect_none(&s, html, "index.html");
	assert_non_null(strstr(html, "public.test"));
	ns_end(s.ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(no_secret_is_seen_outside_of_the_app),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
