#ifndef TESTS_UNIT_HEALTH_FAKE_H
#define TESTS_UNIT_HEALTH_FAKE_H

/*
 * A PID 1 for tests of the health role: the role runs in a child process, its
 * channel ends here, and a thread answers it as the test wishes.
 */

#include "core/channel.h"
#include "core/clock.h"
#include "core/fd.h"
#include "core/guard.h"
#include "core/histogram.h"
#include "core/role.h"
#include "healthcheck/health.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define FAKE_RESULTS_MAX 256

enum fake_mood { FAKE_ANSWERS, FAKE_SILENT, FAKE_WRONG_SERIAL, FAKE_NO_END };

struct fake_result {
	uint32_t serial;
	int64_t probe;
	bool ok;
	char why[WIRE_NAME_MAX + 1];
	int64_t at_ms;
};

struct fake {
	pid_t pid;
	int channel;
	int listener;
	uint16_t port;
	pthread_t thread;

	pthread_mutex_t lock;
	enum fake_mood mood;
	bool ready;
	bool started;
	bool stopping;
	bool gave_up;
	const char *service; /* its name */
	unsigned rows;       /* how many services; 1 unless set */
	bool instances;      /* the rows are of one service */
	unsigned asked;
	bool jailed;
	struct fake_result result[FAKE_RESULTS_MAX];
	size_t results;
};

static inline int
fake_listener(uint16_t *ret_port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(fd, -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 512), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	*ret_port = ntohs(in.sin_port);
	return fd;
}

static inline void
fake_send(struct fake *f, const struct wire_msg *msg)
{
	while (wire_send(f->channel, msg) == -EAGAIN)
		(void)fd_wait(f->channel, POLLOUT, clock_ms() + 1000);
}

static inline void
fake_say_state(struct fake *f, uint32_t serial)
{
	struct wire_msg m = { .type = WIRE_HEALTH_STATE,
		.serial = serial,
		.fd = -1,
		.field = {
		    [HEALTH_STATE_READY] = WIRE_NUM(f->ready),
		    [HEALTH_STATE_STARTED] = WIRE_NUM(f->started),
		    [HEALTH_STATE_STOPPING] = WIRE_NUM(f->stopping),
		    [HEALTH_STATE_GAVE_UP] = WIRE_NUM(f->gave_up),
		    [HEALTH_STATE_APP] = WIRE_STR("cella"),
		    [HEALTH_STATE_ENVIRONMENT] = WIRE_STR("prod"),
		    [HEALTH_STATE_VERSION] = WIRE_STR("1.2.3"),
		    [HEALTH_STATE_STEP] = WIRE_STR("secrets"),
		    [HEALTH_STATE_BORN_MS] = WIRE_NUM(1700000000123),
		    [HEALTH_STATE_UPTIME_MS] = WIRE_NUM(61000),
		    [HEALTH_STATE_BOOT_US] = WIRE_NUM(1610000),
		    [HEALTH_STATE_SECRETS_US] = WIRE_NUM(94000),
		    [HEALTH_STATE_SECRETS] = WIRE_NUM(6),
		    [HEALTH_STATE_SCANNED] = WIRE_NUM(214),
		    [HEALTH_STATE_PLACEHOLDERS] = WIRE_NUM(3),
		    [HEALTH_STATE_INJECT_US] = WIRE_NUM(3500),
		} };
	fake_send(f, &m);
}

