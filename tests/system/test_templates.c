#include "ns.h"
#include "scratch.h"
#include "stage.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SOON 8000

static const char site_conf[] =
    "server {\n"
    "  listen ${PORT:-8080};\n"
    "  server_name $host \"${SERVER_NAME}\";\n"
    "  location / { proxy_set_header Host $host; return 301 ${SCHEME%%:*}; }\n"
    "}\n";

/* One root of that mode in `site`, with what else is to be said of it. */
static char *
lay_out(const char *keys)
{
	return scratch_write("cradle.json",
	    "{ \"assets\": [ { \"root\": \"%s/site\", %s } ] }\n",
	    scratch_dir(), keys);
}

static char *
asset(const char *name)
{
	char *text =
	    scratch_read(scratch_text("%s/site/%s", scratch_dir(), name));
	assert_non_null(text);
	return text;
}

/* One start as PID 1 with these variables; says is expected in its output. */
static int
start(char *config, const char *const env[], const char *says)
{
	struct stage_env stage;

	stage_env_begin(&stage);
	for (size_t i = 0; env[i] != NULL; i++)
		stage_env_add(&stage, "%s", env[i]);
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", config, "--", scratch_app("crash"), "0"),
	    .env = stage.item,
	});
	int status = ns_exit_status(ns, SOON);
	if (says != NULL && !ns_has(ns, says))
		ns_fail(ns, "not said: %s", says);
	assert_int_equal(ns_has(ns, "born "), status == 0);
	ns_end(ns);
	return status;
}

static void
a_tree_of_templates_is_filled_before_the_app_starts(void **state)
{
	char *config =
	    lay_out("\"mode\": \"envsubst\", \"variables\": "
		    "[ \"PORT\", \"SERVER_NAME\", \"SCHEME\", \"PUBLIC_*\" ]");
	(void)state;
	(void)scratch_write("site/conf.d/site.conf", "%s", site_conf);
	(void)scratch_write("site/app.js", "%s",
	    "let a='${PUBLIC_TITLE}',b=`${scope} ${PUBLIC_NONE:-none}`;");

	assert_int_equal(
	    start(config,
		(const char *const[]){ "SERVER_NAME=a.test", "SCHEME=https://x",
		    "PUBLIC_TITLE=it's </script>", "NOT_PUBLIC=canary",
		    "PUBLIC_*=odd", "PUBLIC_B C=odd", NULL },
		NULL),
	    0);
	assert_string_equal(asset("conf.d/site.conf"),
	    "server {\n"
	    "  listen 8080;\n"
	    "  server_name $host \"a.test\";\n"
	    "  location / { proxy_set_header Host $host; return 301 https; }\n"
	    "}\n");
	assert_string_equal(asset("app.js"),
	    "let a='it\\u0027s \\u003C/script\\u003E',b=`${scope} none`;");

	/* other values begin with the original again */
	assert_int_equal(
	    start(config,
		(const char *const[]){ "SERVER_NAME=b.test", "SCHEME=ftp",
		    "PORT=90", "PUBLIC_TITLE=two", NULL },
		NULL),
	    0);
	assert_non_null(strstr(asset("conf.d/site.conf"), "listen 90;"));
	assert_non_null(strstr(asset("app.js"), "let a='two'"));
}

static void
what_is_missing_starts_nothing_and_is_named_with_its_place(void **state)
{
	char *config = lay_out("\"mode\": \"envsubst\", \"variables\": "
			       "[ \"PORT\", \"SERVER_NAME\", \"SCHEME\" ]");
	const char *const env[] = { "SCHEME=https", NULL };
	(void)state;
	(void)scratch_write("site/conf.d/site.conf", "%s", site_conf);

	assert_int_equal(
	    start(config, env, "conf.d/site.conf:3:22: SERVER_NAME is not set"),
	    78);
	assert_string_equal(asset("conf.d/site.conf"), site_conf);
}

static void
a_value_that_would_be_configuration_starts_nothing(void **state)
{
	char *config =
	    lay_out("\"mode\": \"envsubst\", \"variables\": [ \"PORT\" ]");
	const char *const env[] = { "PORT=80; root /etc", NULL };
	(void)state;
	(void)scratch_write("site/site.conf", "%s", "listen ${PORT};\n");

	assert_int_equal(
	    start(config, env, "site.conf:1:8: the value of PORT"), 78);
}

static void
a_secret_that_a_prefix_finds_is_refused(void **state)
{
	const char *const env[] = { "PUBLIC_A=1", NULL };
	char *key = scratch_write("key", "canary-of-a-secret");
	char *config = scratch_write("cradle.json",
	    "{ \"secrets\": { \"env\": { \"PUBLIC_KEY\": \"file://%s\" } },"
	    " \"assets\": [ { \"root\": \"%s/site\", \"mode\": \"envsubst\","
	    " \"variables\": [ \"PUBLIC_*\" ] } ] }",
	    key, scratch_dir());
	(void)state;
	(void)scratch_write("site/a.txt", "%s", "$PUBLIC_A $PUBLIC_KEY");

	assert_int_equal(start(config, env, "PUBLIC_KEY"), 78);
	assert_string_equal(asset("a.txt"), "$PUBLIC_A $PUBLIC_KEY");
}

