#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/fill_service.h"

#include "core/clock.h"
#include "core/guard.h"
#include "tests/unit/plan_load.h"

#define HTTP "{ \"http\": \"http://127.0.0.1:1/\" }"

static void
readiness_is_a_word_an_object_or_a_list(void **unused)
{
	static const struct {
		const char *members;
		unsigned kinds;
	} cases[] = {
		{ "\"ready\": \"alive\"", PLAN_READY_ALIVE },
		{ "\"ready\": \"notify\"", PLAN_READY_NOTIFY },
		{ "\"ready\": \"ipc\"", PLAN_READY_IPC },
		{ "\"ready\": \"listen\"", PLAN_READY_LISTEN },
		{ "\"ready\": \"fd:3\"", PLAN_READY_FD },
		{ "\"ready\": \"${NOPE:-notify}\"", PLAN_READY_NOTIFY },
		{ "\"ready\": " HTTP, PLAN_READY_HTTP },
		{ "\"ready\": { \"tcp\": \"localhost:1\" }", PLAN_READY_TCP },
		{ "\"ready\": { \"exec\": [\"x\"] }", PLAN_READY_EXEC },
		{ "\"ready\": { \"exec\": [\"x\"], \"tcp\": \"[::1]:1\" }",
		    PLAN_READY_EXEC | PLAN_READY_TCP },
		{ "\"ready\": [\"ipc\"]", PLAN_READY_IPC },
		{ "\"ready\": [\"alive\", \"fd:255\", " HTTP
		  ", { \"exec\": [\"x\"] }]",
		    PLAN_READY_ALIVE | PLAN_READY_FD | PLAN_READY_HTTP |
			PLAN_READY_EXEC },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct plan_probe *ready =
		    &plan_service_of(cases[i].members)->ready;
		if (ready->kinds != cases[i].kinds)
			fail_msg("%s: %x", cases[i].members, ready->kinds);
		assert_int_equal(ready->every_ms, 250);
		assert_int_equal(ready->timeout_ms, 1000);
	}
}

static void
what_a_probe_asks_lands_in_the_plan(void **unused)
{
	(void)unused;

	const struct plan_service *s = plan_service_of(
	    "\"ready\": [\"fd:9\", { \"exec\": [\"p\", \"${NOPE:-q}\"],\n"
	    "\"every\": \"2s\", \"timeout\": \"3s\" }, " HTTP "],\n"
	    "\"start_timeout\": \"1m\",\n"
	    "\"alive\": { \"tcp\": \"127.0.0.1:2\", \"failures\": 5,\n"
	    "\"every\": \"7s\" }, \"report\": true");

	assert_int_equal(s->ready.fd, 9);
	assert_string_equal(s->ready.exec[1], "q");
	assert_string_equal(s->ready.exec_shown[1], "${NOPE:-q}");
	assert_null(s->ready.exec[2]);
	assert_string_equal(s->ready.http, "http://127.0.0.1:1/");
	assert_int_equal(s->ready.every_ms, 2000);
	assert_int_equal(s->ready.timeout_ms, 3000);
	assert_int_equal(s->start_timeout_ms, 60000);
	assert_int_equal(s->alive.probe.kinds, PLAN_READY_TCP);
	assert_string_equal(s->alive.probe.tcp, "127.0.0.1:2");
	assert_int_equal(s->alive.failures, 5);
	assert_int_equal(s->alive.probe.every_ms, 7000);
	assert_int_equal(s->alive.probe.timeout_ms, 1000);
	assert_true(s->alive.report);
}

static void
nothing_is_asked_of_a_live_service_unless_told_so(void **unused)
{
	(void)unused;

	const struct plan_service *s = plan_service_of("\"cwd\": \"\"");

	assert_int_equal(s->ready.kinds, PLAN_READY_ALIVE);
	assert_true(s->start_timeout_ms == NEVER);
	assert_int_equal(s->alive.probe.kinds, 0);
	assert_int_equal(s->alive.probe.every_ms, 10000);
	assert_int_equal(s->alive.failures, 3);
	assert_false(s->alive.report);

	s = plan_service_of("\"alive\": [\"notify\", { \"every\": \"30s\" }]");
	assert_int_equal(s->alive.probe.kinds, PLAN_READY_NOTIFY);
	assert_int_equal(s->alive.probe.every_ms, 30000);
}

