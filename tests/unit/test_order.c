#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/order.h"

#include "config/check_stops.h"
#include "core/guard.h"
#include "tests/unit/plan_load.h"

/* "a:b,c d:": services in the file's order, each with what it is after. */
static void
write_services(const char *graph, char *text, size_t size)
{
	size_t n = (size_t)snprintf(text, size, "{ \"services\": { ");
	for (const char *p = graph; *p != '\0'; p++) {
		size_t len = strcspn(p, ":");
		n += (size_t)snprintf(text + n, size - n,
		    "\"%.*s\": { \"command\": [\"x\"], \"after\": [", (int)len,
		    p);
		for (p += len + 1; *p != '\0' && *p != ' ';) {
			len = strcspn(p, ", ");
			n += (size_t)snprintf(
			    text + n, size - n, "\"%.*s\",", (int)len, p);
			p += len + (p[len] == ',');
		}
		n += (size_t)snprintf(text + n, size - n, "] }, ");
		if (*p == '\0')
			break;
	}
	(void)snprintf(text + n, size - n, "} }");
}

static void
services_start_behind_those_that_they_wait_for(void **unused)
{
	static const struct {
		const char *graph;
		const char *order;
	} cases[] = {
		{ "a: b: c:", "a b c " },
		{ "a:b b:", "b a " },
		{ "a: b:c c: d:", "a c b d " },
		{ "a:d b: c: d:c", "b c d a " },
		{ "a:b,c b:d c:d d:", "d b c a " },
		{ "a:b,b b:", "b a " },
		{ "d:c c:b b:a a:", "a b c d " },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[2048];
		char order[64] = "";
		write_services(cases[i].graph, text, sizeof(text));
		struct plan *plan = plan_loaded(text);
		for (size_t k = 0; k < plan->services_count; k++) {
			(void)strcat(order, plan->services[k].name);
			(void)strcat(order, " ");
			/* only those before it */
			assert_true(plan->services[k].after >> k == 0);
		}
		assert_string_equal(order, cases[i].order);
	}
}

static void
whom_a_service_waits_for_is_known_by_its_new_place(void **unused)
{
	char text[2048];
	(void)unused;

	write_services("a:b,c b:d c:d d:", text, sizeof(text));
	struct plan *plan = plan_loaded(text); /* d b c a */

	assert_int_equal(plan->services[0].after, 0);
	assert_int_equal(plan->services[1].after, 1 << 0);
	assert_int_equal(plan->services[2].after, 1 << 0);
	assert_int_equal(plan->services[3].after, 1 << 1 | 1 << 2);
}

static void
a_circle_is_refused_with_its_names(void **unused)
{
	static const struct {
		const char *graph;
		const char *part;
	} cases[] = {
		{ "api:cdc cdc:api",
		    "cannot use the configuration: services wait for each "
		    "other: api -> cdc -> api" },
		{ "x: api:cdc cdc:web web:api y:",
		    "other: api -> cdc -> web -> api" },
		/* who only waits for the circle is not of it */
		{ "z:a a:b b:a", "other: a -> b -> a" },
		{ "a:b b:a,c c:b", "other: a -> b -> a" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[2048];
		write_services(cases[i].graph, text, sizeof(text));
		plan_refused(text, cases[i].part);
	}
}

static void
wrong_names_are_refused_at_their_place(void **unused)
{
	static const struct {
		const char *members;
		const char *part;
	} cases[] = {
		{ "\"after\": [\"a\"]",
		    "the value at cradle.json:1:52 names the service itself" },
		{ "\"after\": [\"zzzzzz\"]", "names no service" },
		{ "\"after\": [\"t\"]",
		    "names a task: all tasks have ended before any service "
		    "starts (leave it out)" },
		{ "\"after\": \"b\"",
		    "must be a list of other services' names such as "
		    "[\"api\"], not a string" },
		{ "\"after\": [1]", "must be a string, not a number" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		plan_service_refused(cases[i].members, cases[i].part);
	plan_refused("{ \"services\": { \"worker\": {}, \"b\": { \"after\": "
		     "[\"wroker\"] } } }",
	    "names no service (did you mean \"worker\"?)");
	plan_refused("{ \"tasks\": { \"t\": { \"command\": [\"x\"], "
		     "\"after\": [] } } }",
	    "unknown key \"after\" at cradle.json:1:39 (there is "
	    "services.*.after)");
}

static void
sixty_four_services_in_a_row_have_an_order(void **unused)
{
	char text[4096] = "{ \"services\": { ";
	(void)unused;

	for (int i = 63; i > 0; i--)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "\"s%d\": { \"command\": [\"x\"], \"after\": [\"s%d\"] }, ",
		    i, i - 1);
	(void)strcat(text, "\"s0\": { \"command\": [\"x\"] } } }");
	struct plan *plan = plan_loaded(text);

	assert_int_equal(plan->services_count, 64);
	for (size_t i = 1; i < 64; i++)
		assert_true(plan->services[i].after == UINT64_C(1) << (i - 1));
	uint64_t gone = 0;
	for (int i = 63; i >= 0; i--) {
		uint64_t next = check_stops_next(plan, gone);
		assert_true(next == UINT64_C(1) << i);
		gone |= next;
	}
	assert_int_equal(check_stops_next(plan, gone), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    services_start_behind_those_that_they_wait_for),
		cmocka_unit_test(
		    whom_a_service_waits_for_is_known_by_its_new_place),
		cmocka_unit_test(a_circle_is_refused_with_its_names),
		cmocka_unit_test(wrong_names_are_refused_at_their_place),
		cmocka_unit_test(sixty_four_services_in_a_row_have_an_order),
	};
	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
