#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/check.h"

#include "config/address.h"
#include "config/json.h"
#include "config/listen.h"
#include "config/manpage.h"
#include "config/quota.h"
#include "core/exits.h"
#include "core/guard.h"
#include "tests/unit/config_scratch.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define PAGE "docs/man/cradle.json.5"

static struct arena arena;
static char *page; /* read before the tests leave the source's folder */

struct outcome {
	int code;
	char *out;
	char *err;
};

static struct outcome
run(int count, char *words[])
{
	struct outcome o;
	struct scratch_caught out = scratch_catch(STDOUT_FILENO);
	struct scratch_caught err = scratch_catch(STDERR_FILENO);
	o.code = check_cli_main(count, words);
	o.err = scratch_text(&err);
	o.out = scratch_text(&out);
	return o;
}

#define RUN(...)                                                  \
	run((int)ARRAY_LEN(((char *[]){ "check", __VA_ARGS__ })), \
	    (char *[]){ "check", __VA_ARGS__, NULL })

static void
done(struct outcome *o)
{
	free(o->out);
	free(o->err);
}

static const char good[] =
    "{ \"app\": \"cella\", \"secrets\": { \"scw\": { \"region\": \"fr-par\",\n"
    "  \"project_id\": \"p\", \"secret_key\": \"hunter2-key\" },\n"
    "  \"env\": { \"A\": \"scw://prod/a?default=hunter2\", \"B\": \"plain\" "
    "} },\n"
    "\"assets\": [ { \"root\": \"dist\" } ],\n"
    "\"tasks\": { \"migrate\": { \"command\": [\"sh\", \"-c\", \"a b\"] } },\n"
    "\"services\": { \"api\": { \"command\": [\"sh\", \"${SECRET:-x}\"],\n"
    "  \"env\": { \"S\": \"${SECRET:-x}\", \"T\": \"scw://prod/t:f\" },\n"
    "  \"ready\": { \"http\": \"http://[::1]:1/x?k=${SECRET:-x}\" } } },\n"
    "\"health\": { \"listen\": \":9400\" },\n"
    "\"events\": { \"slack\": { \"webhook\": \"https://h/hunter2\" },\n"
    "  \"loki\": { \"url\": \"https://l/p?x=hunter2\", \"token\":\n"
    "    \"hunter2-token\" } } }\n";

static void
write_good(void)
{
	scratch_write("cradle.json", good);
	(void)mkdir("dist", 0700);
	scratch_write(".env.example", "A=\n");
	assert_int_equal(setenv("SECRET", "hunter2", 1), 0);
}

static void
what_would_run_is_printed_in_order(void **unused)
{
	static const char *const parts[] = { "helpers",
		"health fetch inject scribe courier", "1 health", ":9400",
		"2 secrets", "A <- scw://prod/a?default=...",
		"T <- scw://prod/t:f", "3 assets", "dist", ".env.example",
		"4 tasks", "migrate: sh -c \"a b\"", "5 services",
		"api: sh ${SECRET:-x}", "when http://[::1]:1/x answers",
		"on-failure", "9 s (default)", "slack, loki https://l/p\n" };
	(void)unused;
	write_good();

	struct outcome o = RUN("-c", "cradle.json");

	const char *at = o.out;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		at = strstr(at, parts[i]);
		if (at == NULL)
			fail_msg("no %s in order:\n%s", parts[i], o.out);
	}
	assert_int_equal(o.code, 0);
	assert_string_equal(o.err, "");
	done(&o);
}

static void
no_value_is_ever_printed(void **unused)
{
	(void)unused;
	write_good();

	struct outcome text = RUN("-c", "cradle.json");
	struct outcome json = RUN("--json");

	assert_null(strstr(text.out, "hunter2"));
	assert_null(strstr(text.err, "hunter2"));
	assert_null(strstr(json.out, "hunter2"));
	done(&text);
	done(&json);
}

static struct json *
parsed(const char *text)
{
	struct json *top = NULL;
	struct json_error error = { .text = "" };
	if (json_read(text, strlen(text), &arena, &top, &error) != 0)
		fail_msg("%u:%u: %s\n%s", error.at.line, error.at.column,
		    error.text, text);
	return top;
}

