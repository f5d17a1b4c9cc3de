#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * instance [FILE]: one of several.  It prints its number with all that happens
 * to it, takes a while until it is ready, which descriptor 3 tells, ends at
 * TERM, and with FILE there every one but the first exits with 3 at once.
 */

static const char *
number(void)
{
	const char *n = getenv("CRADLE_INSTANCE");
	return n == NULL ? "none" : n;
}

static void
say(const char *what)
{
	printf("%s %s\n", what, number());
	(void)fflush(stdout);
}

int
main(int argc, char *argv[])
{
	const struct timespec boot = { 0, 50000000 };
	const char *node = getenv("NODE_APP_INSTANCE");
	const char *port = getenv("PORT");
	sigset_t set;
	int sig = 0;

	if (argc > 1 && strcmp(number(), "0") != 0 &&
	    access(argv[1], F_OK) == 0)
		return 3;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	printf("up %s node %s port %s\n", number(), node ? node : "none",
	    port ? port : "none");
	(void)fflush(stdout);
	(void)nanosleep(&boot, NULL);
	say("ready");
	(void)!write(3, "\n", 1);
	while (sigwait(&set, &sig) == 0 && sig != SIGTERM)
		say("usr1");
	say("down");
	return 0;
}
