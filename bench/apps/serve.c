/*
 * serve.js without node: boots in no time, so that a thousand deaths take
 * little.  Each answer is its PID; requests are taken one read at a time.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 511 /* node's */
#define EVENTS 64

static char answer[128];

static int
listen_at(int port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port),
	};
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd == -1 || bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    listen(fd, BACKLOG) == -1)
		_exit(71);
	return fd;
}

static void
watch(int epoll, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };
	if (fd != -1 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) == -1)
		_exit(71);
}

static void
serve(int fd)
{
	char text[4096];
	ssize_t n = recv(fd, text, sizeof(text), 0);

	if (n <= 0 || send(fd, answer, strlen(answer), MSG_NOSIGNAL) == -1)
		(void)close(fd);
}

int
main(void)
{
	const char *port = getenv("PORT");
	struct epoll_event ev[EVENTS];
	char body[16];
	int len = snprintf(body, sizeof(body), "%d\n", (int)getpid());

	(void)snprintf(answer, sizeof(answer),
	    "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len, body);
	int door = listen_at(port == NULL ? 0 : atoi(port));
	int epoll = epoll_create1(0);
	watch(epoll, door);
	for (;;) {
		int n = epoll_wait(epoll, ev, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			int fd = ev[i].data.fd;
			if (fd == door)
				watch(epoll,
				    accept4(door, NULL, NULL, SOCK_NONBLOCK));
			else
				serve(fd);
		}
	}
}