static void
json_says_the_same_for_programs(void **unused)
{
	(void)unused;
	write_good();

	struct outcome o = RUN("--json");
	struct json *top = parsed(o.out);

	assert_int_equal(o.code, 0);
	assert_true(json_member(top, "ok")->truth);
	assert_string_equal(json_member(top, "app")->text, "cella");
	assert_int_equal(json_member(top, "helpers")->count, 5);
	const struct json *refs =
	    json_member(json_member(top, "secrets"), "references");
	assert_int_equal(refs->count, 2);
	assert_string_equal(json_member(refs->first, "reference")->text,
	    "scw://prod/a?default=...");
	const struct json *service = json_member(top, "services")->first;
	assert_string_equal(json_member(service, "name")->text, "api");
	assert_string_equal(
	    json_member(service, "command")->first->next->text, "${SECRET:-x}");
	assert_int_equal(json_member(top, "errors")->count, 0);
	done(&o);
}

static const char supervised[] =
    "{ \"tasks\": { \"m\": { \"command\": [\"sh\"], \"retries\": 3,\n"
    "  \"retry_delay\": \"2s\", \"umask\": \"77\" } },\n"
    "\"services\": { \"cdc\": { \"command\": [\"sh\"],\n"
    "  \"after\": [\"api\"], \"heap\": \"512MB\", \"ready\": [\"notify\",\n"
    "  { \"http\": \"http://127.0.0.1:1/h?k=${SECRET:-x}\",\n"
    "    \"exec\": [\"sh\", \"${SECRET:-x}\"] }, \"fd:5\"],\n"
    "  \"start_timeout\": \"1m\", \"report\": true,\n"
    "  \"alive\": { \"tcp\": \"localhost:80\", \"every\": \"3s\",\n"
    "    \"failures\": 2 }, \"memory\": \"450MB\", \"group\": 33,\n"
    "  \"limits\": { \"nofile\": \"16:32\", \"core\": 0 },\n"
    "  \"restart\": { \"cron\": \"0 4 * * *\" }, \"stop\": {\n"
    "    \"delay\": \"2s\", \"signal\": \"INT\" },\n"
    "  \"before_stop\": [\"sh\", \"${SECRET:-x}\"] },\n"
    "\"api\": { \"command\": [\"sh\"], \"ready\": \"ipc\" },\n"
    "\"web\": { \"command\": [\"sh\"], \"ready\": \"listen\" } },\n"
    "\"signals\": { \"HUP\": \"reload\", \"USR1\": \"usr2\" },\n"
    "\"control\": \"@x\" }\n";

static void
supervision_is_told_in_words(void **unused)
{
	static const char *const parts[] = { "1 tasks",
		"m: sh  (3 more tries, from 2 s on)",
		"as       cradle's user, umask 077", "2 services", "api: sh\n",
		"ready    when it sends \"ready\" over Node's IPC", "cdc: sh\n",
		"after    api\n", "as       cradle's user, group 33\n",
		"limits   core 0, nofile 16:32\n",
		"ready    when http://127.0.0.1:1/h answers and sh "
		"${SECRET:-x} ends with 0 and it sends READY=1 and it writes "
		"a line to descriptor 5, asked every 250 ms; after 1 min it "
		"has failed\n",
		"alive    while localhost:80 answers, asked every 3 s; "
		"replaced after 2 failures in a row, with SIGABRT",
		"memory   450 MB at most, else a reload\n", "heap     512 MB",
		"restart  on-failure", "clock    restarted next at 2",
		"stop     not ready for 2 s, then sh ${SECRET:-x}, then "
		"SIGINT, SIGKILL after 9 s\n",
		"web: sh\n", "ready    when it listens on TCP\n",
		"stopped   cdc, web, then api\n",
		"signals   SIGHUP: reload, SIGUSR1: SIGUSR2\n",
		"control   @x\n" };
	(void)unused;
	scratch_write("cradle.json", supervised);
	assert_int_equal(setenv("SECRET", "hunter2", 1), 0);

	struct outcome o = RUN("-c", "cradle.json");

	const char *at = o.out;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		at = strstr(at, parts[i]);
		if (at == NULL)
			fail_msg("no %s in order:\n%s", parts[i], o.out);
	}
	assert_null(strstr(o.out, "hunter2"));
	assert_int_equal(o.code, 0);
	done(&o);
}

static const char *
member_text(const struct json *object, const char *name)
{
	const struct json *m = json_member(object, name);
	if (m == NULL)
		fail_msg("no %s", name);
	return m->text;
}

