#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * eats MB [CHILDREN]: takes that much memory, in each of its children when it
 * has some, says "ate" and waits.  Ends with 0 at TERM.
 */

static void
leave(int signal)
{
	(void)signal;
	_exit(0);
}

static void
eat(size_t bytes)
{
	volatile char *food = malloc(bytes); /* each page is really written */
	if (food == NULL)
		_exit(65);
	for (size_t at = 0; at < bytes; at += 1024)
		food[at] = 1;
	printf("ate %zu\n", bytes >> 20);
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}

int
main(int argc, char *argv[])
{
	size_t bytes = argc > 1 ? strtoul(argv[1], NULL, 10) << 20 : 0;
	int children = argc > 2 ? atoi(argv[2]) : 0;

	(void)signal(SIGTERM, leave);
	printf("up %d\n", (int)getpid());
	(void)fflush(stdout);
	for (int i = 0; i < children; i++)
		if (fork() == 0)
			eat(bytes);
	if (children == 0)
		eat(bytes);
	for (;;)
		(void)pause();
}
