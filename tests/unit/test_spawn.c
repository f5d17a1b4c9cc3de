#include "supervisor/spawn.h"

#include "core/channel.h"
#include "core/fd.h"
#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static char path[] = "PATH=/nonexistent:/usr/bin:/bin", mark[] = "MARK=here";
static char *envp[] = { path, mark, NULL };
static sigset_t nothing;

static struct spawn
plain(char *const argv[])
{
	(void)sigemptyset(&nothing);
	return (struct spawn){ .argv = argv,
		.envp = envp,
		.cwd = "",
		.self = -1,
		.channel = -1,
		.out = -1,
		.err = -1,
		.mask = &nothing,
		.ignored = &nothing };
}

static int
exit_code(pid_t pid)
{
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* What a shell prints, with its stdout on a pipe, started as `s` says. */
static void
expect_output_of(struct spawn s, const char *script, const char *want)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" },
		(char *)(uintptr_t)script, NULL };
	char got[256] = "";
	int pair[2];
	enum spawn_step step;

	s.argv = argv;

	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	s.out = pair[1];
	pid_t pid = spawn_process(&s, &step);
	assert_true(pid > 0);
	(void)close(pair[1]);
	ssize_t n = fd_read_full(pair[0], got, sizeof(got) - 1);
	assert_true(n >= 0);
	(void)close(pair[0]);
	assert_int_equal(exit_code(pid), 0);
	assert_string_equal(got, want);
}

static void
expect_output(const char *script, const char *want)
{
	expect_output_of(plain(NULL), script, want);
}

static void
the_program_is_found_on_the_path_of_its_own_environment(void **unused)
{
	(void)unused;
	expect_output("echo $MARK", "here\n");
}