static void
supervision_is_told_to_programs(void **unused)
{
	(void)unused;
	scratch_write("cradle.json", supervised);
	assert_int_equal(setenv("SECRET", "hunter2", 1), 0);

	struct outcome o = RUN("--json");
	const struct json *top = parsed(o.out);

	assert_null(strstr(o.out, "hunter2"));
	const struct json *task = json_member(top, "tasks")->first;
	assert_string_equal(member_text(task, "retries"), "3");
	assert_string_equal(member_text(task, "retry_delay_ms"), "2000");
	assert_string_equal(member_text(task, "umask"), "077");
	const struct json *api = json_member(top, "services")->first;
	assert_string_equal(member_text(api, "name"), "api");
	assert_int_equal(json_member(api, "alive")->type, JSON_NULL);
	assert_int_equal(json_member(api, "memory")->type, JSON_NULL);
	const struct json *cdc = api->next;
	assert_string_equal(json_member(cdc, "after")->first->text, "api");
	const struct json *ready = json_member(cdc, "ready");
	assert_int_equal(json_member(ready, "kinds")->count, 4);
	assert_string_equal(member_text(ready, "kind"), "http");
	assert_string_equal(
	    member_text(ready, "target"), "http://127.0.0.1:1/h");
	assert_string_equal(member_text(ready, "fd"), "5");
	assert_string_equal(member_text(ready, "start_timeout_ms"), "60000");
	const struct json *alive = json_member(cdc, "alive");
	assert_string_equal(member_text(alive, "tcp"), "localhost:80");
	assert_string_equal(member_text(alive, "failures"), "2");
	assert_true(json_member(alive, "report")->truth);
	assert_string_equal(
	    member_text(json_member(cdc, "memory"), "max_bytes"), "471859200");
	assert_string_equal(
	    member_text(json_member(cdc, "limits"), "nofile"), "16:32");
	assert_string_equal(member_text(cdc, "group"), "33");
	const struct json *stop = json_member(cdc, "stop");
	assert_string_equal(member_text(stop, "delay_ms"), "2000");
	assert_int_equal(json_member(stop, "before_stop")->count, 2);
	const struct json *order = json_member(top, "stop_order");
	assert_int_equal(order->count, 2);
	assert_int_equal(order->first->count, 2);
	assert_string_equal(order->first->next->first->text, "api");
	assert_string_equal(
	    member_text(json_member(top, "signals"), "SIGUSR1"), "SIGUSR2");
	assert_string_equal(member_text(top, "control"), "@x");
	done(&o);
}

static const char handed_over[] =
    "{ \"handover\": { \"hold\": \"5s\" }, \"services\": {\n"
    "\"api\": { \"command\": [\"sh\"], \"instances\": 3,\n"
    "  \"listen\": [3000, \"unix:@api\"], \"standby\": \"listen\" },\n"
    "\"job\": { \"command\": [\"sh\"], \"after\": [\"api\"],\n"
    "  \"handover\": \"off\" } } }";

static void
sockets_and_instances_are_told_in_words(void **unused)
{
	static const char *const parts[] = {
		"api: sh  (3 instances)\n",
		"ready    when it listens on TCP\n",
		"listen   3000, unix:@api\n",
		"standby  a spare that waits at its listen(), made anew after "
		"6 h\n",
		"job: sh\n",
		"after    api\n",
		"handover off: its sockets end with it\n",
		"stopped   job, then api\n",
		"handover  connections to a service that is away wait for 5 s "
		"at "
		"most\n",
	};
	(void)unused;
	scratch_write("cradle.json", handed_over);

	struct outcome o = RUN("-c", "cradle.json");

	const char *at = o.out;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		at = strstr(at, parts[i]);
		if (at == NULL)
			fail_msg("no %s in order:\n%s", parts[i], o.out);
	}
	assert_null(strstr(strstr(o.out, "api: sh") + 1, "api: sh"));
	assert_int_equal(o.code, 0);
	done(&o);
}

static void
sockets_and_instances_are_told_to_programs(void **unused)
{
	(void)unused;
	scratch_write("cradle.json", handed_over);

	struct outcome o = RUN("--json");
	const struct json *top = parsed(o.out);

	const struct json *services = json_member(top, "services");
	assert_int_equal(services->count, 2);
	const struct json *api = services->first;
	assert_string_equal(member_text(api, "instances"), "3");
	assert_string_equal(member_text(api, "handover"), "auto");
	assert_int_equal(json_member(api, "listen")->count, 2);
	assert_string_equal(
	    member_text(json_member(api, "standby"), "max_age_ms"), "21600000");
	assert_string_equal(
	    member_text(json_member(api, "standby"), "calm_ms"), "2000");
	const struct json *job = api->next;
	assert_string_equal(member_text(job, "handover"), "off");
	assert_int_equal(json_member(job, "standby")->type, JSON_NULL);
	assert_int_equal(json_member(job, "after")->count, 1);
	assert_string_equal(member_text(top, "hold_ms"), "5000");
	done(&o);
}

