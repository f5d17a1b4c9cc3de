#include "probe.h"
#include "scratch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#define REPLY_MAX (512 * 1024)

static struct sockaddr_in
loopback(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

int
probe_free_port(void)
{
	struct sockaddr_in at = loopback(0);
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd != -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	(void)close(fd);
	return ntohs(at.sin_port);
}

int
probe_ask(int port, const char *path)
{
	struct sockaddr_in at = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char request[1024];
	int n = snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	    path);

	assert_true(fd != -1);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    send(fd, request, (size_t)n, MSG_NOSIGNAL) == n)
		return fd;
	(void)close(fd);
	return -1;
}

/* Until the end or the deadline; what came stays whole either way. */
static size_t
hear(int fd, char *reply, size_t size, int64_t deadline)
{
	size_t len = 0;

	while (len < size - 1) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - ns_now_ms();
		if (left <= 0 || poll(&pfd, 1, (int)left) <= 0)
			break;
		ssize_t n = read(fd, reply + len, size - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	reply[len] = '\0';
	return len;
}

struct probe_reply
probe_hear(int fd, int ms)
{
	static char text[REPLY_MAX];
	struct probe_reply reply = { .body = "" };

	if (fd == -1)
		return reply;
	if (hear(fd, text, sizeof(text), ns_now_ms() + ms) > 0) {
		const char *body = strstr(text, "\r\n\r\n");
		(void)sscanf(text, "HTTP/1.%*d %d", &reply.status);
		if (body != NULL)
			reply.body = scratch_text("%s", body + 4);
	}
	(void)close(fd);
	return reply;
}

struct probe_reply
probe_get(int port, const char *path, int ms)
{
	return probe_hear(probe_ask(port, path), ms);
}

struct probe_reply
probe_until(struct ns *ns, int port, const char *path, int status, int ms)
{
	int64_t deadline = ns_now_ms() + ms;
	struct probe_reply reply = { .body = "" };

	do {
		reply = probe_get(port, path, 1000);
		if (reply.status == status)
			return reply;
		ns_pump(ns, 10);
	} while (ns_now_ms() < deadline);
	ns_fail(ns, "%s answers %d and not %d after %d ms: %s", path,
	    reply.status, status, ms, reply.body);
}
