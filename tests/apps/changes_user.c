#include <grp.h>
#include <stdio.h>
#include <unistd.h>

#define SOMEBODY 12345

/* Becomes another user and stays until it is killed. */
int
main(void)
{
	if (setgroups(0, NULL) == -1 ||
	    setresgid(SOMEBODY, SOMEBODY, SOMEBODY) == -1 ||
	    setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == -1)
		return 65;
	printf("up as %d\n", (int)getuid());
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
