#include "ns.h"
#include "scratch.h"
#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* `cradle subst` as a user meets it, outside of any supervision. */

#define SOON 8000
#define CANARY "CANARY7Qx"

static const char page[] =
    "<script>globalThis.import_meta_env = "
    "JSON.parse('\"import_meta_env_placeholder\"')</script>\n";

static void
lay_out(const char *example)
{
	(void)scratch_write("site/index.html", "%s", page);
	(void)scratch_write("site/app.js", "void 0\n");
	(void)scratch_write(".env.example", "%s", example);
}

static char *
asset(const char *name)
{
	return scratch_read(scratch_text("%s/%s", scratch_dir(), name));
}

/* One run to its end; how->args begin behind "subst". */
static struct ns *
run(const struct ns_options *how, const char *env, int code)
{
	struct stage_env stage;
	char *args[16] = { "subst" };
	struct ns_options o = *how;

	for (size_t i = 0; how->args[i] != NULL; i++)
		args[i + 1] = how->args[i];
	stage_env_begin(&stage);
	stage_env_add(&stage, "%s", env);
	o.args = args;
	o.env = stage.item;
	o.cwd = scratch_dir();
	o.plain = !how->readonly;
	struct ns *ns = ns_start(&o);
	assert_int_equal(ns_exit_status(ns, SOON), code);
	return ns;
}

static void
a_start_with_other_values_is_right_for_an_unprivileged_user(void **unused)
{
	(void)unused;
	lay_out("API=\n");
	scratch_give_away();

	struct ns_options how = { .args = NS_LIST("site"),
		.unprivileged = true };
	struct ns *ns = run(&how, "API=one", 0);
	assert_true(ns_has(ns, "assets: 1 of 2 files, "));
	ns_end(ns);
	assert_non_null(strstr(asset("site/index.html"), "{\"API\":\"one\"}"));
	ns_end(run(&how, "API=it's", 0));
	assert_non_null(strstr(asset("site/index.html"), "it%27s"));
	assert_null(asset("site/index.html.bak"));
}

static void
a_read_only_root_is_filled_into_another_folder(void **unused)
{
	struct stat st;
	(void)unused;
	lay_out("API=\n");
	(void)scratch_write("out/keep", "x");
	scratch_give_away();

	char *out = scratch_text("%s/out", scratch_dir());
	struct ns_options how = { .args = NS_LIST("--output", out, "site"),
		.unprivileged = true,
		.readonly = true,
		.writable = out };
	ns_end(run(&how, "API=two", 0));

	assert_string_equal(asset("site/index.html"), page);
	assert_non_null(strstr(asset("out/index.html"), "{\"API\":\"two\"}"));
	assert_string_equal(asset("out/app.js"), "void 0\n");
	assert_int_equal(
	    stat(scratch_text("%s/.site.cradle", scratch_dir()), &st), -1);
	/* in place it says what to do, and leaves the tree alone */
	struct ns_options bad = { .args = NS_LIST("site"),
		.unprivileged = true,
		.readonly = true,
		.writable = out };
	struct ns *ns = run(&bad, "API=two", 71);
	assert_true(ns_has(ns, "Read-only file system"));
	ns_end(ns);
	assert_string_equal(asset("site/index.html"), page);
}

static void
no_value_is_in_a_diff_a_report_or_an_error(void **unused)
{
	static const struct {
		char *args[4];
		const char *env;
		int code;
	} cases[] = {
		{ { "--dry-run", "site" }, "API=https://" CANARY ".test", 0 },
		{ { "--dry-run", "--json", "site" },
		    "API=https://" CANARY ".test", 0 },
		{ { "site" }, "API=" CANARY, 78 },
		{ { "--json", "site" }, "API=" CANARY, 78 },
		{ { "site" }, "API=ghp_" CANARY CANARY CANARY, 78 },
		{ { "--json", "site" }, "API=https://" CANARY ".test", 0 },
	};
	(void)unused;
	lay_out("API=example # type=url\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ns_options how = { .args = (char **)cases[i].args };
		struct ns *ns = run(&how, cases[i].env, cases[i].code);
		ns_pump(ns, 0);
		if (ns_has(ns, CANARY))
			ns_fail(ns, "a value was shown");
		if (i == 0 && (!ns_has(ns, "+(hidden)") ||
				  !ns_has(ns, "would be 1 of 2 files")))
			ns_fail(ns, "no diff");
		if (i == 3 && !ns_has(ns, "{\"ok\":false,\"code\":78,"))
			ns_fail(ns, "no report of the error");
		if (i == 5 && !ns_has(ns, "\"rewritten\":1"))
			ns_fail(ns, "no report");
		ns_end(ns);
		if (i < 5)
			assert_string_equal(asset("site/index.html"), page);
	}
}

