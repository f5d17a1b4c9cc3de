/*
 * A run is killed, or told of an error, at each of its system calls in turn:
 * files.c is compiled in here with a counter before every call.
 */
#include "core/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	long at;    /* the call that it happens at, from 1; 0: never */
	long calls; /* so far */
	int err;    /* 0: killed */
	bool hit;
} fault;

static bool
fails(void)
{
	if (++fault.calls != fault.at)
		return false;
	fault.hit = true;
	if (fault.err == 0)
		(void)raise(SIGKILL);
	errno = fault.err;
	return true;
}

#define openat(...) (fails() ? -1 : openat(__VA_ARGS__))
#define open(...) (fails() ? -1 : open(__VA_ARGS__))
#define read(...) (fails() ? -1 : read(__VA_ARGS__))
#define pread(...) (fails() ? -1 : pread(__VA_ARGS__))
#define fd_write_all(...) (fails() ? -errno : fd_write_all(__VA_ARGS__))
#define fstat(...) (fails() ? -1 : fstat(__VA_ARGS__))
#define fstatat(...) (fails() ? -1 : fstatat(__VA_ARGS__))
#define mkdirat(...) (fails() ? -1 : mkdirat(__VA_ARGS__))
#define unlinkat(...) (fails() ? -1 : unlinkat(__VA_ARGS__))
#define renameat(...) (fails() ? -1 : renameat(__VA_ARGS__))
#define linkat(...) (fails() ? -1 : linkat(__VA_ARGS__))
#define symlinkat(...) (fails() ? -1 : symlinkat(__VA_ARGS__))
#define readlinkat(...) (fails() ? -1 : readlinkat(__VA_ARGS__))
#define syscall(...) (fails() ? -1 : syscall(__VA_ARGS__))
#define fchown(...) (fails() ? -1 : fchown(__VA_ARGS__))
#define fchmod(...) (fails() ? -1 : fchmod(__VA_ARGS__))
#define futimens(...) (fails() ? -1 : futimens(__VA_ARGS__))
#define flock(...) (fails() ? -1 : flock(__VA_ARGS__))

#include "envsubst/files.c"

#undef openat
#undef open
#undef read
#undef pread
#undef fd_write_all
#undef fstat
#undef fstatat
#undef mkdirat
#undef unlinkat
#undef renameat
#undef linkat
#undef symlinkat
#undef readlinkat
#undef syscall
#undef fchown
#undef fchmod
#undef futimens
#undef flock

#include "envsubst/scan.h"

#include "plot_run.h"

#include <sys/wait.h>

#define PAGE "<script>a=JSON.parse('\"" SCAN_WORD "\"')</script>\n"
#define PAGE_WITH(v) "<script>a=JSON.parse('{\"V\":\"" v "\"}')</script>\n"

/* "": it is not there. */
static const char *
contents(const char *name)
{
	return is_there(name) ? get(name) : "";
}

/* What lies in dist, or out, before the first start and after each value. */
static const struct {
	const char *name;
	const char *build;
	const char *one;
	const char *two;
} files[] = {
	{ "index.html", PAGE, PAGE_WITH("one"), PAGE_WITH("two") },
	{ "a/app.js", "x(" PAGE, "x(" PAGE_WITH("one"), "x(" PAGE_WITH("two") },
	{ "a/plain.js", "let a=1\n", "let a=1\n", "let a=1\n" },
	{ "a/app.js.gz", "zipped\n", "", "" },
	{ "sums", "build\n", "one\n", "two\n" },
	{ "env.js", "", "one\n", "two\n" },
};

static void
lay_out(void)
{
	remove_all("dist");
	remove_all(".dist.cradle");
	remove_all("out");
	make_folder("dist");
	make_folder("dist/a");
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (files[i].build[0] != '\0') {
			char name[64];
			(void)snprintf(
			    name, sizeof(name), "dist/%s", files[i].name);
			put(name, files[i].build);
		}
}

/* 0: as built, 1 and 2: as with that value; by bits. */
static unsigned
states_of(const char *folder, size_t i)
{
	char name[64];
	(void)snprintf(name, sizeof(name), "%s/%s", folder, files[i].name);
	const char *have = contents(name);
	return (strcmp(have, files[i].build) == 0 ? 1u : 0) |
	       (strcmp(have, files[i].one) == 0 ? 2u : 0) |
	       (strcmp(have, files[i].two) == 0 ? 4u : 0);
}

static bool
tree_is(const char *folder, unsigned states)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (!(states_of(folder, i) & states))
			return false;
	return true;
}

/* What hooks do: replace a file, make one, take one away. */
static int
put_hook(
    struct changes *c, const char *path, const char *text, struct failure *f)
{
	autoclose int fd = -1;
	if (changes_write(c, path, &fd, f) < 0)
		return -1;
	return dprintf(fd, "%s\n", text) > 0 ? 0 : -1;
}

static const char *filled; /* the value of this run */

static int
hook(void *arg, struct changes *c, struct failure *f)
{
	(void)arg;
	if (put_hook(c, "sums", filled, f) < 0 ||
	    put_hook(c, "env.js", filled, f) < 0)
		return -1;
	return changes_remove(c, "a/app.js.gz", f);
}

static const struct hook hooks = { .run = hook };

static int
run_with(const char *text, bool mirror)
{
	filled = text;
	return run_job(text, mirror ? "out" : NULL, NULL);
}

