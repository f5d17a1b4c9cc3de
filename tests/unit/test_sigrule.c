#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/sigrule.h"

#include "core/guard.h"
#include "tests/unit/plan_load.h"

#include <signal.h>

static void
signals_are_mapped_by_name_and_number(void **unused)
{
	(void)unused;

	struct plan *plan = plan_loaded(
	    "{ \"services\": { \"a\": { \"command\": [\"x\"] } },\n"
	    "\"signals\": { \"HUP\": \"reload\", \"sigusr1\": \"drop\",\n"
	    "\"SIGWINCH\": \"forward\", \"12\": \"SIGTERM\",\n"
	    "\"RTMIN+3\": \"restart\", \"TERM\": \"${NOPE:-int}\" } }");
	const struct plan_signal_rule *r = plan->signal;

	assert_int_equal(r[SIGHUP].what, PLAN_SIGNAL_RELOAD);
	assert_int_equal(r[SIGUSR1].what, PLAN_SIGNAL_DROP);
	assert_int_equal(r[SIGWINCH].what, PLAN_SIGNAL_FORWARD);
	assert_int_equal(r[SIGUSR2].what, PLAN_SIGNAL_SEND);
	assert_int_equal(r[SIGUSR2].number, SIGTERM);
	assert_int_equal(r[37].what, PLAN_SIGNAL_RESTART);
	assert_int_equal(r[SIGTERM].what, PLAN_SIGNAL_SEND);
	assert_int_equal(r[SIGTERM].number, SIGINT);
	assert_int_equal(r[SIGINT].what, PLAN_SIGNAL_DEFAULT);
}

static void
what_cannot_be_mapped_is_refused(void **unused)
{
	static const struct {
		const char *entries;
		const char *part;
	} cases[] = {
		{ "\"KILL\": \"drop\"",
		    "\"KILL\" at cradle.json:1:24 cannot be mapped: nobody "
		    "can catch KILL and STOP, and CHLD tells cradle of "
		    "deaths" },
		{ "\"SIGSTOP\": \"drop\"", "cannot be mapped" },
		{ "\"17\": \"drop\"", "cannot be mapped" },
		{ "\"NOPE\": \"drop\"",
		    "is no signal (such as HUP, USR1 or RTMIN+3)" },
		{ "\"0\": \"drop\"", "is no signal" },
		{ "\"65\": \"drop\"", "is no signal" },
		{ "\"HUP\": \"relaod\"",
		    "must be forward, drop, restart, reload or a signal such "
		    "as SIGUSR2" },
		{ "\"HUP\": \"\"", "must be forward, drop, restart" },
		{ "\"HUP\": 15", "must be a string, not a number" },
		{ "\"HUP\": \"drop\", \"SIGHUP\": \"reload\"",
		    "\"SIGHUP\" at cradle.json:1:41 is a signal that has an "
		    "entry already" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[256];
		(void)snprintf(text, sizeof(text), "{ \"signals\": { %s } }",
		    cases[i].entries);
		plan_refused(text, cases[i].part);
	}
	plan_refused("{ \"signals\": [] }", "must be an object of signals");
}

static void
a_rule_is_shown_as_it_is_written(void **unused)
{
	static const struct {
		struct plan_signal_rule rule;
		const char *text;
	} cases[] = {
		{ { PLAN_SIGNAL_DEFAULT, 0 }, "" },
		{ { PLAN_SIGNAL_FORWARD, 0 }, "forward" },
		{ { PLAN_SIGNAL_DROP, 0 }, "drop" },
		{ { PLAN_SIGNAL_RESTART, 0 }, "restart" },
		{ { PLAN_SIGNAL_RELOAD, 0 }, "reload" },
		{ { PLAN_SIGNAL_SEND, SIGUSR2 }, "SIGUSR2" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[UNITS_TEXT_MAX];
		sigrule_text(&cases[i].rule, text);
		assert_string_equal(text, cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_are_mapped_by_name_and_number),
		cmocka_unit_test(what_cannot_be_mapped_is_refused),
		cmocka_unit_test(a_rule_is_shown_as_it_is_written),
	};
	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
