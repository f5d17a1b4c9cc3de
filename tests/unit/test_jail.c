#include "core/jail.h"

#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * Each attempt runs in a child of its own, once as we are and once as an
 * unprivileged user.  It returns the errno that it met, 0 for none.
 */
typedef int attempt_fn(void);

enum { SETUP_FAILED = 250 };

static char folder[64];

static const char *
in_folder(const char *name)
{
	static char path[128];
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int
outcome(long r)
{
	return r == -1 ? errno : 0;
}

static int
try_exec(void)
{
	char *argv[] = { "true", NULL };
	char *envp[] = { NULL };
	int out = open("/bin/true", O_PATH | O_CLOEXEC);
	int r =
	    outcome(syscall(SYS_execveat, out, "", argv, envp, AT_EMPTY_PATH));
	int s = outcome(execve("/bin/true", argv, envp));
	return r == s ? r : SETUP_FAILED;
}

static int
try_exec_free(void)
{
	/* a missing file: EPERM would come before ENOENT */
	char *argv[] = { "x", NULL };
	int r = outcome(execve("/nowhere/at/all", argv, argv + 1));
	return r == ENOENT ? 0 : r;
}

static int
try_socket(void)
{
	return outcome(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
try_unix_socket(void)
{
	return outcome(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int inherited_socket = -1;

static int
try_bind(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	return outcome(
	    bind(inherited_socket, (struct sockaddr *)&any, sizeof(any)));
}

static int
try_listen(void)
{
	return outcome(listen(inherited_socket, 1));
}

static int
try_accept(void)
{
	int r = outcome(accept4(inherited_socket, NULL, NULL, SOCK_CLOEXEC));
	return r == EINVAL ? 0 : r;
}

static int
try_connect(void)
{
	struct sockaddr_in one = { .sin_family = AF_INET,
		.sin_port = htons(1),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int r = outcome(
	    connect(inherited_socket, (struct sockaddr *)&one, sizeof(one)));
	return r == ECONNREFUSED ? 0 : r;
}

static int
try_read_file(void)
{
	return outcome(open(in_folder("file"), O_RDONLY | O_CLOEXEC));
}

static int
try_write_file(void)
{
	return outcome(open(in_folder("file"), O_WRONLY | O_CLOEXEC));
}

static int
try_append_file(void)
{
	return outcome(open(in_folder("file"), O_RDWR | O_APPEND | O_CLOEXEC));
}

static int
try_create_file(void)
{
	return outcome(
	    open(in_folder("new"), O_RDONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int
try_unnamed_file(void)
{
	return outcome(open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
}

static int
try_raw_open(void)
{
#ifdef SYS_open
	return outcome(syscall(SYS_open, in_folder("file"), O_WRONLY));
#else
	return try_write_file();
#endif
}

static int
try_openat2(void)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = { .flags = O_RDONLY };
	return outcome(
	    syscall(437, AT_FDCWD, in_folder("file"), &how, sizeof(how)));
}

static int
try_rename(void)
{
	char from[128];
	(void)snprintf(from, sizeof(from), "%s", in_folder("file"));
	return outcome(rename(from, in_folder("other")));
}

static int
try_unlink(void)
{
	return outcome(unlink(in_folder("file")));
}

static int
try_mkdir(void)
{
	return outcome(mkdir(in_folder("folder"), 0700));
}

static int
try_symlink(void)
{
	return outcome(symlink("x", in_folder("link")));
}

static int
try_chmod(void)
{
	return outcome(chmod(in_folder("file"), 0600));
}

static int
try_truncate(void)
{
	return outcome(truncate(in_folder("file"), 0));
}

static int
try_utimes(void)
{
	return outcome(utimensat(AT_FDCWD, in_folder("file"), NULL, 0));
}

static int
try_kill_parent(void)
{
	return outcome(kill(getppid(), 0));
}

static int
try_kill_all(void)
{
	return outcome(kill(0, 0));
}

static int
try_kill_self(void)
{
	(void)signal(SIGUSR1, SIG_IGN);
	int r = outcome(kill(getpid(), SIGUSR1));
	return r != 0 ? r : raise(SIGUSR1);
}

static int
try_ptrace(void)
{
	return outcome(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
try_unshare(void)
{
	return outcome(unshare(CLONE_NEWUSER));
}

static int
try_clone_user(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	return outcome(pid);
}

static int
try_mount(void)
{
	return outcome(mount("none", folder, "tmpfs", 0, NULL));
}

static int
try_io_uring(void)
{
	char params[256] = { 0 };
	return outcome(syscall(425, 1, params));
}

static int
try_fork(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid == -1 ? errno : outcome(waitpid(pid, NULL, 0));
}

static void *
thread(void *said)
{
	*(bool *)said = true;
	return NULL;
}

static int
try_thread(void)
{
	bool said = false;
	pthread_t t;
	int r = pthread_create(&t, NULL, thread, &said);
	if (r != 0)
		return r;
	r = pthread_join(t, NULL);
	return r != 0 || said ? r : SETUP_FAILED;
}

static int
try_pipe(void)
{
	int ends[2];
	char c = 'x';
	if (pipe(ends) == -1 || write(ends[1], &c, 1) != 1)
		return errno;
	return read(ends[0], &c, 1) == 1 ? 0 : errno;
}

static int
try_socketpair(void)
{
	int ends[2];
	char c = 'x';
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == -1 ||
	    send(ends[1], &c, 1, MSG_NOSIGNAL) != 1)
		return errno;
	return recv(ends[0], &c, 1, 0) == 1 ? 0 : errno;
}

static void
be_nobody(void)
{
	if (geteuid() == 0 && (setgid(65534) == -1 || setuid(65534) == -1))
		_exit(SETUP_FAILED);
}

static int
outcome_in_child(const struct jail *jail, attempt_fn *attempt, bool nobody)
{
	(void)fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		unsigned taken = 0;
		if (nobody)
			be_nobody();
		inherited_socket = socket(AF_INET, SOCK_STREAM, 0);
		if (jail != NULL)
			jail_enter(jail, &taken);
		_exit(attempt());
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
expect(unsigned give_up, attempt_fn *attempt, int err)
{
	const struct jail jail = { .give_up = give_up };
	int as_we_are = outcome_in_child(&jail, attempt, false);
	int as_nobody = outcome_in_child(&jail, attempt, true);
	assert_int_equal(as_we_are, err);
	assert_int_equal(as_nobody, err);
}

static int
make_folder(void **unused)
{
	(void)unused;
	(void)snprintf(folder, sizeof(folder), "/tmp/test_jail.XXXXXX");
	if (mkdtemp(folder) == NULL || chmod(folder, 0777) == -1)
		return -1;
	int fd = open(in_folder("file"), O_RDWR | O_CREAT, 0666);
	if (fd == -1 || fchmod(fd, 0666) == -1)
		return -1;
	return close(fd);
}

static int
remove_folder(void **unused)
{
	const char *const left[] = { "file", "new", "other", "link" };
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(left); i++)
		(void)unlink(in_folder(left[i]));
	(void)rmdir(in_folder("folder"));
	return rmdir(folder);
}

static bool
filter_works(void)
{
	(void)fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		const struct jail jail = { .give_up = JAIL_EXEC };
		unsigned taken = 0;
		jail_enter(&jail, &taken);
		_exit((taken & JAIL_EXEC) != 0);
	}
	int status = 0;
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

#define NEED_FILTER()                \
	do {                         \
		if (!filter_works()) \
			skip();      \
	} while (0)

struct attempts {
	unsigned right;
	attempt_fn *attempt;
	int err;
};

static void
each_right_that_is_given_up_is_refused(void **unused)
{
	(void)unused;
	static const struct attempts refused[] = {
		{ JAIL_EXEC, try_exec, EPERM },
		{ JAIL_EXEC, try_exec_free, EPERM },
		{ JAIL_NET, try_socket, EPERM },
		{ JAIL_NET, try_unix_socket, EPERM },
		{ JAIL_NET, try_bind, EPERM },
		{ JAIL_NET, try_connect, EPERM },
		{ JAIL_CONNECT, try_connect, EPERM },
		{ JAIL_LISTEN, try_listen, EPERM },
		{ JAIL_LISTEN, try_accept, EPERM },
		{ JAIL_OPEN, try_read_file, EACCES },
		{ JAIL_OPEN, try_write_file, EACCES },
		{ JAIL_OPEN, try_openat2, ENOSYS },
		{ JAIL_WRITE, try_write_file, EACCES },
		{ JAIL_WRITE, try_append_file, EACCES },
		{ JAIL_WRITE, try_create_file, EACCES },
		{ JAIL_WRITE, try_unnamed_file, EACCES },
		{ JAIL_WRITE, try_raw_open, EACCES },
		{ JAIL_WRITE, try_openat2, ENOSYS },
		{ JAIL_WRITE, try_rename, EACCES },
		{ JAIL_WRITE, try_unlink, EACCES },
		{ JAIL_WRITE, try_mkdir, EACCES },
		{ JAIL_WRITE, try_symlink, EACCES },
		{ JAIL_WRITE, try_chmod, EACCES },
		{ JAIL_WRITE, try_truncate, EACCES },
		{ JAIL_WRITE, try_utimes, EACCES },
		{ JAIL_KILL, try_kill_parent, EPERM },
		{ JAIL_KILL, try_kill_all, EPERM },
		{ JAIL_ADMIN, try_ptrace, EPERM },
		{ 0, try_ptrace, EPERM },
		{ JAIL_ADMIN, try_unshare, EPERM },
		{ JAIL_ADMIN, try_clone_user, EPERM },
		{ JAIL_ADMIN, try_mount, EPERM },
		{ JAIL_ADMIN, try_io_uring, EPERM },
	};
	NEED_FILTER();
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		expect(refused[i].right, refused[i].attempt, refused[i].err);
}

static void
everything_else_goes_on_working(void **unused)
{
	(void)unused;
	const unsigned all = JAIL_EXEC | JAIL_NET | JAIL_LISTEN | JAIL_CONNECT |
			     JAIL_OPEN | JAIL_WRITE | JAIL_ADMIN | JAIL_KILL;
	const struct attempts fine[] = {
		{ all & ~(unsigned)JAIL_EXEC, try_exec_free, 0 },
		{ all & ~(unsigned)JAIL_NET, try_socket, 0 },
		{ all & ~(unsigned)(JAIL_NET | JAIL_LISTEN), try_bind, 0 },
		{ all & ~(unsigned)(JAIL_NET | JAIL_CONNECT), try_connect, 0 },
		{ all & ~(unsigned)JAIL_LISTEN, try_listen, 0 },
		{ all & ~(unsigned)JAIL_LISTEN, try_accept, 0 },
		{ all & ~(unsigned)JAIL_OPEN, try_read_file, 0 },
		{ all & ~(unsigned)(JAIL_OPEN | JAIL_WRITE), try_write_file,
		    0 },
		{ all & ~(unsigned)JAIL_KILL, try_kill_all, 0 },
		{ all, try_kill_self, 0 },
		{ all, try_fork, 0 },
		{ all, try_thread, 0 },
		{ all, try_pipe, 0 },
		{ all, try_socketpair, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(fine); i++) {
		const struct jail jail = { .give_up = fine[i].right };
		int r = outcome_in_child(&jail, fine[i].attempt, true);
		assert_int_equal(r, fine[i].err);
	}
}

static bool
files_can_be_limited(void)
{
	return syscall(444, NULL, 0, 1) >= 1;
}

static int
try_outside(void)
{
	return outcome(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static void
only_the_named_paths_can_be_reached(void **unused)
{
	(void)unused;
	if (!files_can_be_limited())
		skip();
	const char *paths[] = { folder, "/nowhere/at/all", NULL };
	const struct jail reads = { .give_up = JAIL_FILES, .readable = paths };
	const struct jail writes = { .give_up = JAIL_FILES, .writable = paths };
	const char *const none[] = { NULL };
	const struct jail both = {
		.give_up = JAIL_FILES, .readable = none, .writable = paths
	};
	const struct {
		const struct jail *jail;
		attempt_fn *attempt;
		int err;
	} cases[] = {
		{ &reads, try_read_file, 0 },
		{ &reads, try_outside, EACCES },
		{ &reads, try_write_file, EACCES },
		{ &reads, try_create_file, EACCES },
		{ &reads, try_rename, EACCES },
		{ &writes, try_outside, 0 },
		{ &writes, try_write_file, 0 },
		{ &both, try_outside, EACCES },
		{ &both, try_read_file, 0 },
		{ &both, try_write_file, 0 },
		{ &both, try_mkdir, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int r = outcome_in_child(cases[i].jail, cases[i].attempt, true);
		assert_int_equal(r, cases[i].err);
	}
}

static int
a_second_jail(void)
{
	const struct jail more = { .give_up = JAIL_NET };
	unsigned taken = 0;
	jail_enter(&more, &taken);
	if ((taken & JAIL_NET) == 0 || try_socket() != EPERM)
		return SETUP_FAILED;
	return try_exec_free();
}

static void
a_second_jail_narrows_the_first(void **unused)
{
	(void)unused;
	NEED_FILTER();
	expect(JAIL_EXEC, a_second_jail, EPERM);
}

static void
what_took_hold_is_told(void **unused)
{
	(void)unused;
	NEED_FILTER();
	(void)fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		const struct jail jail = { .give_up = JAIL_EXEC | JAIL_FILES };
		unsigned taken = 0;
		jail_enter(&jail, &taken);
		unsigned want = JAIL_EXEC | JAIL_ADMIN |
				(files_can_be_limited() ? JAIL_FILES : 0);
		_exit(taken != want);
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
rights_have_names(void **unused)
{
	(void)unused;
	char text[128];

	jail_names(JAIL_EXEC | JAIL_NET | JAIL_FILES, text, sizeof(text));
	assert_string_equal(text, "exec net files");
	jail_names(0, text, sizeof(text));
	assert_string_equal(text, "none");
	jail_names(~0u, text, sizeof(text));
	assert_string_equal(
	    text, "exec net listen connect open write admin files kill");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_right_that_is_given_up_is_refused),
		cmocka_unit_test(everything_else_goes_on_working),
		cmocka_unit_test(only_the_named_paths_can_be_reached),
		cmocka_unit_test(a_second_jail_narrows_the_first),
		cmocka_unit_test(what_took_hold_is_told),
		cmocka_unit_test(rights_have_names),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
