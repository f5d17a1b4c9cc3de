#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/plan.h"

#include "config/keys.h"
#include "config/value.h"
#include "core/clock.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/log.h"
#include "tests/unit/config_scratch.h"

#include <signal.h>

#define WORDS(...)                \
	(char *const[])           \
	{                         \
		__VA_ARGS__, NULL \
	}
#define NO_ENV          \
	(char *const[]) \
	{               \
		NULL    \
	}
#define API "\"services\": { \"api\": { \"command\": [\"node\", \"x.js\"] } }"

/* text NULL: no file. */
static int
try_load(const char *text, char *const command[], char *const env[],
    struct plan **ret, struct plan_error *error)
{
	(void)unlink("cradle.json");
	if (text != NULL)
		scratch_write("cradle.json", text);
	*error = (struct plan_error){ 0 };
	return plan_load(NULL, command, env, ret, error);
}

static struct plan *
load(const char *text, char *const command[], char *const env[])
{
	struct plan *plan = NULL;
	struct plan_error error;
	if (try_load(text, command, env, &plan, &error) != 0)
		fail_msg("%s: %s", text, error.text);
	return plan;
}

static void
refused(const char *text, char *const env[], int code, const char *part)
{
	struct plan *plan = NULL;
	struct plan_error error;
	int r = try_load(text, NULL, env, &plan, &error);
	if (r != -1 || error.code != code || strstr(error.text, part) == NULL ||
	    strncmp(error.text, "cannot ", 7) != 0 ||
	    strchr(error.text, '\n') != NULL)
		fail_msg("%s: got %d, %d: %s\nwanted: %s", text, r, error.code,
		    error.text, part);
	assert_null(plan);
}

static void
a_command_alone_has_every_default(void **unused)
{
	(void)unused;

	struct plan *plan = load(NULL, WORDS("node", "dist/server.js"), NO_ENV);

	assert_int_equal(plan->services_count, 1);
	const struct plan_service *s = plan->services;
	assert_string_equal(s->name, "main");
	assert_string_equal(s->command[1], "dist/server.js");
	assert_null(s->command[2]);
	assert_string_equal(s->command_shown[0], "node");
	assert_string_equal(s->cwd, "");
	assert_int_equal(s->env.count, 0);
	assert_true(s->essential);
	assert_int_equal(s->ready.kinds, PLAN_READY_ALIVE);
	assert_string_equal(s->ready.http, "");
	assert_int_equal(s->ready.every_ms, 250);
	assert_int_equal(s->ready.timeout_ms, 1000);
	assert_int_equal(s->restart, PLAN_RESTART_ON_FAILURE);
	assert_int_equal(s->clean_codes[0], 1);
	for (size_t i = 1; i < sizeof(s->clean_codes); i++)
		assert_int_equal(s->clean_codes[i], 0);
	assert_int_equal(s->delay_first_ms, 100);
	assert_int_equal(s->delay_max_ms, 30000);
	assert_int_equal(s->stable_ms, 10000);
	assert_false(s->cron.set);
	assert_string_equal(s->shown, "main");
	assert_int_equal(s->instances, 1);
	assert_int_equal(s->instance, 0);
	assert_true(s->handover);
	assert_false(s->standby);
	assert_int_equal(s->standby_calm_ms, 2000);
	assert_int_equal(s->standby_max_age_ms, 6 * 3600 * 1000);
	assert_int_equal(s->listen_count, 0);
	assert_int_equal(plan->hold_ms, 30000);
	assert_int_equal(s->after, 0);
	assert_true(s->start_timeout_ms == NEVER);
	assert_int_equal(s->alive.probe.kinds, 0);
	assert_int_equal(s->memory.max_bytes, 0);
	assert_int_equal(s->memory.max_percent, 0);
	assert_int_equal(s->memory.action, PLAN_MEMORY_RELOAD);
	assert_false(s->direct);
	assert_int_equal(s->heap_mb, PLAN_HEAP_NONE);
	assert_int_equal(s->stop_delay_ms, 0);
	assert_null(s->before_stop);
	assert_false(s->stop_message);
	assert_false(s->ipc);
	assert_int_equal(s->identity.umask, -1);
	assert_int_equal(s->window_ms, 120000);
	assert_int_equal(s->window_count, 10);
	assert_false(s->give_up_keep);
	assert_int_equal(s->stop_signal, 0);
	assert_int_equal(s->grace_ms, 9000);
	assert_string_equal(plan->grace_source, "9 s (default)");
	assert_string_equal(plan->source, "");
	assert_string_equal(plan->app, "server.js");
	assert_string_equal(plan->environment, "");
	assert_string_equal(plan->version, "");
	assert_string_equal(plan->ca_file, "");
	assert_string_equal(plan->control, "");
	for (int i = 0; i < PLAN_SIGNALS; i++)
		assert_int_equal(plan->signal[i].what, PLAN_SIGNAL_DEFAULT);
	assert_string_equal(plan->health.listen, "");
	assert_true(plan->logs.redact);
	assert_string_equal(plan->events.slack_webhook, "");
	assert_string_equal(plan->events.loki_url, "");
	assert_string_equal(plan->events.loki_token, "");
	assert_int_equal(plan->secrets.deadline_ms, 30000);
	assert_int_equal(plan->secrets.env.count, 0);
	assert_string_equal(plan->secrets.scw.api_url, "");
	assert_string_equal(plan->secrets.scw.region, "");
	assert_string_equal(plan->secrets.scw.project_id, "");
	assert_string_equal(plan->secrets.scw.secret_key, "");
	assert_string_equal(plan->secrets.scw.secret_key_file, "");
	assert_int_equal(plan->assets_count, 0);
	assert_int_equal(plan->tasks_count, 0);
	assert_int_equal(plan->log_level, LOG_INFO);
	assert_int_equal(plan->log_format, LOG_TEXT);
}

