#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/*
 * crash_once FILE: the first life makes FILE and dies by SIGKILL;
 * every later one, which finds FILE there, stays until TERM and ends with 0.
 */

static void
leave(int signal)
{
	(void)signal;
	_exit(0);
}

int
main(int argc, char *argv[])
{
	if (argc < 2)
		return 64;
	(void)signal(SIGTERM, leave);
	int fd = open(argv[1], O_CREAT | O_EXCL | O_WRONLY, 0644);
	printf("%s life %d\n", fd == -1 ? "later" : "first", (int)getpid());
	(void)fflush(stdout);
	if (fd != -1) {
		fprintf(stderr, "the first life ends badly\n");
		(void)raise(SIGKILL);
	}
	for (;;)
		(void)pause();
}
