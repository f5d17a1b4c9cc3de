#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/*
 * speaks_and_waits FILE: "words of PID" on stderr, then a line more in FILE for
 * those who cannot see the words, and then it waits for TERM and ends with 0.
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
	fprintf(stderr, "words of %d.\n", (int)getpid());
	FILE *file = fopen(argv[1], "a");
	if (file == NULL || fprintf(file, "%d\n", (int)getpid()) < 0 ||
	    fclose(file) != 0)
		return 65;
	for (;;)
		(void)pause();
}