static void
probes_that_make_no_sense_are_refused(void **unused)
{
	static const struct {
		const char *members;
		const char *part;
	} cases[] = {
		{ "\"ready\": \"soon\"",
		    "\"ready\" at cradle.json:1:51 must be an object with "
		    "http, tcp or exec, a list, or one of \"alive\", "
		    "\"notify\", \"ipc\", \"listen\", \"fd:N\"" },
		{ "\"ready\": \"fd:N\"", "must be from \"fd:3\" to" },
		{ "\"ready\": \"fd:\"", "must be from \"fd:3\" to" },
		{ "\"ready\": \"fd:2\"",
		    "must be from \"fd:3\" to \"fd:255\" (0 to 2 are its "
		    "stdin, stdout and stderr)" },
		{ "\"ready\": \"fd:256\"", "must be from \"fd:3\" to" },
		{ "\"ready\": \"fd:99999999999\"", "must be from \"fd:3\"" },
		{ "\"ready\": \"fd:-3\"", "must be from \"fd:3\" to" },
		{ "\"ready\": \"fd:3x\"", "must be from \"fd:3\" to" },
		{ "\"ready\": 3", "must be an object with http" },
		{ "\"ready\": true", "must be an object with http" },
		{ "\"ready\": []",
		    "must have http, tcp or exec, or a word such as" },
		{ "\"ready\": {}", "must have http, tcp or exec" },
		{ "\"ready\": { \"every\": \"1s\" }",
		    "must have http, tcp or exec" },
		{ "\"ready\": [[\"ipc\"]]",
		    "the value at cradle.json:1:52 must be an object" },
		{ "\"ready\": [\"ipc\", \"ipc\"]",
		    "the value at cradle.json:1:59 must not be given twice" },
		{ "\"ready\": [\"fd:3\", \"fd:4\"]",
		    "must not be given twice" },
		{ "\"ready\": [" HTTP ", " HTTP "]",
		    "\"http\" at cradle.json:1:97 must not be given twice" },
		{ "\"ready\": { \"failures\": 1 }", "unknown key" },
		{ "\"ready\": { \"exec\": \"x\" }",
		    "must be a list of strings" },
		{ "\"ready\": { \"exec\": [\"\"] }",
		    "must not begin with an empty word" },
		{ "\"ready\": { \"every\": \"1ms\", \"tcp\": \"localhost:1\" "
		  "}",
		    "must be from 10 ms to 1 h" },
		{ "\"alive\": \"alive\"",
		    "must be an object with http, tcp or exec, a list, or "
		    "\"notify\"" },
		{ "\"alive\": \"ipc\"", "or \"notify\"" },
		{ "\"alive\": \"fd:3\"", "or \"notify\"" },
		{ "\"alive\": { \"failures\": 3 }",
		    "must have http, tcp or exec" },
		{ "\"alive\": { \"tcp\": \"localhost:1\", \"failures\": 0 }",
		    "must be a whole number from 1 to 1000" },
		{ "\"start_timeout\": \"1ms\"", "must be from 10 ms to" },
		{ "\"start_timeout\": \"500ms\"",
		    "a has a start_timeout below 1 s, and is ready only after "
		    "1 s" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		plan_service_refused(cases[i].members, cases[i].part);
}

static void
readiness_by_variable_takes_words_too(void **unused)
{
	static const struct {
		char *variable;
		unsigned kinds; /* 0: refused */
	} cases[] = {
		{ "CRADLE_READY=alive", PLAN_READY_ALIVE },
		{ "CRADLE_READY=notify", PLAN_READY_NOTIFY },
		{ "CRADLE_READY=ipc", PLAN_READY_IPC },
		{ "CRADLE_READY=listen", PLAN_READY_LISTEN },
		{ "CRADLE_READY=fd:4", PLAN_READY_FD },
		{ "CRADLE_READY=http://[::1]:1/x", PLAN_READY_HTTP },
		{ "CRADLE_READY=tcp:localhost:1", PLAN_READY_TCP },
		{ "CRADLE_READY=fd:1", 0 },
		{ "CRADLE_READY=exec", 0 },
		{ "CRADLE_READY=https://127.0.0.1/", 0 },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct plan *plan;
		struct plan_error error;
		(void)unlink("cradle.json");
		int r = plan_load(NULL, (char *const[]){ "x", NULL },
		    (char *const[]){ cases[i].variable, NULL }, &plan, &error);
		if (r != (cases[i].kinds == 0 ? -1 : 0))
			fail_msg("%s: %d", cases[i].variable, r);
		if (r == 0)
			assert_int_equal(
			    plan->services[0].ready.kinds, cases[i].kinds);
		else
			assert_non_null(strstr(error.text, "CRADLE_READY "));
	}
}

static void
standby_is_a_word_or_an_object(void **unused)
{
	static const struct {
		const char *members;
		bool standby;
		int64_t max_age_ms;
		int64_t calm_ms; /* 0: 2 s */
	} cases[] = {
		{ "\"cwd\": \"\"", false, 6 * 3600000, 0 },
		{ "\"standby\": \"off\"", false, 6 * 3600000, 0 },
		{ "\"standby\": \"listen\"", true, 6 * 3600000, 0 },
		{ "\"standby\": { \"when\": \"listen\" }", true, 6 * 3600000,
		    0 },
		{ "\"standby\": { \"when\": \"listen\", \"max_age\": "
		  "\"10m\" }",
		    true, 600000, 0 },
		{ "\"standby\": { \"when\": \"listen\", \"max_age\": "
		  "\"none\" }",
		    true, NEVER, 0 },
		{ "\"standby\": { \"when\": \"listen\", \"calm\": \"100ms\" }",
		    true, 6 * 3600000, 100 },
		{ "\"standby\": \"off\", \"handover\": \"off\"", false,
		    6 * 3600000, 0 },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct plan_service *s =
		    plan_service_of(cases[i].members);
		if (s->standby != cases[i].standby ||
		    s->standby_max_age_ms != cases[i].max_age_ms ||
		    s->standby_calm_ms !=
			(cases[i].calm_ms ? cases[i].calm_ms : 2000))
			fail_msg("%s", cases[i].members);
	}
	assert_false(plan_service_of("\"handover\": \"off\"")->handover);
	assert_true(plan_service_of("\"handover\": \"auto\"")->handover);
}

static void
addresses_to_listen_at_are_kept_as_written(void **unused)
{
	(void)unused;

	const struct plan_service *s = plan_service_of(
	    "\"listen\": [\"3000\", 3001, \":3002\", \"127.0.0.1:3000\", "
	    "\"[::1]:3000\", \"unix:/run/a.sock\", \"unix:@a\", "
	    "\"${NOPE:-3003}\"]");

	assert_int_equal(s->listen_count, 8);
	assert_string_equal(s->listen[0], "3000");
	assert_string_equal(s->listen[1], "3001");
	assert_string_equal(s->listen[6], "unix:@a");
	assert_string_equal(s->listen[7], "3003");
	assert_null(s->listen[8]);
}

static void
sockets_that_make_no_sense_are_refused(void **unused)
{
	static const struct {
		const char *members;
		const char *part;
	} cases[] = {
		{ "\"listen\": \"3000\"",
		    "must be a list of addresses such as" },
		{ "\"listen\": []", "must not be empty" },
		{ "\"listen\": [true]", "must be an address or a port" },
		{ "\"listen\": [0]", "it is not a port from 1 to 65535" },
		{ "\"listen\": [-1]", "it has no \":port\"" },
		{ "\"listen\": [\"65536\"]", "is not a port from 1" },
		{ "\"listen\": [\":0\"]", "a port that is not a number" },
		{ "\"listen\": [\"db.example:80\"]", "neither numeric" },
		{ "\"listen\": [\"unix:a\"]", "needs an absolute path" },
		{ "\"listen\": [\"unix:@\"]", "has no name after unix:@" },
		{ "\"listen\": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]",
		    "more than 16 members" },
		{ "\"listen\": [3000, \":3000\"]",
		    "a has an address in \"listen\" that stands there, or" },
		{ "\"listen\": [1, 2], \"ready\": \"fd:4\"",
		    "a has a descriptor in \"ready\" that \"listen\" needs" },
		{ "\"standby\": \"yes\"",
		    "must be one of \"off\", \"listen\"" },
		{ "\"standby\": { \"max_age\": \"6h\" }", "has no \"when\"" },
		{ "\"standby\": \"listen\", \"handover\": \"off\"",
		    "a has a standby, which needs the handover" },
		{ "\"handover\": true", "must be one of \"off\", \"auto\"" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		plan_service_refused(cases[i].members, cases[i].part);
	plan_refused("{ \"services\": { \"a\": { \"command\": [\"x\"], "
		     "\"listen\": [\"unix:@s\"] }, \"b\": { \"command\": "
		     "[\"x\"], \"listen\": [\"unix:@s\"] } } }",
	    "b has an address in \"listen\"");
	plan_refused("{ \"handover\": { \"hold\": \"2h\" } }",
	    "must be from 0 ms to 1 h");
}

static void
who_is_given_a_port_is_ready_when_it_listens(void **unused)
{
	static const struct {
		const char *members;
		unsigned kinds;
	} cases[] = {
		{ "\"env\": { \"PORT\": \"3000\" }", PLAN_READY_LISTEN },
		{ "\"listen\": [3000]", PLAN_READY_LISTEN },
		{ "\"listen\": [\"unix:@s\"]", PLAN_READY_ALIVE },
		{ "\"env\": { \"PORT\": \"\" }", PLAN_READY_ALIVE },
		{ "\"env\": { \"PORT\": \"/run/x.sock\" }", PLAN_READY_ALIVE },
		{ "\"env\": { \"PORTS\": \"3\" }", PLAN_READY_ALIVE },
		{ "\"env\": { \"PORT\": \"3000\" }, \"ready\": \"ipc\"",
		    PLAN_READY_IPC },
		{ "\"env\": { \"PORT\": \"3000\" }, \"handover\": \"off\"",
		    PLAN_READY_ALIVE },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (plan_service_of(cases[i].members)->ready.kinds !=
		    cases[i].kinds)
			fail_msg("%s", cases[i].members);
}

static unsigned
ready_with(const char *text, char *variable)
{
	struct plan *plan = NULL;
	struct plan_error error;
	char *env[] = { variable, NULL };
	scratch_write("cradle.json", text);
	if (plan_load(NULL, NULL, env, &plan, &error) != 0)
		fail_msg("%s: %s", text, error.text);
	return plan->services[0].ready.kinds;
}

static void
a_port_for_all_is_only_the_only_services(void **unused)
{
	static const char one[] =
	    "{ \"services\": { \"a\": { \"command\": [\"x\"] } } }";
	static const char two[] =
	    "{ \"services\": { \"a\": { \"command\": [\"x\"] }, "
	    "\"b\": { \"command\": [\"x\"] } } }";
	(void)unused;

	assert_int_equal(ready_with(one, "PORT=80"), PLAN_READY_LISTEN);
	assert_int_equal(ready_with(one, "PORT="), PLAN_READY_ALIVE);
	assert_int_equal(ready_with(one, "PORT=a"), PLAN_READY_ALIVE);
	assert_int_equal(
	    ready_with(one, "CRADLE_HANDOVER=off"), PLAN_READY_ALIVE);
	assert_int_equal(ready_with(two, "PORT=80"), PLAN_READY_ALIVE);
}

static void
variables_turn_standby_and_handover_on_and_off(void **unused)
{
	static const char text[] =
	    "{ \"services\": { \"a\": { \"command\": [\"x\"], "
	    "\"standby\": \"listen\" }, \"b\": { \"command\": [\"x\"] } } }";
	struct plan *plan;
	struct plan_error error;
	(void)unused;

	scratch_write("cradle.json", text);
	assert_int_equal(
	    plan_load(NULL, NULL,
		(char *[]){ "CRADLE_HANDOVER=off", "CRADLE_STANDBY=off", NULL },
		&plan, &error),
	    0);
	assert_false(plan->services[0].standby);
	assert_false(plan->services[1].handover);
	assert_int_equal(
	    plan_load(NULL, NULL, (char *[]){ "CRADLE_STANDBY=listen", NULL },
		&plan, &error),
	    0);
	assert_true(plan->services[1].standby);
	assert_int_equal(
	    plan_load(NULL, NULL, (char *[]){ "CRADLE_STANDBY=yes", NULL },
		&plan, &error),
	    -1);
	assert_non_null(strstr(error.text, "CRADLE_STANDBY must be one of"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readiness_is_a_word_an_object_or_a_list),
		cmocka_unit_test(what_a_probe_asks_lands_in_the_plan),
		cmocka_unit_test(
		    nothing_is_asked_of_a_live_service_unless_told_so),
		cmocka_unit_test(probes_that_make_no_sense_are_refused),
		cmocka_unit_test(readiness_by_variable_takes_words_too),
		cmocka_unit_test(standby_is_a_word_or_an_object),
		cmocka_unit_test(addresses_to_listen_at_are_kept_as_written),
		cmocka_unit_test(sockets_that_make_no_sense_are_refused),
		cmocka_unit_test(who_is_given_a_port_is_ready_when_it_listens),
		cmocka_unit_test(a_port_for_all_is_only_the_only_services),
		cmocka_unit_test(
		    variables_turn_standby_and_handover_on_and_off),
	};
	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