static const char whole[] =
    "{ \"app\": \"cella\", \"environment\": \"${E:-prod}\",\n"
    "\"version\": \"1\",\n"
    "\"secrets\": { \"deadline\": \"5s\", \"scw\": {\n"
    "  \"api_url\": \"http://127.0.0.1:8000\", \"region\": \"fr-par\",\n"
    "  \"project_id\": \"p\", \"secret_key\": { \"file\": \"/k\" } },\n"
    "  \"env\": { \"A\": \"scw://a:b\", \"B\": \"\" } },\n"
    "\"assets\": [ { \"root\": \"/srv/dist/\" },\n"
    "  { \"root\": \"dist\", \"example\": \"e\", \"output\": \"o\",\n"
    "    \"store\": \"s\", \"mode\": \"import-meta-env\" } ],\n"
    "\"tasks\": { \"migrate\": { \"command\": [\"m\"], \"env\":\n"
    "  {\"T\":\"1\"}, \"cwd\": \"/t\", \"timeout\": \"2m\" },\n"
    "  \"second\": { \"command\": [\"n\"] } },\n"
    "\"services\": { \"api\": { \"command\": [\"node\", \"${E:-x}\"],\n"
    "  \"env\": { \"S\": \"file:///s?trim\" }, \"cwd\": \"/s\",\n"
    "  \"essential\": false, \"ready\": { \"http\":\n"
    "    \"http://127.0.0.1:3000/h\", \"every\": \"1s\",\n"
    "    \"timeout\": \"2s\" },\n"
    "  \"restart\": { \"policy\": \"always\",\n"
    "    \"clean_codes\": [0, 143], \"delay\": \"1s\",\n"
    "    \"delay_max\": \"1m\", \"window\": \"1h\",\n"
    "    \"window_failures\": 3, \"give_up\": \"keep\" },\n"
    "  \"stop\": { \"signal\": \"int\", \"grace\": \"20s\" } },\n"
    "  \"b\": { \"command\": [\"b\"], \"ready\": { \"tcp\":\n"
    "    \"[::1]:5432\" }, \"stop\": { \"signal\": 15 } } },\n"
    "\"health\": { \"listen\": \":9400\" }, \"logs\": { \"format\":\n"
    "  \"raw\", \"redact\": false },\n"
    "\"events\": { \"slack\": { \"webhook\": \"https://h/x\" }, \"loki\":\n"
    "  { \"url\": \"https://l/p\", \"token\": \"scw://t\" } } }\n";

static void
every_key_lands_in_its_field(void **unused)
{
	(void)unused;

	struct plan *plan = load(whole, NULL, NO_ENV);

	assert_string_equal(plan->source, "cradle.json");
	assert_string_equal(plan->app, "cella");
	assert_string_equal(plan->environment, "prod");
	assert_string_equal(plan->version, "1");
	assert_int_equal(plan->secrets.deadline_ms, 5000);
	assert_string_equal(plan->secrets.scw.api_url, "http://127.0.0.1:8000");
	assert_string_equal(plan->secrets.scw.region, "fr-par");
	assert_string_equal(plan->secrets.scw.project_id, "p");
	assert_string_equal(plan->secrets.scw.secret_key, "");
	assert_string_equal(plan->secrets.scw.secret_key_file, "/k");
	assert_int_equal(plan->secrets.env.count, 2);
	assert_string_equal(plan->secrets.env.item[0].name, "A");
	assert_string_equal(plan->secrets.env.item[0].value, "scw://a:b");
	assert_string_equal(plan->secrets.env.item[1].value, "");
	assert_int_equal(plan->assets_count, 2);
	assert_string_equal(plan->assets[0].root, "/srv/dist/");
	assert_string_equal(plan->assets[0].example, "/srv/.env.example");
	assert_string_equal(plan->assets[0].output, "");
	assert_string_equal(plan->assets[1].example, "e");
	assert_string_equal(plan->assets[1].output, "o");
	assert_string_equal(plan->assets[1].store, "s");
	assert_int_equal(plan->tasks_count, 2);
	assert_string_equal(plan->tasks[0].name, "migrate");
	assert_string_equal(plan->tasks[0].command[0], "m");
	assert_string_equal(plan->tasks[0].env.item[0].name, "T");
	assert_string_equal(plan->tasks[0].cwd, "/t");
	assert_int_equal(plan->tasks[0].timeout_ms, 120000);
	assert_string_equal(plan->tasks[1].name, "second");
	assert_true(plan->tasks[1].timeout_ms == NEVER);
	assert_string_equal(plan->health.listen, ":9400");
	assert_false(plan->logs.redact);
	assert_string_equal(plan->events.slack_webhook, "https://h/x");
	assert_string_equal(plan->events.loki_url, "https://l/p");
	assert_string_equal(plan->events.loki_token, "scw://t");
}

static void
every_key_of_a_service_lands_in_its_field(void **unused)
{
	(void)unused;

	struct plan *plan = load(whole, NULL, NO_ENV);

	assert_int_equal(plan->services_count, 2);
	const struct plan_service *s = &plan->services[0];
	assert_string_equal(s->name, "api");
	assert_string_equal(s->command[1], "x");
	assert_string_equal(s->command_shown[1], "${E:-x}");
	assert_string_equal(s->env.item[0].value, "file:///s?trim");
	assert_string_equal(s->cwd, "/s");
	assert_false(s->essential);
	assert_int_equal(s->ready.kinds, PLAN_READY_HTTP);
	assert_string_equal(s->ready.http, "http://127.0.0.1:3000/h");
	assert_int_equal(s->ready.every_ms, 1000);
	assert_int_equal(s->ready.timeout_ms, 2000);
	assert_int_equal(s->restart, PLAN_RESTART_ALWAYS);
	assert_int_equal(s->clean_codes[0], 1);
	assert_int_equal(s->clean_codes[143 / 8], 1 << 143 % 8);
	assert_int_equal(s->delay_first_ms, 1000);
	assert_int_equal(s->delay_max_ms, 60000);
	assert_int_equal(s->window_ms, 3600000);
	assert_int_equal(s->window_count, 3);
	assert_true(s->give_up_keep);
	assert_int_equal(s->stop_signal, SIGINT);
	assert_int_equal(s->grace_ms, 20000);
	assert_string_equal(plan->grace_source, "20 s (cradle.json)");
	assert_int_equal(s[1].ready.kinds, PLAN_READY_TCP);
	assert_string_equal(s[1].ready.tcp, "[::1]:5432");
	assert_int_equal(s[1].stop_signal, SIGTERM);
	assert_int_equal(s[1].grace_ms, 9000);
}

