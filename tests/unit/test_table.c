#include "control/table.h"

#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define NOW_MS INT64_C(1700000000000)

static struct facts facts;
static char memory[16 * 1024];

static void
set_name(char *to, const char *text)
{
	(void)snprintf(to, WIRE_NAME_MAX + 1, "%s", text);
}

static struct facts_service *
add_service(const char *name, const char *phase)
{
	struct facts_service *s = &facts.service[facts.services++];
	set_name(s->name, name);
	set_name(s->phase, phase);
	return s;
}

/* One that runs since 65 s, one that crashed 2 s ago and waits. */
static int
begin(void **state)
{
	(void)state;
	memset(&facts, 0, sizeof(facts));
	facts.stated = true;
	set_name(facts.app, "cella");
	set_name(facts.environment, "prod");
	set_name(facts.version, "1.2");
	set_name(facts.step, "running");
	facts.num[HEALTH_STATE_READY] = 1;
	facts.num[HEALTH_STATE_STARTED] = 1;
	facts.num[HEALTH_STATE_UPTIME_MS] = 65000;
	facts.num[HEALTH_STATE_BOOT_US] = 1610000;
	facts.num[HEALTH_STATE_SECRETS_US] = 190000;
	facts.num[HEALTH_STATE_SERVICES_US] = 1420000;

	struct facts_service *s = add_service("api", "ready");
	s->num[HEALTH_SERVICE_UP] = 1;
	s->num[HEALTH_SERVICE_READY] = 1;
	s->num[HEALTH_SERVICE_PID] = 13;
	s->num[HEALTH_SERVICE_UPTIME_MS] = 65000;
	s->num[HEALTH_SERVICE_MEMORY] = 48 << 20;
	s->num[HEALTH_SERVICE_STARTS] = 1;

	s = add_service("a-long-name", "backoff");
	s->num[HEALTH_SERVICE_STARTS] = 4;
	s->num[HEALTH_SERVICE_LAST_SIGNAL] = 11;
	s->num[HEALTH_SERVICE_LAST_AT_MS] = NOW_MS - 2000;
	s->num[HEALTH_SERVICE_NEXT_MS] = 400;
	return 0;
}

static const char *
rendered(bool colour)
{
	struct buf b = BUF_ON(memory);
	table_render(&b, &facts, NOW_MS, colour);
	assert_false(b.cut);
	return memory;
}

static void
a_table_is_aligned_and_plain(void **state)
{
	(void)state;
	assert_string_equal(rendered(false),
	    "cella prod 1.2: ready, up 1 min 5 s\n"
	    "boot: 1.61 s, secrets 190 ms, services 1.42 s\n"
	    "\n"
	    "NAME         PHASE    PID  UPTIME     MEMORY   RESTARTS  LAST END"
	    "             NEXT\n"
	    "api          ready    13   1 min 5 s  48.0 MB  0         -"
	    "                    -\n"
	    "a-long-name  backoff  -    -          -        3         SIGSEGV, "
	    "2.00 s "
	    "ago  in 400 ms\n");
}

static void
next_is_a_column_only_when_something_is_next(void **state)
{
	(void)state;
	facts.service[1].num[HEALTH_SERVICE_NEXT_MS] = 0;

	const char *text = rendered(false);

	assert_null(strstr(text, "NEXT"));
	assert_null(strstr(text, " \n"));
}

static void
sockets_and_spares_are_columns_when_there_are_some(void **state)
{
	(void)state;
	int64_t *num = facts.service[0].num;
	num[HEALTH_SERVICE_INSTANCES] = 2;
	num[HEALTH_SERVICE_INSTANCE] = 0;
	facts.service[1].num[HEALTH_SERVICE_INSTANCE] = 1;
	num[HEALTH_SERVICE_HELD] = 2;
	num[HEALTH_SERVICE_SPARE] = 3;
	num[HEALTH_SERVICE_SPARE_PID] = 14;
	num[HEALTH_SERVICE_SPARE_AGE_MS] = 185000;
	num[HEALTH_SERVICE_SPARE_MEMORY] = 45 << 20;
	facts.service[1].num[HEALTH_SERVICE_NEXT_MS] = 0;
	facts.service[1].num[HEALTH_SERVICE_LAST_AT_MS] = 0;

	const char *text = rendered(false);

	assert_non_null(strstr(text,
	    "NAME         PHASE    PID  UPTIME     MEMORY   RESTARTS  SOCKETS  "
	    "SPARE                       LAST END\n"
	    "api:0        ready    13   1 min 5 s  48.0 MB  0         2        "
	    "parked, 3 min 5 s, 45.0 MB  -\n"
	    "a-long-name  backoff  -    -          -        3         -        "
	    "-                           -\n"));

	num[HEALTH_SERVICE_SPARE] = 1;
	num[HEALTH_SERVICE_SPARE_PID] = 0;
	num[HEALTH_SERVICE_HELD] = 0;
	text = rendered(false);
	assert_non_null(strstr(text, "RESTARTS  SPARE  LAST END\n"));
	assert_non_null(strstr(text, "  0         none   -\n"));
}