/* As all filters of this kind, unless it is told otherwise. */
static void
a_filter_writes_nothing_for_what_is_not_set(void **state)
{
	static const struct {
		const char *option;
		const char *says;
	} rows[] = {
		{ "", "[|it's|${x}]" },
		{ "--unset keep", "[$U|it's|${x}]" },
		{ "--unset error", "standard input:1:2: U is not set" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage_env stage;
		stage_env_begin(&stage);
		stage_env_add(&stage, "A=it's");
		char *line = scratch_text(
		    "printf '[$U|${A:-x}|${x}]\\n' | %s subst -m envsubst "
		    "--variables A,U %s; true",
		    scratch_cradle(), rows[i].option);
		struct ns *ns = ns_start(&(struct ns_options){
		    .args = NS_LIST("--", "sh", "-c", line),
		    .env = stage.item,
		});
		(void)ns_exit_status(ns, SOON);
		if (!ns_has(ns, rows[i].says))
			ns_fail(ns, "not said: %s", rows[i].says);
		ns_end(ns);
	}
}

static void
tokens_are_filled_in(void **state)
{
	char *config = lay_out(
	    "\"mode\": \"tokens\", \"variables\": [ \"API\", \"API_URL\" ], "
	    "\"patterns\": [ \"@@NAME@@\", \"__NAME__\" ]");
	const char *const env[] = { "API=/v1", "API_URL=https://a.test/?b&c",
		NULL };
	(void)state;
	(void)scratch_write(
	    "site/app.js", "a=\"@@API@@\",b=\"__API_URL__\",c=\"%%API%%\"");

	assert_int_equal(start(config, env, NULL), 0);
	assert_string_equal(asset("app.js"),
	    "a=\"/v1\",b=\"https://a.test/?b\\u0026c\",c=\"%API%\"");
}

/* The one name env.XXXXXXXX.js, with its page. */
static char *
hashed(void)
{
	static char name[64];
	char *page = asset("index.html");
	char *from = strstr(page, "/env.");
	assert_non_null(from);
	(void)snprintf(name, sizeof(name), "%.*s", 15, from + 1);
	assert_string_equal(name + 12, ".js");
	return name;
}

static void
the_variables_become_a_file_whose_name_follows_them(void **state)
{
	char *config = lay_out("\"mode\": \"file\", \"hash\": true, "
			       "\"variables\": [ \"API_URL\", \"TITLE\" ]");
	char before[64];
	(void)state;
	(void)scratch_write(
	    "site/index.html", "<script src=\"/env.js\"></script>");

	assert_int_equal(
	    start(config,
		(const char *const[]){ "API_URL=a", "TITLE=</script>", NULL },
		NULL),
	    0);
	(void)snprintf(before, sizeof(before), "%s", hashed());
	assert_string_equal(asset(before),
	    "window.env = {\"API_URL\":\"a\","
	    "\"TITLE\":\"\\u003C/script\\u003E\"};\n");

	assert_int_equal(
	    start(config, (const char *const[]){ "API_URL=b", "TITLE=", NULL },
		NULL),
	    0);
	assert_string_not_equal(before, hashed());
	assert_non_null(strstr(asset(hashed()), "\"API_URL\":\"b\""));
	assert_null(
	    scratch_read(scratch_text("%s/site/%s", scratch_dir(), before)));
}

static void
a_list_and_an_example_exclude_each_other(void **state)
{
	char *config = lay_out("\"variables\": [ \"A\" ], \"example\": \"x\"");
	const char *const env[] = { NULL };
	(void)state;
	(void)scratch_write("site/a.txt", "a");

	assert_int_equal(start(config, env, "exclude each other"), 78);
	config = lay_out("\"variables\": [ \"A B\" ]");
	assert_int_equal(start(config, env, "A B is no name"), 78);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(a_tree_of_templates_is_filled_before_the_app_starts),
		NS_TEST(
		    what_is_missing_starts_nothing_and_is_named_with_its_place),
		NS_TEST(a_value_that_would_be_configuration_starts_nothing),
		NS_TEST(a_secret_that_a_prefix_finds_is_refused),
		NS_TEST(a_filter_writes_nothing_for_what_is_not_set),
		NS_TEST(tokens_are_filled_in),
		NS_TEST(the_variables_become_a_file_whose_name_follows_them),
		NS_TEST(a_list_and_an_example_exclude_each_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
