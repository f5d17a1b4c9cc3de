/*
 * The floor of all restarts: vfork, exec, wait, and again.  Nothing that starts
 * a program anew can be quicker than this; nobody should use it.
 */
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	if (argc < 2)
		return 64;
	for (;;) {
		pid_t pid = vfork();
		if (pid == 0) {
			(void)execv(argv[1], argv + 1);
			_exit(127);
		}
		if (pid == -1 || waitpid(pid, NULL, 0) == -1)
			return 71;
	}
}
