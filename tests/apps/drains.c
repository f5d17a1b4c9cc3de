#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * drains MS CODE [FILE]: at TERM it needs MS more, and then ends with CODE.
 * With FILE the first life, which makes it, dies by SIGKILL at once.
 */

static volatile sig_atomic_t asked;

static void
ask(int signal)
{
	(void)signal;
	asked = 1;
}

static void
wait_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) == -1)
		;
}

int
main(int argc, char *argv[])
{
	sigset_t term, before;

	if (argc < 3)
		return 64;
	if (argc > 3 && access(argv[3], F_OK) == -1) {
		FILE *mark = fopen(argv[3], "w");
		if (mark == NULL || fclose(mark) != 0)
			return 65;
		(void)raise(SIGKILL);
	}
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &term, &before);
	(void)signal(SIGTERM, ask);
	printf("up %d\n", (int)getpid());
	(void)fflush(stdout);
	while (!asked)
		(void)sigsuspend(&before);
	printf("draining\n");
	(void)fflush(stdout);
	wait_ms(atol(argv[1]));
	return atoi(argv[2]);
}
