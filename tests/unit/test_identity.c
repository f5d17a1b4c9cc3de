#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/identity.h"

#include "core/guard.h"
#include "tests/unit/plan_load.h"

#include <sys/resource.h>

static void
who_it_runs_as_lands_in_the_plan(void **unused)
{
	(void)unused;

	const struct plan_identity *i =
	    &plan_service_of("\"user\": \"node\", \"group\": 33, \"umask\": "
			     "\"027\"")
		 ->identity;
	assert_string_equal(i->user, "node");
	assert_string_equal(i->group, "33");
	assert_int_equal(i->umask, 027);

	i = &plan_service_of("\"user\": 1000, \"umask\": 22")->identity;
	assert_string_equal(i->user, "1000");
	assert_string_equal(i->group, "");
	assert_int_equal(i->umask, 022);

	i = &plan_service_of("\"essential\": true")->identity;
	assert_string_equal(i->user, "");
	assert_int_equal(i->umask, -1);
	for (int k = 0; k < PLAN_LIMITS; k++)
		assert_false(i->limit[k].set);

	i = &plan_loaded("{ \"tasks\": { \"t\": { \"command\": [\"x\"],\n"
			 "\"user\": \"www-data\", \"umask\": \"0\",\n"
			 "\"limits\": { \"nproc\": 7 } } },\n"
			 "\"services\": { \"a\": { \"command\": [\"x\"] } } }")
		 ->tasks[0]
		 .identity;
	assert_string_equal(i->user, "www-data");
	assert_int_equal(i->umask, 0);
	assert_int_equal(i->limit[PLAN_LIMIT_NPROC].hard, 7);
	i = &plan_loaded("{ \"tasks\": { \"t\": { \"command\": [\"x\"] } },\n"
			 "\"services\": { \"a\": { \"command\": [\"x\"] } } }")
		 ->tasks[0]
		 .identity;
	assert_int_equal(i->umask, -1);
}

