#include "address.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * hostile_bind HOW PORT: what a program should not do, and then "done HOW".
 *   errors   bind and listen with nonsense, one line for each: "NAME ERRNO"
 *   late     binds a socket that listens already, on a port of its own
 *   dies     children that are killed in the middle of bind
 *   floods   threads that bind and listen as fast as they can
 *   closes   a thread closes the descriptor that another binds
 *   swaps    a thread changes the address while another binds
 *   forks    forks in a row while a thread binds and listens
 *   hides    is not dumpable, and binds: "hidden ERRNO"
 *   execs    a thread binds while the process executes itself
 */

#define ROUNDS 60
#define THREADS 8

static struct address at;
static atomic_bool over;

static int
open_socket(int kind)
{
	int one = 1;
	int fd = socket(AF_INET, kind | SOCK_CLOEXEC, 0);

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}

/* The kernel's own entry: lengths that libc's prototype cannot name. */
static int
raw_bind(int fd, const void *address, unsigned long len)
{
	return syscall(SYS_bind, fd, address, len) == -1 ? errno : 0;
}

static void
line(const char *name, int error)
{
	printf("%s %d\n", name, error);
}

static void
bind_once(const char *name, const void *address, unsigned long len)
{
	int fd = open_socket(SOCK_STREAM);

	line(name, raw_bind(fd, address, len));
	(void)close(fd);
}

/* An address that ends at the end of what can be read. */
static char *
at_the_edge(size_t len)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || munmap(pages + 4096, 4096) == -1)
		exit(65);
	return memcpy(pages + 4096 - len, &at.any, len);
}

static void
bad_addresses(void)
{
	char *edge = at_the_edge(8);
	struct address odd = at;

	bind_once("null", NULL, at.len);
	bind_once("kernel", (void *)0xffff800000000000, at.len);
	bind_once("low", (void *)1, at.len);
	bind_once("edge", edge, at.len);
	bind_once("edge, inside", edge, 8);
	bind_once("length 0", &at.any, 0);
	bind_once("length 1", &at.any, 1);
	bind_once("length 2", &at.any, 2);
	bind_once("length 15", &at.any, 15);
	bind_once("length 128", &at.any, 128);
	bind_once("length 129", &at.any, 129);
	bind_once("length 2^31-1", &at.any, 0x7fffffff);
	bind_once("length 2^32-1", &at.any, 0xffffffff);
	bind_once("length -1", &at.any, ~0UL);
	bind_once("length 2^32+16", &at.any, (1UL << 32) + 16);
	odd.any.sa_family = AF_UNSPEC;
	odd.v4.sin_port = 0;
	bind_once("no family", &odd.any, odd.len);
	odd.any.sa_family = AF_INET6;
	bind_once("other family", &odd.any, sizeof(odd.v6));
	odd.any.sa_family = 255;
	bind_once("unknown family", &odd.any, odd.len);
	odd = at;
	odd.v4.sin_addr.s_addr = htonl(0x08080808);
	bind_once("foreign address", &odd.any, odd.len);
	odd = address_read("/nowhere/at/all/socket");
	bind_once("path on v4", &odd.any, odd.len);
}

static void
bad_descriptors(void)
{
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int path = open("/", O_PATH | O_CLOEXEC);
	struct address un = address_read("/nowhere/at/all/socket");

	line("descriptor -1", raw_bind(-1, &at.any, at.len));
	line("descriptor 1000", raw_bind(1000, &at.any, at.len));
	line("a file", raw_bind(file, &at.any, at.len));
	line("a path", raw_bind(path, &at.any, at.len));
	line("datagram", raw_bind(open_socket(SOCK_DGRAM), &at.any, at.len));
	line("path of no folder",
	    raw_bind(socket(AF_UNIX, SOCK_STREAM, 0), &un.any, un.len));
	line("unnamed", raw_bind(socket(AF_UNIX, SOCK_STREAM, 0), &un.any, 2));
	line("too long",
	    raw_bind(socket(AF_UNIX, SOCK_STREAM, 0), &un.any, 111));
	line("listen -1", listen(-1, 1) == -1 ? errno : 0);
	line("listen a file", listen(file, 1) == -1 ? errno : 0);
	line("listen datagram",
	    listen(open_socket(SOCK_DGRAM), 1) == -1 ? errno : 0);
	line("listen unbound",
	    listen(open_socket(SOCK_STREAM), -1) == -1 ? errno : 0);
}