static void
keys_of_supervision_land_in_their_fields(void **unused)
{
	(void)unused;

	struct plan *plan = load(
	    "{ \"control\": \"@x\", \"tasks\": { \"t\": { \"command\":\n"
	    "[\"x\"], \"retries\": 3, \"retry_delay\": \"2s\" } },\n"
	    "\"services\": { \"a\": { \"command\": [\"x\"],\n"
	    "\"memory\": { \"max\": \"450MB\", \"action\": \"restart\" },\n"
	    "\"heap\": \"1g\", \"direct\": false,\n"
	    "\"restart\": { \"stable\": \"1m\", \"cron\": \"0 4 * * *\" },\n"
	    "\"stop\": { \"delay\": \"5s\", \"message\": true },\n"
	    "\"ipc\": true,\n"
	    "\"before_stop\": [\"d\", \"${E:-x}\"] } } }",
	    NULL, NO_ENV);
	const struct plan_service *s = plan->services;

	assert_string_equal(plan->control, "@x");
	assert_int_equal(plan->tasks[0].retries, 3);
	assert_int_equal(plan->tasks[0].retry_ms, 2000);
	assert_int_equal(s->memory.max_bytes, 450 << 20);
	assert_int_equal(s->memory.max_percent, 0);
	assert_int_equal(s->memory.action, PLAN_MEMORY_RESTART);
	assert_int_equal(s->heap_mb, 1024);
	assert_int_equal(s->stable_ms, 60000);
	assert_true(s->cron.set);
	assert_int_equal(s->cron.hours, 1 << 4);
	assert_int_equal(s->stop_delay_ms, 5000);
	assert_true(s->stop_message);
	assert_true(s->ipc);
	assert_string_equal(s->before_stop[1], "x");
	assert_string_equal(s->before_stop_shown[1], "${E:-x}");
	assert_null(s->before_stop[2]);
	plan = load(NULL, WORDS("a"), WORDS("CRADLE_CONTROL=/run/x.sock"));
	assert_string_equal(plan->control, "/run/x.sock");
}

static void
an_object_may_be_given_as_its_main_value(void **unused)
{
	(void)unused;

	const struct plan_service *s =
	    load("{ \"services\": { \"a\": { \"command\": [\"x\"],\n"
		 "\"restart\": \"always\", \"memory\": \"90%\" },\n"
		 "\"b\": { \"command\": [\"x\"], \"memory\": \"1G\" } } }",
		NULL, NO_ENV)
		->services;

	assert_int_equal(s[0].restart, PLAN_RESTART_ALWAYS);
	assert_int_equal(s[0].memory.max_percent, 90);
	assert_int_equal(s[0].memory.max_bytes, 0);
	assert_int_equal(s[0].memory.action, PLAN_MEMORY_RELOAD);
	assert_int_equal(s[1].memory.max_bytes, 1 << 30);
}

