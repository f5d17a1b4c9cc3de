#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/instances.h"

#include "core/guard.h"
#include "tests/unit/plan_load.h"

#define X "\"command\": [\"x\"]"

static const char *
variable(const struct plan_service *s, const char *name)
{
	const char *found = NULL;
	for (size_t i = 0; i < s->env.count; i++)
		if (strcmp(s->env.item[i].name, name) == 0) {
			assert_null(found);
			found = s->env.item[i].value;
		}
	return found;
}

static void
instances_stand_side_by_side(void **unused)
{
	static const struct {
		const char *name;
		const char *shown;
		int instance;
		int instances;
		size_t first;
		uint64_t after;
	} wanted[] = {
		{ "db", "db:0", 0, 2, 0, 0 },
		{ "db", "db:1", 1, 2, 0, 0 },
		{ "api", "api:0", 0, 3, 2, 0x03 },
		{ "api", "api:1", 1, 3, 2, 0x03 },
		{ "api", "api:2", 2, 3, 2, 0x03 },
		{ "web", "web", 0, 1, 5, 0x1f },
	};
	(void)unused;

	const struct plan *plan = plan_loaded(
	    "{ \"services\": {"
	    "\"web\": { " X ", \"after\": [\"api\", \"db\"] },"
	    "\"api\": { " X ", \"after\": [\"db\"], \"instances\": 3 },"
	    "\"db\": { " X ", \"instances\": \"${NOPE:-2}\" } } }");

	assert_int_equal(plan->services_count, ARRAY_LEN(wanted));
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		const struct plan_service *s = &plan->services[i];
		assert_string_equal(s->name, wanted[i].name);
		assert_string_equal(s->shown, wanted[i].shown);
		assert_int_equal(s->instance, wanted[i].instance);
		assert_int_equal(s->instances, wanted[i].instances);
		assert_int_equal(s->first, wanted[i].first);
		assert_int_equal(s->after, wanted[i].after);
	}
}

static void
each_is_told_its_number(void **unused)
{
	(void)unused;

	const struct plan_service *s =
	    plan_service_of("\"instances\": 2, \"env\": { \"A\": \"b\" }");

	for (size_t i = 0; i < 2; i++) {
		const char *number = i == 0 ? "0" : "1";
		assert_string_equal(variable(&s[i], "A"), "b");
		assert_string_equal(variable(&s[i], "CRADLE_INSTANCE"), number);
		assert_string_equal(
		    variable(&s[i], "NODE_APP_INSTANCE"), number);
	}
	/* nobody who did not ask */
	assert_null(variable(&s[2], "CRADLE_INSTANCE"));
	assert_null(variable(&s[2], "NODE_APP_INSTANCE"));
	s = plan_service_of("\"instances\": 1");
	assert_string_equal(variable(&s[0], "CRADLE_INSTANCE"), "0");
	assert_string_equal(variable(&s[0], "NODE_APP_INSTANCE"), "0");
}

static void
variables_can_be_named_and_counted_up(void **unused)
{
	(void)unused;

	const struct plan_service *s = plan_service_of(
	    "\"instances\": 3, \"instance_var\": \"WORKER\", "
	    "\"increment_var\": \"PORT\", \"env\": { \"PORT\": \"3000\", "
	    "\"WORKER\": \"me\" }");

	assert_string_equal(variable(&s[0], "PORT"), "3000");
	assert_string_equal(variable(&s[2], "PORT"), "3002");
	assert_string_equal(variable(&s[2], "WORKER"), "2");
	assert_string_equal(variable(&s[2], "CRADLE_INSTANCE"), "2");
	assert_null(variable(&s[2], "NODE_APP_INSTANCE"));
}

static void
several_variables_can_be_counted_up(void **unused)
{
	(void)unused;

	const struct plan_service *s =
	    plan_service_of("\"instances\": 2, \"increment_var\": \"PORT,id\", "
			    "\"env\": { \"PORT\": \"3000\", \"id\": \"7\" }");

	assert_string_equal(variable(&s[1], "PORT"), "3001");
	assert_string_equal(variable(&s[1], "id"), "8");
	plan_service_refused("\"increment_var\": \"A,A,A,A,A,A,A,A,A\", "
			     "\"env\": { \"A\": \"1\" }",
	    "a has an increment_var that no variable");
	plan_service_refused("\"increment_var\": \",A\", "
			     "\"env\": { \"A\": \"1\" }",
	    "a has an increment_var that no variable");
}

