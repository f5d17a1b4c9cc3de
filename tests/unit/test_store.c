#include "envsubst/files.h"
#include "envsubst/scan.h"
#include "envsubst/swap.h"

#include "plot_run.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define PAGE                                                                   \
	"<script>globalThis.import_meta_env=JSON.parse('\"" SCAN_WORD "\"')</" \
	"script>\n"
#define PAGE_WITH(value)                                                 \
	"<script>globalThis.import_meta_env=JSON.parse('{\"V\":\"" value \
	"\"}')</script>\n"

#define NOBODY 65534

static int
set_up(void **unused)
{
	(void)unused;
	make_plot("/tmp", "store");
	make_folder("dist");
	make_folder("dist/assets");
	put("dist/index.html", PAGE);
	put("dist/assets/plain.js", "let a=1\n");
	job = (struct job){ 0 };
	return 0;
}

/* No file of ours is anywhere in the tree. */
static void
expect_clean(const char *name)
{
	char command[256];
	(void)snprintf(command, sizeof(command),
	    "test -z \"$(find %s -name '.cradle*')\"", at(name));
	assert_int_equal(system(command), 0);
}

/* ---- in place --------------------------------------------------------- */

static void
a_page_gets_the_values(void **unused)
{
	(void)unused;
	start("one");
	expect("dist/index.html", PAGE_WITH("one"));
	expect(".dist.cradle/originals/index.html", PAGE);
	assert_int_equal(tally.scanned, 2);
	assert_int_equal(tally.rewritten, 1);
	assert_int_equal(look(".dist.cradle").st_mode & 0777, 0700);
	assert_false(is_there(".dist.cradle/journal"));
	expect_clean("dist");
}

static void
a_restart_starts_from_the_original(void **unused)
{
	(void)unused;
	start("one");
	start("two");
	expect("dist/index.html", PAGE_WITH("two"));
	start("it's");
	start("one");
	expect("dist/index.html", PAGE_WITH("one"));
	expect(".dist.cradle/originals/index.html", PAGE);
}

static bool
same_time(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void
what_is_right_is_not_written_again(void **unused)
{
	(void)unused;
	start("one");
	struct stat before = look("dist/index.html");
	struct stat manifest = look(".dist.cradle/manifest");
	start("one");
	struct stat after = look("dist/index.html");

	assert_int_equal(tally.rewritten, 0);
	assert_int_equal(tally.placeholders, 1);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
	assert_int_equal(manifest.st_ino, look(".dist.cradle/manifest").st_ino);
}

static void
times_follow_from_the_contents(void **unused)
{
	(void)unused;
	start("one");
	struct stat one = look("dist/index.html");
	start("two");
	struct stat two = look("dist/index.html");
	put("dist/index.html", PAGE);
	start("one");
	struct stat again = look("dist/index.html");

	assert_true(same_time(&one, &again));
	assert_false(same_time(&one, &two));
	assert_true(one.st_mtim.tv_sec < 1600000000);
}

static void
files_without_a_placeholder_are_not_touched(void **unused)
{
	struct stat before = look("dist/assets/plain.js");
	(void)unused;

	start("one");
	struct stat after = look("dist/assets/plain.js");
	assert_int_equal(before.st_ino, after.st_ino);
	assert_true(same_time(&before, &after));
}

static void
nothing_to_do_makes_no_store(void **unused)
{
	(void)unused;
	put("dist/index.html", "<p>nothing</p>");
	start("one");
	assert_int_equal(tally.placeholders, 0);
	assert_false(is_there(".dist.cradle"));
}

static void
mode_and_owner_are_kept(void **unused)
{
	bool root = geteuid() == 0;
	(void)unused;

	assert_int_equal(chmod(at("dist/index.html"), 0640), 0);
	if (root)
		assert_int_equal(chown(at("dist/index.html"), 7, 8), 0);
	start("one");
	struct stat st = look("dist/index.html");
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_uid, root ? 7 : geteuid());
	if (root)
		assert_int_equal(st.st_gid, 8);
}