static void
succeed(const char *text, bool mirror)
{
	fault.at = 0;
	if (run_with(text, mirror) < 0)
		fail_msg("%s", why.text);
}

static int
refuse_ours(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	return strncmp(path + ftw->base, ".cradle", strlen(".cradle")) == 0;
}

static int
refuse_temp(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	return strncmp(path + ftw->base, ".cradle-tmp", 11) == 0;
}

static void
expect_clean(const char *folder)
{
	assert_int_equal(nftw(at(folder), refuse_ours, 16, FTW_PHYS), 0);
}

/* One run in a process of its own: its status. */
static int
run_apart(long call, int err, const char *text, bool mirror)
{
	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		fault.at = call;
		fault.calls = 0;
		fault.err = err;
		int r = run_with(text, mirror);
		_exit(r < 0 ? 1 : fault.hit ? 2 : 0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* What lies in the store belongs to what the manifest or journal names. */
static void
expect_no_waste(long call, int err)
{
	bool named = contents(".dist.cradle/manifest")[0] != '\0' ||
		     contents(".dist.cradle/journal")[0] != '\0';
	if (!named && contents(".dist.cradle/originals/index.html")[0] != '\0')
		fail_msg("call %ld, %s: an original is left behind", call,
		    strerror(err));
	assert_int_equal(
	    nftw(at(".dist.cradle"), refuse_temp, 16, FTW_PHYS) > 0, 0);
}

/*
 * Kill the run at its call-th call; false when it has fewer.  Whatever it was
 * before, each file is then as it was or as it was to be, and the next run
 * makes it right.
 */
static bool
survives_kill(long call, bool mirror, bool second)
{
	const char *folder = mirror ? "out" : "dist";

	lay_out();
	if (second)
		succeed("one", mirror);
	const char *text = second ? "two" : "one";
	int status = run_apart(call, 0, text, mirror);
	unsigned before = second ? 2 : 1;
	unsigned after = second ? 4 : 2;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (!(states_of(folder, i) & (before | after)))
			fail_msg(
			    "call %ld: %s is neither", call, files[i].name);
	}
	succeed(text, mirror);
	if (!tree_is(folder, after))
		fail_msg("call %ld: the next run is wrong", call);
	expect_clean(folder);
	succeed(second ? "one" : "two", mirror);
	assert_true(tree_is(folder, second ? 2 : 4));
	return WIFSIGNALED(status);
}

static void
kill_at_each(bool mirror, bool second)
{
	long call = 1;
	while (survives_kill(call, mirror, second))
		call++;
	assert_true(call > 40);
	print_message("# killed at %ld calls\n", call - 1);
}

static void
a_kill_at_any_call_leaves_old_or_new(void **unused)
{
	(void)unused;
	kill_at_each(false, false);
}

static void
a_kill_of_a_restart_leaves_old_or_new(void **unused)
{
	(void)unused;
	kill_at_each(false, true);
}

static void
a_kill_leaves_the_output_old_or_new(void **unused)
{
	(void)unused;
	kill_at_each(true, true);
}

/* The same with an error: all is as it was when the run fails. */
static bool
survives_error(long call, int err, bool mirror, bool second)
{
	const char *folder = mirror ? "out" : "dist";
	unsigned before = second ? 2 : 1;
	unsigned after = second ? 4 : 2;

	lay_out();
	if (second)
		succeed("one", mirror);
	const char *text = second ? "two" : "one";
	int status = run_apart(call, err, text, mirror);
	assert_true(WIFEXITED(status));
	bool failed_ = WEXITSTATUS(status) == 1;
	if (!tree_is(folder, failed_ ? before : after))
		fail_msg("call %ld, %s: %s but the tree is not", call,
		    strerror(err), failed_ ? "failed" : "succeeded");
	if (failed_ && !mirror)
		expect_no_waste(call, err);
	succeed(text, mirror);
	if (!tree_is(folder, after))
		fail_msg(
		    "call %ld, %s: the next run is wrong", call, strerror(err));
	return WEXITSTATUS(status) != 0;
}

static void
errors_at_each(bool mirror, bool second, size_t kinds)
{
	static const int errors[] = { ENOSPC, EACCES, EROFS, EXDEV, EIO };
	for (size_t i = 0; i < kinds; i++) {
		long call = 1;
		while (survives_error(call, errors[i], mirror, second))
			call++;
		assert_true(call > 40);
	}
}

static void
an_error_at_any_call_leaves_old_or_new(void **unused)
{
	(void)unused;
	errors_at_each(false, false, 5);
}

static void
an_error_in_a_restart_leaves_old_or_new(void **unused)
{
	(void)unused;
	errors_at_each(false, true, 2);
}

static void
an_error_leaves_the_output_old_or_new(void **unused)
{
	(void)unused;
	errors_at_each(true, true, 2);
}

static int
set_up(void **unused)
{
	(void)unused;
	const char *memory =
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	make_plot(memory, "faults");
	job = (struct job){ .hooks = &hooks, .hook_count = 1 };
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_kill_at_any_call_leaves_old_or_new),
		TEST(a_kill_of_a_restart_leaves_old_or_new),
		TEST(a_kill_leaves_the_output_old_or_new),
		TEST(an_error_at_any_call_leaves_old_or_new),
		TEST(an_error_in_a_restart_leaves_old_or_new),
		TEST(an_error_leaves_the_output_old_or_new),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
