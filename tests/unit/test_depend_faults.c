/*
 * What depends on a filled file, with an error at each system call of a run, or
 * killed there: files.c is compiled in here with a counter before the calls
 * that the hook and the engine share.
 */
#include "core/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	long at;           /* the call that it happens at, from 1; 0: never */
	atomic_long calls; /* so far, of all threads */
	int err;           /* 0: killed */
} fault;

static bool
fails(void)
{
	if (atomic_fetch_add(&fault.calls, 1) + 1 != fault.at)
		return false;
	if (fault.err == 0)
		(void)raise(SIGKILL);
	errno = fault.err;
	return true;
}

#define openat(...) (fails() ? -1 : openat(__VA_ARGS__))
#define read(...) (fails() ? -1 : read(__VA_ARGS__))
#define pread(...) (fails() ? -1 : pread(__VA_ARGS__))
#define fd_write_all(...) (fails() ? -errno : fd_write_all(__VA_ARGS__))

#include "envsubst/files.c"

#undef openat
#undef read
#undef pread
#undef fd_write_all

#include "envsubst/depend.h"
#include "envsubst/mention.h"
#include "envsubst/scan.h"
#include "envsubst/sums.h"

#include "plot_run.h"

#include <sys/wait.h>

#define CALL "JSON.parse('\"" SCAN_WORD "\"')"
#define ROOM 1024
#define FILES 6

static const char *const names[FILES] = { "app.js", "app.js.map", "index.html",
	"index.html.gz", "sw.js", "sw.js.br" };
static char built[FILES][ROOM];  /* before the run */
static char filled[FILES][ROOM]; /* after one that nothing happened to */

/* As hex, for siblings are no text; "" when it is not there. */
static void
get_hex(const char *name, char to[ROOM])
{
	unsigned char have[ROOM / 2];
	char path[64];
	(void)snprintf(path, sizeof(path), "dist/%s", name);
	ssize_t n = get_bytes(path, have, sizeof(have));
	memset(to, 0, ROOM);
	for (ssize_t i = 0; i < n; i++)
		(void)snprintf(to + 2 * i, 3, "%02x", have[i]);
}

static void
write_digest(enum sums_kind kind, enum mention_form form, const char *of,
    char to[MENTION_LEN_MAX + 1])
{
	struct sums_state state;
	struct sums sums;
	sums_begin(&state, SUMS_ALL);
	(void)sums_add(&state, of, strlen(of));
	sums_end(&state, &sums);
	to[mention_write(form, kind, sums.of[kind], to)] = '\0';
}

static void
lay_out(void)
{
	char digest[MENTION_LEN_MAX + 1];
	char page[1024];
	char text[1024];

	remove_all("dist");
	remove_all(".dist.cradle");
	make_folder("dist");
	put("dist/app.js", "a=" CALL ";b");
	put("dist/app.js.map", "{\"mappings\":\"AAAA,gDAAA\"}");
	write_digest(SUMS_SHA384, MENTION_BASE64, "a=" CALL ";b", digest);
	(void)snprintf(
	    page, sizeof(page), "<script integrity=sha384-%s>", digest);
	put("dist/index.html", page);
	put("dist/index.html.gz", "stale");
	write_digest(SUMS_MD5, MENTION_HEX, page, digest);
	(void)snprintf(text, sizeof(text),
	    "[{url:\"index.html\",revision:\"%s\"},"
	    "{url:\"app.js\",revision:null}]",
	    digest);
	put("dist/sw.js", text);
	put("dist/sw.js.br", "stale");
}

static void
take_all(char to[FILES][ROOM])
{
	for (size_t i = 0; i < FILES; i++)
		get_hex(names[i], to[i]);
}

static int
run(void)
{
	struct depend depend = { 0 };
	struct hook hook = depend_hook(&depend);

	job.hooks = &hook;
	job.hook_count = 1;
	int r = run_job("value", NULL, NULL);
	depend_end(&depend);
	return r;
}

static bool
is_filled(char now[FILES][ROOM])
{
	return memcmp(now, filled, sizeof(filled)) == 0;
}

/* One run in a process of its own: its status. */
static int
run_apart(long call, int err)
{
	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		fault.at = call;
		fault.err = err;
		atomic_store(&fault.calls, 0);
		int r = run();
		_exit(r < 0 ? 1 : atomic_load(&fault.calls) < call ? 0 : 2);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* false once a run has fewer calls. */
static bool
survives(long call, int err)
{
	static char now[FILES][ROOM];

	lay_out();
	int status = run_apart(call, err);
	take_all(now);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGKILL);
		for (size_t i = 0; i < FILES; i++)
			assert_true(strcmp(now[i], built[i]) == 0 ||
				    strcmp(now[i], filled[i]) == 0);
	} else if (WEXITSTATUS(status) == 1) {
		assert_memory_equal(now, built, sizeof(built));
	} else {
		assert_true(is_filled(now));
	}
	assert_int_equal(run(), 0);
	take_all(now);
	assert_true(is_filled(now));
	return WIFSIGNALED(status) || WEXITSTATUS(status) != 0;
}

static void
at_each_call(int err, long step)
{
	long call = 1;
	lay_out();
	take_all(built);
	assert_int_equal(run(), 0);
	take_all(filled);
	for (size_t i = 0; i < FILES; i++)
		assert_string_not_equal(built[i], filled[i]);
	while (survives(call, err))
		call += step;
	assert_true(call > 40);
	print_message("# up to call %ld\n", call - 1);
}

static void
a_kill_leaves_each_file_old_or_new(void **unused)
{
	(void)unused;
	at_each_call(0, 1);
}

static void
an_error_leaves_all_files_old_or_new(void **unused)
{
	(void)unused;
	at_each_call(EIO, 2);
}

static int
set_up(void **unused)
{
	(void)unused;
	make_plot("/tmp", "depend");
	job = (struct job){ 0 };
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_kill_leaves_each_file_old_or_new, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    an_error_leaves_all_files_old_or_new, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
