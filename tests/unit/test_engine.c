#include "envsubst/scan.h"

#include "plot_run.h"

#define PAGE "JSON.parse('\"" SCAN_WORD "\"')\n"
#define PAGE_WITH(v) "JSON.parse('{\"V\":\"" v "\"}')\n"

static int
set_up(void **unused)
{
	(void)unused;
	make_plot("/tmp", "engine");
	make_folder("dist");
	make_folder("dist/a");
	put("dist/index.html", PAGE);
	put("dist/a/app.js", "x=" PAGE);
	put("dist/a/plain.js", "let a=1\n");
	job = (struct job){ 0 };
	return 0;
}

/* ---- hooks ------------------------------------------------------------ */

static struct {
	const char *make;   /* a file with the page's new contents */
	const char *remove; /* a file that is taken away */
	bool fail;
} todo;

static int
copy_page(struct changes *c, const char *path, struct failure *f)
{
	char text[4096];
	autoclose int from = -1;
	autoclose int to = -1;
	struct stat st;

	if (changes_open_new(c, "index.html", &from, &st, f) != 0 ||
	    changes_write(c, path, &to, f) < 0)
		return -1;
	ssize_t n = read(from, text, sizeof(text));
	return n >= 0 && write(to, text, (size_t)n) == n ? 0 : -1;
}

static int
hook(void *arg, struct changes *c, struct failure *f)
{
	(void)arg;
	if (todo.make != NULL && copy_page(c, todo.make, f) < 0)
		return -1;
	if (todo.remove != NULL && changes_remove(c, todo.remove, f) < 0)
		return -1;
	return todo.fail ? failure_set(f, 1, "cannot go on") : 0;
}

static const struct hook hooks = { .run = hook };

static void
use_hook(const char *make, const char *remove, bool fail)
{
	todo.make = make;
	todo.remove = remove;
	todo.fail = fail;
	job.hooks = &hooks;
	job.hook_count = 1;
}

static void
what_a_hook_makes_is_removed_when_it_makes_it_no_more(void **unused)
{
	(void)unused;
	use_hook("made.html", NULL, false);
	start("one");
	expect("dist/made.html", PAGE_WITH("one"));
	assert_int_equal(tally.dependents, 1);
	assert_int_equal(look("dist/made.html").st_mode & 07777, 0644);
	struct stat before = look("dist/made.html");
	start("one");
	assert_int_equal(tally.rewritten, 0);
	assert_int_equal(before.st_ino, look("dist/made.html").st_ino);
	start("two");
	expect("dist/made.html", PAGE_WITH("two"));
	use_hook(NULL, NULL, false);
	start("two");
	assert_false(is_there("dist/made.html"));
	start("three");
	assert_false(is_there("dist/made.html"));
}

