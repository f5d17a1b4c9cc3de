#include "ns.h"
#include "scratch.h"
#include "stage.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SOON 5000

static struct ns *
check_file(const char *file)
{
	return ns_run(NS_LIST("check", "-c", scratch_text("%s", file)));
}

struct mistake {
	const char *text;
	const char *place; /* "line:column", behind the file's name */
	const char *says;
};

static const struct mistake mistakes[] = {
	{ "{ \"servces\": {} }", "1:3", "services" },
	{ "{\n  \"app\": \"a\",\n  \"healt\": {}\n}", "3:3", "health" },
	{ "{ \"services\": { \"a\": { \"command\": [\"x\"],\n"
	  "  \"restart\": { \"polcy\": \"always\" } } } }",
	    "2:16", "policy" },
	{ "{ \"services\": { \"a\": { \"command\": [\"x\"],\n"
	  "  \"restart\": { \"policy\": \"sometimes\" } } } }",
	    "2:26", "on-failure" },
	{ "{ \"secrets\": { \"deadline\": \"10 parsecs\" } }", "1:28", "" },
	{ "{ \"secrets\": { \"deadline\": 10 } }", "1:28", "" },
	{ "{ \"app\": 7 }", "1:10", "" },
	{ "{ \"app\": \"a\" \"environment\": \"b\" }", "1:", "" },
	{ "{ \"app\": \"a\"", "1:", "" },
	{ "", "1:", "" },
	{ "[]", "1:1", "" },
	{ "{ \"app\": \"a\", \"app\": \"b\" }", "1:", "app" },
	{ "{ \"app\": \"${UNSET_VARIABLE:?it must be set}\" }",
	    "1:", "it must be set" },
	{ "\x01\xff\xfe garbage \x80", "1:1", "" },
};

static void
a_mistake_is_one_line_with_its_place_and_the_nearest_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		const struct mistake *m = &mistakes[i];
		char *file = scratch_write("cradle.json", "%s", m->text);
		char *place = scratch_text("%s:%s", file, m->place);
		struct ns *ns = check_file(file);

		if (ns_exit_status(ns, SOON) != 78)
			ns_fail(ns, "not refused with 78: %s", m->text);
		if (ns_count(ns, "") != 1 || ns->out.len != 0)
			ns_fail(ns, "not one line on stderr: %s", m->text);
		if (!ns_has(ns, place) || !ns_has(ns, m->says))
			ns_fail(ns, "no \"%s\" and \"%s\"", place, m->says);
		ns_end(ns);
	}
}

static void
a_wrong_configuration_starts_nothing(void **state)
{
	char *file = scratch_write("cradle.json", "{ \"servces\": {} }");

	(void)state;
	struct ns *ns =
	    ns_run(NS_LIST("-c", file, "--", scratch_app("prints_environ")));

	assert_int_equal(ns_exit_status(ns, SOON), 78);
	assert_int_equal(ns->out.len, 0);
	ns_end(ns);
}

static void
a_configuration_that_is_asked_for_must_be_there(void **state)
{
	(void)state;
	struct ns *ns = ns_run(NS_LIST("-c", "/nonexistent/cradle.json", "--",
	    scratch_app("prints_environ")));

	assert_int_equal(ns_exit_status(ns, SOON), 78);
	assert_true(ns_has(ns, "/nonexistent/cradle.json"));
	ns_end(ns);
}

