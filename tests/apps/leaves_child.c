#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * leaves_child FILE: the first life makes FILE and dies by SIGKILL; a child of
 * its group stays, which says so when it is told to end and does not.  Every
 * later life stays until TERM and ends with 0.
 */

static void
leave(int signal)
{
	(void)signal;
	_exit(0);
}

static void
refuse(int signal)
{
	(void)signal;
	(void)!write(1, "child was told\n", strlen("child was told\n"));
}

/* Only then is the first life over: the child has its handler by now. */
static void
leave_child(char *name)
{
	int ready[2];
	char byte;

	if (pipe(ready) == -1)
		_exit(65);
	if (fork() == 0) {
		(void)signal(SIGTERM, refuse);
		/* another name than its parent's, by which it is found */
		memset(name, 'c', strlen(name));
		(void)close(ready[0]);
		(void)close(ready[1]);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	(void)!read(ready[0], &byte, 1);
	(void)raise(SIGKILL);
}

int
main(int argc, char *argv[])
{
	if (argc < 2)
		return 64;
	int fd = open(argv[1], O_CREAT | O_EXCL | O_WRONLY, 0644);
	if (fd != -1)
		leave_child(argv[0]);
	(void)signal(SIGTERM, leave);
	printf("later life %d\n", (int)getpid());
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