static void
hard_links_are_kept(void **unused)
{
	(void)unused;
	assert_int_equal(link(at("dist/index.html"), at("dist/200.html")), 0);
	start("one");
	expect("dist/index.html", PAGE_WITH("one"));
	expect("dist/200.html", PAGE_WITH("one"));
	assert_int_equal(
	    look("dist/index.html").st_ino, look("dist/200.html").st_ino);
	start("two");
	expect("dist/200.html", PAGE_WITH("two"));
	assert_int_equal(
	    look("dist/index.html").st_ino, look("dist/200.html").st_ino);
}

static void
a_link_out_of_the_root_is_not_followed(void **unused)
{
	(void)unused;
	put("outside.html", PAGE);
	assert_int_equal(mkdir(at("other"), 0755), 0);
	put("other/page.html", PAGE);
	assert_int_equal(symlink("../outside.html", at("dist/out.html")), 0);
	assert_int_equal(symlink("../other", at("dist/other")), 0);
	assert_int_equal(symlink("..", at("dist/assets/loop")), 0);
	assert_int_equal(symlink("index.html", at("dist/in.html")), 0);

	start("one");

	expect("outside.html", PAGE);
	expect("other/page.html", PAGE);
	assert_true(S_ISLNK(look("dist/out.html").st_mode));
	assert_true(S_ISLNK(look("dist/in.html").st_mode));
	expect("dist/in.html", PAGE_WITH("one"));
}

static void
a_new_build_is_the_new_original(void **unused)
{
	(void)unused;
	start("one");
	put("dist/index.html", "<p>new</p>" PAGE);
	start("two");
	expect("dist/index.html", "<p>new</p>" PAGE_WITH("two"));
	start("three");
	expect("dist/index.html", "<p>new</p>" PAGE_WITH("three"));
}

static void
a_new_file_without_a_placeholder_stays(void **unused)
{
	(void)unused;
	start("one");
	put("dist/index.html", "<p>static now</p>");
	start("two");
	expect("dist/index.html", "<p>static now</p>");
	assert_false(is_there(".dist.cradle/originals/index.html"));
	start("three");
	expect("dist/index.html", "<p>static now</p>");
}

static void
a_file_that_is_gone_is_forgotten(void **unused)
{
	(void)unused;
	start("one");
	assert_int_equal(unlink(at("dist/index.html")), 0);
	start("two");
	assert_false(is_there("dist/index.html"));
	assert_false(is_there(".dist.cradle/originals/index.html"));
}

static void
a_word_left_over_is_an_error_and_nothing_is_written(void **unused)
{
	(void)unused;
	put("dist/assets/z.js", "line one\n  x(\"" SCAN_WORD "\")\n");
	assert_int_equal(run_job("one", NULL, NULL), -1);
	assert_int_equal(why.code, 78);
	assert_non_null(strstr(why.text, "assets/z.js:2:6"));
	expect("dist/index.html", PAGE);
	assert_false(is_there(".dist.cradle"));
}

static void
source_maps_backups_and_binaries_are_not_looked_at(void **unused)
{
	static const char binary[] = "\x7f"
				     "ELF\0\0" PAGE;
	(void)unused;

	put("dist/assets/a.js.map", "{\"" SCAN_WORD "\":1}");
	put("dist/index.html.bak", PAGE);
	put("dist/photo.PNG", PAGE);
	put_bytes("dist/tool", binary, sizeof(binary) - 1);
	start("one");
	expect("dist/index.html.bak", PAGE);
	expect("dist/photo.PNG", PAGE);
	struct stat st = look("dist/tool");
	assert_int_equal(st.st_size, sizeof(binary) - 1);
	assert_int_equal(tally.rewritten, 1);
}

static void
names_are_bytes(void **unused)
{
	(void)unused;
	put("dist/\xff\n'\".html", PAGE);
	start("one");
	start("two");
	expect("dist/\xff\n'\".html", PAGE_WITH("two"));
	put("dist/\x1b[31m.html", SCAN_WORD);
	assert_int_equal(run_job("one", NULL, NULL), -1);
	assert_null(strpbrk(why.text, "\x1b\n"));
}