static void
a_dry_run_fails_as_the_real_one_does(void **unused)
{
	static const char text[] = "a ${MISS:?needs $TOO}\nb $MISS\n";
	char *args[] = { "-m", "envsubst", "--strict", "--variables",
		"MISS,TOO", "site", NULL, NULL };
	(void)unused;
	(void)scratch_write("site/a.txt", "%s", text);
	for (int dry = 0; dry < 2; dry++) {
		args[6] = dry ? "--dry-run" : NULL;
		struct ns_options how = { .args = args };
		struct ns *ns = run(&how, "TOO=" CANARY, 78);
		ns_pump(ns, 0);
		if (!ns_has(ns, "a.txt:1:3: MISS: needs $TOO; ") ||
		    !ns_has(ns, "a.txt:2:3: MISS is not set"))
			ns_fail(ns, "not both are told");
		if (ns_has(ns, CANARY))
			ns_fail(ns, "a value was shown");
		ns_end(ns);
		assert_string_equal(asset("site/a.txt"), text);
	}
}

static void
a_credential_needs_a_word_and_all_problems_come_at_once(void **unused)
{
	(void)unused;
	lay_out("API=\nGONE=\nMAYBE= # optional\nNUMBER= # type=int "
		"default=4x\n");
	struct ns_options how = { .args = NS_LIST("site") };
	struct ns *ns = run(&how, "API=ghp_0123456789012345678901234", 78);
	assert_true(ns_has(ns, "API is a GitHub token"));
	assert_true(ns_has(ns, "names GONE, not set"));
	assert_true(ns_has(ns, "NUMBER is no integer"));
	assert_false(ns_has(ns, "MAYBE"));
	ns_end(ns);

	lay_out("API=\n");
	struct ns_options allowed = { .args = NS_LIST(
					  "--allow-secret", "API", "site") };
	ns_end(run(&allowed, "API=ghp_0123456789012345678901234", 0));
	assert_non_null(strstr(asset("site/index.html"), "ghp_"));
}

static void
an_index_and_single_files(void **unused)
{
	struct stat st;
	(void)unused;
	lay_out("API=\n");
	(void)scratch_write("site/[id].html", "%s", page);

	struct ns_options index = { .args = NS_LIST("--index", "site") };
	struct ns *made = run(&index, "NOTHING=1", 0);
	assert_true(ns_has(made, "assets: index of 3 files, 2 with "
				 "placeholders"));
	ns_end(made);
	assert_int_equal(
	    stat(scratch_text("%s/.site.cradle-index", scratch_dir()), &st), 0);
	struct ns_options one = { .args = NS_LIST("site/[id].html") };
	struct ns *ns = run(&one, "API=three", 0);
	assert_true(ns_has(ns, "assets: 1 of 1 files"));
	ns_end(ns);
	assert_string_equal(asset("site/index.html"), page);
	assert_non_null(strstr(asset("site/[id].html"), "three"));
	struct ns_options none = { .args = NS_LIST("site/*.css") };
	ns_end(run(&none, "API=three", 78));
	struct ns_options odd = { .args = NS_LIST("--sibling=keep", "site") };
	ns_end(run(&odd, "API=three", 64));
}

/* The folder one stands in will do; one above, or all there is, is a slip. */
static void
a_file_beside_the_user_is_substituted(void **unused)
{
	(void)unused;
	lay_out("API=\n");
	(void)scratch_write("index.html", "%s", page);
	struct ns_options here = { .args = NS_LIST(
				       "-x", ".env.example", "index.html") };
	struct ns *ns = run(&here, "API=three", 0);
	assert_true(ns_has(ns, "assets: 1 of 1 files"));
	ns_end(ns);
	assert_non_null(strstr(asset("index.html"), "three"));
	struct ns_options above = { .args = NS_LIST("-x", ".env.example",
					"/etc/passwd", "index.html") };
	ns = run(&above, "API=three", 64);
	assert_true(ns_has(ns, "say so with --root"));
	ns_end(ns);
}

