#include "address.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * serves [OPTION...] ADDRESS...: an HTTP server of one connection at a time,
 * on each of the addresses.  It prints "boot PID", then "listening PID" and
 * answers with its pid, a blank, and its CRADLE_INSTANCE.
 *   /slow?MS  waits before it answers; "slow begins" is printed
 *   /die      dies of SIGKILL in place of an answer
 * At TERM and INT it closes its sockets, waits, prints "drained" and ends.
 */

#define SOCKETS_MAX 256

static struct {
	long delay_boot;    /* ms before it binds */
	long delay_listen;  /* ms between bind and listen */
	long drain;         /* ms at TERM */
	long crash_after;   /* answers; then it exits with 3 */
	long sockets;       /* so many ports in a row, from the address's */
	const char *broken; /* a file: while it is there, exit 4 at boot */
	const char *mute;   /* a file: while it is there, it does not go on */
	int workers;        /* processes that accept, made after listen */
	bool child;         /* all of it in a child; the parent waits */
	bool reuse_port;
	bool unlinks; /* removes a UNIX socket's path before bind, */
	bool tidies;  /* ... and when it ends */
	bool asks;    /* connects to it first: exit 78 when it can, */
	bool exact;   /* ... with an address that ends with its path */
	bool renames; /* binds PATH.PID and moves that to PATH */
	bool shuts;   /* shutdown(2) of its sockets when it ends */
	bool udp;     /* has a datagram socket beside each of TCP */
	bool no_reuse;
	bool blocking; /* sockets without O_NONBLOCK */
} want;

static const struct option options[] = {
	{ "delay-boot", required_argument, NULL, 'b' },
	{ "delay-listen", required_argument, NULL, 'l' },
	{ "drain", required_argument, NULL, 'd' },
	{ "crash-after", required_argument, NULL, 'c' },
	{ "sockets", required_argument, NULL, 's' },
	{ "broken", required_argument, NULL, 'B' },
	{ "mute", required_argument, NULL, 'M' },
	{ "workers", required_argument, NULL, 'w' },
	{ "child", no_argument, NULL, 'C' },
	{ "reuse-port", no_argument, NULL, 'p' },
	{ "unlink", no_argument, NULL, 'u' },
	{ "tidy", no_argument, NULL, 't' },
	{ "ask", no_argument, NULL, 'a' },
	{ "exact", no_argument, NULL, 'x' },
	{ "rename", no_argument, NULL, 'r' },
	{ "shut", no_argument, NULL, 'S' },
	{ "udp", no_argument, NULL, 'U' },
	{ "no-reuse", no_argument, NULL, 'n' },
	{ "blocking", no_argument, NULL, 'k' },
	{ 0 },
};

static struct pollfd sockets[SOCKETS_MAX];
static nfds_t count;
static volatile sig_atomic_t asked;

static void
ask(int signal)
{
	(void)signal;
	asked = 1;
}

static void
say(const char *what)
{
	printf("%s %d\n", what, (int)getpid());
	(void)fflush(stdout);
}

static void
give_up(const char *what)
{
	fprintf(stderr, "serves: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
wait_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (!asked && nanosleep(&left, &left) == -1)
		;
}

static void
read_options(int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (c) {
		case 'b':
			want.delay_boot = atol(optarg);
			break;
		case 'l':
			want.delay_listen = atol(optarg);
			break;
		case 'd':
			want.drain = atol(optarg);
			break;
		case 'c':
			want.crash_after = atol(optarg);
			break;
		case 's':
			want.sockets = atol(optarg);
			break;
		case 'B':
			want.broken = optarg;
			break;
		case 'M':
			want.mute = optarg;
			break;
		case 'w':
			want.workers = atoi(optarg);
			break;
		case 'C':
			want.child = true;
			break;
		case 'p':
			want.reuse_port = true;
			break;
		case 'u':
			want.unlinks = true;
			break;
		case 't':
			want.tidies = true;
			break;
		case 'a':
			want.asks = true;
			break;
		case 'x':
			want.exact = true;
			break;
		case 'r':
			want.renames = true;
			break;
		case 'S':
			want.shuts = true;
			break;
		case 'U':
			want.udp = true;
			break;
		case 'n':
			want.no_reuse = true;
			break;
		case 'k':
			want.blocking = true;
			break;
		default:
			exit(64);
		}
	}
}

static void
set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) == -1)
		give_up("setsockopt");
}

/* As php-fpm does. */
static void
ask_for_another(const struct address *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = want.exact ? at->len : sizeof(at->un);

	if (fd != -1 && connect(fd, &at->any, len) == 0) {
		fputs("serves: another one is there\n", stderr);
		exit(78);
	}
	(void)close(fd);
}

/* Of that very address; it is never read. */
static void
open_datagrams(const struct address *at)
{
	int fd = socket(at->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct address narrow = *at;

	narrow.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || bind(fd, &narrow.any, narrow.len) == -1)
		give_up("bind");
}

static void
bind_beside(int fd, const struct address *at)
{
	struct address beside = *at;

	(void)snprintf(beside.un.sun_path, sizeof(beside.un.sun_path),
	    "%.90s.%d", at->un.sun_path, (int)getpid());
	beside.len = sizeof(beside.un);
	if (bind(fd, &beside.any, beside.len) == -1)
		give_up("bind");
}

