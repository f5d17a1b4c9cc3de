#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
refuse(int signal)
{
	(void)signal;
	(void)!write(1, "refused\n", strlen("refused\n"));
}

/* Says "refused" to every polite signal and stays until it is killed. */
int
main(void)
{
	const int polite[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP };

	for (size_t i = 0; i < sizeof(polite) / sizeof(polite[0]); i++)
		(void)signal(polite[i], refuse);
	printf("up %d\n", (int)getpid());
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