static void
a_large_file_is_substituted_in_pieces(void **unused)
{
	size_t size = (size_t)3 * 1024 * 1024;
	autofree char *text = malloc(size);
	(void)unused;

	memset(text, 'x', size);
	for (size_t i = 0; i < 30; i++)
		memcpy(text + i * 100003, PAGE, strlen(PAGE));
	put_bytes("dist/assets/big.js", text, size);
	start("one");
	off_t grown = (off_t)(strlen(PAGE_WITH("one")) - strlen(PAGE));
	assert_int_equal(
	    look("dist/assets/big.js").st_size, (off_t)size + 30 * grown);
	start("one");
	assert_int_equal(tally.rewritten, 0);
}

/* ---- when it goes wrong ----------------------------------------------- */

static void
prepare(struct swap *s, const char *path, const char *text)
{
	autoclose int fd = -1;
	if (swap_add(s, path, &fd, &why) < 0)
		fail_msg("%s", why.text);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void
fail_one_of_three(void)
{
	autoclose int root = open(at("dist"), O_RDONLY | O_DIRECTORY);
	struct swap s = { .root = root, .root_name = "dist" };

	prepare(&s, "index.html", "new");
	prepare(&s, "assets/added.js", "new");
	prepare(&s, "assets/plain.js", "new");
	/* given: the last one cannot be put into its place */
	assert_int_equal(unlink(at("dist/assets/plain.js")), 0);
	assert_int_equal(mkdir(at("dist/assets/plain.js"), 0755), 0);

	assert_int_equal(swap_apply(&s, &why), -1);
	swap_end(&s);

	assert_non_null(strstr(why.text, "dist/assets/plain.js"));
	assert_int_equal(why.code, 71);
	expect("dist/index.html", PAGE);
	assert_false(is_there("dist/assets/added.js"));
	expect_clean("dist");
}

static void
one_failure_rolls_all_back(void **unused)
{
	struct stat before = look("dist/index.html");
	(void)unused;

	fail_one_of_three();
	assert_int_equal(before.st_ino, look("dist/index.html").st_ino);
}

/* As on gVisor and some network file systems: names cannot be exchanged. */
static void
forbid_exchange(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_LEN(code), code };

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void
the_same_holds_where_names_cannot_be_exchanged(void **unused)
{
	(void)unused;
	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		forbid_exchange();
		int r = run_job("one", NULL, NULL) == 0 &&
				run_job("two", NULL, NULL) == 0
			    ? 0
			    : 1;
		expect("dist/index.html", PAGE_WITH("two"));
		expect_clean("dist");
		put("dist/index.html", PAGE);
		fail_one_of_three();
		_exit(r);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
a_killed_run_is_completed_by_the_next(void **unused)
{
	(void)unused;
	/* given: the new contents are in place, the manifest is still old */
	start("one");
	assert_int_equal(
	    rename(at(".dist.cradle/manifest"), at("old-manifest")), 0);
	start("one");
	assert_int_equal(tally.placeholders, 0);
	put("dist/index.html", PAGE);
	start("two");
	assert_int_equal(
	    rename(at(".dist.cradle/manifest"), at(".dist.cradle/journal")), 0);
	assert_int_equal(
	    rename(at("old-manifest"), at(".dist.cradle/manifest")), 0);
	put("dist/assets/.cradle-tmp-7", "half a fi");

	start("three");

	expect("dist/index.html", PAGE_WITH("three"));
	assert_false(is_there(".dist.cradle/journal"));
	expect_clean("dist");
}

static void
a_journal_that_was_not_removed_does_no_harm(void **unused)
{
	(void)unused;
	put("dist/a.html", PAGE);
	put("dist/z.html", PAGE);
	start("one");
	assert_int_equal(
	    link(at(".dist.cradle/manifest"), at(".dist.cradle/journal")), 0);
	start("two");
	expect("dist/a.html", PAGE_WITH("two"));
	expect("dist/index.html", PAGE_WITH("two"));
	expect("dist/z.html", PAGE_WITH("two"));
	assert_false(is_there(".dist.cradle/journal"));
}

static void
an_emptied_file_is_made_again(void **unused)
{
	(void)unused;
	start("one");
	put("dist/index.html", "");
	start("one");
	expect("dist/index.html", PAGE_WITH("one"));
}

static void
a_damaged_manifest_stops_the_run(void **unused)
{
	static const char *const damaged[] = { "", "x", "cradle manifest 1\n",
		"cradle manifest 1\nend 1\n",
		"cradle manifest 1\nend 0\nmore" };
	(void)unused;

	start("one");
	for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
		put(".dist.cradle/manifest", damaged[i]);
		assert_int_equal(run_job("two", NULL, NULL), -1);
		assert_non_null(strstr(why.text, "damaged"));
		expect("dist/index.html", PAGE_WITH("one"));
	}
}

static void
a_lost_original_is_an_error(void **unused)
{
	(void)unused;
	start("one");
	assert_int_equal(unlink(at(".dist.cradle/originals/index.html")), 0);
	assert_int_equal(run_job("two", NULL, NULL), -1);
	assert_non_null(strstr(why.text, "original of index.html"));
	expect("dist/index.html", PAGE_WITH("one"));
}

/* Run as somebody without rights, in a process of its own. */
static void
as_nobody(int expected, const char *hint, const char *output)
{
	if (geteuid() != 0)
		skip();
	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (setgid(NOBODY) == -1 || setuid(NOBODY) == -1)
			_exit(99);
		int r = run_job("one", output, NULL);
		if (r < 0 && (hint == NULL || strstr(why.text, hint) == NULL))
			(void)dprintf(2, "%s\n", why.text);
		_exit(r == 0 ? 0 : strstr(why.text, hint) ? why.code : 98);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
}

static void
a_root_that_cannot_be_written_says_what_to_set(void **unused)
{
	(void)unused;
	as_nobody(71, "\"output\"", NULL);
	expect("dist/index.html", PAGE);
	expect_clean("dist");
}

static void
a_file_that_cannot_be_read_is_named(void **unused)
{
	(void)unused;
	assert_int_equal(chmod(at("dist/assets/plain.js"), 0), 0);
	as_nobody(71,
	    "assets/plain.js: Permission denied (let this user read it)", NULL);
}

static void
an_owner_of_the_tree_needs_no_other_right(void **unused)
{
	(void)unused;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(base, NOBODY, NOBODY), 0);
	assert_int_equal(chown(at("dist"), NOBODY, NOBODY), 0);
	as_nobody(0, NULL, NULL);
	expect("dist/index.html", PAGE_WITH("one"));
	/* a file of root's: the mode is kept, the owner cannot be */
	assert_int_equal(look("dist/index.html").st_mode & 07777, 0644);
}

