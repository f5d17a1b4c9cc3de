#include "address.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * binds HOW ADDRESS: what honest programs do with sockets, one at a time.
 *   never      bind, and no listen
 *   taken      says what bind answers: "bind ERRNO"
 *   twice      a second socket on the same address: "second ERRNO"
 *   child      the same in another process: "second ERRNO"
 *   client     twice from that address to a server: "second ERRNO"
 *   signals    many sockets while signals come: "failures COUNT"
 *   rebinds    the same socket a second time: "second ERRNO"
 *   again      closes it after listen, and opens it anew
 *   closes     closes it after listen, and has none
 *   vforks     a child of vfork binds it and listens, for its parent
 *   dups       has a duplicate before bind, and accepts on that
 *   thread     bind and listen in a thread
 *   flags      "flags STATUS DESCRIPTOR NAME LISTENS" after listen
 *   same       "number DIFFERENCE": the descriptor's before and after bind
 *   zero       port 0 of 127.0.0.1: "port PORT"
 *   private    the same, in one with descriptors of its own
 *   polls      watches it by epoll before bind, among many, and waits for that
 *   ia32       bind and listen by 32-bit system calls, or "no 32-bit calls"
 *   socketcall the same by the older one for all of them
 * Then it says "up PID" and answers each connection with its pid, if it can.
 */

static struct address at;

static int
open_socket(void)
{
	int one = 1;
	int fd = socket(
	    at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		exit(65);
	if (at.any.sa_family != AF_UNIX)
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}

/* Of the call that answered this. */
static int
error_of(int answer)
{
	return answer == -1 ? errno : 0;
}

static int
open_bound(void)
{
	int fd = open_socket();

	if (bind(fd, &at.any, at.len) == -1) {
		printf("bind %d\n", errno);
		exit(1);
	}
	return fd;
}

static int
open_listening(void)
{
	int fd = open_bound();

	if (listen(fd, 511) == -1) {
		printf("listen %d\n", errno);
		exit(1);
	}
	return fd;
}

static void
answer(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char text[512];

	if (poll(&pfd, 1, -1) != 1)
		return;
	int one = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (one == -1)
		return;
	(void)recv(one, text, sizeof(text), 0);
	int n = snprintf(text, sizeof(text), "%d -\n", (int)getpid());
	(void)send(one, text, (size_t)n, MSG_NOSIGNAL);
	(void)close(one);
}

static int
never(void)
{
	(void)open_bound();
	return -1;
}

static int
taken(void)
{
	printf("bind %d\n", error_of(bind(open_socket(), &at.any, at.len)));
	return -1;
}

static int
twice(void)
{
	int fd = open_listening();

	printf("second %d\n", error_of(bind(open_socket(), &at.any, at.len)));
	return fd;
}

static int
child(void)
{
	int fd = open_listening();

	if (fork() == 0) {
		(void)close(fd);
		fd = open_socket();
		printf("second %d\n", error_of(bind(fd, &at.any, at.len)));
		_exit(0);
	}
	(void)wait(NULL);
	return fd;
}

/* Each connection is to another server, so that none stands in its way. */
static int
connect_once(void)
{
	struct address server = address_read("0");
	int one = 1, listens = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listens, &server.any, server.len) == -1 ||
	    listen(listens, 1) == -1 ||
	    getsockname(listens, &server.any, &server.len) == -1)
		exit(67);
	int answer = bind(fd, &at.any, at.len);
	if (answer == 0)
		answer = connect(fd, &server.any, server.len);
	int err = error_of(answer);
	(void)close(fd);
	(void)close(listens);
	return err;
}

static int
client(void)
{
	(void)connect_once();
	printf("second %d\n", connect_once());
	return -1;
}

static void
ignore(int signal)
{
	(void)signal;
}

static int
signals(void)
{
	struct sigaction action = { .sa_handler = ignore,
		.sa_flags = SA_RESTART };
	struct itimerval every = { { 0, 300 }, { 0, 300 } }, never = { 0 };
	int failures = 0;

	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &every, NULL);
	for (int i = 0; i < 500; i++) {
		int fd = open_socket();
		failures += bind(fd, &at.any, at.len) == -1;
		(void)close(fd);
	}
	(void)setitimer(ITIMER_REAL, &never, NULL);
	printf("failures %d\n", failures);
	return -1;
}

static int
rebinds(void)
{
	int fd = open_bound();

	printf("second %d\n", error_of(bind(fd, &at.any, at.len)));
	return listen(fd, 511) == 0 ? fd : -1;
}

static int
again(void)
{
	(void)close(open_listening());
	return open_listening();
}

static int
closes(void)
{
	(void)close(open_listening());
	return -1;
}

static int
vforks(void)
{
	int fd = open_socket();
	pid_t pid = vfork();

	if (pid == 0)
		_exit(bind(fd, &at.any, at.len) == -1 || listen(fd, 511) == -1);
	(void)waitpid(pid, NULL, 0);
	return fd;
}

static int
dups(void)
{
	int fd = open_socket(), other = dup(fd);

	if (bind(fd, &at.any, at.len) == -1 || listen(fd, 511) == -1)
		exit(68);
	(void)close(fd);
	return other;
}

#define CROWD 300

static int epoll = -1;

/* Nothing ever comes of these. */
static void
watch_others(void)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = UINT64_MAX };

	for (int i = 0; i < CROWD; i++) {
		int other = eventfd(0, EFD_CLOEXEC);
		if (other == -1 ||
		    epoll_ctl(epoll, EPOLL_CTL_ADD, other, &e) == -1)
			exit(73);
	}
}

