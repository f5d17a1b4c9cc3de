#include "supervisor/epolls.h"

#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "supervisor/pid1.h"

/* The number is our socket's for a moment, in the place of what has it here. */
static void
change(int epoll, int op, int socket, int number, struct epoll_event *e)
{
	int kept = fcntl(number, F_DUPFD_CLOEXEC, number + 1);

	if (kept == -1 && errno != EBADF)
		return;
	if (socket == number || dup3(socket, number, O_CLOEXEC) == number)
		(void)epoll_ctl(epoll, op, number, e);
	if (kept == -1) {
		(void)close(number);
		return;
	}
	(void)dup3(kept, number, O_CLOEXEC);
	(void)close(kept);
}

static void
change_theirs(
    pid_t tid, const struct peek_epoll *one, int op, int socket, int number)
{
	struct epoll_event e = { .events = one->events, .data.u64 = one->data };
	int r = peek_duplicate(tid, one->fd);
	if (r < 0)
		return;
	autoclose int fd = r;
	autoclose int away = fcntl(fd, F_DUPFD_CLOEXEC, number + 1);
	guard_close(&fd);
	fd = -1;
	if (away != -1)
		change(away, op, socket, number, &e);
}

void
epolls_watch(pid_t tid, const struct peek_epoll *as, int socket, int number)
{
	change_theirs(tid, as, EPOLL_CTL_ADD, socket, number);
}

void
epolls_leave(pid_t tid, int number, int socket)
{
	struct peek_around around = { 0 };

	if (number > STDERR_FILENO)
		peek_around(tid, number, 0, &around);
	for (size_t i = 0; i < around.epolls; i++)
		change_theirs(
		    tid, &around.epoll[i], EPOLL_CTL_DEL, socket, number);
}
