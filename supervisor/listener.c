#include "supervisor/listener.h"

#include "config/listen.h"
#include "core/guard.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define BACKLOG 256

/* A socket file left by an earlier container would refuse us for ever. */
static void
remove_stale(const struct listen_at *at)
{
	const struct sockaddr_un *un = (const void *)&at->address;
	struct stat st;
	if (un->sun_family == AF_UNIX && un->sun_path[0] == '/' &&
	    lstat(un->sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(un->sun_path);
}

static int
open_at(const struct listen_at *at, int type, int backlog)
{
	const int one = 1, zero = 0;
	int family = at->address.ss_family;
	autoclose int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | type, 0);
	if (fd == -1)
		return -errno;
	if (family != AF_UNIX)
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (family == AF_INET6)
		(void)setsockopt(
		    fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	remove_stale(at);
	if (bind(fd, (const void *)&at->address, at->len) == -1 ||
	    listen(fd, backlog) == -1)
		return -errno;
	return TAKE_FD(fd);
}

int
listener_at(struct listen_at *at, int type, int backlog)
{
	int fd = open_at(at, type, backlog);
	if (fd >= 0 || !at->any)
		return fd;
	listen_ipv4(at);
	return open_at(at, type, backlog);
}

int
listener_open(const char *text, char *why, size_t why_size)
{
	struct listen_at at;
	const char *phrase;

	if (listen_parse(text, &at, &phrase) == -1) {
		(void)snprintf(why, why_size, "%s", phrase);
		return -EINVAL;
	}
	int fd = listener_at(&at, SOCK_NONBLOCK, BACKLOG);
	if (fd < 0)
		(void)snprintf(why, why_size, "%s",
		    fd == -EADDRINUSE ? "try another port for health.listen"
				      : "see health.listen");
	return fd;
}
