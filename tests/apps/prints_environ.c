#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* Prints its arguments and environment; with "stay" it then waits for TERM. */
int
main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		printf("arg %d %s\n", i, argv[i]);
	for (char **at = environ; *at != NULL; at++)
		printf("env %s\n", *at);
	printf("end of environ\n");
	(void)fflush(stdout);
	if (argc > 1 && strcmp(argv[1], "stay") == 0)
		(void)pause();
	return 0;
}
