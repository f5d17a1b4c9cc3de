#include "supervisor/inherit.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define LOOK_AT 1024 /* descriptors, ... */
#define AT_ONCE 256  /* ... so many in one call */

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

/*
 * Which of those from `first` on are open, without a call for each.  A limit
 * below their number refuses the question: then any may be.
 */
static void
look(int first, struct pollfd fds[AT_ONCE])
{
	for (int i = 0; i < AT_ONCE; i++)
		fds[i] = (struct pollfd){ .fd = first + i };
	(void)poll(fds, AT_ONCE, 0);
}

/* All of our own are closed on exec; the inherited ones cannot be. */
void
inherit_release(struct inherit *in)
{
	struct pollfd fds[AT_ONCE];

	if (in->keep || in->released)
		return;
	in->released = true;
	for (int first = 0; first < LOOK_AT; first += AT_ONCE) {
		look(first, fds);
		for (int i = 0; i < AT_ONCE; i++)
			if ((fds[i].revents & POLLNVAL) == 0 &&
			    fds[i].fd > STDERR_FILENO &&
			    fcntl(fds[i].fd, F_GETFD) == 0)
				(void)close(fds[i].fd);
	}
}

char *const *
inherit_withheld(const struct inherit *in)
{
	static char pid[] = "LISTEN_PID", fds[] = "LISTEN_FDS",
		    names[] = "LISTEN_FDNAMES";
	static char *const all[] = { pid, fds, names, NULL };
	return in->listen ? all : NULL;
}