static void
mistakes_have_file_line_and_column(void **unused)
{
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{ "{\n  \"servces\": {} }",
		    "unknown key \"servces\" at cradle.json:2:3 (did you mean "
		    "\"services\"?)" },
		{ "{ \"policy\": 1 }", "(there is services.*.restart.policy)" },
		{ "{ \"zzzzzzzzz\": 1 }",
		    "unknown key \"zzzzzzzzz\" at cradle.json:1:3" },
		{ "{ \"a\\nb\": 1 }", "unknown key \"a\\nb\" at" },
		{ "{ \"Services\": {} }", "(did you mean \"services\"?)" },
		{ "[]", "the value at cradle.json:1:1 must be an object" },
		{ "{ \"app\": 7 }",
		    "\"app\" at cradle.json:1:10 must be a string, not a "
		    "number" },
		{ "{ \"app\": null }", "must be a string, not null" },
		{ "{ \"app\": \"a\\u0007\" }", "control character" },
		{ "{ \"secrets\": { \"deadline\": 30 } }",
		    "\"deadline\" at cradle.json:1:28 must be a duration such "
		    "as \"30s\", not a number without a unit" },
		{ "{ \"secrets\": { \"deadline\": \"30\" } }", "has no unit" },
		{ "{ \"secrets\": { \"deadline\": \"1d\" } }",
		    "is not a duration" },
		{ "{ \"secrets\": { \"deadline\": \"2h\" } }",
		    "must be from 100 ms to 1 h" },
		{ "{ \"secrets\": { \"deadline\": \"99999999999999999999s\" } "
		  "}",
		    "longer than a year" },
		{ "{ \"secrets\": { \"env\": { \"A\": 1 } } }",
		    "\"A\" at cradle.json:1:30 must be a string, not a number "
		    "(put it in quotes)" },
		{ "{ \"secrets\": { \"env\": { \"A=B\": \"\" } } }",
		    "must have a name without blanks" },
		{ "{ \"secrets\": { \"env\": { \"\": \"\" } } }",
		    "must have a variable's name" },
		{ "{ \"secrets\": { \"env\": { \"CRADLE_X\": \"\" } } }",
		    "never sees cradle's own" },
		{ "{ \"secrets\": { \"env\": { \"A\": \"scw://a/\" } } }",
		    "is not a valid reference: it names a folder" },
		{ "{ \"secrets\": { \"env\": { \"A\": \"vault://a\" } } }",
		    "reference: it begins with vault://, which is not "
		    "supported" },
		{ "{ \"secrets\": { \"env\": { \"A\": \"x{{ scw://a }}\" } } }",
		    "inside a text is not supported by this version" },
		{ "{ \"secrets\": { \"scw\": { \"secret_key\": {} } } }",
		    "has no \"file\"" },
		{ "{ \"secrets\": { \"scw\": { \"secret_key\": 1 } } }",
		    "must be a string, or an object" },
		{ "{ \"secrets\": { \"scw\": { \"secret_key\": \"scw://a\" } "
		  "} }",
		    "must not be a reference" },
		{ "{ \"secrets\": { \"scw\": { \"api_url\": \"http://x\" } } "
		  "}",
		    "plain http to something else than loopback" },
		{ "{ \"secrets\": { \"scw\": { \"api_url\": "
		  "\"https://u:p@h\" } } }",
		    "has a user or password in it" },
		{ "{ \"assets\": {} }", "must be a list of objects" },
		{ "{ \"assets\": [ {} ] }", "has no \"root\"" },
		{ "{ \"assets\": [ { \"root\": \"\" } ] }",
		    "must not be empty" },
		{ "{ \"assets\": [ { \"root\": \"a\", \"mode\": \"sed\" } ] "
		  "}",
		    "must be one of \"import-meta-env\", \"envsubst\"" },
		{ "{ \"assets\": [ { \"root\": \"a\", \"variables\": [] } "
		  "] }",
		    "must not be empty" },
		{ "{ \"tasks\": { \"t\": {} } }", "has no \"command\"" },
		{ "{ \"tasks\": { \"a b\": { \"command\": [\"x\"] } } }",
		    "must have a name of 1 to 64" },
		{ "{ \"tasks\": { \"t\": { \"command\": \"x\" } } }",
		    "must be a list of strings such as" },
		{ "{ \"tasks\": { \"t\": { \"command\": [] } } }",
		    "must not be empty" },
		{ "{ \"tasks\": { \"t\": { \"command\": [\"\"] } } }",
		    "must not begin with an empty word" },
		{ "{ \"tasks\": { \"t\": { \"command\": [\"x\", 1] } } }",
		    "the value at cradle.json:1:38 must be a string" },
		{ "{ \"services\": { \"a\": { } } }",
		    "the service \"a\" of cradle.json has no \"command\"" },
		{ "{ \"services\": { \"a\": { \"essential\": \"yes\" } } }",
		    "must be true or false, not a string" },
		{ "{ \"services\": { \"a\": { \"ready\": {} } } }",
		    "must have http, tcp or exec" },
		{ "{ \"services\": { \"a\": { \"ready\": { \"tcp\": "
		  "\"10.0.0.1:80\" } } } }",
		    "is not a port of loopback" },
		{ "{ \"services\": { \"a\": { \"ready\": { \"http\": "
		  "\"http://example.org/\" } } } }",
		    "neither numeric nor localhost" },
		{ "{ \"services\": { \"a\": { \"ready\": { \"exec\": [] } } } "
		  "}",
		    "\"exec\" at cradle.json:1:43 must not be empty" },
		{ "{ \"services\": { \"a\": { \"restart\": { \"polcy\": 1 } } "
		  "} }",
		    "(did you mean \"policy\"?)" },
		{ "{ \"services\": { \"a\": { \"restart\": { \"policy\": "
		  "\"some\" } } } }",
		    "must be one of \"on-failure\", \"always\", \"never\"" },
		{ "{ \"services\": { \"a\": { \"restart\": { \"clean_codes\": "
		  "[256] } } } }",
		    "must be an exit code from 0 to 255" },
		{ "{ \"services\": { \"a\": { \"restart\": { "
		  "\"window_failures\": 1.5 } } } }",
		    "must be a whole number from 1 to 1000" },
		{ "{ \"services\": { \"a\": { \"stop\": { \"signal\": "
		  "\"SIGNOPE\" } } } }",
		    "must be a signal such as" },
		{ "{ \"services\": { \"a\": { \"stop\": { \"signal\": 65 } } "
		  "} }",
		    "must be a signal such as" },
		{ "{ \"events\": { \"otlp\": \"x\" } }",
		    "the key \"otlp\" at cradle.json:1:15 is not supported "
		    "by this version" },
		{ "{ \"services\": { \"a\": { \"restart\": \"alwys\" } } }",
		    "\"restart\" at cradle.json:1:35 must be one of "
		    "\"on-failure\", \"always\", \"never\"" },
		{ "{ \"services\": { \"a\": { \"restart\": 1 } } }",
		    "must be one of" },
		{ "{ \"services\": { \"a\": { \"restart\": { \"cron\": "
		  "\"61 * * * *\" } } } }",
		    "\"cron\" at cradle.json:1:45 has the minute \"61\"" },
		{ "{ \"services\": { \"a\": { \"restart\": { \"cron\": "
		  "\"daily\" } } } }",
		    "must be 5 fields" },
		{ "{ \"services\": { \"a\": { \"memory\": {} } } }",
		    "has no \"max\" (such as \"450MB\")" },
		{ "{ \"services\": { \"a\": { \"memory\": 450 } } }",
		    "must be a size or a percentage such as \"450MB\", not a "
		    "number without a unit" },
		{ "{ \"services\": { \"a\": { \"memory\": \"450\" } } }",
		    "has no unit" },
		{ "{ \"services\": { \"a\": { \"memory\": \"1023k\" } } }",
		    "must be from 1 MB to 1024 TB" },
		{ "{ \"services\": { \"a\": { \"memory\": \"101%\" } } }",
		    "must be from 1% to 100%" },
		{ "{ \"services\": { \"a\": { \"memory\": \"0%\" } } }",
		    "must be from 1% to 100%" },
		{ "{ \"services\": { \"a\": { \"memory\": \"%\" } } }",
		    "must be from 1% to 100%" },
		{ "{ \"services\": { \"a\": { \"memory\": \"4294967386%\" } "
		  "} }",
		    "must be from 1% to 100%" },
		{ "{ \"services\": { \"a\": { \"memory\": \"90 %\" } } }",
		    "is not a size" },
		{ "{ \"services\": { \"a\": { \"memory\": { \"max\": \"1G\", "
		  "\"action\": \"kill\" } } } }",
		    "must be one of \"reload\", \"restart\"" },
		{ "{ \"services\": { \"a\": { \"heap\": 512 } } }",
		    "must be a size, or \"auto\", not a number without a "
		    "unit" },
		{ "{ \"services\": { \"a\": { \"heap\": \"1k\" } } }",
		    "must be from 16 MB to 1 TB" },
		{ "{ \"services\": { \"a\": { \"heap\": \"50%\" } } }",
		    "is not a size" },
		{ "{ \"services\": { \"a\": { \"direct\": 1 } } }",
		    "must be true or false" },
		{ "{ \"services\": { \"a\": { \"before_stop\": [] } } }",
		    "must not be empty" },
		{ "{ \"services\": { \"a\": { \"stop\": { \"delay\": 5 } } "
		  "} }",
		    "not a number without a unit" },
		{ "{ \"secrets\": { \"bulk\": 2 } }",
		    "the key \"bulk\" at cradle.json:1:16 is not "
		    "supported by this version" },
		{ "{ \"handover\": \"auto\" }",
		    "\"handover\" at cradle.json:1:15 must be an object such "
		    "as { \"hold\": \"30s\" }" },
		{ "{ \"before_stop\": [\"x\"] }",
		    "unknown key \"before_stop\" at cradle.json:1:3 (there is "
		    "services.*.before_stop)" },
		{ "{ \"stop\": {} }", "(there is services.*.stop)" },
		{ "{ \"tasks\": { \"t\": { \"command\": [\"x\"], "
		  "\"retries\": 101 } } }",
		    "must be a whole number from 0 to 100" },
		{ "{ \"control\": \"cradle.sock\" }",
		    "must be a path, \"@name\" or \"off\" such as "
		    "\"/run/cradle.sock\"; this one begins with neither / "
		    "nor @" },
		{ "{ \"control\": \"@\" }", "has no name" },
		{ "{ \"control\": \"/\" }", "has no name" },
		{ "{ \"control\": "
		  "\"/"
		  "012345678901234567890123456789012345678901234567890123456789"
		  "01234"
		  "567890123456789012345678901234567890123456789012345\" }",
		    "longer than 107 bytes" },
		{ "{ \"health\": { \"listen\": \"9400\" } }",
		    "has no \":port\"" },
		{ "{ \"health\": { \"listen\": \":0\" } }", "from 1 to 65535" },
		{ "{ \"health\": { \"listen\": \"example.org:1\" } }",
		    "neither numeric nor localhost" },
		{ "{ \"logs\": { \"format\": \"json\" } }",
		    "is not supported by this version" },
		{ "{ \"events\": { \"slack\": { \"webhook\": \"hooks\" } } }",
		    "does not begin with https://" },
		{ "{ \"app\": \"${NOPE}\" }",
		    "\"app\" at cradle.json:1:10 needs the variable NOPE, "
		    "which is not set" },
		{ "{ \"app\" }", "cannot read the configuration "
				 "cradle.json:1:9: expected \":\"" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		refused(cases[i].text, NO_ENV, EXITS_CONFIG, cases[i].part);
}

static void
values_of_variables_stay_out_of_the_errors(void **unused)
{
	static const char *const texts[] = {
		"{ \"app\": \"${S}\\u0001\" }",
		"{ \"secrets\": { \"deadline\": \"${S}\" } }",
		"{ \"secrets\": { \"env\": { \"A\": \"scw://${S}/\" } } }",
		"{ \"secrets\": { \"scw\": { \"api_url\": \"${S}\" } } }",
		"{ \"health\": { \"listen\": \"${S}:1\" } }",
		"{ \"services\": { \"a\": { \"restart\": { \"policy\": "
		"\"${S}\" } } } }",
		"{ \"services\": { \"a\": { \"stop\": { \"signal\": \"${S}\" "
		"} } } }",
		"{ \"services\": { \"a\": { \"ready\": { \"http\": \"${S}\" } "
		"} } }",
		"{ \"app\": \"${S:+x}\" }",
		"{ \"services\": { \"a\": { \"restart\": { \"cron\": "
		"\"${S} 1 * * *\" } } } }",
		"{ \"services\": { \"a\": { \"memory\": \"${S}\" } } }",
		"{ \"services\": { \"a\": { \"user\": \"${S}:x\" } } }",
		"{ \"services\": { \"a\": { \"ready\": \"${S}\" } } }",
		"{ \"services\": { \"a\": { \"limits\": { \"core\": "
		"\"${S}\" } } } }",
		"{ \"signals\": { \"HUP\": \"${S}\" } }",
		"{ \"control\": \"${S}\" }",
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct plan *plan;
		struct plan_error error;
		assert_int_equal(
		    try_load(texts[i], NULL, WORDS("S=hunter2"), &plan, &error),
		    -1);
		if (strstr(error.text, "hunter2") != NULL)
			fail_msg("%s", error.text);
	}
}

static void
braces_are_filled_in_and_nothing_else_is(void **unused)
{
	static const struct {
		const char *text;
		const char *becomes;
	} cases[] = {
		{ "plain", "plain" },
		{ "${A}", "one" },
		{ "x${A}y${B}z", "xoneytwoz" },
		{ "${EMPTY}", "" },
		{ "${EMPTY:-d}", "d" },
		{ "${NOPE:-}", "" },
		{ "${NOPE:-a b}", "a b" },
		{ "${NOPE:-${A}}", "one" },
		{ "${NOPE:-${NOPE:-${B}}}!", "two!" },
		{ "${A:-${NOPE}}", "one" },
		{ "${NOPE:-$${A}}", "${A}" },
		{ "${A:?needed}", "one" },
		{ "$A $ $( $$ $${A} $", "$A $ $( $ ${A} $" },
		{ "a$$$$b", "a$$b" },
		{ "}{", "}{" },
	};
	char *const env[] = { "A=one", "B=two", "EMPTY=", "AA=no", NULL };
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[256];
		(void)snprintf(text, sizeof(text),
		    "{ \"environment\": \"%s\", " API " }", cases[i].text);
		assert_string_equal(
		    load(text, NULL, env)->environment, cases[i].becomes);
	}
}

