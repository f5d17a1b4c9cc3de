#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * prepare SETTING... -- PROGRAM ARGUMENT...: become PROGRAM with an unusual
 * inheritance.
 *
 *	terminal=PATH    stdin is this terminal, and we lead its session
 *	stdout=PATH      stdout is this file
 *	stderr=PATH      and stderr that one
 *	descriptors=N    so many more are open, as far as the limit allows
 *	file_size=BYTES  a file that would grow over it kills its writer
 *	no_kill          processes of other users cannot be signalled
 *	ignore=SIGNAL    that signal's number is ignored
 *	block=SIGNAL     and that one is blocked
 */

static void
need(int done, const char *what)
{
	if (done)
		return;
	perror(what);
	_exit(125);
}

static void
take_terminal(const char *path)
{
	need(setsid() != -1, "setsid");
	int fd = open(path, O_RDWR | O_NOCTTY);
	need(fd != -1, path);
	need(ioctl(fd, TIOCSCTTY, 0) == 0, "TIOCSCTTY");
	need(dup2(fd, 0) == 0, "dup2");
	(void)close(fd);
}

static void
take_output(int target, const char *path)
{
	int fd = open(path, O_WRONLY | O_NOCTTY);

	need(fd != -1, path);
	need(dup2(fd, target) == target, "dup2");
	(void)close(fd);
}

static void
open_many(int count)
{
	struct rlimit limit;

	need(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	need(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
	/* cradle and its app need some as well */
	if (limit.rlim_cur < (rlim_t)count + 64)
		count = (int)limit.rlim_cur - 64;
	for (int i = 0; i < count; i++)
		need(open("/dev/null", O_RDONLY) != -1, "/dev/null");
	printf("opened %d\n", count);
	(void)fflush(stdout);
}

static void
limit_files(long bytes)
{
	const struct rlimit limit = { (rlim_t)bytes, (rlim_t)bytes };
	const struct rlimit no_core = { 0, 0 };

	need(setrlimit(RLIMIT_CORE, &no_core) == 0, "setrlimit");
	need(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
}

/* The bounding set, so that exec as root does not bring it back. */
static void
drop_kill(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
		0 };
	struct __user_cap_data_struct data[2];

	need(prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0) == 0, "CAPBSET_DROP");
	need(syscall(SYS_capget, &head, data) == 0, "capget");
	data[0].effective &= ~(1U << CAP_KILL);
	data[0].permitted &= ~(1U << CAP_KILL);
	data[0].inheritable &= ~(1U << CAP_KILL);
	need(syscall(SYS_capset, &head, data) == 0, "capset");
}

static void
block(int sig)
{
	sigset_t one;

	(void)sigemptyset(&one);
	(void)sigaddset(&one, sig);
	need(sigprocmask(SIG_BLOCK, &one, NULL) == 0, "sigprocmask");
}

static const char *
value_of(const char *setting, const char *name)
{
	size_t len = strlen(name);

	return strncmp(setting, name, len) == 0 ? setting + len : NULL;
}

static void
apply(const char *setting)
{
	const char *value;

	if ((value = value_of(setting, "terminal=")) != NULL)
		take_terminal(value);
	else if ((value = value_of(setting, "stderr=")) != NULL)
		take_output(2, value);
	else if ((value = value_of(setting, "stdout=")) != NULL)
		take_output(1, value);
	else if ((value = value_of(setting, "descriptors=")) != NULL)
		open_many(atoi(value));
	else if ((value = value_of(setting, "file_size=")) != NULL)
		limit_files(atol(value));
	else if ((value = value_of(setting, "ignore=")) != NULL)
		need(signal(atoi(value), SIG_IGN) != SIG_ERR, "signal");
	else if ((value = value_of(setting, "block=")) != NULL)
		block(atoi(value));
	else if (strcmp(setting, "no_kill") == 0)
		drop_kill();
	else
		need(0, setting);
}

int
main(int argc, char *argv[])
{
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++)
		apply(argv[i]);
	if (i + 1 >= argc)
		return 64;
	(void)execv(argv[i + 1], argv + i + 1);
	need(0, argv[i + 1]);
	return 125;
}