static void
what_a_hook_removes_comes_back_when_it_does_not(void **unused)
{
	(void)unused;
	put("dist/a/app.js.gz", "zipped");
	assert_int_equal(chmod(at("dist/a/app.js.gz"), 0640), 0);
	struct stat before = look("dist/a/app.js.gz");
	use_hook(NULL, "a/app.js.gz", false);
	start("one");
	assert_false(is_there("dist/a/app.js.gz"));
	start("two");
	assert_false(is_there("dist/a/app.js.gz"));
	assert_int_equal(tally.rewritten, 2);

	use_hook(NULL, NULL, false);
	start("two");
	expect("dist/a/app.js.gz", "zipped");
	struct stat after = look("dist/a/app.js.gz");
	assert_int_equal(after.st_mode & 07777, 0640);
	assert_int_equal(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
	assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
	assert_false(is_there(".dist.cradle/originals/a/app.js.gz"));
}

/* A new one of a new build is the build's. */
static void
what_was_removed_and_is_there_again_is_pristine(void **unused)
{
	(void)unused;
	put("dist/a/app.js.gz", "zipped");
	use_hook(NULL, "a/app.js.gz", false);
	start("one");
	put("dist/a/app.js.gz", "zipped anew");
	use_hook(NULL, NULL, false);
	start("one");
	expect("dist/a/app.js.gz", "zipped anew");
}

static void
a_hook_may_replace_what_has_no_placeholder(void **unused)
{
	(void)unused;
	use_hook("a/plain.js", NULL, false);
	start("one");
	expect("dist/a/plain.js", PAGE_WITH("one"));
	expect(".dist.cradle/originals/a/plain.js", "let a=1\n");
	use_hook(NULL, NULL, false);
	start("one");
	expect("dist/a/plain.js", "let a=1\n");
}

static void
a_hook_that_fails_leaves_all_as_it_was(void **unused)
{
	(void)unused;
	use_hook("made.html", "a/plain.js", true);
	assert_int_equal(run_job("one", NULL, NULL), -1);
	assert_string_equal(why.text, "cannot go on");
	expect("dist/index.html", PAGE);
	assert_false(is_there("dist/made.html"));
	assert_false(is_there(".dist.cradle"));
	assert_int_equal(run_job("one", "out", NULL), -1);
	assert_false(is_there("out"));
}

static void
hooks_work_on_an_output_too(void **unused)
{
	(void)unused;
	put("dist/a/app.js.gz", "zipped");
	use_hook("made.html", "a/app.js.gz", false);
	start_into("one", "out");
	expect("out/made.html", PAGE_WITH("one"));
	assert_false(is_there("out/a/app.js.gz"));
	expect("dist/a/app.js.gz", "zipped");
	start_into("one", "out");
	assert_int_equal(tally.rewritten, 0);
	use_hook("made.html", NULL, false);
	start_into("two", "out");
	expect("out/made.html", PAGE_WITH("two"));
	expect("out/a/app.js.gz", "zipped");
}

/* ---- what a job can ask for ------------------------------------------- */

static bool
wants_pages(const void *arg, const char *path)
{
	(void)arg;
	return strstr(path, ".html") != NULL;
}

static bool
wants_scripts(const void *arg, const char *path)
{
	(void)arg;
	return strstr(path, ".js") != NULL;
}

static void
a_run_for_some_files_leaves_the_others_as_they_are(void **unused)
{
	(void)unused;
	job.wants = wants_pages;
	start("one");
	expect("dist/index.html", PAGE_WITH("one"));
	expect("dist/a/app.js", "x=" PAGE);
	job.wants = wants_scripts;
	start("two");
	expect("dist/index.html", PAGE_WITH("one"));
	expect("dist/a/app.js", "x=" PAGE_WITH("two"));
	job.wants = NULL;
	start("three");
	expect("dist/index.html", PAGE_WITH("three"));
	expect("dist/a/app.js", "x=" PAGE_WITH("three"));
}

static void
the_tally_is_about_the_files_asked_for(void **unused)
{
	(void)unused;
	job.wants = wants_pages;
	start("one");
	assert_int_equal(tally.scanned, 1);
	assert_int_equal(tally.rewritten, 1);
	use_hook("a/copy.txt", NULL, false);
	start("two");
	assert_int_equal(tally.scanned, 2);
	assert_int_equal(tally.rewritten, 2);
	assert_int_equal(tally.dependents, 1);
	job.wants = NULL;
	start("three"); /* of three files, and the copy that is there */
	assert_int_equal(tally.scanned, 4);
	assert_int_equal(unlink(at("dist/a/copy.txt")), 0);
	start("three"); /* one that is not is counted all the same */
	assert_int_equal(tally.scanned, 4);
	assert_int_equal(tally.rewritten, 1);
}

static void
an_overlay_has_what_differs(void **unused)
{
	(void)unused;
	job.flags = JOB_OVERLAY;
	start_into("one", "out");
	expect("out/index.html", PAGE_WITH("one"));
	expect("out/a/app.js", "x=" PAGE_WITH("one"));
	assert_false(is_there("out/a/plain.js"));
}

static size_t told;

static int
count(void *arg, const char *path, const struct edit_list *edits, int source,
    struct failure *f)
{
	static const char *const paths[] = { "a/app.js", "index.html" };
	char text[4096];

	(void)arg;
	(void)f;
	assert_true(told < ARRAY_LEN(paths));
	assert_string_equal(path, paths[told]);
	assert_int_equal(edits->count, 1);
	ssize_t n = pread(
	    source, text, edits->edit[0].len, (off_t)edits->edit[0].start);
	assert_int_equal(n, strlen(PAGE) - 1);
	assert_memory_equal(text, PAGE, strlen(PAGE) - 1);
	told++;
	return 0;
}

static void
a_dry_run_tells_and_writes_nothing(void **unused)
{
	(void)unused;
	job.flags = JOB_DRY_RUN;
	job.tell = count;
	told = 0;
	start("one");
	assert_int_equal(told, 2);
	assert_int_equal(tally.edits, 2);
	assert_int_equal(tally.placeholders, 2);
	assert_int_equal(tally.rewritten, 0);
	expect("dist/index.html", PAGE);
	assert_false(is_there(".dist.cradle"));
	told = 0;
	start_into("one", "out");
	assert_false(is_there("out"));
}

static void
left_over_words_are_errors_unless_allowed(void **unused)
{
	(void)unused;
	put("dist/a/x.js", "\n" SCAN_WORD);
	put("dist/a/y.js", SCAN_WORD SCAN_WORD);
	assert_int_equal(run_job("one", NULL, NULL), -1);
	assert_non_null(strstr(why.text, "a/x.js:2:1: "));
	assert_non_null(strstr(why.text, ", and 2 more"));
	job.flags = JOB_ALLOW_LEFTOVER;
	start("one");
	assert_int_equal(tally.left_over, 3);
	expect("dist/index.html", PAGE_WITH("one"));
}

static int
write_behind_our_back(void *arg, const char *path,
    const struct edit_list *edits, int source, struct failure *f)
{
	(void)arg;
	(void)edits;
	(void)source;
	(void)f;
	if (strcmp(path, "index.html") == 0)
		put("dist/index.html", PAGE "more");
	return 0;
}

static void
a_file_that_changes_meanwhile_is_an_error(void **unused)
{
	(void)unused;
	job.tell = write_behind_our_back;
	assert_int_equal(run_job("one", NULL, NULL), -1);
	assert_non_null(strstr(why.text, "index.html: it changed while"));
	expect("dist/index.html", PAGE "more");
	expect("dist/a/app.js", "x=" PAGE);
	job.tell = NULL;
	start("one");
	expect("dist/index.html", PAGE_WITH("one") "more");
}

static void
many_files_give_the_same_by_many_threads(void **unused)
{
	char name[64];
	(void)unused;

	for (int i = 0; i < 700; i++) {
		(void)snprintf(name, sizeof(name), "dist/%d", i % 50);
		(void)mkdir(at(name), 0755);
		(void)snprintf(name, sizeof(name), "dist/%d/%d.js", i % 50, i);
		put(name, i % 7 == 0 ? PAGE : "nothing\n");
	}
	start("one");
	assert_int_equal(tally.scanned, 703);
	assert_int_equal(tally.placeholders, 102);
	assert_int_equal(tally.rewritten, 102);
	expect("dist/7/7.js", PAGE_WITH("one"));
	expect("dist/49/399.js", PAGE_WITH("one"));
	start("one");
	assert_int_equal(tally.rewritten, 0);
	put("dist/48/698.js", "x" SCAN_WORD);
	put("dist/3/703.js", SCAN_WORD);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(run_job("two", NULL, NULL), -1);
		assert_non_null(strstr(why.text, "dist/3/703.js:1:1: "));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_hook_makes_is_removed_when_it_makes_it_no_more),
		TEST(what_a_hook_removes_comes_back_when_it_does_not),
		TEST(what_was_removed_and_is_there_again_is_pristine),
		TEST(a_hook_may_replace_what_has_no_placeholder),
		TEST(a_hook_that_fails_leaves_all_as_it_was),
		TEST(hooks_work_on_an_output_too),
		TEST(a_run_for_some_files_leaves_the_others_as_they_are),
		TEST(the_tally_is_about_the_files_asked_for),
		TEST(an_overlay_has_what_differs),
		TEST(a_dry_run_tells_and_writes_nothing),
		TEST(left_over_words_are_errors_unless_allowed),
		TEST(a_file_that_changes_meanwhile_is_an_error),
		TEST(many_files_give_the_same_by_many_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