/* As Boost.Asio and Netty do. */
static int
polls(void)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET, .data.u64 = 42 };
	int fd = open_socket();

	epoll = epoll_create1(EPOLL_CLOEXEC);
	watch_others();
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == -1 ||
	    bind(fd, &at.any, at.len) == -1 || listen(fd, 511) == -1)
		exit(71);
	return fd;
}

/* Until it is told that somebody is there. */
static void
await_event(int fd)
{
	struct epoll_event e = { .events = 0 };

	while (epoll_wait(epoll, &e, 1, -1) != 1 || e.data.u64 != 42)
		;
	e.events = EPOLLIN;
	if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &e) == -1)
		exit(72);
}

static void *
in_thread(void *ret)
{
	*(int *)ret = open_listening();
	return NULL;
}

static int
thread(void)
{
	pthread_t other;
	int fd = -1;

	if (pthread_create(&other, NULL, in_thread, &fd) != 0 ||
	    pthread_join(other, NULL) != 0)
		exit(66);
	return fd;
}

/* What has the same number among the process's descriptors is another one. */
static void *
in_private(void *arg)
{
	int *fd = arg;
	char byte = 0;

	if (unshare(CLONE_FILES) == -1)
		exit(69);
	int mine = open_socket();
	if (write(fd[1], &byte, 1) != 1 || read(fd[2], &byte, 1) != 1 ||
	    bind(mine, &at.any, at.len) == -1 || listen(mine, 511) == -1)
		exit(70);
	printf("up %d\n", (int)getpid());
	for (;;)
		answer(mine);
}

static int private(void)
{
	pthread_t other;
	char byte = 0;
	int there[2], back[2];

	if (pipe(there) == -1 || pipe(back) == -1)
		exit(66);
	int fd[] = { -1, there[1], back[0] };
	if (pthread_create(&other, NULL, in_private, fd) != 0)
		exit(66);
	if (read(there[0], &byte, 1) != 1)
		exit(66);
	(void)open_socket();
	if (write(back[1], &byte, 1) != 1)
		exit(66);
	(void)pthread_join(other, NULL);
	return -1;
}

static int
flags(void)
{
	int fd = open_listening();
	struct address name = { .len = sizeof(name.un) };
	int listens = 0;
	socklen_t len = sizeof(listens);

	(void)getsockname(fd, &name.any, &name.len);
	(void)getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len);
	printf("flags %d %d %d %d\n", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0,
	    fcntl(fd, F_GETFD), ntohs(name.v4.sin_port), listens);
	return fd;
}

static int
same(void)
{
	int before = open_socket();
	int first = dup(before);
	(void)close(first);
	int answer = bind(before, &at.any, at.len);
	int second = dup(before);

	(void)close(second);
	printf("number %d %d\n", second - first, error_of(answer));
	(void)listen(before, 511);
	return before;
}

static int
zero(void)
{
	at = address_read("0");
	int fd = open_listening();
	struct address name = { .len = sizeof(name.v4) };

	(void)getsockname(fd, &name.any, &name.len);
	printf("port %d\n", ntohs(name.v4.sin_port));
	return fd;
}

#if defined(__x86_64__)
static sigjmp_buf refused;

static void
refuse(int signal)
{
	(void)signal;
	siglongjmp(refused, 1);
}

static int
call32(int number, int a, uint32_t b, uint32_t c)
{
	int answer;

	__asm__ volatile("int $0x80"
			 : "=a"(answer)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory");
	return answer;
}

/* By calls of their own, or by socketcall(2), which reads them from memory. */
static int
open32(bool socketcall)
{
	uint32_t *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	uint32_t place = (uint32_t)(uintptr_t)low;
	int fd = open_socket(), bound, listens;

	(void)signal(SIGSEGV, refuse);
	if (low == MAP_FAILED || sigsetjmp(refused, 1) != 0) {
		printf("no 32-bit calls\n");
		return -1;
	}
	memcpy(low + 16, &at.any, at.len);
	memcpy(low, (uint32_t[]){ (uint32_t)fd, place + 64, at.len }, 12);
	memcpy(low + 8, (uint32_t[]){ (uint32_t)fd, 511 }, 8);
	if (socketcall) {
		bound = call32(102, 2, place, 0);
		listens = call32(102, 4, place + 32, 0);
	} else {
		bound = call32(361, fd, place + 64, at.len);
		listens = call32(363, fd, 511, 0);
	}
	if (bound == -ENOSYS)
		printf("no 32-bit calls\n");
	else
		printf("ia32 %d %d\n", bound, listens);
	return fd;
}
#else
static int
open32(bool socketcall)
{
	(void)socketcall;
	printf("no 32-bit calls\n");
	return -1;
}
#endif

static int
ia32(void)
{
	return open32(false);
}

static int
socketcall(void)
{
	return open32(true);
}

static const struct {
	const char *name;
	int (*open)(void);
} ways[] = {
	{ "never", never },
	{ "taken", taken },
	{ "twice", twice },
	{ "child", child },
	{ "client", client },
	{ "signals", signals },
	{ "rebinds", rebinds },
	{ "again", again },
	{ "closes", closes },
	{ "vforks", vforks },
	{ "dups", dups },
	{ "thread", thread },
	{ "private", private },
	{ "polls", polls },
	{ "flags", flags },
	{ "same", same },
	{ "zero", zero },
	{ "ia32", ia32 },
	{ "socketcall", socketcall },
};

int
main(int argc, char *argv[])
{
	int fd = -2;

	if (argc < 3)
		return 64;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	at = address_read(argv[2]);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(argv[1], ways[i].name) == 0)
			fd = ways[i].open();
	}
	if (fd == -2)
		return 64;
	printf("up %d\n", (int)getpid());
	while (fd != -1) {
		if (epoll != -1)
			await_event(fd);
		answer(fd);
	}
	(void)pause();
	return 0;
}