static void
late(void)
{
	int fd = open_socket(SOCK_STREAM);

	(void)listen(fd, 5);
	line("bind after listen", raw_bind(fd, &at.any, at.len));
}

static void
errors(void)
{
	bad_addresses();
	bad_descriptors();
}

static void *
binder(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS && !atomic_load(&over); i++) {
		int fd = open_socket(SOCK_STREAM);
		if (bind(fd, &at.any, at.len) == 0)
			(void)listen(fd, 5);
		(void)close(fd);
	}
	return NULL;
}

static void
start(pthread_t *thread, void *(*what)(void *))
{
	if (pthread_create(thread, NULL, what, NULL) != 0)
		exit(66);
}

static void
dies(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct timespec moment = { 0, i % 50 * 10000L };
		pid_t pid = fork();
		if (pid == -1)
			exit(66);
		if (pid == 0) {
			for (;;)
				(void)binder(NULL);
		}
		(void)nanosleep(&moment, NULL);
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
}

static void
floods(void)
{
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		start(&thread[i], binder);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(thread[i], NULL);
}

static atomic_int shared;

static void *
closer(void *unused)
{
	(void)unused;
	while (!atomic_load(&over)) {
		(void)close(atomic_load(&shared));
		(void)sched_yield();
	}
	return NULL;
}

static void
closes(void)
{
	pthread_t thread;

	atomic_store(&shared, -1);
	start(&thread, closer);
	for (int i = 0; i < ROUNDS; i++) {
		int fd = open_socket(SOCK_STREAM);
		atomic_store(&shared, fd);
		(void)bind(fd, &at.any, at.len);
		(void)listen(fd, 5);
		(void)close(fd);
	}
	atomic_store(&over, true);
	(void)pthread_join(thread, NULL);
}

static void *
swapper(void *unused)
{
	sa_family_t family = at.any.sa_family;

	(void)unused;
	while (!atomic_load(&over)) {
		*(volatile sa_family_t *)&at.any.sa_family =
		    family ^ (sa_family_t)(AF_INET ^ AF_INET6);
		*(volatile sa_family_t *)&at.any.sa_family = family;
	}
	return NULL;
}

static void
swaps(void)
{
	pthread_t thread;

	start(&thread, swapper);
	(void)binder(NULL);
	atomic_store(&over, true);
	(void)pthread_join(thread, NULL);
}

static void
forks(void)
{
	pthread_t thread;

	start(&thread, binder);
	for (int i = 0; i < ROUNDS / 2; i++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(0);
		(void)waitpid(pid, NULL, 0);
	}
	(void)pthread_join(thread, NULL);
}

static void
hides(void)
{
	int fd = open_socket(SOCK_STREAM);

	(void)prctl(PR_SET_DUMPABLE, 0);
	line("hidden", raw_bind(fd, &at.any, at.len));
	(void)close(fd);
}

static void
execs(char *argv[])
{
	int left = argv[3] == NULL ? 8 : atoi(argv[3]);
	char number[16];
	pthread_t thread;
	struct timespec moment = { 0, left * 20000L };

	if (left == 0)
		return;
	start(&thread, binder);
	(void)nanosleep(&moment, NULL);
	(void)snprintf(number, sizeof(number), "%d", left - 1);
	(void)execl(argv[0], argv[0], argv[1], argv[2], number, NULL);
	exit(67);
}

static const struct {
	const char *name;
	void (*run)(void);
} ways[] = {
	{ "errors", errors },
	{ "late", late },
	{ "dies", dies },
	{ "floods", floods },
	{ "closes", closes },
	{ "swaps", swaps },
	{ "forks", forks },
	{ "hides", hides },
};

int
main(int argc, char *argv[])
{
	if (argc < 3)
		return 64;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	at = address_read(argv[2]);
	if (strcmp(argv[1], "execs") == 0)
		execs(argv);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(argv[1], ways[i].name) == 0)
			ways[i].run();
	}
	printf("done %s\n", argv[1]);
	(void)pause();
	return 0;
}
