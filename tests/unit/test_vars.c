#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/vars.h"

#include "config/keys.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/log.h"
#include "tests/unit/config_scratch.h"

static void
every_row_is_there_once_and_stands_for_a_key_that_exists(void **unused)
{
	(void)unused;

	for (size_t i = 0; i < vars_count(); i++) {
		const struct var *v = vars_at(i);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(vars_at(k)->name, v->name);
		if (v->key != NULL)
			assert_non_null(keys_find(v->key));
		else if (v->kind != VARS_LATER)
			assert_non_null(v->doc);
	}
}

static void
own_names_and_credentials_are_known(void **unused)
{
	static const struct {
		const char *name;
		bool own, credential;
	} cases[] = {
		{ "CRADLE_LOG", true, false },
		{ "CRADLE_GRACE", true, false },
		{ "CRADLE_SLACK_WEBHOOK", true, true },
		{ "CRADLE_SLACK_WEBHOOK_FILE", true, false },
		{ "CRADLE_COCKPIT_TOKEN", true, true },
		{ "CRADLE_SCW_SECRET_KEY", true, true },
		{ "CRADLE_SCW_SECRET_KEY_FILE", true, false },
		{ "CRADLE_STANDBY", true, false },
		{ "CRADLE_CONTROL", true, false },
		/* a misspelt one may hold a credential */
		{ "CRADLE_SLAK_WEBHOOK", true, true },
		{ "CRADLE_", true, true },
		{ "SCW_SECRET_KEY", true, true },
		{ "SCW_ACCESS_KEY", true, true },
		{ "SCW_DEFAULT_REGION", true, false },
		{ "SCW_API_URL", true, false },
		{ "SCW_SECRET_KEY_FILE", false, false },
		{ "SCW_SLS_REGION", false, false },
		{ "SCW_PUBLIC", false, false },
		{ "SCW_", false, false },
		{ "CRADLE", false, false },
		{ "cradle_log", false, false },
		{ "PATH", false, false },
		{ "", false, false },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (plan_variable_is_own(cases[i].name) != cases[i].own ||
		    plan_variable_is_credential(cases[i].name) !=
			cases[i].credential)
			fail_msg("%s", cases[i].name);
}

static void
the_first_of_a_name_counts_and_an_empty_one_is_not_set(void **unused)
{
	char *const env[] = { "CRADLE_APP=", "CRADLE_LOG=warn",
		"CRADLE_LOG=debug", "CRADLE_VERSION", "CRADLE_GRACES=1", "=",
		"", NULL };
	struct vars vars;
	struct plan_error error;
	(void)unused;

	assert_int_equal(vars_read(env, &vars, &error), 0);

	assert_null(vars_text(&vars, "CRADLE_APP"));
	assert_null(vars_text(&vars, "CRADLE_VERSION"));
	assert_null(vars_text(&vars, "CRADLE_GRACE"));
	assert_string_equal(vars_text(&vars, "CRADLE_LOG"), "warn");
}

static void
a_credential_and_its_file_form_exclude_each_other(void **unused)
{
	char *const both[] = { "CRADLE_SCW_SECRET_KEY=hunter2",
		"CRADLE_SCW_SECRET_KEY_FILE=/k", NULL };
	char *const one[] = {
		"CRADLE_SCW_SECRET_KEY=", "CRADLE_SCW_SECRET_KEY_FILE=/k", NULL
	};
	struct vars vars;
	struct plan_error error;
	(void)unused;

	assert_int_equal(vars_read(both, &vars, &error), -1);
	assert_int_equal(error.code, EXITS_CONFIG);
	assert_non_null(strstr(error.text, "are both set"));
	assert_null(strstr(error.text, "hunter2"));
	assert_int_equal(vars_read(one, &vars, &error), 0);
}

static char *
warnings(char *const env[])
{
	struct scratch_caught c = scratch_catch(STDERR_FILENO);
	vars_warn(env);
	return scratch_text(&c);
}

static void
unknown_names_are_one_warning_each_with_the_nearest(void **unused)
{
	static const struct {
		char *variable;
		const char *warning;
	} cases[] = {
		{ "CRADLE_RESTRAT=x",
		    "cradle: unknown variable CRADLE_RESTRAT (did you mean "
		    "CRADLE_RESTART?)\n" },
		{ "CRADLE_LOG_FORMT=x",
		    "cradle: unknown variable CRADLE_LOG_FORMT (did you mean "
		    "CRADLE_LOG_FORMAT?)\n" },
		{ "CRADLE_METRICS_URL=x",
		    "cradle: the variable CRADLE_METRICS_URL is not supported "
		    "by this version\n" },
		{ "CRADLE_LOG=x", "" },
		{ "CRADLE_INSTANCE=0", "" },
		{ "CRADLE_COCKPIT_TOKEN_FILE=x", "" },
		{ "SCW_UNKNOWN=x", "" },
		{ "OTHER=x", "" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *text =
		    warnings((char *const[]){ cases[i].variable, NULL });
		assert_string_equal(text, cases[i].warning);
		free(text);
	}
}

static void
a_value_never_gets_into_a_warning(void **unused)
{
	(void)unused;

	char *text = warnings((char *const[]){
	    "CRADLE_SLAK_WEBHOOK=hunter2", "CRADLE_WITHOUT_EQUALS", NULL });

	assert_null(strstr(text, "hunter2"));
	assert_non_null(strstr(text, "CRADLE_WITHOUT_EQUALS"));
	free(text);
}

static void
a_flood_of_unknown_names_is_bounded(void **unused)
{
	static char names[100][24];
	char *env[101] = { NULL };
	size_t lines = 0;
	(void)unused;

	for (int i = 0; i < 100; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "CRADLE_X%d=", i);
		env[i] = names[i];
	}
	char *text = warnings(env);
	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';

	assert_in_range(lines, 1, 20);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_row_is_there_once_and_stands_for_a_key_that_exists),
		cmocka_unit_test(own_names_and_credentials_are_known),
		cmocka_unit_test(
		    the_first_of_a_name_counts_and_an_empty_one_is_not_set),
		cmocka_unit_test(
		    a_credential_and_its_file_form_exclude_each_other),
		cmocka_unit_test(
		    unknown_names_are_one_warning_each_with_the_nearest),
		cmocka_unit_test(a_value_never_gets_into_a_warning),
		cmocka_unit_test(a_flood_of_unknown_names_is_bounded),
	};
	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