static void
open_one(struct address at)
{
	int block = want.blocking ? 0 : SOCK_NONBLOCK;
	int fd =
	    socket(at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | block, 0);

	if (fd == -1 || count == SOCKETS_MAX)
		give_up("socket");
	if (!want.no_reuse && at.any.sa_family != AF_UNIX)
		set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (want.reuse_port)
		set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (at.any.sa_family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, at.only6);
	if (want.asks)
		ask_for_another(&at);
	if (want.unlinks && at.any.sa_family == AF_UNIX)
		(void)unlink(at.un.sun_path);
	if (want.udp)
		open_datagrams(&at);
	if (want.renames)
		bind_beside(fd, &at);
	else if (bind(fd, &at.any, at.len) == -1)
		give_up("bind");
	sockets[count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void
move_all(char *texts[])
{
	for (; want.renames && *texts != NULL; texts++) {
		char beside[128];
		(void)snprintf(
		    beside, sizeof(beside), "%s.%d", *texts, (int)getpid());
		if (rename(beside, *texts) == -1)
			give_up("rename");
	}
}

static void
open_all(char *texts[])
{
	char **moved = texts;

	for (; *texts != NULL; texts++) {
		struct address at = address_read(*texts);
		open_one(at);
		for (long i = 1; i < want.sockets; i++) {
			at.v4.sin_port =
			    htons((uint16_t)(ntohs(at.v4.sin_port) + 1));
			open_one(at);
		}
	}
	move_all(moved);
	wait_ms(want.delay_listen);
	for (nfds_t i = 0; i < count; i++) {
		if (listen(sockets[i].fd, 511) == -1)
			give_up("listen");
	}
}

static void
tidy(char *texts[])
{
	for (; want.tidies && *texts != NULL; texts++)
		(void)unlink(*texts);
}

/* The head of a request, or what came of it. */
static void
hear(int fd, char *text, size_t size)
{
	struct timeval wait = { .tv_sec = 1 };
	size_t len = 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	text[0] = '\0';
	while (len < size - 1 && strstr(text, "\r\n\r\n") == NULL) {
		ssize_t n = recv(fd, text + len, size - 1 - len, 0);
		if (n <= 0)
			return;
		len += (size_t)n;
		text[len] = '\0';
	}
}

static void
answer(int fd)
{
	char text[1024];
	const char *instance = getenv("CRADLE_INSTANCE");

	hear(fd, text, sizeof(text));
	if (strncmp(text, "GET /die", 8) == 0)
		(void)raise(SIGKILL);
	if (strncmp(text, "GET /slow?", 10) == 0) {
		printf("slow begins %d\n", (int)getpid());
		(void)fflush(stdout);
		struct timespec left = { atol(text + 10) / 1000,
			atol(text + 10) % 1000 * 1000000 };
		while (nanosleep(&left, &left) == -1)
			;
	}
	int n = snprintf(text, sizeof(text),
	    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%d %s\n",
	    (int)getpid(), instance == NULL ? "-" : instance);
	(void)send(fd, text, (size_t)n, MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	(void)close(fd);
}

static void
serve(const sigset_t *open)
{
	long answers = 0;

	while (!asked) {
		if (ppoll(sockets, count, NULL, open) <= 0)
			continue;
		for (nfds_t i = 0; i < count; i++) {
			if (sockets[i].revents == 0)
				continue;
			int fd =
			    accept4(sockets[i].fd, NULL, NULL, SOCK_CLOEXEC);
			if (fd == -1)
				continue;
			answer(fd);
			if (++answers == want.crash_after)
				exit(3);
		}
	}
}

/* The worker's side returns; the parent waits for all of them. */
static void
split(int processes)
{
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();
		if (pid == -1)
			give_up("fork");
		if (pid == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			return;
		}
	}
	while (!asked && (waitpid(-1, NULL, 0) > 0 || errno == EINTR))
		;
	(void)kill(0, SIGTERM);
	while (waitpid(-1, NULL, 0) > 0)
		;
	exit(0);
}

int
main(int argc, char *argv[])
{
	struct sigaction action = { .sa_handler = ask };
	sigset_t term, open;

	read_options(argc, argv);
	say("boot");
	if (want.broken != NULL && access(want.broken, F_OK) == 0)
		return 4;
	while (want.mute != NULL && access(want.mute, F_OK) == 0)
		wait_ms(5);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	if (want.child)
		split(1);
	wait_ms(want.delay_boot);
	open_all(argv + optind);
	if (want.workers > 0)
		split(want.workers);
	say("listening");

	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	(void)sigaddset(&term, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &term, &open);
	serve(&open);
	for (nfds_t i = 0; i < count; i++) {
		if (want.shuts)
			(void)shutdown(sockets[i].fd, SHUT_RDWR);
		(void)close(sockets[i].fd);
	}
	tidy(argv + optind);
	say("draining");
	asked = 0;
	wait_ms(want.drain);
	say("drained");
	return 0;
}
