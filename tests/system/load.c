#include "load.h"
#include "../apps/address.h"
#include "scene.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/*
 * Invariants.  The threads of a load touch `load` alone, never cmocka, and end
 * within PATIENCE of `stop`; `clients` is 0 when there are none.
 */

#define CLIENTS_MAX 16
#define PATIENCE 10000
#define SOON 8000
#define CLIENTS 4 /* of load_deaths */

static struct {
	char address[128];
	int clients;
	pthread_t thread[CLIENTS_MAX];
	atomic_bool stop;
	atomic_int of[LOAD_ENDS];
	atomic_int ms_max;
	atomic_int pid;
} load;

/* TLS 1.2, two ciphers, no name. */
static const char hello[] =
    "\x16\x03\x01\x00\x85\x01\x00\x00\x81\x03\x03\x11\xed\x4e\x21\x53"
    "\xc1\x1a\x96\x39\x42\x22\x9a\xc2\x75\x7d\xad\x79\x54\xc1\xd9\xef"
    "\x08\x36\x0c\x70\xfc\xf4\x0a\xbc\xfb\x78\x69\x00\x00\x06\xc0\x2f"
    "\xc0\x2b\x00\xff\x01\x00\x00\x52\x00\x0b\x00\x04\x03\x00\x01\x02"
    "\x00\x0a\x00\x0c\x00\x0a\x00\x1d\x00\x17\x00\x1e\x00\x19\x00\x18"
    "\x00\x23\x00\x00\x00\x16\x00\x00\x00\x17\x00\x00\x00\x0d\x00\x2a"
    "\x00\x28\x04\x03\x05\x03\x06\x03\x08\x07\x08\x08\x08\x09\x08\x0a"
    "\x08\x0b\x08\x04\x08\x05\x08\x06\x04\x01\x05\x01\x06\x01\x03\x03"
    "\x03\x01\x03\x02\x04\x02\x05\x02\x06\x02";

static bool
is_tls(const char *address)
{
	return strncmp(address, "tls ", 4) == 0;
}

/* The outcome of a step that failed with this. */
static enum load_end
blame(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ENOENT:
		return LOAD_REFUSED;
	case ETIMEDOUT:
	case EAGAIN:
	case EINPROGRESS:
		return LOAD_HUNG;
	default:
		return LOAD_RESET;
	}
}

/* Bounded as connect is not: by SO_SNDTIMEO, which it obeys. */
static int
reach(const char *text)
{
	struct address at = address_read(text);
	struct timeval wait = { .tv_sec = PATIENCE / 1000 };
	int fd = socket(at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(fd, &at.any, at.len) == 0)
		return fd;
	int r = -errno;
	(void)close(fd);
	return r;
}

int
load_ask(const char *address, const char *path)
{
	char request[256];
	int n = snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	    path);
	const char *what = is_tls(address) ? hello : request;
	size_t len = is_tls(address) ? sizeof(hello) - 1 : (size_t)n;
	int fd = reach(is_tls(address) ? address + 4 : address);

	if (fd < 0)
		return fd;
	/* what has become of it shows when it is read */
	(void)send(fd, what, len, MSG_NOSIGNAL);
	return fd;
}

static void
understand(struct load_answer *a, const char *reply)
{
	const char *body = strstr(reply, "\r\n\r\n");

	a->end = LOAD_ANSWERED;
	a->instance = -1;
	body = body == NULL ? reply : body + 4;
	(void)snprintf(
	    a->text, sizeof(a->text), "%.*s", (int)strcspn(body, "\r\n"), body);
	(void)sscanf(body, "%d %d", &a->pid, &a->instance);
}

struct load_answer
load_hear(int fd, int ms)
{
	struct load_answer a = { .end = LOAD_HUNG, .instance = -1 };
	int64_t begun = ns_now_ms();
	char reply[4096] = "";
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < sizeof(reply) - 1) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		int64_t left = begun + ms - ns_now_ms();
		if (left <= 0 || poll(&pfd, 1, (int)left) <= 0)
			break;
		n = recv(fd, reply + len, sizeof(reply) - 1 - len, 0);
		if (n > 0)
			len += (size_t)n;
		/* a handshake is not gone on with */
		if (n > 0 && (reply[0] == 22 || reply[0] == 21))
			n = 0;
	}
	(void)close(fd);
	a.ms = (int)(ns_now_ms() - begun);
	if (n == 0 && len > 0)
		understand(&a, reply);
	else if (n <= 0)
		a.end = LOAD_RESET;
	return a;
}

