#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * prints_signals [child]: one line "got N" for each signal; TERM ends it with 0
 * after the line.  With "child" a second process of the same group does the
 * same and its lines begin with "child".
 */

static const char *who = "";

static void
wait_for_signals(void)
{
	sigset_t all;
	int got;

	(void)sigfillset(&all);
	(void)sigdelset(&all, SIGCHLD);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	printf("%sup\n", who);
	do {
		(void)fflush(stdout);
		if (sigwait(&all, &got) != 0)
			exit(99);
		printf("%sgot %d\n", who, got);
	} while (got != SIGTERM);
	(void)fflush(stdout);
}

int
main(int argc, char *argv[])
{
	if (argc > 1 && strcmp(argv[1], "child") == 0 && fork() == 0)
		who = "child ";
	wait_for_signals();
	while (wait(NULL) > 0)
		;
	return 0;
}
