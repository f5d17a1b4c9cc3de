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
		"a json.parse('{\"V\":\"left\"}') b\n" };
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		put("dist/index.html", pages[i]);
		start("one");
		if (i != 4) /* whatever is in the call */
			expect("dist/index.html", pages[i]);
		remove_all(".dist.cradle");
	}
	/* one with a placeholder of its own is newer than its backup */
	put("dist/index.html", "new " PAGE);
	start("one");
	expect("dist/index.html", "new " PAGE_WITH("one"));
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
		TEST(a_backup_of_nothing_or_without_a_placeholder_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