static void
doubts_about_supervision_are_warnings(void **unused)
{
	static const struct {
		const char *members;
		const char *part; /* of stderr; "" for nothing at all */
	} cases[] = {
		{ "\"alive\": { \"tcp\": \"localhost:1\" }",
		    "a: has \"alive\" and no \"ready\"" },
		{ "\"alive\": { \"tcp\": \"localhost:1\" }, \"ready\": "
		  "\"listen\"",
		    "" },
		{ "\"report\": true", "a: has \"report\" and no \"alive\"" },
		{ "\"stop\": { \"delay\": \"10s\", \"grace\": \"9s\" }",
		    "a: stop.delay is longer than stop.grace" },
		{ "\"stop\": { \"delay\": \"9s\", \"grace\": \"9s\" }", "" },
		{ "\"ready\": { \"exec\": [\"no-such-one\", \"x\"] }",
		    "a: cannot find the program no-such-one" },
		{ "\"before_stop\": [\"/no/such\"]",
		    "a: cannot find the program /no/such" },
		{ "\"cwd\": \"/no/such\"",
		    "a: cannot find its folder /no/such here (cwd)" },
		{ "\"cwd\": \"/\"", "" },
		{ "\"user\": \"no-such-user\"",
		    "a: there is no user no-such-user in /etc/passwd" },
		{ "\"group\": \"no-such-group\"",
		    "a: there is no group no-such-group in /etc/group" },
		{ "\"limits\": { \"nofile\": \"5:unlimited\" }",
		    "a: limits.nofile is above what cradle may have here" },
		{ "\"limits\": { \"nofile\": 5 }", "" },
		{ "\"instances\": 2, \"memory\": \"60%\"",
		    "a: memory.max is of each of its 2 instances, which have "
		    "120% of" },
		{ "\"instances\": 2, \"ready\": \"listen\", "
		  "\"alive\": { \"tcp\": \"localhost:1\" }",
		    "a: its instances share their sockets, so that any of" },
		{ "\"instances\": 2", "" },
		{ "\"instances\": 2, \"handover\": \"off\"",
		    "a: has 2 instances and no handover: they cannot share" },
		{ "\"instances\": 2, \"handover\": \"off\", "
		  "\"listen\": [\"unix:@x\"]",
		    "" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[512];
		(void)snprintf(text, sizeof(text),
		    "{ \"services\": { \"a\": { \"command\": [\"sh\"], %s } } "
		    "}",
		    cases[i].members);
		scratch_write("cradle.json", text);
		struct outcome o = RUN("-c", "cradle.json");
		if (o.code != 0 ||
		    (cases[i].part[0] == '\0'
			    ? o.err[0] != '\0'
			    : strstr(o.err, cases[i].part) == NULL))
			fail_msg("%s: %d: %s", text, o.code, o.err);
		done(&o);
	}
	scratch_write(
	    "cradle.json", "{ \"signals\": { \"TERM\": \"forward\" } }");
	struct outcome o = RUN("sh");
	assert_non_null(strstr(o.err, "with an entry for TERM"));
	done(&o);
}

static void
a_memory_limit_is_held_against_the_cgroups(void **unused)
{
	static const char *const sizes[] = { "90%", "1024TB" };
	bool limited = quota_memory("") > 0;
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char text[256];
		(void)snprintf(text, sizeof(text),
		    "{ \"services\": { \"a\": { \"command\": [\"sh\"], "
		    "\"memory\": \"%s\" } } }",
		    sizes[i]);
		scratch_write("cradle.json", text);
		struct outcome o = RUN("-c", "cradle.json");
		const char *wanted =
		    i == 0 ? "there is none here" : "OOM killer comes first";
		assert_int_equal(strstr(o.err, wanted) != NULL,
		    (i == 0 && !limited) || (i == 1 && limited));
		done(&o);
	}
}