static void
somebody_elses_store_is_refused(void **unused)
{
	(void)unused;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir(at(".dist.cradle"), 0777), 0);
	assert_int_equal(chown(at(".dist.cradle"), 7, 7), 0);
	assert_int_equal(run_job("one", NULL, NULL), -1);
	assert_non_null(strstr(why.text, "belongs to somebody else"));
}

/* ---- into an output --------------------------------------------------- */

static void
the_output_is_a_complete_copy(void **unused)
{
	(void)unused;
	assert_int_equal(chmod(at("dist/assets/plain.js"), 0755), 0);
	assert_int_equal(symlink("index.html", at("dist/in.html")), 0);
	put("dist/photo.png", "png\n");
	put("dist/assets/a.js.map", SCAN_WORD);

	start_into("one", "out");

	expect("out/index.html", PAGE_WITH("one"));
	expect("out/assets/plain.js", "let a=1\n");
	expect("out/in.html", PAGE_WITH("one"));
	expect("out/photo.png", "png\n");
	expect("out/assets/a.js.map", SCAN_WORD);
	expect("dist/index.html", PAGE);
	assert_true(S_ISLNK(look("out/in.html").st_mode));
	struct stat from = look("dist/assets/plain.js");
	struct stat to = look("out/assets/plain.js");
	assert_true(same_time(&from, &to));
	assert_int_equal(to.st_mode & 07777, 0755);
	assert_int_equal(tally.rewritten, 1);
	expect_clean("out");
}

