#include "envsubst/scan.h"

#include "plot_run.h"

#define PAGE "a JSON.parse('\"" SCAN_WORD "\"') b\n"
#define PAGE_WITH(v) "a JSON.parse('{\"V\":\"" v "\"}') b\n"

static int
set_up(void **unused)
{
	(void)unused;
	make_plot("/tmp", "adopt");
	make_folder("dist");
	put("dist/index.html", PAGE_WITH("left"));
	put("dist/index.html.bak", PAGE);
	job = (struct job){ 0 };
	return 0;
}

static void
what_the_original_tool_has_left_is_filled_anew(void **unused)
{
	(void)unused;
	start("one");
	expect("dist/index.html", PAGE_WITH("one"));
	expect("dist/index.html.bak", PAGE);
	start("two");
	expect("dist/index.html", PAGE_WITH("two"));
	assert_int_equal(tally.placeholders, 1);
	/* and when that tool was there in between */
	put("dist/index.html", PAGE_WITH("theirs"));
	start("three");
	expect("dist/index.html", PAGE_WITH("three"));
	start("three");
	assert_int_equal(tally.rewritten, 0);
	start_into("four", "out");
	expect("out/index.html", PAGE_WITH("four"));
}

static void
a_file_that_is_not_made_of_its_backup_stays(void **unused)
{
	static const char *const pages[] = { "", "new\n",
		"A JSON.parse('{\"V\":\"left\"}') b\n",
		"a JSON.parse('{\"V\":\"left\"}') c\n", "a JSON.parse( b\n",
		"a json.parse('{\"V\":\"left\"}') b\n",
		"a JSON.parse('{\"V\":1}') b\n",
		"a JSON.parse('{\"V\":\"left\"}')+JSON.parse(\"{}\") b\n",
		"a JSON.parse('{\"V\":\"left\"}') c JSON.parse('{}') b\n" };
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		put("dist/index.html", pages[i]);
		start("one");
		expect("dist/index.html", pages[i]);
		remove_all(".dist.cradle");
	}
	/* one with a placeholder of its own is newer than its backup */
	put("dist/index.html", "new " PAGE);
	start("one");
	expect("dist/index.html", "new " PAGE_WITH("one"));
}

#define BACK "JSON.parse(`\"" SCAN_WORD "\"`)"

/* What it does not know, as a template, it leaves. */
static void
a_placeholder_that_the_original_tool_left_stands_in_both(void **unused)
{
	static const char built[] = PAGE "<base href=/>" BACK ";" BACK;
	(void)unused;
	put("dist/index.html.bak", built);
	put("dist/index.html", PAGE_WITH("left") "<base href=/>" BACK ";" BACK);
	start("one");
	expect("dist/index.html",
	    PAGE_WITH(
		"one") "<base href=/>"
		       "JSON.parse(decodeURIComponent(`%7B%22V%22%3A%22one"
		       "%22%7D`));JSON.parse(decodeURIComponent(`%7B%22V%"
		       "22%3A%22one%22%7D`))");
	assert_int_equal(tally.placeholders, 1);
	assert_int_equal(tally.edits, 3);
	/* what another run of ours has filled, with nothing known of it */
	remove_all(".dist.cradle");
	start("two");
	assert_non_null(strstr(get("dist/index.html"), PAGE_WITH("two")));
	assert_null(strstr(get("dist/index.html"), "%22one"));
}

static void
what_changed_between_two_placeholders_is_kept(void **unused)
{
	(void)unused;
	put("dist/index.html.bak", PAGE "<base href=/>" PAGE);
	put("dist/index.html",
	    PAGE_WITH("left") "<base href=/a>" PAGE_WITH("left"));
	start("one");
	expect("dist/index.html",
	    PAGE_WITH("left") "<base href=/a>" PAGE_WITH("left"));
	/* one of its own is filled, where it is */
	put("dist/index.html", PAGE_WITH("left") "<base href=/a>" PAGE);
	start("one");
	expect("dist/index.html",
	    PAGE_WITH("left") "<base href=/a>" PAGE_WITH("one"));
}

static void
a_backup_that_cannot_be_read_is_none(void **unused)
{
	(void)unused;
	assert_int_equal(chmod(at("dist/index.html.bak"), 0), 0);
	assert_int_equal(chmod(base, 0777), 0);
	if (geteuid() != 0) {
		start("one");
	} else {
		assert_int_equal(seteuid(65534), 0);
		start("one");
		assert_int_equal(seteuid(0), 0);
	}
	expect("dist/index.html", PAGE_WITH("left"));
}

static void
with_an_index_a_backup_that_held_none_is_not_read(void **unused)
{
	static char none[sizeof(PAGE)];
	autofree char *index = strdup(at("index"));
	(void)unused;
	memset(none, 'a', sizeof(PAGE) - 1);
	put("dist/index.html.bak", none);
	struct stat st = look("dist/index.html.bak");
	const struct timespec times[2] = { st.st_atim, st.st_mtim };
	assert_int_equal(run_job("", NULL, index), 0);
	job.index = index;
	put("dist/index.html.bak", PAGE);
	assert_int_equal(
	    utimensat(AT_FDCWD, at("dist/index.html.bak"), times, 0), 0);
	start("one");
	expect("dist/index.html", PAGE_WITH("left"));
	/* but one that changed is, and one that held some */
	put("dist/index.html.bak", " " PAGE);
	put("dist/index.html", " " PAGE_WITH("left"));
	start("two");
	expect("dist/index.html", " " PAGE_WITH("two"));
	assert_int_equal(run_job("", NULL, index), 0);
	put("dist/index.html", " " PAGE_WITH("left"));
	start("three");
	expect("dist/index.html", " " PAGE_WITH("three"));
}

static void
a_backup_of_nothing_or_without_a_placeholder_is_none(void **unused)
{
	(void)unused;
	put("dist/gone.js.bak", PAGE);
	put("dist/index.html.bak", PAGE_WITH("left"));
	assert_int_equal(symlink("index.html", at("dist/link.js")), 0);
	put("dist/link.js.bak", PAGE);
	start("one");
	assert_int_equal(tally.rewritten, 0);
	expect("dist/index.html", PAGE_WITH("left"));
	assert_false(is_there("dist/gone.js"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_original_tool_has_left_is_filled_anew),
		TEST(a_file_that_is_not_made_of_its_backup_stays),
		TEST(a_placeholder_that_the_original_tool_left_stands_in_both),
		TEST(what_changed_between_two_placeholders_is_kept),
		TEST(a_backup_that_cannot_be_read_is_none),
		TEST(with_an_index_a_backup_that_held_none_is_not_read),
		TEST(a_backup_of_nothing_or_without_a_placeholder_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