static void
letters_go_together_and_a_folder_counts_once(void **unused)
{
	(void)unused;
	lay_out("API=\n");
	(void)scratch_write("site/in/x.js", "0\n");
	struct ns_options twice = { .args = NS_LIST(
					"-x.env.example", "site", "site/") };
	struct ns *ns = run(&twice, "API=three", 0);
	assert_true(ns_has(ns, "assets: 1 of 3 files"));
	ns_end(ns);
	struct ns_options nested = { .args = NS_LIST("site", "site/in") };
	ns_end(run(&nested, "API=three", 78));
	struct ns_options quiet = { .args = NS_LIST(
					"-qx", ".env.example", "site") };
	ns = run(&quiet, "API=four", 0);
	assert_false(ns_has(ns, "assets:"));
	ns_end(ns);
	assert_non_null(strstr(asset("site/index.html"), "four"));
	struct ns_options values = { .args = NS_LIST("-e", "none", "site") };
	ns = run(&values, "API=five", 78);
	assert_true(ns_has(ns, "--env-file"));
	ns_end(ns);
}

/* What a filter makes of the text; after it "=" and its exit code. */
static void
expect_filtered(const char *args, const char *text, const char *becomes)
{
	char have[1024] = "";

	(void)scratch_write("in", "%s", text);
	FILE *pipe = popen(
	    scratch_text("cd %s && env -i A=abab ghp=ghp_x E= %s subst %s - "
			 "<in 2>/dev/null; echo \"=$?\"",
		scratch_dir(), getenv("CRADLE"), args),
	    "r");
	assert_non_null(pipe);
	size_t n = fread(have, 1, sizeof(have) - 1, pipe);
	(void)pclose(pipe);
	have[n] = '\0';
	assert_string_equal(have, becomes);
}

static void
a_filter_without_a_list_is_about_every_name(void **unused)
{
	static const char text[] = "$A|${U:-d}|${E:-e}|${U-}|$U|${A:1:2}|";
	(void)unused;
	expect_filtered("-m envsubst", text, "abab|d|e|||ba|=0\n");
	expect_filtered(
	    "-m envsubst --unset keep", text, "abab|d|e||$U|ba|=0\n");
	expect_filtered(
	    "-m envsubst --variables A,U", text, "abab|d|${E:-e}|||ba|=0\n");
	expect_filtered("-m envsubst", "${U:?why}", "=78\n");
	expect_filtered(
	    "-m tokens", "%A%|%U%|__proto__", "abab|%U%|__proto__=0\n");
	/* nobody wants the whole environment in a page */
	expect_filtered("", page, "=78\n");
	(void)scratch_write(".env.example", "A=\n");
	expect_filtered("", "JSON.parse('\"import_meta_env_placeholder\"')",
	    "JSON.parse('{\"A\":\"abab\"}')=0\n");
}

static int
clean(void **state)
{
	scratch_end();
	return ns_teardown(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    a_start_with_other_values_is_right_for_an_unprivileged_user,
		    clean),
		cmocka_unit_test_teardown(
		    a_read_only_root_is_filled_into_another_folder, clean),
		cmocka_unit_test_teardown(
		    no_value_is_in_a_diff_a_report_or_an_error, clean),
		cmocka_unit_test_teardown(
		    a_credential_needs_a_word_and_all_problems_come_at_once,
		    clean),
		cmocka_unit_test_teardown(an_index_and_single_files, clean),
		cmocka_unit_test_teardown(
		    a_dry_run_fails_as_the_real_one_does, clean),
		cmocka_unit_test_teardown(
		    a_file_beside_the_user_is_substituted, clean),
		cmocka_unit_test_teardown(
		    letters_go_together_and_a_folder_counts_once, clean),
		cmocka_unit_test_teardown(
		    a_filter_without_a_list_is_about_every_name, clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
