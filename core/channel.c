#include "core/channel.h"

#include "core/fd.h"
#include "core/guard.h"

#include <errno.h>
#include <sys/socket.h>

int
channel_open(int *ret_ours, int *ret_theirs)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return -errno;
	autoclose int ours = pair[0];
	autoclose int theirs = pair[1];

	int r = fd_nonblock(ours);
	if (r < 0)
		return r;

	*ret_ours = TAKE_FD(ours);
	*ret_theirs = TAKE_FD(theirs);
	return 0;
}