static inline void
fake_say_service(struct fake *f, uint32_t serial, unsigned row)
{
	struct histogram h = { .count = { 0 } };
	unsigned char bytes[HISTOGRAM_BYTES];
	histogram_add(&h, 400);
	histogram_encode(&h, bytes);
	struct wire_msg m = { .type = WIRE_HEALTH_SERVICE,
		.serial = serial,
		.fd = -1,
		.field = {
		    [HEALTH_SERVICE_NAME] = WIRE_STR(f->service),
		    [HEALTH_SERVICE_PHASE] =
			WIRE_STR(f->ready ? "ready" : "starting"),
		    [HEALTH_SERVICE_ESSENTIAL] = WIRE_NUM(1),
		    [HEALTH_SERVICE_UP] = WIRE_NUM(1),
		    [HEALTH_SERVICE_READY] = WIRE_NUM(f->ready),
		    [HEALTH_SERVICE_PID] = WIRE_NUM(17),
		    [HEALTH_SERVICE_UPTIME_MS] = WIRE_NUM(3500),
		    [HEALTH_SERVICE_STARTS] = WIRE_NUM(2),
		    [HEALTH_SERVICE_EXITS_SIGNAL] = WIRE_NUM(1),
		    [HEALTH_SERVICE_LAST_SIGNAL] = WIRE_NUM(9),
		    [HEALTH_SERVICE_LAST_AT_MS] = WIRE_NUM(1700000001000),
		    [HEALTH_SERVICE_INSTANCE] =
			WIRE_NUM(f->instances ? row : 0),
		    [HEALTH_SERVICE_INSTANCES] =
			WIRE_NUM(f->instances ? f->rows : 1),
		    [HEALTH_SERVICE_SPARE] = WIRE_NUM(3),
		    [HEALTH_SERVICE_SPARE_PID] = WIRE_NUM(18),
		    [HEALTH_SERVICE_SPARE_AGE_MS] = WIRE_NUM(2500),
		    [HEALTH_SERVICE_HELD] = WIRE_NUM(1),
		    [HEALTH_SERVICE_HANDED_RELOAD] = WIRE_NUM(5),
		    [HEALTH_SERVICE_OUTAGE_SUM_US] = WIRE_NUM(800),
		    [HEALTH_SERVICE_OUTAGE_BUCKETS] =
			WIRE_BIN((const char *)bytes, sizeof(bytes)),
		    [HEALTH_SERVICE_RESTART_SUM_US] = WIRE_NUM(400),
		    [HEALTH_SERVICE_RESTART_BUCKETS] =
			WIRE_BIN((const char *)bytes, sizeof(bytes)),
		} };
	fake_send(f, &m);
}

static inline void
fake_say_rest(struct fake *f, uint32_t serial)
{
	struct wire_msg role = { .type = WIRE_HEALTH_ROLE,
		.serial = serial,
		.fd = -1,
		.field = {
		    [HEALTH_ROLE_NAME] = WIRE_STR("scribe"),
		    [HEALTH_ROLE_PID] = WIRE_NUM(23),
		    [HEALTH_ROLE_JAIL] = WIRE_NUM(JAIL_EXEC),
		} };
	struct wire_msg sink = { .type = WIRE_HEALTH_SINK,
		.serial = serial,
		.fd = -1,
		.field = {
		    [HEALTH_SINK_KIND] = WIRE_NUM(SINK_SLACK),
		    [HEALTH_SINK_DELIVERED] = WIRE_NUM(4),
		} };
	fake_send(f, &role);
	fake_send(f, &sink);
}

static inline void
fake_answer(struct fake *f, uint32_t serial)
{
	if (f->mood == FAKE_SILENT)
		return;
	if (f->mood == FAKE_WRONG_SERIAL)
		serial--;
	fake_say_state(f, serial);
	for (unsigned i = 0; i < (f->rows ? f->rows : 1); i++)
		fake_say_service(f, serial, i);
	fake_say_rest(f, serial);
	if (f->mood != FAKE_NO_END)
		fake_send(f,
		    &(struct wire_msg){
			.type = WIRE_HEALTH_END, .serial = serial, .fd = -1 });
}

static inline void
fake_note_result(struct fake *f, const struct wire_msg *msg)
{
	const struct wire_field *field = msg->field;
	if (f->results == FAKE_RESULTS_MAX)
		return;
	struct fake_result *r = &f->result[f->results++];
	r->serial = msg->serial;
	r->probe = field[HEALTH_RESULT_PROBE].num;
	r->ok = field[HEALTH_RESULT_OK].num != 0;
	r->at_ms = clock_ms();
	(void)snprintf(
	    r->why, sizeof(r->why), "%s", field[HEALTH_RESULT_WHY].ptr);
}

static inline void *
fake_thread(void *arg)
{
	static _Thread_local unsigned char buf[WIRE_MESSAGE_MAX];
	struct fake *f = arg;
	struct wire_msg msg;

	for (;;) {
		(void)fd_wait(f->channel, POLLIN, NEVER);
		int r = wire_recv(f->channel, buf, false, &msg);
		if (r == -EAGAIN)
			continue;
		if (r <= 0)
			return NULL;
		pthread_mutex_lock(&f->lock);
		if (msg.type == WIRE_HEALTH_ASK) {
			f->asked++;
			fake_answer(f, msg.serial);
		}
		if (msg.type == WIRE_HEALTH_RESULT)
			fake_note_result(f, &msg);
		if (msg.type == WIRE_JAILED)
			f->jailed = true;
		pthread_mutex_unlock(&f->lock);
	}
}

