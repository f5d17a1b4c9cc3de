#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * activated: an HTTP server on the sockets that it is given by LISTEN_FDS.  It
 * prints "given COUNT NAMES PID" and a digit for each descriptor: 1 when that
 * is a listening socket; then it answers every connection with its pid.
 */

#define FIRST 3
#define MOST 32

static const char *
variable(const char *name)
{
	const char *value = getenv(name);
	return value == NULL ? "-" : value;
}

static void
answer(int listener)
{
	char text[128], body[16], request[1024];
	int fd = accept(listener, NULL, NULL);
	if (fd == -1)
		return;
	(void)!read(fd, request, sizeof(request));
	int len = snprintf(body, sizeof(body), "%d", (int)getpid());
	int all = snprintf(text, sizeof(text),
	    "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: "
	    "close\r\n\r\n%s",
	    len, body);
	(void)!write(fd, text, (size_t)all);
	(void)shutdown(fd, SHUT_WR);
	(void)close(fd);
}

int
main(void)
{
	struct pollfd wait[MOST];
	long count = strtol(variable("LISTEN_FDS"), NULL, 10);
	long pid = strtol(variable("LISTEN_PID"), NULL, 10);

	if (count > MOST)
		return 64;
	printf("given %ld %s %s ", count, variable("LISTEN_FDNAMES"),
	    pid == (long)getpid() ? "mine" : "somebody's");
	for (int i = 0; i < (int)count; i++) {
		int on = 0;
		socklen_t len = sizeof(on);
		wait[i] = (struct pollfd){ .fd = FIRST + i, .events = POLLIN };
		(void)getsockopt(
		    FIRST + i, SOL_SOCKET, SO_ACCEPTCONN, &on, &len);
		printf("%d", on);
	}
	printf("\n");
	(void)fflush(stdout);
	while (poll(wait, (nfds_t)count, -1) > 0)
		for (int i = 0; i < (int)count; i++)
			if (wait[i].revents != 0)
				answer(wait[i].fd);
	return 1;
}