static void
it_leads_its_own_group(void **unused)
{
	(void)unused;
	char *argv[] = { (char[]){ "sleep" }, (char[]){ "100" }, NULL };
	enum spawn_step step;
	struct spawn s = plain(argv);
	pid_t pid = spawn_process(&s, &step);
	assert_true(pid > 0);
	assert_int_equal(getpgid(pid), pid);
	assert_int_equal(kill(-pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
what_fails_is_named_and_leaves_no_process(void **unused)
{
	(void)unused;
	static const struct {
		const char *file;
		const char *cwd;
		int err;
		enum spawn_step step;
	} cases[] = {
		{ "no-such-program", "", ENOENT, SPAWN_EXEC },
		{ "/no/such/program", "", ENOENT, SPAWN_EXEC },
		{ "/etc/passwd", "", EACCES, SPAWN_EXEC },
		{ "/bin", "", EACCES, SPAWN_EXEC },
		{ "true", "/no/such/folder", ENOENT, SPAWN_CWD },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *argv[] = { (char *)(uintptr_t)cases[i].file, NULL };
		struct spawn s = plain(argv);
		enum spawn_step step = SPAWN_FORK;
		s.cwd = cases[i].cwd;
		assert_int_equal(spawn_process(&s, &step), -cases[i].err);
		assert_int_equal(step, cases[i].step);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		assert_int_equal(errno, ECHILD);
	}
}

static unsigned long long
bits_of(const char *status, const char *key)
{
	const char *at = strstr(status, key);
	assert_non_null(at);
	return strtoull(at + strlen(key), NULL, 16);
}

static void
mask_and_ignored_signals_are_handed_on_as_they_were(void **unused)
{
	(void)unused;
	/* no shell: dash clears the mask that it is given */
	char *argv[] = { (char[]){ "grep" }, (char[]){ "-E" },
		(char[]){ "^Sig(Blk|Ign)" }, (char[]){ "/proc/self/status" },
		NULL };
	char got[256] = "";
	int pair[2];
	sigset_t usr1, hup;
	enum spawn_step step;
	struct spawn s = plain(argv);

	(void)sigemptyset(&usr1);
	(void)sigaddset(&usr1, SIGUSR1);
	(void)sigemptyset(&hup);
	(void)sigaddset(&hup, SIGHUP);
	s.mask = &usr1;
	s.ignored = &hup;
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	s.out = pair[1];
	pid_t pid = spawn_process(&s, &step);
	(void)close(pair[1]);
	assert_true(fd_read_full(pair[0], got, sizeof(got) - 1) > 0);
	(void)close(pair[0]);
	assert_int_equal(exit_code(pid), 0);
	assert_int_equal(bits_of(got, "SigBlk:"), 1u << (SIGUSR1 - 1));
	/* whoever runs the tests may ignore some of his own */
	assert_int_equal(
	    bits_of(got, "SigIgn:") & 1u << (SIGHUP - 1), 1u << (SIGHUP - 1));
}

static void
a_helper_gets_its_channel_and_nothing_that_we_inherited(void **unused)
{
	(void)unused;
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" },
		(char[]){ "ls /proc/$$/fd; :" }, NULL };
	int stray = open("/dev/null", O_RDONLY); /* without close-on-exec */
	int self = open("/bin/sh", O_PATH | O_CLOEXEC);
	int ours, theirs, pair[2];
	char got[128] = "";
	enum spawn_step step;
	struct spawn s = plain(argv);

	assert_int_equal(channel_open(&ours, &theirs), 0);
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	s.self = self;
	s.channel = theirs;
	s.out = pair[1];
	pid_t pid = spawn_process(&s, &step);
	assert_true(pid > 0);
	(void)close(pair[1]);
	assert_true(fd_read_full(pair[0], got, sizeof(got) - 1) > 0);
	assert_int_equal(exit_code(pid), 0);
	assert_string_equal(got, "0\n1\n2\n3\n");
	(void)close(pair[0]);
	(void)close(stray);
	(void)close(self);
	(void)close(ours);
	(void)close(theirs);
}

static void
extra_variables_replace_add_and_take_away(void **unused)
{
	(void)unused;
	static char once[] = "MARK=once", twice[] = "MARK=there",
		    more[] = "MARKER=x", gone[] = "GONE", stay[] = "GONE=y";
	static char *base[] = { path, mark, stay, NULL };
	static char *extra[] = { once, more, gone, twice, NULL };
	struct spawn s = plain(NULL);
	s.envp = base;
	s.extra_env = extra;
	expect_output_of(
	    s, "env | grep -E 'MARK|GONE' | sort", "MARK=there\nMARKER=x\n");
	assert_string_equal(base[1], "MARK=here");
}

static void
an_environment_that_cannot_be_merged_is_named(void **unused)
{
	(void)unused;
	enum { MANY = 9000 };
	static char *many[MANY + 1];
	static char *extra[] = { mark, NULL };
	char *argv[] = { (char[]){ "true" }, NULL };
	enum spawn_step step = SPAWN_FORK;
	struct spawn s = plain(argv);

	for (size_t i = 0; i < MANY; i++)
		many[i] = path;
	s.envp = many;
	s.extra_env = extra;
	assert_int_equal(spawn_process(&s, &step), -E2BIG);
	assert_int_equal(step, SPAWN_ENVIRONMENT);
}

/* A pipe that holds one word, its writing end closed. */
static int
pipe_with(const char *word, int at)
{
	int pair[2];
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	assert_int_equal(
	    write(pair[1], word, strlen(word)), (ssize_t)strlen(word));
	(void)close(pair[1]);
	assert_int_equal(fcntl(pair[0], F_DUPFD_CLOEXEC, at), at);
	(void)close(pair[0]);
	return at;
}

static void
descriptors_that_are_each_others_targets_do_not_clash(void **unused)
{
	(void)unused;
	int a = pipe_with("a", 150), b = pipe_with("b", 151);
	int c = pipe_with("c", 152);
	struct spawn s = plain(NULL);
	s.fds[0] = (struct spawn_fd){ a, 151 };
	s.fds[1] = (struct spawn_fd){ b, 150 };
	s.fds[2] = (struct spawn_fd){ c, 152 };
	s.fds[3] = (struct spawn_fd){ STDIN_FILENO, 7 };
	expect_output_of(s,
	    "cat /dev/fd/150; cat /dev/fd/151; cat /dev/fd/152; "
	    "ls /proc/$$/fd | grep -cE '^(7|15.)$'",
	    "bac4\n");
	(void)close(a);
	(void)close(b);
	(void)close(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_program_is_found_on_the_path_of_its_own_environment),
		cmocka_unit_test(it_leads_its_own_group),
		cmocka_unit_test(what_fails_is_named_and_leaves_no_process),
		cmocka_unit_test(extra_variables_replace_add_and_take_away),
		cmocka_unit_test(an_environment_that_cannot_be_merged_is_named),
		cmocka_unit_test(
		    descriptors_that_are_each_others_targets_do_not_clash),
		cmocka_unit_test(
		    mask_and_ignored_signals_are_handed_on_as_they_were),
		cmocka_unit_test(
		    a_helper_gets_its_channel_and_nothing_that_we_inherited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
