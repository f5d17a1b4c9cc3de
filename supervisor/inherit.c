#include "supervisor/inherit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define LOOK_AT 1024 /* descriptors */

static const char *
lookup(char *const *environment, const char *name)
{
	size_t len = strlen(name);
	for (; *environment != NULL; environment++)
		if (strncmp(*environment, name, len) == 0 &&
		    (*environment)[len] == '=')
			return *environment + len + 1;
	return NULL;
}

void
inherit_open(struct inherit *in, char *const *environment)
{
	const char *pid = lookup(environment, "LISTEN_PID");
	int fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	*in = (struct inherit){ .home = fd == -1 ? 0 : fd };
	in->listen = pid != NULL && lookup(environment, "LISTEN_FDS") != NULL &&
		     strtol(pid, NULL, 10) == (long)getpid();
	in->keep = in->listen || lookup(environment, "NODE_CHANNEL_FD") != NULL;
}

void
inherit_leave_home(struct inherit *in)
{
	if (in->home > 0)
		(void)!chdir("/");
}

/* All of our own are closed on exec; the inherited ones cannot be. */
void
inherit_release(struct inherit *in)
{
	if (in->keep || in->released)
		return;
	in->released = true;
	for (int fd = STDERR_FILENO + 1; fd < LOOK_AT; fd++)
		if (fcntl(fd, F_GETFD) == 0)
			(void)close(fd);
}

char *const *
inherit_withheld(const struct inherit *in)
{
	static char pid[] = "LISTEN_PID", fds[] = "LISTEN_FDS",
		    names[] = "LISTEN_FDNAMES";
	static char *const all[] = { pid, fds, names, NULL };
	return in->listen ? all : NULL;
}
