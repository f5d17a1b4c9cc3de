#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * notifies WORD ...: say each word at NOTIFY_SOCKET, in order, and wait for a
 * signal.  "+MS" waits so long; "barrier" waits until its descriptor is closed
 * at the other side; "flood" says STATUS=x without end; "ping" says WATCHDOG=1
 * every 50 ms without end; "print:TEXT" prints a line.
 */

static int sock;

static void
say(const char *word, int fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { (void *)(uintptr_t)word, strlen(word) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	memset(control, 0, sizeof(control));
	if (fd != -1) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	if (sendmsg(sock, &msg, MSG_NOSIGNAL) == -1)
		perror(word);
}

static void
barrier(void)
{
	int pair[2];
	if (pipe(pair) == -1)
		exit(71);
	say("BARRIER=1", pair[1]);
	(void)close(pair[1]);
	struct pollfd p = { .fd = pair[0], .events = POLLIN };
	int n = poll(&p, 1, 5000);
	puts(n == 1 ? "barrier passed" : "barrier stuck");
	(void)close(pair[0]);
}

static void
act(const char *word)
{
	if (word[0] == '+')
		(void)usleep((useconds_t)atoi(word + 1) * 1000);
	else if (strcmp(word, "barrier") == 0)
		barrier();
	else if (strncmp(word, "print:", 6) == 0)
		puts(word + 6);
	else if (strcmp(word, "flood") == 0)
		for (;;)
			say("STATUS=x", -1);
	else if (strcmp(word, "ping") == 0)
		for (;;) {
			say("WATCHDOG=1", -1);
			(void)usleep(50000);
		}
	else
		say(word, -1);
}

int
main(int argc, char *argv[])
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (name == NULL || strlen(name) >= sizeof(at.sun_path))
		return 64;
	memcpy(at.sun_path, name, strlen(name));
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (connect(sock, (struct sockaddr *)&at,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			    strlen(name))) == -1)
		return 65;
	for (int i = 1; i < argc; i++)
		act(argv[i]);
	for (;;)
		(void)pause();
}