struct load_answer
load_once(const char *address, int ms)
{
	int64_t begun = ns_now_ms();
	int fd = load_ask(address, "/");
	struct load_answer a = { .end = blame(-fd), .instance = -1 };

	if (fd >= 0)
		a = load_hear(fd, ms);
	a.ms = (int)(ns_now_ms() - begun);
	return a;
}

int
load_await(struct ns *ns, const char *address, int but, int ms)
{
	int64_t deadline = ns_now_ms() + ms;
	struct load_answer a;

	do {
		a = load_once(address, ms);
		if (a.end == LOAD_ANSWERED && a.pid != but)
			return a.pid;
		ns_pump(ns, 5);
	} while (ns_now_ms() < deadline);
	ns_fail(ns, "%s: outcome %d from %d and no other after %d ms", address,
	    (int)a.end, a.pid, ms);
}

void
load_until(struct ns *ns, const char *address, enum load_end end, int ms)
{
	int64_t deadline = ns_now_ms() + ms;
	struct load_answer a;

	do {
		a = load_once(address, 200);
		if (a.end == end)
			return;
		ns_pump(ns, 5);
	} while (ns_now_ms() < deadline);
	ns_fail(ns, "%s: outcome %d and not %d after %d ms", address,
	    (int)a.end, (int)end, ms);
}

static void *
client(void *unused)
{
	(void)unused;
	while (!atomic_load(&load.stop)) {
		struct load_answer a = load_once(load.address, PATIENCE);
		(void)atomic_fetch_add(&load.of[a.end], 1);
		if (a.end != LOAD_ANSWERED) {
			/* not to ask the dead a million times */
			(void)poll(NULL, 0, 1);
			continue;
		}
		atomic_store(&load.pid, a.pid);
		if (a.ms > atomic_load(&load.ms_max))
			atomic_store(&load.ms_max, a.ms);
	}
	return NULL;
}

void
load_start(const char *address, int clients)
{
	assert_int_equal(load.clients, 0);
	assert_in_range(clients, 1, CLIENTS_MAX);
	(void)snprintf(load.address, sizeof(load.address), "%s", address);
	atomic_store(&load.stop, false);
	atomic_store(&load.ms_max, 0);
	for (int i = 0; i < LOAD_ENDS; i++)
		atomic_store(&load.of[i], 0);
	for (; load.clients < clients; load.clients++)
		assert_int_equal(pthread_create(&load.thread[load.clients],
				     NULL, client, NULL),
		    0);
}

struct load_count
load_now(void)
{
	struct load_count c = { .ms_max = atomic_load(&load.ms_max),
		.pid = atomic_load(&load.pid) };

	for (int i = 0; i < LOAD_ENDS; i++)
		c.of[i] = atomic_load(&load.of[i]);
	return c;
}

static bool
has_answered(struct ns *ns, void *arg)
{
	(void)ns;
	return atomic_load(&load.of[LOAD_ANSWERED]) >= *(const int *)arg;
}

void
load_await_answers(struct ns *ns, int more, int ms)
{
	int wanted = atomic_load(&load.of[LOAD_ANSWERED]) + more;

	ns_wait(ns, has_answered, &wanted, ms, "answers to the load");
}

struct load_count
load_stop(void)
{
	atomic_store(&load.stop, true);
	for (; load.clients > 0; load.clients--)
		(void)pthread_join(load.thread[load.clients - 1], NULL);
	return load_now();
}

void
load_assert_kind(struct ns *ns, struct load_count count, int resets_max)
{
	if (count.of[LOAD_ANSWERED] > 0 && count.of[LOAD_REFUSED] == 0 &&
	    count.of[LOAD_HUNG] == 0 && count.of[LOAD_RESET] <= resets_max)
		return;
	ns_fail(ns, "answered %d, refused %d, hung %d, reset %d of at most %d",
	    count.of[LOAD_ANSWERED], count.of[LOAD_REFUSED],
	    count.of[LOAD_HUNG], count.of[LOAD_RESET], resets_max);
}

void
load_deaths(struct ns *ns, const char *address, int deaths)
{
	int first = load_await(ns, address, 0, SOON);

	load_start(address, CLIENTS);
	for (int i = 0; i < deaths; i++) {
		load_await_answers(ns, 20, SOON);
		scene_kill(ns, scene_service(ns, "/serves", ns->pid));
		load_await_answers(ns, 2 * CLIENTS, SOON);
	}
	load_assert_kind(ns, load_stop(), deaths * CLIENTS);
	assert_int_not_equal(load_await(ns, address, 0, SOON), first);
}

int
load_teardown(void **state)
{
	int r = ns_teardown(state);

	(void)load_stop();
	return r;
}