static void
colours_change_nothing_but_colours(void **state)
{
	(void)state;
	static char plain[sizeof(memory)];
	(void)snprintf(plain, sizeof(plain), "%s", rendered(false));

	const char *text = rendered(true);

	assert_non_null(strstr(text, "\033[31mbackoff\033[0m"));
	char *to = memory;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\033')
			p = strchr(p, 'm');
		else
			*to++ = *p;
	}
	*to = '\0';
	assert_string_equal(memory, plain);
}

static void
a_code_is_told_and_boot_names_its_step(void **state)
{
	(void)state;
	facts.service[1].num[HEALTH_SERVICE_LAST_SIGNAL] = 0;
	facts.service[1].num[HEALTH_SERVICE_LAST_CODE] = 3;
	facts.num[HEALTH_STATE_READY] = 0;
	facts.num[HEALTH_STATE_STARTED] = 0;
	set_name(facts.step, "fetching secrets");

	const char *text = rendered(false);

	assert_non_null(strstr(text, "code 3, 2.00 s ago"));
	assert_non_null(strstr(text, "1.2: starting, up"));
	assert_non_null(strstr(text, "\nboot: fetching secrets\n"));
}

static void
a_name_cannot_command_the_terminal(void **state)
{
	(void)state;
	set_name(facts.app, "x\033[2J");
	set_name(facts.service[0].name, "a\nb\177");

	const char *text = rendered(false);

	assert_ptr_equal(strstr(text, "x?[2J prod"), text);
	assert_non_null(strstr(text, "\na?b? "));
	assert_null(strchr(text, '\033'));
}

static void
many_services_with_long_names_fit(void **state)
{
	(void)state;
	char name[WIRE_NAME_MAX + 1];
	static char large[64 * 1024];
	memset(name, 'n', WIRE_NAME_MAX);
	name[WIRE_NAME_MAX] = '\0';
	facts.services = 0;
	for (int i = 0; i < PLAN_SERVICES_MAX; i++)
		(void)add_service(name, "ready");

	struct buf b = BUF_ON(large);
	table_render(&b, &facts, NOW_MS, true);

	assert_false(b.cut);
}

static void
only_what_happens_is_a_change(void **state)
{
	(void)state;
	static struct facts before;
	before = facts;
	facts.num[HEALTH_STATE_UPTIME_MS] += 1000;
	facts.service[0].num[HEALTH_SERVICE_UPTIME_MS] += 1000;
	facts.service[1].num[HEALTH_SERVICE_NEXT_MS] -= 100;
	assert_true(table_is_same(&before, &facts));

	facts.service[1].num[HEALTH_SERVICE_STARTS]++;
	assert_false(table_is_same(&before, &facts));
	facts.service[1].num[HEALTH_SERVICE_STARTS]--;
	set_name(facts.service[1].phase, "starting");
	assert_false(table_is_same(&before, &facts));
	set_name(facts.service[1].phase, "backoff");
	facts.num[HEALTH_STATE_STOPPING] = 1;
	assert_false(table_is_same(&before, &facts));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_table_is_aligned_and_plain),
		TEST(next_is_a_column_only_when_something_is_next),
		TEST(sockets_and_spares_are_columns_when_there_are_some),
		TEST(colours_change_nothing_but_colours),
		TEST(a_code_is_told_and_boot_names_its_step),
		TEST(a_name_cannot_command_the_terminal),
		TEST(many_services_with_long_names_fit),
		TEST(only_what_happens_is_a_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