static void
comments_and_trailing_commas_are_welcome(void **state)
{
	char *file = scratch_write("cradle.json",
	    "// a comment\n"
	    "{ /* another */ \"app\": \"${NAME:-cella}\",\n"
	    "  \"services\": { \"one\": { \"command\": [\"%s\", \"0\",], }, "
	    "},\n"
	    "}\n",
	    scratch_app("crash"));

	(void)state;
	struct ns *ns = ns_run(NS_LIST("-c", file));

	ns_expect_line(ns, "born ", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
the_configuration_of_the_folder_is_found(void **state)
{
	char *app = scratch_app("crash");

	(void)state;
	(void)scratch_write("cradle.json",
	    "{ \"services\": { \"one\": { \"command\": [\"%s\", \"0\"] } } }\n",
	    app);
	struct ns *ns = ns_start(&(struct ns_options){ .cwd = scratch_dir() });

	ns_expect_line(ns, "born ", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
check_prints_what_would_run_and_starts_nothing(void **state)
{
	char *app = scratch_app("prints_environ");
	char *file = scratch_write("cradle.json",
	    "{ \"secrets\": { \"env\": { \"A\": \"scw://prod/a\" } },\n"
	    "  \"tasks\": { \"migrate\": { \"command\": [\"%s\", \"up\"] } },\n"
	    "  \"services\": { \"api\": { \"command\": [\"%s\"] } } }\n",
	    app, app);

	(void)state;
	struct ns *ns = check_file(file);

	assert_int_equal(ns_exit_status(ns, SOON), 0);
	assert_true(ns_has(ns, "migrate"));
	assert_true(ns_has(ns, "api"));
	assert_false(ns_has(ns, "end of environ"));
	const char *task = strstr(ns->out.data, "migrate");
	const char *service = strstr(ns->out.data, "api");
	assert_true(task != NULL && service != NULL && task < service);
	ns_end(ns);
}

static void
version_and_help_are_data(void **state)
{
	const struct {
		char *word;
		const char *says;
	} cases[] = {
		{ "version", "cradle " },
		{ "--version", "cradle " },
		{ "--help", "cradle check" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ns *ns = ns_run(NS_LIST(cases[i].word));
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		if (strstr(ns->out.data, cases[i].says) == NULL)
			ns_fail(ns, "%s prints no \"%s\"", cases[i].word,
			    cases[i].says);
		assert_int_equal(ns->err.len, 0);
		ns_end(ns);
	}
}

static void
a_wrong_command_line_is_one_line_and_64(void **state)
{
	char *const *lines[] = {
		NS_LIST("--no-such-option"),
		NS_LIST("-c"),
		NS_LIST("health", "--no-such-option"),
		NS_LIST("check", "--no-such-option"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct ns *ns = ns_run(lines[i]);
		if (ns_exit_status(ns, SOON) != 64)
			ns_fail(ns, "line %zu is not refused with 64", i);
		if (ns_count(ns, "") != 1)
			ns_fail(ns, "line %zu is not one line", i);
		ns_end(ns);
	}
}

static void
nothing_to_do_is_said_with_64(void **state)
{
	(void)state;
	struct ns *ns = ns_start(&(struct ns_options){
	    .cwd = scratch_dir(),
	});

	assert_int_equal(ns_exit_status(ns, SOON), 64);
	ns_end(ns);
}

static void
an_unknown_variable_of_ours_is_a_warning_with_the_nearest(void **state)
{
	struct stage_env env;

	(void)state;
	stage_env_begin(&env);
	stage_env_add(&env, "CRADLE_RESTRAT=never");
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("crash"), "0"),
	    .env = env.item,
	});

	assert_int_equal(ns_exit_status(ns, SOON), 0);
	assert_true(ns_has(ns, "CRADLE_RESTRAT"));
	assert_true(ns_has(ns, "CRADLE_RESTART"));
	ns_end(ns);
}

static void
a_task_that_fails_ends_it_with_its_own_code(void **state)
{
	char *crash = scratch_app("crash");
	char *file = scratch_write("cradle.json",
	    "{ \"tasks\": { \"one\": { \"command\": [\"%s\", \"0\"] },\n"
	    "  \"migrate\": { \"command\": [\"%s\", \"33\"] } },\n"
	    "  \"services\": { \"api\": { \"command\": [\"%s\"] } } }\n",
	    crash, crash, scratch_app("prints_environ"));

	(void)state;
	struct ns *ns = ns_run(NS_LIST("-c", file));

	assert_int_equal(ns_exit_status(ns, SOON), 33);
	assert_true(ns_has(ns, "migrate"));
	assert_int_equal(ns_count(ns, "born "), 2);
	assert_false(ns_has(ns, "end of environ"));
	ns_end(ns);
}

static void
the_end_of_an_essential_service_ends_the_others(void **state)
{
	char *file = scratch_write("cradle.json",
	    "{ \"services\": {\n"
	    "  \"other\": { \"command\": [\"%s\"] },\n"
	    "  \"main\": { \"command\": [\"%s\", \"21\", \"300\"],\n"
	    "    \"restart\": { \"policy\": \"never\" } } } }\n",
	    scratch_app("prints_signals"), scratch_app("crash"));

	(void)state;
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "up", SOON);

	assert_int_equal(ns_exit_status(ns, SOON), 21);

	assert_true(ns_has(ns, scratch_text("got %d", SIGTERM)));
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(
		    a_mistake_is_one_line_with_its_place_and_the_nearest_key),
		NS_TEST(a_wrong_configuration_starts_nothing),
		NS_TEST(a_configuration_that_is_asked_for_must_be_there),
		NS_TEST(comments_and_trailing_commas_are_welcome),
		NS_TEST(the_configuration_of_the_folder_is_found),
		NS_TEST(check_prints_what_would_run_and_starts_nothing),
		NS_TEST(version_and_help_are_data),
		NS_TEST(a_wrong_command_line_is_one_line_and_64),
		NS_TEST(nothing_to_do_is_said_with_64),
		NS_TEST(
		    an_unknown_variable_of_ours_is_a_warning_with_the_nearest),
		NS_TEST(a_task_that_fails_ends_it_with_its_own_code),
		NS_TEST(the_end_of_an_essential_service_ends_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