static void
braces_that_cannot_be_filled_in_are_refused(void **unused)
{
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{ "${NOPE:?set me}", "needs the variable NOPE: set me" },
		{ "${EMPTY:?set me}", "needs the variable EMPTY: set me" },
		{ "${A", "without \\\"}\\\"" },
		{ "${NOPE:-${A}", "without \\\"}\\\"" },
		{ "${}", "without a variable's name" },
		{ "${1}", "without a variable's name" },
		{ "${A-b}", "that is not ${NAME}" },
		{ "${A:}", "that is not ${NAME}" },
		{ "${A:+b}", "that is not ${NAME}" },
		{ "${A B}", "that is not ${NAME}" },
		{ "${NOPE:-${NOPE}}", "needs the variable NOPE" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[256];
		char part[128];
		size_t n = 0;
		(void)snprintf(text, sizeof(text),
		    "{ \"environment\": \"%s\", " API " }", cases[i].text);
		for (const char *p = cases[i].part; *p != '\0'; p++)
			if (*p != '\\')
				part[n++] = *p;
		part[n] = '\0';
		refused(text, WORDS("A=one", "EMPTY="), EXITS_CONFIG, part);
	}
}

static void
nested_and_multiplied_braces_are_bounded(void **unused)
{
	char deep[512] = "{ \"app\": \"";
	struct plan *plan;
	struct plan_error error;
	(void)unused;

	for (int i = 0; i < 20; i++)
		(void)strcat(deep, "${NOPE:-");
	for (int i = 0; i < 20; i++)
		(void)strcat(deep, "}");
	(void)strcat(deep, "\" }");
	refused(deep, NO_ENV, EXITS_CONFIG, "too deeply");

	/* 64 KiB, 40,000 times */
	char *big = malloc(64 * 1024 + 3);
	char *many = malloc(400 * 1024);
	assert_non_null(big);
	assert_non_null(many);
	memset(big, 'x', 64 * 1024 + 2);
	memcpy(big, "B=", 2);
	big[64 * 1024 + 2] = '\0';
	(void)strcpy(many, "{ \"app\": \"");
	char *at = many + strlen(many);
	for (int i = 0; i < 40000; i++, at += 4)
		memcpy(at, "${B}", 4);
	(void)strcpy(at, "\" }");
	assert_int_equal(try_load(many, NULL, WORDS(big), &plan, &error), -1);
	assert_non_null(strstr(error.text, "longer than 128 KiB"));

	(void)strcpy(many, "{ \"tasks\": { \"t\": { \"command\": [");
	at = many + strlen(many);
	for (int i = 0; i < 1000; i++, at += 7)
		memcpy(at, "\"${B}\",", 7);
	(void)strcpy(at, "] } } }");
	assert_int_equal(try_load(many, NULL, WORDS(big), &plan, &error), -1);
	assert_non_null(strstr(error.text, "configuration too large"));
	free(big);
	free(many);
}

