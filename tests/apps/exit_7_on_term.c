#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void
leave(int signal)
{
	(void)signal;
	_exit(7);
}

/* Ends with 7 when it is asked to end. */
int
main(void)
{
	(void)signal(SIGTERM, leave);
	printf("up %d\n", (int)getpid());
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