static void
only_root_can_give_a_user(void **unused)
{
	(void)unused;
	scratch_write("cradle.json",
	    "{ \"services\": { \"a\": { \"command\": [\"sh\"], \"user\": "
	    "12345 } } }");

	struct outcome as_root = RUN("-c", "cradle.json");
	bool root = geteuid() == 0;
	assert_int_equal(chmod(".", 0755), 0);
	if (root)
		assert_int_equal(seteuid(12345), 0);
	struct outcome as_nobody = RUN("-c", "cradle.json");
	if (root)
		assert_int_equal(seteuid(0), 0);

	if (root)
		assert_string_equal(as_root.err, "");
	assert_int_equal(as_nobody.code, 0);
	assert_non_null(strstr(as_nobody.err, "which only root can give it"));
	done(&as_root);
	done(&as_nobody);
}

static void
long_texts_stay_whole_in_json(void **unused)
{
	char text[2048] = "{ \"services\": { \"a\": { \"command\": [\"sh\", \"";
	size_t start = strlen(text);
	(void)unused;
	for (size_t i = 0; i < 401; i++)
		(void)strcat(text, i % 2 == 0 ? "\xe2\x82\xac" : "\\n");
	(void)strcat(text, "\"] } } }");
	scratch_write("cradle.json", text);

	struct outcome o = RUN("--json");
	const struct json *service =
	    json_member(parsed(o.out), "services")->first;
	const char *word = json_member(service, "command")->first->next->text;

	assert_int_equal(strlen(word), 201 * 3 + 200);
	assert_memory_equal(word, text + start, 3);
	assert_null(strstr(word, "\xef\xbf\xbd"));
	done(&o);
}

