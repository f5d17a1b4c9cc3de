#include "personality/catatonit.h"
#include "personality/dumb_init.h"
#include "personality/envsubst.h"
#include "personality/names.h"
#include "personality/search.h"
#include "personality/tini.h"
#include "personality/words.h"

#include "core/guard.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static void
a_program_is_found_by_the_last_part_of_its_path(void **unused)
{
	(void)unused;
	assert_ptr_equal(names_find("tini"), tini_main);
	assert_ptr_equal(names_find("/sbin/tini"), tini_main);
	assert_ptr_equal(names_find("./tini-static"), tini_main);
	assert_ptr_equal(names_find("/sbin/docker-init"), tini_main);
	assert_ptr_equal(names_find("/usr/bin/dumb-init"), dumb_init_main);
	assert_ptr_equal(names_find("/catatonit"), catatonit_main);
	assert_ptr_equal(names_find("/run/podman-init"), catatonit_main);
	assert_ptr_equal(names_find("/usr/bin/envsubst"), envsubst_main);
	assert_null(names_find("cradle"));
	assert_null(names_find("tini/"));
	assert_null(names_find("tini2"));
	assert_null(names_find("/tini/cradle"));
	assert_null(names_find(""));
	assert_null(names_find(NULL));
}

static void
errors_and_signals_are_worded_as_glibc_words_them(void **unused)
{
	(void)unused;
	assert_string_equal(words_error(ENOENT), "No such file or directory");
	assert_string_equal(words_error(EACCES), "Permission denied");
	assert_string_equal(
	    words_error(ENOTTY), "Inappropriate ioctl for device");
	assert_string_equal(words_error(ENOEXEC), "Exec format error");
	assert_string_equal(words_error(ENXIO), "No such device or address");
	assert_string_equal(
	    words_error(ELOOP), "Too many levels of symbolic links");
	assert_string_equal(words_signal(SIGTERM), "Terminated");
	assert_string_equal(words_signal(SIGUSR1), "User defined signal 1");
	assert_string_equal(words_signal(SIGURG), "Urgent I/O condition");
	assert_string_equal(words_signal(34), "Real-time signal 0");
	assert_string_equal(words_signal(64), "Real-time signal 30");
}

/* The code of a child that executes these words along that PATH. */
static int
run(const char *path, char *const words[])
{
	char *argv[8] = { "before" };
	size_t n = 0;
	int status;

	for (; words[n] != NULL; n++)
		argv[n + 1] = words[n];
	pid_t pid = fork();
	if (pid == 0) {
		if (path == NULL)
			(void)unsetenv("PATH");
		else
			(void)setenv("PATH", path, 1);
		int err = search_exec(argv + 1);
		_exit(err == ENOENT ? 101 : err == EACCES ? 102 : 103);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

#define WORDS(...) ((char *[]){ __VA_ARGS__, NULL })

static void
a_command_is_looked_for_along_the_path(void **unused)
{
	(void)unused;
	assert_int_equal(run("/nowhere::/bin", WORDS("sh", "-c", "exit 7")), 7);
	assert_int_equal(run(NULL, WORDS("sh", "-c", "exit 7")), 7);
	assert_int_equal(run("/bin", WORDS("/bin/sh", "-c", "exit 8")), 8);
	assert_int_equal(run("/nowhere", WORDS("sh")), 101);
	assert_int_equal(run("", WORDS("no-such-program")), 101);
	assert_int_equal(run("/bin", WORDS("")), 101);
	/* what is there and may not be executed counts for more */
	assert_int_equal(run("/:/nowhere", WORDS("etc")), 102);
	assert_int_equal(run("/bin", WORDS("/etc")), 102);
	assert_int_equal(run("/bin", WORDS("/etc/passwd/x")), 103);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_program_is_found_by_the_last_part_of_its_path),
		cmocka_unit_test(
		    errors_and_signals_are_worded_as_glibc_words_them),
		cmocka_unit_test(a_command_is_looked_for_along_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