static void
a_command_takes_the_place_that_the_file_left_open(void **unused)
{
	struct plan_error error;
	struct plan *plan;
	(void)unused;

	plan = load("{ \"services\": { \"api\": { \"essential\": false } } }",
	    WORDS("a", "b"), NO_ENV);
	assert_string_equal(plan->services[0].name, "api");
	assert_string_equal(plan->services[0].command[1], "b");
	assert_false(plan->services[0].essential);

	plan = load("{ \"app\": \"x\" }", WORDS("a"), NO_ENV);
	assert_string_equal(plan->services[0].name, "main");

	assert_int_equal(
	    try_load("{ " API " }", WORDS("a"), NO_ENV, &plan, &error), -1);
	assert_int_equal(error.code, EXITS_USAGE);
	assert_int_equal(try_load("{ \"services\": { \"a\": {}, \"b\": {} } }",
			     WORDS("a"), NO_ENV, &plan, &error),
	    -1);
	assert_int_equal(error.code, EXITS_USAGE);
}

static void
nothing_to_run_is_wrong_usage(void **unused)
{
	(void)unused;

	refused(NULL, NO_ENV, EXITS_USAGE, "neither a command nor");
	refused("{}", NO_ENV, EXITS_USAGE, "neither a command nor");
	refused("{ \"services\": {} }", NO_ENV, EXITS_USAGE, "neither");
}

static void
a_file_that_is_asked_for_must_be_a_readable_file(void **unused)
{
	static const char *const paths[] = { "nope.json", "folder", "fifo",
		"cradle.json/x" };
	(void)unused;

	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	scratch_write("cradle.json", "{}");
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct plan *plan;
		struct plan_error error;
		char variable[64];
		(void)snprintf(
		    variable, sizeof(variable), "CRADLE_CONFIG=%s", paths[i]);
		assert_int_equal(
		    plan_load(paths[i], WORDS("a"), NO_ENV, &plan, &error), -1);
		assert_int_equal(error.code, EXITS_CONFIG);
		assert_non_null(strstr(error.text, paths[i]));
		assert_int_equal(
		    plan_load(NULL, WORDS("a"), WORDS(variable), &plan, &error),
		    -1);
		assert_int_equal(error.code, EXITS_CONFIG);
	}
}

static void
variables_win_over_the_file_and_vendors_lose_against_it(void **unused)
{
	static const char text[] =
	    "{ \"app\": \"f\", \"secrets\": { \"scw\": { \"region\": \"f\",\n"
	    "\"secret_key\": { \"file\": \"/f\" } } }, " API " }";
	struct plan *plan;
	(void)unused;

	plan = load(text, NULL,
	    WORDS("SCW_DEFAULT_REGION=v", "SCW_DEFAULT_PROJECT_ID=v",
		"SCW_SLS_PROJECT_ID=s", "SCW_SECRET_KEY=v",
		"SCW_API_URL=https://v"));
	assert_string_equal(plan->secrets.scw.region, "f");
	assert_string_equal(plan->secrets.scw.project_id, "v");
	assert_string_equal(plan->secrets.scw.secret_key, "");
	assert_string_equal(plan->secrets.scw.secret_key_file, "/f");
	assert_string_equal(plan->secrets.scw.api_url, "https://v");

	plan = load(text, NULL,
	    WORDS("CRADLE_APP=c", "CRADLE_SCW_REGION=c",
		"CRADLE_SCW_SECRET_KEY=c", "CRADLE_SCW_PROJECT_ID="));
	assert_string_equal(plan->app, "c");
	assert_string_equal(plan->secrets.scw.region, "c");
	assert_string_equal(plan->secrets.scw.project_id, "");
	assert_string_equal(plan->secrets.scw.secret_key, "c");
	assert_string_equal(plan->secrets.scw.secret_key_file, "");

	plan = load(text, NULL, WORDS("SCW_SLS_PROJECT_ID=s"));
	assert_string_equal(plan->secrets.scw.project_id, "s");
}

static void
variables_of_services_count_for_each(void **unused)
{
	static const char text[] =
	    "{ \"services\": { \"a\": { \"command\": [\"a\"], \"restart\": {\n"
	    "\"policy\": \"always\" } }, \"b\": { \"command\": [\"b\"] } } }";
	(void)unused;

	struct plan *plan =
	    load(text, NULL, WORDS("CRADLE_RESTART=never", "CRADLE_GRACE=3s"));

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(plan->services[i].restart, PLAN_RESTART_NEVER);
		assert_int_equal(plan->services[i].grace_ms, 3000);
	}
	assert_string_equal(plan->grace_source, "3 s (CRADLE_GRACE)");
}

