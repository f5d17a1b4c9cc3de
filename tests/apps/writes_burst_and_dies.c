#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * writes_burst_and_dies LINES HOW: numbered lines of about 90 bytes on stdout,
 * flushed, then an end without newline, then death: "kill" or an exit code.
 */
int
main(int argc, char *argv[])
{
	if (argc < 3)
		return 64;
	for (int i = 1; i <= atoi(argv[1]); i++)
		printf("line %06d of a burst that is written faster than "
		       "anybody reads it, padded to ninety\n",
		    i);
	printf("the last words have no newline");
	(void)fflush(stdout);
	if (strcmp(argv[2], "kill") == 0)
		(void)raise(SIGKILL);
	return atoi(argv[2]);
}
