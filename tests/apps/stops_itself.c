#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void
leave(int signal)
{
	(void)signal;
	_exit(5);
}

/* Stops itself, says when it was continued, then ends with 5 at TERM. */
int
main(void)
{
	(void)signal(SIGTERM, leave);
	printf("up %d\n", (int)getpid());
	(void)fflush(stdout);
	(void)raise(SIGSTOP);
	printf("continued\n");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
