#include "envsubst/index.h"
#include "envsubst/scan.h"

#include "plot_run.h"

#define PAGE "JSON.parse('\"" SCAN_WORD "\"')\n"

static void
age(const char *name, time_t seconds, long nanoseconds)
{
	struct timespec t[2] = { { seconds, nanoseconds },
		{ seconds, nanoseconds } };
	assert_int_equal(utimensat(AT_FDCWD, at(name), t, 0), 0);
}

static int
set_up(void **unused)
{
	(void)unused;
	make_plot("/tmp", "index");
	make_folder("dist");
	make_folder("dist/assets");
	put("dist/index.html", PAGE);
	put("dist/assets/one.js", "let one = 1\n");
	put("dist/assets/two.js", "let two = 2\n");
	put("dist/assets/photo.png", "png");
	age("dist/assets/one.js", 1000, 700000000);
	age("dist/assets/two.js", 1000, 0);
	job = (struct job){ 0 };
	return 0;
}

static int
go(const char *text, bool make, const struct hook *hook)
{
	autofree char *index = NULL;

	assert_int_equal(index_default(at("dist"), &index), 0);
	job.index = index;
	job.hooks = hook;
	job.hook_count = hook != NULL;
	return run_job(text, NULL, make ? index : NULL);
}

static void
make_index(void)
{
	if (go("", true, NULL) < 0)
		fail_msg("%s", why.text);
}

/* The bytes that a start read; the values are in the page afterwards. */
static uint64_t
start_reading(const char *text)
{
	char want[256];

	if (go(text, false, NULL) < 0)
		fail_msg("%s", why.text);
	(void)snprintf(want, sizeof(want), "{\"V\":\"%s\"}", text);
	assert_non_null(strstr(get("dist/index.html"), want));
	assert_int_equal(tally.scanned, 4);
	return tally.read;
}

static size_t
index_text(char *to, size_t size)
{
	ssize_t n = get_bytes(".dist.cradle-index", to, size);
	assert_true(n > 0);
	return (size_t)n;
}

static void
a_start_reads_only_what_has_placeholders(void **unused)
{
	(void)unused;
	assert_int_equal(start_reading("none"), strlen(PAGE) + 24);
	make_index();
	assert_int_equal(start_reading("one"), strlen(PAGE));
	assert_int_equal(start_reading("two"), strlen(PAGE));
}

static void
the_index_lies_beside_the_root_and_says_what_was_found(void **unused)
{
	char text[4096];
	(void)unused;

	make_index();
	size_t len = index_text(text, sizeof(text));
	for (size_t i = 0; i < len; i++)
		text[i] = text[i] == '\0' ? '~' : text[i];
	assert_memory_equal(text, "cradle index 2 ", 15);
	assert_non_null(strstr(text, "\nl 12 1000 700000000 - - "
				     "assets/one.js~\n"));
	assert_non_null(strstr(text, "\nln "));
	assert_non_null(strstr(text, " 0 index.html~\n"));
	assert_non_null(strstr(text, "\nend 4 "));
}

static void
what_changed_since_is_read_again(void **unused)
{
	uint64_t page = strlen(PAGE);
	(void)unused;

	make_index();
	put("dist/assets/one.js", PAGE);
	(void)start_reading("one");
	assert_int_equal(tally.placeholders, 2);
	/* the same size, another time */
	age("dist/assets/two.js", 1001, 5);
	assert_int_equal(start_reading("two"), 2 * page + 12);
	put("dist/assets/new.js", PAGE);
	assert_int_equal(unlink(at("dist/assets/photo.png")), 0);
	assert_int_equal(start_reading("three"), 3 * page + 12);
}

/* Archives keep seconds, rounded either way. */
static void
times_of_a_layer_are_the_same_to_the_second(void **unused)
{
	(void)unused;
	make_index();
	age("dist/assets/one.js", 1000, 0);
	assert_int_equal(start_reading("one"), strlen(PAGE));
	age("dist/assets/one.js", 1001, 0);
	assert_int_equal(start_reading("one"), strlen(PAGE));
	age("dist/assets/one.js", 1001, 700000000);
	assert_int_equal(start_reading("one"), strlen(PAGE) + 12);
	age("dist/assets/one.js", 999, 0);
	assert_int_equal(start_reading("one"), strlen(PAGE) + 12);
}