/* Start the role; the fake's mood and facts may be set before and after. */
static inline void
fake_start(struct fake *f)
{
	int theirs;
	assert_int_equal(channel_open(&f->channel, &theirs), 0);
	f->listener = fake_listener(&f->port);
	if (f->service == NULL)
		f->service = "api";
	f->pid = fork();
	assert_int_not_equal(f->pid, -1);
	if (f->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(f->channel);
		(void)close(f->listener);
		role_use_channel(theirs);
		_exit(health_main());
	}
	(void)close(theirs);
	assert_int_equal(pthread_mutex_init(&f->lock, NULL), 0);
	fake_send(
	    f, &(struct wire_msg){ .type = WIRE_HEALTH_LISTEN,
		   .fd = f->listener,
		   .field = { [HEALTH_LISTEN_NAME] = WIRE_STR(":9400") } });
	fake_send(f, &(struct wire_msg){ .type = WIRE_GO, .fd = -1 });
	assert_int_equal(pthread_create(&f->thread, NULL, fake_thread, f), 0);
}

/* Close the channel: the role's exit status, which must come soon. */
static inline int
fake_stop(struct fake *f)
{
	int status = 0;
	int64_t deadline = clock_ms() + 5000;

	(void)shutdown(f->channel, SHUT_RDWR);
	(void)pthread_join(f->thread, NULL);
	(void)close(f->channel);
	(void)close(f->listener);
	while (waitpid(f->pid, &status, WNOHANG) == 0) {
		if (clock_ms() > deadline)
			(void)kill(f->pid, SIGKILL);
		(void)poll(NULL, 0, 1);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void
fake_set(struct fake *f, enum fake_mood mood, bool ready)
{
	pthread_mutex_lock(&f->lock);
	f->mood = mood;
	f->ready = f->started = ready;
	pthread_mutex_unlock(&f->lock);
}

static inline unsigned
fake_asked(struct fake *f)
{
	pthread_mutex_lock(&f->lock);
	unsigned asked = f->asked;
	pthread_mutex_unlock(&f->lock);
	return asked;
}

/* Wait for the n-th outcome of a probe, from 0; false: it did not come. */
static inline bool
fake_wait_result(
    struct fake *f, size_t n, int64_t timeout_ms, struct fake_result *ret)
{
	int64_t deadline = clock_ms() + timeout_ms;
	do {
		pthread_mutex_lock(&f->lock);
		bool there = f->results > n;
		if (there)
			*ret = f->result[n];
		pthread_mutex_unlock(&f->lock);
		if (there)
			return true;
		(void)poll(NULL, 0, 1);
	} while (clock_ms() < deadline);
	return false;
}

/* ---- a client ---- */

static inline int
client_connect(uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(fd, -1);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

static inline void
client_send(int fd, const char *text)
{
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

/*
 * Read until the end of the connection, or until `until` is at the end of what
 * was read (NULL: never), or for timeout_ms.  The length; NUL-terminated.
 */
static inline size_t
client_read(
    int fd, char *to, size_t size, const char *until, int64_t timeout_ms)
{
	int64_t deadline = clock_ms() + timeout_ms;
	size_t have = 0;

	to[0] = '\0';
	while (have + 1 < size && fd_wait(fd, POLLIN, deadline) == 1) {
		ssize_t n = recv(fd, to + have, size - 1 - have, 0);
		if (n <= 0)
			break;
		have += (size_t)n;
		to[have] = '\0';
		size_t tail = until ? strlen(until) : 0;
		if (until && have >= tail &&
		    strcmp(to + have - tail, until) == 0)
			break;
	}
	return have;
}

/* One request on a connection of its own: the whole answer, in static memory.
 */
static inline const char *
client_get(uint16_t port, const char *target)
{
	static char answer[512 * 1024];
	char request[512];
	int fd = client_connect(port);
	(void)snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", target);
	client_send(fd, request);
	(void)client_read(fd, answer, sizeof(answer), NULL, 5000);
	(void)close(fd);
	return answer;
}

static inline int
status_of(const char *answer)
{
	return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? atoi(answer + 9) : 0;
}

static inline const char *
body_of(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");
	return end ? end + 4 : "";
}

#endif