static void
a_second_output_writes_what_differs(void **unused)
{
	(void)unused;
	start_into("one", "out");
	struct stat page = look("out/index.html");
	struct stat plain = look("out/assets/plain.js");
	start_into("one", "out");
	assert_int_equal(tally.rewritten, 0);
	assert_int_equal(page.st_ino, look("out/index.html").st_ino);

	put("dist/assets/plain.js", "let a=22\n");
	put("out/.cradle-tmp-3", "half");
	start_into("two", "out");
	expect("out/index.html", PAGE_WITH("two"));
	expect("out/assets/plain.js", "let a=22\n");
	assert_int_not_equal(plain.st_ino, look("out/assets/plain.js").st_ino);
	expect_clean("out");
}

static void
the_same_time_is_not_the_same_file(void **unused)
{
	struct timespec epoch[2] = { { 0 }, { 0 } };
	(void)unused;

	assert_int_equal(
	    utimensat(AT_FDCWD, at("dist/assets/plain.js"), epoch, 0), 0);
	start_into("one", "out");
	put("dist/assets/plain.js", "let a=2\n");
	assert_int_equal(
	    utimensat(AT_FDCWD, at("dist/assets/plain.js"), epoch, 0), 0);
	start_into("one", "out");
	expect("out/assets/plain.js", "let a=2\n");
}

static void
a_failure_leaves_the_output_as_it_was(void **unused)
{
	(void)unused;
	start_into("one", "out");
	/* a directory is in the place of a file */
	put("dist/zz", "a file\n");
	assert_int_equal(mkdir(at("out/zz"), 0755), 0);
	assert_int_equal(mkdir(at("dist/new"), 0755), 0);
	put("dist/new/file.js", "new\n");

	assert_int_equal(run_job("two", "out", NULL), -1);

	expect("out/index.html", PAGE_WITH("one"));
	assert_false(is_there("out/new"));
	expect_clean("out");
}

static void
a_read_only_root_needs_no_right_but_to_read(void **unused)
{
	(void)unused;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir(at("out"), 0755), 0);
	assert_int_equal(chown(at("out"), NOBODY, NOBODY), 0);
	as_nobody(0, NULL, "out");
	expect("out/index.html", PAGE_WITH("one"));
	expect("out/assets/plain.js", "let a=1\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_gets_the_values),
		TEST(a_restart_starts_from_the_original),
		TEST(what_is_right_is_not_written_again),
		TEST(times_follow_from_the_contents),
		TEST(files_without_a_placeholder_are_not_touched),
		TEST(nothing_to_do_makes_no_store),
		TEST(mode_and_owner_are_kept),
		TEST(hard_links_are_kept),
		TEST(a_link_out_of_the_root_is_not_followed),
		TEST(a_new_build_is_the_new_original),
		TEST(a_new_file_without_a_placeholder_stays),
		TEST(a_file_that_is_gone_is_forgotten),
		TEST(a_word_left_over_is_an_error_and_nothing_is_written),
		TEST(source_maps_backups_and_binaries_are_not_looked_at),
		TEST(names_are_bytes),
		TEST(a_large_file_is_substituted_in_pieces),
		TEST(one_failure_rolls_all_back),
		TEST(the_same_holds_where_names_cannot_be_exchanged),
		TEST(a_killed_run_is_completed_by_the_next),
		TEST(a_journal_that_was_not_removed_does_no_harm),
		TEST(an_emptied_file_is_made_again),
		TEST(a_damaged_manifest_stops_the_run),
		TEST(a_lost_original_is_an_error),
		TEST(a_root_that_cannot_be_written_says_what_to_set),
		TEST(a_file_that_cannot_be_read_is_named),
		TEST(an_owner_of_the_tree_needs_no_other_right),
		TEST(somebody_elses_store_is_refused),
		TEST(the_output_is_a_complete_copy),
		TEST(a_second_output_writes_what_differs),
		TEST(the_same_time_is_not_the_same_file),
		TEST(a_failure_leaves_the_output_as_it_was),
		TEST(a_read_only_root_needs_no_right_but_to_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