static void
names_that_nobody_has_are_refused(void **unused)
{
	static const struct {
		const char *members;
		const char *part;
	} cases[] = {
		{ "\"user\": \"\"", "must be a name or a number such as "
				    "\"node\"; this one is empty" },
		{ "\"user\": \"node:node\"",
		    "has a colon (user and group have a key each)" },
		{ "\"group\": \"1000:1000\"", "has a colon" },
		{ "\"user\": \"a b\"", "has a character that no name has" },
		{ "\"user\": \"-x\"", "has a character that no name has" },
		{ "\"user\": \"a/b\"", "has a character that no name has" },
		{ "\"user\": \"$\"", "has a character that no name has" },
		{ "\"user\": -1", "has a character that no name has" },
		{ "\"user\": 1.5", "must be a name or a whole number" },
		{ "\"user\": 4294967295", "is a number above 4294967294" },
		{ "\"user\": \"99999999999999999999\"",
		    "is a number above 4294967294" },
		{ "\"user\": \"abcdefghijklmnopqrstuvwxyzabcdefg\"",
		    "is longer than 32 letters" },
		{ "\"user\": true", "must be a name or a number" },
		{ "\"umask\": \"8\"", "must be up to 777, in octal digits" },
		{ "\"umask\": \"1000\"", "must be up to 777, in octal" },
		{ "\"umask\": \"\"", "must be up to 777, in octal" },
		{ "\"umask\": 88", "must be up to 777, in octal" },
		{ "\"umask\": -22", "must be up to 777, in octal" },
		{ "\"umask\": \"00022\"", "must be up to 777, in octal" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		plan_service_refused(cases[i].members, cases[i].part);
	assert_null(identity_name_refused("domain$"));
	assert_null(identity_name_refused("4294967294"));
	assert_null(identity_name_refused("first.last"));
}

static void
limits_have_numbers_units_and_two_bounds(void **unused)
{
	static const struct {
		const char *text;
		enum identity_unit unit;
		uint64_t soft, hard;
		const char *shown;
	} cases[] = {
		{ "0", IDENTITY_COUNT, 0, 0, "0" },
		{ "1024", IDENTITY_COUNT, 1024, 1024, "1024" },
		{ "1024:4096", IDENTITY_COUNT, 1024, 4096, "1024:4096" },
		{ "unlimited", IDENTITY_COUNT, RLIM_INFINITY, RLIM_INFINITY,
		    "unlimited" },
		{ "5:unlimited", IDENTITY_COUNT, 5, RLIM_INFINITY,
		    "5:unlimited" },
		{ "5", IDENTITY_BYTES, 5, 5, "5" },
		{ "1k:1M", IDENTITY_BYTES, 1024, 1024 * 1024, "1024:1048576" },
		{ "10", IDENTITY_SECONDS, 10, 10, "10" },
		{ "10s:2m", IDENTITY_SECONDS, 10, 120, "10:120" },
		{ "2000ms", IDENTITY_SECONDS, 2, 2, "2" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct plan_limit limit = { 0 };
		char shown[IDENTITY_TEXT_MAX];
		const char *why;
		int r =
		    identity_limit(cases[i].text, cases[i].unit, &limit, &why);
		if (r != 0 || !limit.set || limit.soft != cases[i].soft ||
		    limit.hard != cases[i].hard)
			fail_msg("%s: %d", cases[i].text, r);
		identity_limit_text(&limit, shown);
		assert_string_equal(shown, cases[i].shown);
	}
}

static void
limits_that_mean_nothing_are_refused(void **unused)
{
	static const struct {
		const char *members;
		const char *part;
	} cases[] = {
		{ "\"limits\": { \"nofile\": \"4096:1024\" }",
		    "has a soft bound above its hard one" },
		{ "\"limits\": { \"nofile\": \"unlimited:5\" }",
		    "has a soft bound above its hard one" },
		{ "\"limits\": { \"nofile\": \"1k\" }", "is no whole number" },
		{ "\"limits\": { \"nofile\": \"\" }", "is no whole number" },
		{ "\"limits\": { \"nofile\": \"1:\" }", "is no whole number" },
		{ "\"limits\": { \"nofile\": \"1:2:3\" }",
		    "is no whole number" },
		{ "\"limits\": { \"nofile\": -1 }", "is no whole number" },
		{ "\"limits\": { \"nofile\": 1.5 }", "is no whole number" },
		{ "\"limits\": { \"nofile\": true }",
		    "must be a number, \"soft:hard\" or \"unlimited\" such "
		    "as \"1024:65536\", not true or false" },
		{ "\"limits\": { \"core\": \"1X\" }", "is not a size" },
		{ "\"limits\": { \"cpu\": \"1500ms\" }",
		    "is no whole number of seconds" },
		{ "\"limits\": { \"cpu\": \"1d\" }", "is not a duration" },
		{ "\"limits\": { \"nofiles\": 1 }",
		    "unknown key \"nofiles\" at cradle.json:1:54 (did you mean "
		    "\"nofile\"?)" },
		{ "\"limits\": { \"as\": 1 }", "unknown key \"as\"" },
		{ "\"limits\": 5", "must be an object" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		plan_service_refused(cases[i].members, cases[i].part);
}

static void
every_limit_lands_under_its_name(void **unused)
{
	(void)unused;

	for (int k = 0; k < PLAN_LIMITS; k++) {
		char members[64];
		(void)snprintf(members, sizeof(members),
		    "\"limits\": { \"%s\": 3 }",
		    identity_limit_name((enum plan_limit_kind)k));
		const struct plan_identity *i =
		    &plan_service_of(members)->identity;
		for (int n = 0; n < PLAN_LIMITS; n++)
			assert_int_equal(i->limit[n].set, n == k);
		assert_int_equal(i->limit[k].hard, 3);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_it_runs_as_lands_in_the_plan),
		cmocka_unit_test(names_that_nobody_has_are_refused),
		cmocka_unit_test(limits_have_numbers_units_and_two_bounds),
		cmocka_unit_test(limits_that_mean_nothing_are_refused),
		cmocka_unit_test(every_limit_lands_under_its_name),
	};
	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
