#include "fake.h"
#include "ns.h"
#include "scratch.h"
#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#define SOON 8000
#define PLACEHOLDER "import_meta_env_placeholder"

static const char page[] =
    "<!doctype html><script>globalThis.import_meta_env = "
    "JSON.parse('\"import_meta_env_placeholder\"')</script>\n";
static const char module[] =
    "var e=JSON.parse(`\"import_meta_env_placeholder\"`);export{e};\n";

/* site/dist and site/.env.example; the configuration's text. */
static char *
lay_out(const char *more)
{
	(void)scratch_write("site/dist/index.html", "%s", page);
	(void)scratch_write("site/dist/assets/app.js", "%s", module);
	(void)scratch_write("site/dist/assets/plain.js", "no placeholder\n");
	(void)scratch_write("site/.env.example", "API_URL=\nTITLE=\n");
	return scratch_write("cradle.json",
	    "{ \"assets\": [ { \"root\": \"%s/site/dist\","
	    " \"example\": \"%s/site/.env.example\"%s } ] }\n",
	    scratch_dir(), scratch_dir(), more);
}

static char *
asset(const char *name)
{
	char *text = scratch_read(scratch_text("%s/%s", scratch_dir(), name));

	assert_non_null(text);
	return text;
}

/* One container start with these values, to its end. */
static int
start_with(char *config, const char *url, const char *title)
{
	struct stage_env env;

	stage_env_begin(&env);
	stage_env_add(&env, "API_URL=%s", url);
	stage_env_add(&env, "TITLE=%s", title);
	stage_env_add(&env, "NOT_PUBLIC=canary-not-public");
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", config, "--", scratch_app("crash"), "0"),
	    .env = env.item,
	});
	int status = ns_exit_status(ns, SOON);
	if (status == 0 && !ns_has(ns, "born "))
		ns_fail(ns, "the app did not run");
	ns_end(ns);
	return status;
}

static void
index_html_carries_the_values(void **state)
{
	char *config = lay_out("");

	(void)state;
	assert_int_equal(start_with(config, "api.test", "it's <b>"), 0);

	char *html = asset("site/dist/index.html");
	char *js = asset("site/dist/assets/app.js");
	assert_null(strstr(html, PLACEHOLDER));
	assert_null(strstr(js, PLACEHOLDER));
	assert_non_null(strstr(html, "api.test"));
	assert_non_null(strstr(js, "api.test"));
	assert_null(strstr(html, "<b>"));
	assert_null(strstr(html, "not-public"));
	assert_string_equal(
	    asset("site/dist/assets/plain.js"), "no placeholder\n");
}

static void
a_restart_with_other_values_is_right(void **state)
{
	char *config = lay_out("");

	(void)state;
	assert_int_equal(start_with(config, "first.test", "one"), 0);
	char *first = asset("site/dist/index.html");
	assert_int_equal(start_with(config, "second.test", "two"), 0);
	char *second = asset("site/dist/index.html");
	assert_int_equal(start_with(config, "first.test", "one"), 0);
	char *third = asset("site/dist/index.html");

	assert_non_null(strstr(second, "second.test"));
	assert_null(strstr(second, "first.test"));
	assert_string_equal(first, third);
}

static void
a_missing_public_variable_starts_nothing_and_names_it(void **state)
{
	char *config = lay_out("");
	struct stage_env env;

	(void)state;
	stage_env_begin(&env);
	stage_env_add(&env, "TITLE=one");
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", config, "--", scratch_app("crash"), "0"),
	    .env = env.item,
	});

	assert_int_equal(ns_exit_status(ns, SOON), 78);
	assert_true(ns_has(ns, "API_URL"));
	assert_false(ns_has(ns, "born "));
	assert_string_equal(asset("site/dist/index.html"), page);
	ns_end(ns);
}

/* TITLE is a secret of the manager's. */
static struct ns *
start_with_secret(char *config)
{
	static struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");

	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "API_URL=api.test");
	stage_env_add(&env, "TITLE=scw://prod/cella/cookie-secret");
	return ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", config, "--", scratch_app("crash"), "0"),
	    .env = env.item,
	});
}

static void
a_secret_that_is_allowed_by_name_is_filled_in(void **state)
{
	char *config = lay_out(", \"allow_secret\": [\"TITLE\"]");
	struct ns *ns = start_with_secret(config);

	(void)state;
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	assert_true(ns_has(ns, "born "));
	assert_false(ns_has(ns, STAGE_COOKIE));
	assert_non_null(strstr(asset("site/dist/index.html"), STAGE_COOKIE));
	ns_end(ns);
}

static void
a_secret_is_refused_in_an_asset(void **state)
{
	char *config = lay_out(", \"allow_secret\": [\"OTHER\"]");
	struct ns *ns = start_with_secret(config);

	(void)state;

	assert_int_equal(ns_exit_status(ns, SOON), 78);
	assert_true(ns_has(ns, "TITLE"));
	assert_false(ns_has(ns, "born "));
	assert_false(ns_has(ns, STAGE_COOKIE));
	assert_string_equal(asset("site/dist/index.html"), page);
	ns_end(ns);
}

static void
a_read_only_root_gets_a_filled_copy(void **state)
{
	char *config = lay_out(
	    scratch_text(", \"output\": \"%s/out/site\"", scratch_dir()));
	char *writable = scratch_text("%s/out", scratch_dir());
	struct stage_env env;

	(void)state;
	assert_int_equal(mkdir(writable, 0755), 0);
	stage_env_begin(&env);
	stage_env_add(&env, "API_URL=api.test");
	stage_env_add(&env, "TITLE=one");
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", config, "--", scratch_app("crash"), "0"),
	    .env = env.item,
	    .readonly = true,
	    .writable = writable,
	});

	if (ns_exit_status(ns, SOON) != 0)
		ns_fail(ns, "not on a read-only root");
	assert_string_equal(asset("site/dist/index.html"), page);
	assert_non_null(strstr(asset("out/site/index.html"), "api.test"));
	assert_string_equal(
	    asset("out/site/assets/plain.js"), "no placeholder\n");
	ns_end(ns);
}

static void
a_read_only_root_without_output_is_an_error_that_says_so(void **state)
{
	char *config = lay_out("");
	struct stage_env env;

	(void)state;
	stage_env_begin(&env);
	stage_env_add(&env, "API_URL=api.test");
	stage_env_add(&env, "TITLE=one");
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", config, "--", scratch_app("crash"), "0"),
	    .env = env.item,
	    .readonly = true,
	});

	int status = ns_exit_status(ns, SOON);
	assert_in_range(status, 71, 78);
	assert_true(ns_has(ns, "output"));
	assert_false(ns_has(ns, "born "));
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(index_html_carries_the_values),
		NS_TEST(a_restart_with_other_values_is_right),
		NS_TEST(a_missing_public_variable_starts_nothing_and_names_it),
		NS_TEST(a_secret_is_refused_in_an_asset),
		NS_TEST(a_secret_that_is_allowed_by_name_is_filled_in),
		NS_TEST(a_read_only_root_gets_a_filled_copy),
		NS_TEST(
		    a_read_only_root_without_output_is_an_error_that_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
