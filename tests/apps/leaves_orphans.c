#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * leaves_orphans COUNT HOW: COUNT processes that nobody waits for, each in a
 * session of its own.  HOW: "gone" (they end at once), "polite" (they end at
 * TERM and say so), "stubborn" (they ignore TERM).  Then it waits for TERM and
 * ends with 0.
 */

static void
say_and_leave(int signal)
{
	(void)signal;
	(void)!write(1, "orphan ended\n", 13);
	_exit(0);
}

static void
leave(int signal)
{
	(void)signal;
	_exit(0);
}

static void
live_as_orphan(const char *how)
{
	if (strcmp(how, "gone") == 0)
		_exit(0);
	(void)signal(
	    SIGTERM, strcmp(how, "polite") == 0 ? say_and_leave : SIG_IGN);
	(void)!write(1, "orphan up\n", 10);
	for (;;)
		(void)pause();
}

static void
make_orphan(const char *how)
{
	pid_t middle = fork();

	if (middle == 0) {
		(void)setsid();
		if (fork() == 0)
			live_as_orphan(how);
		_exit(0);
	}
	(void)waitpid(middle, NULL, 0);
}

int
main(int argc, char *argv[])
{
	if (argc < 3)
		return 64;
	for (int i = atoi(argv[1]); i > 0; i--)
		make_orphan(argv[2]);
	(void)signal(SIGTERM, leave);
	printf("up %d\n", (int)getpid());
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
