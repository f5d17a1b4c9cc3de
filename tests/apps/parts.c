#include "address.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * parts HOW ADDRESS: a program that parts from its listening socket, or does
 * not, and answers nobody.
 *   replaces  a new one at the path; shutdown(2) of the first, still open
 *   shuts     shutdown(2), still open
 *   hangs     keeps it, and ignores TERM
 *   leaves    closes it, which epoll(7) watches: "event" at the first that
 *             comes of it all the same, "quiet" when no more come
 *   shares    two processes, each with its own of SO_REUSEPORT: "first PID"
 *             and "second PID"; they answer.  At USR1 the first is killed:
 *             "left PID"
 *   ends      answers, until USR1: shutdown(2), and its end; it unlinks a path
 *             before it binds
 *   moves     any:PORT first, which it closes; then the same without "any:"
 *   begets    a child listens on a number that the parent's epoll(7) watches as
 *             that of another file: "event" when there is one
 * Then it says "up PID".
 */

static struct address at;

static int
open_one(bool shared)
{
	int one = 1;
	int fd = socket(at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd != -1 && at.any.sa_family != AF_UNIX)
		(void)setsockopt(fd, SOL_SOCKET,
		    shared ? SO_REUSEPORT : SO_REUSEADDR, &one, sizeof(one));
	if (fd == -1 || bind(fd, &at.any, at.len) == -1 ||
	    listen(fd, 511) == -1) {
		fprintf(stderr, "parts: %s\n", strerror(errno));
		exit(1);
	}
	return fd;
}

static void
say(const char *what)
{
	printf("%s %d\n", what, (int)getpid());
}

/* None has come for a while. */
static void
count_events(int epoll)
{
	struct epoll_event e;
	bool first = true;

	while (epoll_wait(epoll, &e, 1, first ? -1 : 200) == 1) {
		if (first)
			say("event");
		first = false;
		(void)usleep(1000);
	}
	say("quiet");
}

static void
leave(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	int fd = open_one(false), epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == -1)
		exit(1);
	(void)close(fd);
	say("up");
	count_events(epoll);
}

static void
answer_all(int fd)
{
	for (;;) {
		char text[512];
		int one = accept(fd, NULL, NULL);
		if (one == -1)
			continue;
		(void)recv(one, text, sizeof(text), 0);
		int n = snprintf(text, sizeof(text), "%d -\n", (int)getpid());
		(void)send(one, text, (size_t)n, MSG_NOSIGNAL);
		(void)close(one);
	}
}

static int ending;

static void
end(int sig)
{
	(void)sig;
	(void)shutdown(ending, SHUT_RDWR);
	_exit(1);
}

static void
answer_until_told(void)
{
	if (at.any.sa_family == AF_UNIX)
		(void)unlink(at.un.sun_path);
	ending = open_one(false);
	(void)signal(SIGUSR1, end);
	say("up");
	answer_all(ending);
}

static void
move(void)
{
	(void)close(open_one(false));
	at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = open_one(false);
	say("up");
	answer_all(fd);
}

static void
beget(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	int epoll = epoll_create1(0), ends[2];

	if (epoll == -1 || pipe(ends) == -1 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &e) == -1)
		exit(1);
	if (fork() == 0) {
		(void)close(ends[0]);
		if (open_one(false) != ends[0])
			exit(1);
		say("up");
		for (;;)
			(void)pause();
	}
	while (epoll_wait(epoll, &e, 1, -1) == -1)
		continue;
	say("event");
}

static void
share(void)
{
	static const char *const names[] = { "first", "second" };
	sigset_t usr1;
	pid_t worker[2];
	int ready[2], got;
	char byte;

	for (int i = 0; i < 2; i++) {
		if (pipe(ready) == -1)
			exit(1);
		worker[i] = fork();
		if (worker[i] == 0) {
			int fd = open_one(true);
			say(names[i]);
			(void)close(ready[0]);
			(void)close(ready[1]);
			answer_all(fd);
		}
		(void)close(ready[1]);
		while (read(ready[0], &byte, 1) == -1 && errno == EINTR)
			;
		(void)close(ready[0]);
	}
	(void)sigemptyset(&usr1);
	(void)sigaddset(&usr1, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &usr1, NULL);
	say("up");
	(void)sigwait(&usr1, &got);
	(void)kill(worker[0], SIGKILL);
	(void)waitpid(worker[0], NULL, 0);
	say("left");
}

int
main(int argc, char *argv[])
{
	if (argc < 3)
		return 64;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	at = address_read(argv[2]);
	if (strcmp(argv[1], "leaves") == 0) {
		leave();
	} else if (strcmp(argv[1], "shares") == 0) {
		share();
	} else if (strcmp(argv[1], "ends") == 0) {
		answer_until_told();
	} else if (strcmp(argv[1], "moves") == 0) {
		move();
	} else if (strcmp(argv[1], "begets") == 0) {
		beget();
	} else {
		int fd = open_one(false);
		say("up");
		if (strcmp(argv[1], "hangs") == 0) {
			(void)signal(SIGTERM, SIG_IGN);
		} else {
			/* PID 1 has begun to watch it by then */
			(void)usleep(1500 * 1000);
			if (strcmp(argv[1], "replaces") == 0) {
				(void)unlink(at.un.sun_path);
				(void)open_one(false);
			}
			(void)shutdown(fd, SHUT_RDWR);
		}
		say("parted");
	}
	for (;;)
		(void)pause();
}
