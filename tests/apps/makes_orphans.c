#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * makes_orphans N [together]: N grandchildren without a parent, which end at
 * once, or all together when the last has been made.  Then it says so, waits
 * for TERM and ends with 7.
 */

static int gate[2];

static void
be_orphan(int together)
{
	char nothing;

	(void)close(gate[1]);
	if (together)
		(void)!read(gate[0], &nothing, 1);
	_exit(3);
}

static void
make_one(int together)
{
	pid_t pid = fork();

	if (pid == -1)
		exit(99);
	if (pid != 0) {
		(void)waitpid(pid, NULL, 0);
		return;
	}
	pid = fork();
	if (pid == 0)
		be_orphan(together);
	_exit(pid == -1 ? 99 : 0);
}

int
main(int argc, char *argv[])
{
	int together = argc > 2 && strcmp(argv[2], "together") == 0;
	sigset_t term;
	int got;

	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &term, NULL);
	if (argc < 2 || pipe(gate) == -1)
		return 64;
	for (int i = 0; i < atoi(argv[1]); i++)
		make_one(together);
	(void)close(gate[1]);
	printf("made all\n");
	(void)fflush(stdout);
	(void)sigwait(&term, &got);
	return 7;
}