static void
an_inherited_variable_can_be_counted_up(void **unused)
{
	struct plan *plan;
	struct plan_error error;
	(void)unused;

	scratch_write("cradle.json",
	    "{ \"services\": { \"a\": { " X ", \"instances\": 2, "
	    "\"increment_var\": \"PORT\" } } }");
	assert_int_equal(
	    plan_load(NULL, NULL, (char *[]){ "PORT=9", NULL }, &plan, &error),
	    0);

	assert_string_equal(variable(&plan->services[0], "PORT"), "9");
	assert_string_equal(variable(&plan->services[1], "PORT"), "10");
}

static void
cpu_is_what_the_container_may_use(void **unused)
{
	(void)unused;
	int wanted = instances_processors("");
	assert_true(wanted >= 1);

	if (wanted >= PLAN_SERVICES_MAX)
		skip();
	const struct plan_service *s =
	    plan_service_of("\"instances\": \"cpu\"");

	assert_int_equal(s[0].instances, wanted);
	assert_int_equal(s[wanted - 1].instance, wanted - 1);
	assert_string_equal(s[wanted].name, "b");
}

static void
cpu_leaves_room_for_the_others(void **unused)
{
	(void)unused;
	char text[1024];
	int wanted = instances_processors("");

	(void)snprintf(text, sizeof(text),
	    "{ \"services\": { \"a\": { " X ", \"instances\": 63 }, "
	    "\"b\": { " X ", \"instances\": \"cpu\" } } }");
	const struct plan *plan = plan_loaded(text);

	assert_int_equal(plan->services_count, 64);
	assert_int_equal(plan->services[63].instances, 1);
	assert_true(wanted >= 1);
}

static void
counts_that_make_no_sense_are_refused(void **unused)
{
	static const struct {
		const char *members;
		const char *part;
	} cases[] = {
		{ "\"instances\": 0",
		    "must be a whole number from 1 to 64, or \"cpu\"" },
		{ "\"instances\": 65", "must be a whole number from 1 to 64" },
		{ "\"instances\": -1", "must be a whole number from 1 to 64" },
		{ "\"instances\": 1.5", "must be a whole number" },
		{ "\"instances\": \"max\"", "must be a whole number" },
		{ "\"instances\": true", "must be a whole number" },
		{ "\"instances\": 64",
		    "b has more instances than one cradle runs: 64" },
		{ "\"increment_var\": \"PORT\"",
		    "a has an increment_var that no variable" },
		{ "\"increment_var\": \"PORT\", \"env\": { \"PORT\": "
		  "\"x1\" }",
		    "a has an increment_var that no variable" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		plan_service_refused(cases[i].members, cases[i].part);
}

static void
as_many_as_there_is_room_for_run(void **unused)
{
	(void)unused;

	const struct plan *plan =
	    plan_loaded("{ \"services\": { \"a\": { " X ", \"instances\": 63 },"
			"\"b\": { " X ", \"after\": [\"a\"] } } }");

	assert_int_equal(plan->services_count, 64);
	assert_int_equal(plan->services[63].first, 63);
	assert_int_equal(plan->services[63].after, INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instances_stand_side_by_side),
		cmocka_unit_test(each_is_told_its_number),
		cmocka_unit_test(variables_can_be_named_and_counted_up),
		cmocka_unit_test(several_variables_can_be_counted_up),
		cmocka_unit_test(an_inherited_variable_can_be_counted_up),
		cmocka_unit_test(cpu_is_what_the_container_may_use),
		cmocka_unit_test(cpu_leaves_room_for_the_others),
		cmocka_unit_test(counts_that_make_no_sense_are_refused),
		cmocka_unit_test(as_many_as_there_is_room_for_run),
	};
	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