static void
a_credential_may_lie_in_a_file(void **unused)
{
	char relative[sizeof(scratch_folder) + 32];
	(void)unused;

	struct plan *plan = load(NULL, WORDS("a"),
	    WORDS("CRADLE_SCW_SECRET_KEY_FILE=/run/k",
		"CRADLE_SLACK_WEBHOOK_FILE=/run/a b#c",
		"CRADLE_COCKPIT_TOKEN_FILE=token",
		"CRADLE_LOKI_URL=https://l/p"));

	assert_string_equal(plan->secrets.scw.secret_key_file, "/run/k");
	assert_string_equal(
	    plan->events.slack_webhook, "file:///run/a b%23c?trim");
	(void)snprintf(
	    relative, sizeof(relative), "file://%s/token?trim", scratch_folder);
	assert_string_equal(plan->events.loki_token, relative);
}

static void
a_file_reference_to_the_key_becomes_its_path(void **unused)
{
	(void)unused;

	struct plan *plan = load(
	    NULL, WORDS("a"), WORDS("CRADLE_SCW_SECRET_KEY=file:///run/k"));

	assert_string_equal(plan->secrets.scw.secret_key, "");
	assert_string_equal(plan->secrets.scw.secret_key_file, "/run/k");
}

static void
wrong_variables_are_refused_by_name(void **unused)
{
	static const struct {
		char *variable;
		const char *part;
	} cases[] = {
		{ "CRADLE_GRACE=9", "CRADLE_GRACE must be a duration such as" },
		{ "CRADLE_RESTART=sometimes", "CRADLE_RESTART must be one of" },
		{ "CRADLE_LOG=loud", "CRADLE_LOG must be one of" },
		{ "CRADLE_LOG_FORMAT=xml", "CRADLE_LOG_FORMAT must be" },
		{ "CRADLE_HEALTH_LISTEN=9400", "CRADLE_HEALTH_LISTEN must" },
		{ "CRADLE_READY=http://10.0.0.1/", "CRADLE_READY must be" },
		{ "CRADLE_READY=tcp:3000", "CRADLE_READY must be" },
		{ "CRADLE_READY=soon", "CRADLE_READY must be" },
		{ "CRADLE_CONTROL=here", "CRADLE_CONTROL must be a path" },
		{ "CRADLE_ASSETS=a,", "CRADLE_ASSETS must not be empty" },
		{ "CRADLE_ASSETS=:e", "CRADLE_ASSETS must not be empty" },
		{ "CRADLE_ASSETS=a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a",
		    "too many roots" },
		{ "CRADLE_SLACK_WEBHOOK=http://hunter2.example",
		    "CRADLE_SLACK_WEBHOOK must be a URL or a reference" },
		{ "CRADLE_SLACK_WEBHOOK=scw://a:hunter2:b",
		    "CRADLE_SLACK_WEBHOOK is not a valid reference" },
		{ "SCW_API_URL=http://evil.example", "SCW_API_URL must be" },
		{ "CRADLE_COCKPIT_TOKEN=hunter2", "a token and no url" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct plan *plan;
		struct plan_error error;
		int r = try_load(
		    NULL, WORDS("a"), WORDS(cases[i].variable), &plan, &error);
		if (r != -1 || error.code != EXITS_CONFIG ||
		    strstr(error.text, cases[i].part) == NULL)
			fail_msg("%s: %s", cases[i].variable, error.text);
		assert_null(strstr(error.text, "hunter2"));
	}
}

static void
assets_and_ready_come_by_variable(void **unused)
{
	(void)unused;

	struct plan *plan =
	    load("{ \"assets\": [ { \"root\": \"old\" } ], " API " }", NULL,
		WORDS("CRADLE_ASSETS=/srv/html,dist:e.txt,a/b/:",
		    "CRADLE_READY=tcp:127.0.0.1:80"));

	assert_int_equal(plan->assets_count, 3);
	assert_string_equal(plan->assets[0].root, "/srv/html");
	assert_string_equal(plan->assets[0].example, "/srv/.env.example");
	assert_string_equal(plan->assets[1].example, "e.txt");
	assert_string_equal(plan->assets[2].example, "a/.env.example");
	assert_int_equal(plan->services[0].ready.kinds, PLAN_READY_TCP);
	assert_string_equal(plan->services[0].ready.tcp, "127.0.0.1:80");
}

static void
the_grace_follows_the_platform(void **unused)
{
	static const struct {
		char *variable;
		int64_t ms;
		const char *source;
	} cases[] = {
		{ "X=", 9000, "9 s (default)" },
		{ "KUBERNETES_SERVICE_HOST=10.0.0.1", 29000,
		    "29 s (Kubernetes)" },
		{ "ECS_CONTAINER_METADATA_URI=http://x", 29000, "29 s (ECS)" },
		{ "ECS_CONTAINER_METADATA_URI_V4=http://x", 29000,
		    "29 s (ECS)" },
		{ "CRADLE_GRACE=auto", 9000, "9 s (default)" },
		{ "CRADLE_GRACE=0s", 0, "0 ms (CRADLE_GRACE)" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct plan *plan =
		    load(NULL, WORDS("a"), WORDS(cases[i].variable));
		assert_int_equal(plan->services[0].grace_ms, cases[i].ms);
		assert_string_equal(plan->grace_source, cases[i].source);
	}
}

static void
the_app_is_called_after_its_script(void **unused)
{
	static const struct {
		char *words[4];
		const char *app;
	} cases[] = {
		{ { "/usr/bin/node", "dist/server.js" }, "server.js" },
		{ { "node", "--enable-source-maps", "x.mjs" }, "x.mjs" },
		{ { "java", "-jar", "/app/shop.jar" }, "shop.jar" },
		{ { "/usr/sbin/nginx", "-g", "daemon off;" }, "nginx" },
		{ { "sh", "-c", "node x.js" }, "sh" },
		{ { "./api" }, "api" },
		{ { "api/" }, "api/" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(
		    load(NULL, cases[i].words, NO_ENV)->app, cases[i].app);
}

static void
the_environment_may_be_wiped_after_loading(void **unused)
{
	char key[] = "CRADLE_SCW_SECRET_KEY=hunter2";
	char a[] = "A=value";
	char word[] = "word";
	(void)unused;

	struct plan *plan =
	    load("{ \"app\": \"${A}\", \"version\": \"x${A}\" }", WORDS(word),
		WORDS(key, a));
	memset(key, '#', sizeof(key) - 1);
	memset(a, '#', sizeof(a) - 1);
	memset(word, '#', sizeof(word) - 1);

	assert_string_equal(plan->secrets.scw.secret_key, "hunter2");
	assert_string_equal(plan->app, "value");
	assert_string_equal(plan->version, "xvalue");
	assert_string_equal(plan->services[0].command[0], "word");
}

/* {"a": {"b": EXAMPLE}} for the path "a.b", with the neighbours it needs. */
static void
wrap(const struct key *key, char *ret, size_t size)
{
	char path[128];
	char inner[2048];
	(void)snprintf(path, sizeof(path), "%s", key->path);
	(void)snprintf(ret, size, "%s", key->example);
	for (char *name = NULL; name != path;) {
		char *dot = strrchr(path, '.');
		const char *beside = "";
		name = dot == NULL ? path : dot + 1;
		bool in_task = strncmp(path, "tasks.*.", 8) == 0;
		if (in_task && dot == path + 7 && strcmp(name, "command") != 0)
			beside = ", \"command\": [\"x\"]";
		if (strncmp(path, "assets[].", 9) == 0 &&
		    strcmp(name, "root") != 0)
			beside = ", \"root\": \"r\"";
		if (strncmp(path, "services.", 9) == 0 &&
		    (strcmp(name, "every") == 0 ||
			strcmp(name, "timeout") == 0 ||
			strcmp(name, "failures") == 0))
			beside = ", \"tcp\": \"localhost:1\"";
		if (strcmp(path, "services.*.memory.action") == 0)
			beside = ", \"max\": \"1MB\"";
		if (strcmp(path, "services.*.standby.max_age") == 0 ||
		    strcmp(path, "services.*.standby.calm") == 0)
			beside = ", \"when\": \"off\"";
		if (strcmp(path, "services.*.increment_var") == 0)
			beside = ", \"env\": { \"PORT\": \"1\" }";
		if (strcmp(path, "services.*") == 0)
			beside = ", \"api\": { \"command\": [\"x\"] }";
		if (strcmp(path, "events.loki.token") == 0)
			beside = ", \"url\": \"https://l\"";
		bool list = strchr(name, '[') != NULL;
		name[strcspn(name, "[")] = '\0';
		(void)snprintf(inner, sizeof(inner), "%s", ret);
		(void)snprintf(ret, size, "{ \"%s\": %s%.1500s%s%s }",
		    strcmp(name, "*") == 0 ? "x" : name, list ? "[" : "", inner,
		    list ? "]" : "", beside);
		if (dot != NULL)
			*dot = '\0';
	}
}

static void
every_example_and_default_of_the_table_is_accepted(void **unused)
{
	(void)unused;

	for (size_t i = 0; i < keys_count(); i++) {
		const struct key *key = keys_at(i);
		char text[2048];
		char why[VALUE_WHY_MAX] = "";
		union {
			struct plan plan;
			struct plan_service service;
			struct plan_task task;
			struct plan_assets assets;
		} home;
		if (key->type == KEY_LATER)
			continue;
		assert_non_null(key->example);
		assert_non_null(key->doc);
		wrap(key, text, sizeof(text));
		struct plan *plan;
		struct plan_error error = { 0 };
		int r = try_load(text, NULL, NO_ENV, &plan, &error);
		/* without a service it ends at that, far behind the keys */
		if (r == -1 &&
		    strstr(error.text, "neither a command") == NULL &&
		    strstr(error.text, "has no \"command\"") == NULL)
			fail_msg("%s: %s", text, error.text);
		if (key->fallback != NULL && value_is_text(key) &&
		    value_set(key, &home, key->fallback, why) == -1)
			fail_msg("%s: %s", key->path, why);
	}
}

static void
no_key_is_there_twice(void **unused)
{
	(void)unused;

	for (size_t i = 0; i < keys_count(); i++)
		assert_ptr_equal(keys_find(keys_at(i)->path), keys_at(i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_alone_has_every_default),
		cmocka_unit_test(every_key_lands_in_its_field),
		cmocka_unit_test(every_key_of_a_service_lands_in_its_field),
		cmocka_unit_test(keys_of_supervision_land_in_their_fields),
		cmocka_unit_test(an_object_may_be_given_as_its_main_value),
		cmocka_unit_test(mistakes_have_file_line_and_column),
		cmocka_unit_test(values_of_variables_stay_out_of_the_errors),
		cmocka_unit_test(braces_are_filled_in_and_nothing_else_is),
		cmocka_unit_test(braces_that_cannot_be_filled_in_are_refused),
		cmocka_unit_test(nested_and_multiplied_braces_are_bounded),
		cmocka_unit_test(
		    a_command_takes_the_place_that_the_file_left_open),
		cmocka_unit_test(nothing_to_run_is_wrong_usage),
		cmocka_unit_test(
		    a_file_that_is_asked_for_must_be_a_readable_file),
		cmocka_unit_test(
		    variables_win_over_the_file_and_vendors_lose_against_it),
		cmocka_unit_test(variables_of_services_count_for_each),
		cmocka_unit_test(a_credential_may_lie_in_a_file),
		cmocka_unit_test(a_file_reference_to_the_key_becomes_its_path),
		cmocka_unit_test(wrong_variables_are_refused_by_name),
		cmocka_unit_test(assets_and_ready_come_by_variable),
		cmocka_unit_test(the_grace_follows_the_platform),
		cmocka_unit_test(the_app_is_called_after_its_script),
		cmocka_unit_test(the_environment_may_be_wiped_after_loading),
		cmocka_unit_test(
		    every_example_and_default_of_the_table_is_accepted),
		cmocka_unit_test(no_key_is_there_twice),
	};
	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
