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
	};
	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