/* Enough of them for several threads, which must not ask what they make. */
static void
an_index_of_many_files_has_read_all_of_them(void **unused)
{
	char name[64];
	(void)unused;

	for (int i = 0; i < 400; i++) {
		(void)snprintf(name, sizeof(name), "dist/assets/%d.js", i);
		put(name, i % 100 == 99 ? PAGE : "nothing of interest here\n");
	}
	make_index();
	assert_int_equal(tally.read, 396 * 25 + 5 * strlen(PAGE) + 24);
	assert_int_equal(tally.placeholders, 5);
	assert_int_equal(go("one", false, NULL), 0);
	assert_int_equal(tally.read, 5 * strlen(PAGE));
	assert_int_equal(tally.rewritten, 5);
}

static void
a_damaged_or_foreign_index_is_not_used(void **unused)
{
	char text[4096];
	(void)unused;

	make_index();
	size_t len = index_text(text, sizeof(text));
	for (size_t i = 0; i < len; i += i + 90 < len ? 7 : 1) {
		autoclose int fd =
		    open(at(".dist.cradle-index"), O_WRONLY | O_TRUNC);
		text[i] = (char)(text[i] ^ 1);
		assert_int_equal(write(fd, text, len), (ssize_t)len);
		text[i] = (char)(text[i] ^ 1);
		assert_int_equal(start_reading("one"), strlen(PAGE) + 24);
	}
	for (size_t n = 0; n < len; n += 13) {
		make_index();
		assert_int_equal(
		    truncate(at(".dist.cradle-index"), (off_t)n), 0);
		assert_int_equal(start_reading("one"), strlen(PAGE) + 24);
	}
	make_index();
	job.flags = JOB_ALL_NAMES;
	assert_int_equal(start_reading("one"), strlen(PAGE) + 27);
}

/* Whose hooks may have looked for less. */
static void
an_index_of_another_version_is_not_used(void **unused)
{
	autotext struct text hex = TEXT_MAX(256);
	struct digest_state state;
	struct digest all;
	char text[4096];
	(void)unused;

	make_index();
	size_t len = index_text(text, sizeof(text));
	text[strlen("cradle index ")] = '1';
	digest_begin(&state);
	digest_add(&state, text, len - strlen("end 4 ") - 65);
	digest_end(&state, &all);
	digest_hex(&hex, &all);
	memcpy(text + len - 65, hex.data, 64);
	put_bytes(".dist.cradle-index", text, len);
	assert_int_equal(start_reading("one"), strlen(PAGE) + 24);
}

static void
a_tree_with_a_word_left_over_gets_no_index(void **unused)
{
	(void)unused;
	put("dist/assets/bad.js", SCAN_WORD);
	assert_int_equal(go("", true, NULL), -1);
	assert_int_equal(access(at(".dist.cradle-index"), F_OK), -1);
}

/* ---- what hooks are told ---------------------------------------------- */

static unsigned visited;

static int
visit(void *arg, struct changes *c, const char *path, const struct stat *st,
    struct failure *f)
{
	(void)arg;
	(void)st;
	(void)f;
	visited++;
	if (changes_indexing(c) && strcmp(path, "assets/two.js") == 0)
		assert_int_equal(changes_note(c, path), 0);
	return 0;
}

static int
walk(void *arg, struct changes *c, struct failure *f)
{
	autoclose int fd = -1;
	visited = 0;
	if (changes_indexing(c))
		assert_int_equal(changes_write(c, "x", &fd, f), -1);
	return changes_walk(c, visit, arg, f);
}

static void
hooks_see_what_they_noted_and_what_changed(void **unused)
{
	static const struct hook hook = { .run = walk, .notes = true };
	(void)unused;

	assert_int_equal(go("", true, &hook), 0);
	assert_int_equal(visited, 4);
	assert_int_equal(go("one", false, &hook), 0);
	assert_int_equal(visited, 2); /* two.js and the page itself */
	put("dist/assets/new.css", "a{}");
	age("dist/assets/photo.png", 5, 5); /* no text by its name */
	age("dist/assets/one.js", 5, 5);
	age("dist/assets/two.js", 5, 5); /* noted and changed: once */
	assert_int_equal(go("two", false, &hook), 0);
	assert_int_equal(visited, 4);
	/* an index without their notes does not spare them anything */
	make_index();
	assert_int_equal(go("three", false, &hook), 0);
	assert_int_equal(visited, 5);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_start_reads_only_what_has_placeholders),
		TEST(the_index_lies_beside_the_root_and_says_what_was_found),
		TEST(what_changed_since_is_read_again),
		TEST(times_of_a_layer_are_the_same_to_the_second),
		TEST(an_index_of_many_files_has_read_all_of_them),
		TEST(a_damaged_or_foreign_index_is_not_used),
		TEST(an_index_of_another_version_is_not_used),
		TEST(a_tree_with_a_word_left_over_gets_no_index),
		TEST(hooks_see_what_they_noted_and_what_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
