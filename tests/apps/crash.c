#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/*
 * crash HOW [AFTER_MS]: HOW is segv, abort, kill, or the exit code.  Says "born
 * PID" first, and its last words on stderr.
 */

static void
wait_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) == -1)
		;
}

static int
die(const char *how)
{
	if (strcmp(how, "segv") == 0)
		return raise(SIGSEGV);
	if (strcmp(how, "abort") == 0)
		abort();
	if (strcmp(how, "kill") == 0)
		return raise(SIGKILL);
	return atoi(how);
}

int
main(int argc, char *argv[])
{
	const struct rlimit no_core = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &no_core);
	printf("born %d\n", (int)getpid());
	(void)fflush(stdout);
	if (argc > 2)
		wait_ms(atol(argv[2]));
	fprintf(stderr, "last words of %d\n", (int)getpid());
	return die(argc > 1 ? argv[1] : "1");
}