static void
problems_have_their_exit_code(void **unused)
{
	static const struct {
		const char *text;
		int code;
		const char *part; /* of stderr */
	} cases[] = {
		{ "{ \"servces\": {} }", EXITS_CONFIG, "services" },
		{ "{}", EXITS_USAGE, "neither a command" },
		{ "{ \"services\": { \"a\": { \"command\": [\"sh\"] } },\n"
		  "\"assets\": [ { \"root\": \"nope\" } ] }",
		    EXITS_CONFIG, "cannot find the asset root nope" },
		{ "{ \"services\": { \"a\": { \"command\": [\"sh\"] } },\n"
		  "\"assets\": [ { \"root\": \"cradle.json\" } ] }",
		    EXITS_CONFIG, "is not a folder" },
		{ "{ \"services\": { \"a\": { \"command\": [\"no-such-one\"] } "
		  "} }",
		    EXITS_OK, "a: cannot find the program no-such-one" },
		{ "{ \"services\": { \"a\": { \"command\": [\"sh\"] } },\n"
		  "\"health\": { \"listen\": \":9090\" } }",
		    EXITS_OK, "port 9090 is taken on Scaleway" },
		{ "{ \"services\": { \"a\": { \"command\": [\"sh\"], \"env\":\n"
		  "{ \"A\": \"scw://a\" } } } }",
		    EXITS_OK, "no credential" },
		{ "{ \"services\": { \"a\": { \"command\": [\"sh\"], \"env\":\n"
		  "{ \"A\": \"file:///nope/x\" } } } }",
		    EXITS_OK, "cannot read /nope/x" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		scratch_write("cradle.json", cases[i].text);
		struct outcome o = RUN("--json");
		struct json *top = parsed(o.out);
		if (o.code != cases[i].code ||
		    strstr(o.err, cases[i].part) == NULL)
			fail_msg("%s: %d: %s", cases[i].text, o.code, o.err);
		assert_int_equal(
		    json_member(top, "ok")->truth, o.code == EXITS_OK);
		done(&o);
	}
}

static void
inherited_references_are_listed_and_checked(void **unused)
{
	(void)unused;
	scratch_write("cradle.json", "{}");
	assert_int_equal(setenv("COOKIE", "scw://prod/cookie", 1), 0);
	struct outcome o = RUN("--", "sh");
	assert_int_equal(o.code, 0);
	assert_non_null(
	    strstr(o.out, "COOKIE <- scw://prod/cookie  (environment)"));
	done(&o);

	assert_int_equal(setenv("COOKIE", "scw://prod/", 1), 0);
	o = RUN("sh");
	assert_int_equal(o.code, EXITS_CONFIG);
	assert_non_null(strstr(o.err, "COOKIE (environment): it names a"));
	done(&o);
	assert_int_equal(unsetenv("COOKIE"), 0);
}

static void
usage_is_checked(void **unused)
{
	(void)unused;

	struct outcome o = RUN("--no-such-option");
	assert_int_equal(o.code, EXITS_USAGE);
	assert_string_equal(o.out, "");
	done(&o);
	o = RUN("-c");
	assert_int_equal(o.code, EXITS_USAGE);
	done(&o);
	o = RUN("--help");
	assert_int_equal(o.code, 0);
	assert_non_null(strstr(o.out, "--schema"));
	done(&o);
}

static void
the_schema_is_json_and_knows_every_group(void **unused)
{
	(void)unused;

	struct outcome o = RUN("--schema");
	struct json *top = parsed(o.out);
	const struct json *p = json_member(top, "properties");

	assert_int_equal(o.code, 0);
	assert_false(json_member(top, "additionalProperties")->truth);
	assert_int_equal(p->count, 14);
	const struct json *service =
	    json_member(json_member(p, "services"), "additionalProperties");
	const struct json *stop =
	    json_member(json_member(service, "properties"), "stop");
	assert_non_null(json_member(json_member(stop, "properties"), "delay"));
	const struct json *restart =
	    json_member(json_member(service, "properties"), "restart");
	assert_int_equal(json_member(restart, "anyOf")->count, 2);
	const struct json *ready =
	    json_member(json_member(service, "properties"), "ready");
	assert_int_equal(json_member(ready, "anyOf")->count, 3);
	assert_non_null(
	    json_member(json_member(service, "properties"), "standby"));
	assert_null(json_member(
	    json_member(json_member(p, "events"), "properties"), "otlp"));
	done(&o);
}

/* The part of the page between its markers for that part. */
static void
assert_part(const char *part, void (*print)(FILE *))
{
	char begin[64];
	char end[64];
	char *wanted = NULL;
	size_t size = 0;
	(void)snprintf(begin, sizeof(begin), ".\\\" begin %s", part);
	(void)snprintf(end, sizeof(end), ".\\\" end %s", part);
	const char *from = strstr(page, begin);
	assert_non_null(from);
	from = strchr(from, '\n') + 1;
	const char *to = strstr(from, end);
	assert_non_null(to);
	FILE *f = open_memstream(&wanted, &size);
	assert_non_null(f);
	print(f);
	assert_int_equal(fclose(f), 0);
	if (size != (size_t)(to - from) || memcmp(wanted, from, size) != 0)
		fail_msg(PAGE " differs from the tables: run "
			      "docs/man/refresh.sh build/cradle");
	free(wanted);
}

static void
the_manual_page_says_what_the_tables_say(void **unused)
{
	(void)unused;

	assert_part("keys", manpage_keys);
	assert_part("variables", manpage_variables);
}

static void
addresses_are_parsed_without_a_resolver(void **unused)
{
	static const struct {
		const char *text;
		int family; /* 0: refused */
		const char *host;
		int port;
		bool any;
	} cases[] = {
		{ ":9400", AF_INET6, "::", 9400, true },
		{ "[::]:1", AF_INET6, "::", 1, false },
		{ "[::1]:65535", AF_INET6, "::1", 65535, false },
		{ "0.0.0.0:80", AF_INET, "0.0.0.0", 80, false },
		{ "localhost:80", AF_INET, "127.0.0.1", 80, false },
		{ "127.0.0.1:080", AF_INET, "127.0.0.1", 80, false },
		{ "unix:/run/x.sock", AF_UNIX, NULL, 0, false },
		{ "", 0, NULL, 0, false },
		{ "9400", 0, NULL, 0, false },
		{ ":", 0, NULL, 0, false },
		{ ":0", 0, NULL, 0, false },
		{ ":65536", 0, NULL, 0, false },
		{ ":000080", 0, NULL, 0, false },
		{ ":-1", 0, NULL, 0, false },
		{ ":80x", 0, NULL, 0, false },
		{ "::1:80", 0, NULL, 0, false },
		{ "[::1:80", 0, NULL, 0, false },
		{ "[]:80", 0, NULL, 0, false },
		{ "[:80", 0, NULL, 0, false },
		{ "host:80", 0, NULL, 0, false },
		{ "127.1:80", 0, NULL, 0, false },
		{ "unix:run/x", 0, NULL, 0, false },
		{ "unix:", 0, NULL, 0, false },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct listen_at at = { .port = -1 };
		const char *why = NULL;
		char host[64] = "";
		int r = listen_parse(cases[i].text, &at, &why);
		if (r != (cases[i].family == 0 ? -1 : 0))
			fail_msg("%s: %d", cases[i].text, r);
		if (r == -1) {
			assert_non_null(why);
			assert_int_equal(at.port, -1);
			continue;
		}
		assert_int_equal(at.address.ss_family, cases[i].family);
		assert_int_equal(at.port, cases[i].port);
		assert_int_equal(at.any, cases[i].any);
		if (cases[i].family == AF_INET)
			(void)inet_ntop(AF_INET,
			    &((struct sockaddr_in *)&at.address)->sin_addr,
			    host, sizeof(host));
		if (cases[i].family == AF_INET6)
			(void)inet_ntop(AF_INET6,
			    &((struct sockaddr_in6 *)&at.address)->sin6_addr,
			    host, sizeof(host));
		if (cases[i].host != NULL)
			assert_string_equal(host, cases[i].host);
	}
}

static void
urls_are_let_through_or_refused(void **unused)
{
	static const struct {
		const char *text;
		bool probe, web;
	} cases[] = {
		{ "http://127.0.0.1:3000/health?x=1", true, true },
		{ "http://127.0.0.1/", true, true },
		{ "http://127.9.9.9", true, true },
		{ "http://localhost:80", true, true },
		{ "http://[::1]:80/a", true, true },
		{ "http://[::1]/a", true, true },
		{ "https://example.org/a", false, true },
		{ "https://127.0.0.1/", false, true },
		{ "http://example.org/", false, false },
		{ "http://10.0.0.1:80/", false, false },
		{ "http://0.0.0.0:80/", false, false },
		{ "http://:80/", false, false },
		{ "http:///", false, false },
		{ "http://127.0.0.1:99999/", false, false },
		{ "http://127.0.0.1:/", false, false },
		{ "http://127.0.0.1@evil.example/", false, false },
		{ "http://evil.example\\@127.0.0.1/", false, false },
		{ "http://127.0.0.1.evil.example/", false, false },
		{ "http://127.0.0.1/a b", false, false },
		{ "http://127.0.0.1/a#b", false, false },
		{ "http://127.0.0.1/\xc3\xa4", false, false },
		{ "https://", false, false },
		{ "https:///x", false, false },
		{ "https://u@h/", false, false },
		{ "https://h/a b", false, false },
		{ "ftp://h/", false, false },
		{ "", false, false },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *probe = address_url_refused(cases[i].text);
		const char *web = address_web_refused(cases[i].text);
		if ((probe == NULL) != cases[i].probe ||
		    (web == NULL) != cases[i].web)
			fail_msg("%s: %s, %s", cases[i].text, probe, web);
	}
}

static int
open_all(void **state)
{
	FILE *f = fopen(PAGE, "r");
	if (f == NULL || arena_open(&arena) != 0)
		return -1;
	page = calloc(1, 256 * 1024);
	if (page == NULL || fread(page, 1, 256 * 1024 - 1, f) == 0)
		return -1;
	(void)fclose(f);
	return scratch_open(state);
}

static int
close_all(void **state)
{
	free(page);
	arena_close(&arena);
	return scratch_close(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_would_run_is_printed_in_order),
		cmocka_unit_test(no_value_is_ever_printed),
		cmocka_unit_test(json_says_the_same_for_programs),
		cmocka_unit_test(supervision_is_told_in_words),
		cmocka_unit_test(supervision_is_told_to_programs),
		cmocka_unit_test(sockets_and_instances_are_told_in_words),
		cmocka_unit_test(sockets_and_instances_are_told_to_programs),
		cmocka_unit_test(doubts_about_supervision_are_warnings),
		cmocka_unit_test(a_memory_limit_is_held_against_the_cgroups),
		cmocka_unit_test(only_root_can_give_a_user),
		cmocka_unit_test(long_texts_stay_whole_in_json),
		cmocka_unit_test(problems_have_their_exit_code),
		cmocka_unit_test(inherited_references_are_listed_and_checked),
		cmocka_unit_test(usage_is_checked),
		cmocka_unit_test(the_schema_is_json_and_knows_every_group),
		cmocka_unit_test(the_manual_page_says_what_the_tables_say),
		cmocka_unit_test(addresses_are_parsed_without_a_resolver),
		cmocka_unit_test(urls_are_let_through_or_refused),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}
