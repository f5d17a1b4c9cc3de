#include "health_fake.h"

#include <fcntl.h>

static struct fake fake;

static int
start(void **unused)
{
	(void)unused;
	memset(&fake, 0, sizeof(fake));
	fake.ready = fake.started = true;
	fake_start(&fake);
	return 0;
}

static int
stop(void **unused)
{
	(void)unused;
	return fake_stop(&fake);
}

enum { HTTP, TCP };

struct ask {
	uint32_t serial;
	int64_t probe;
	int kind;
	bool for_ever;
	int64_t every_ms;
	int64_t timeout_ms;
};

static void
ask_probe(struct ask ask, const char *target)
{
	fake_send(&fake, &(struct wire_msg){ .type = WIRE_HEALTH_PROBE,
			     .serial = ask.serial,
			     .fd = -1,
			     .field = {
				 [HEALTH_PROBE_PROBE] = WIRE_NUM(ask.probe),
				 [HEALTH_PROBE_KIND] = WIRE_NUM(ask.kind),
				 [HEALTH_PROBE_TARGET] = WIRE_STR(target),
				 [HEALTH_PROBE_EVERY_MS] =
				     WIRE_NUM(ask.every_ms ? ask.every_ms : 30),
				 [HEALTH_PROBE_TIMEOUT_MS] = WIRE_NUM(
				     ask.timeout_ms ? ask.timeout_ms : 1000),
				 [HEALTH_PROBE_ONCE] = WIRE_NUM(!ask.for_ever),
			     } });
}

__attribute__((format(printf, 1, 2))) static const char *
target_of(const char *format, ...)
{
	static char text[256];
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return text;
}

/* A port on which nobody listens: bound, so that nobody takes it either. */
static int
closed_port(uint16_t *ret_port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	*ret_port = ntohs(in.sin_port);
	return fd;
}

/* Take one connection, read its request, say this, close when told to. */
static void
serve(int listener, const char *says, char *request, size_t size)
{
	assert_int_equal(fd_wait(listener, POLLIN, clock_ms() + 3000), 1);
	int fd = accept(listener, NULL, NULL);
	assert_int_not_equal(fd, -1);
	(void)client_read(fd, request, size, "\r\n\r\n", 3000);
	client_send(fd, says);
	(void)shutdown(fd, SHUT_WR);
	/* the probe has read all and closed in order: no reset */
	char rest[16];
	assert_int_equal(fd_wait(fd, POLLIN, clock_ms() + 3000), 1);
	assert_int_equal(recv(fd, rest, sizeof(rest), 0), 0);
	(void)close(fd);
}

static void
an_http_probe_passes_with_200_to_399(void **unused)
{
	(void)unused;
	static const struct {
		const char *answer;
		bool ok;
		const char *why;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\n\r\nfine", true, "status 200" },
		{ "HTTP/1.0 204\r\n\r\n", true, "status 204" },
		{ "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", true,
		    "status 302" },
		{ "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
		  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
		    true, "status 200" },
		{ "HTTP/1.1 404 Not Found\r\n\r\nno", false, "status 404" },
		{ "HTTP/1.1 503 Busy\r\nA: b\r\n\r\n", false, "status 503" },
	};
	char request[1024];
	uint16_t port;
	int listener = fake_listener(&port);

	ask_probe((struct ask){ .serial = 9, .for_ever = true },
	    target_of("http://127.0.0.1:%u/health?a=b", port));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fake_result r;
		serve(listener, cases[i].answer, request, sizeof(request));
		assert_true(fake_wait_result(&fake, i, 3000, &r));
		assert_int_equal(r.ok, cases[i].ok);
		assert_string_equal(r.why, cases[i].why);
		assert_int_equal(r.serial, 9);
		assert_non_null(
		    strstr(request, "GET /health?a=b HTTP/1.1\r\n"));
	}
	(void)close(listener);
}

/* Answer every connection in the queue with these bytes until a result comes.
 */
static struct fake_result
result_after(int listener, const char *says)
{
	struct fake_result r;
	while (!fake_wait_result(&fake, 0, 0, &r)) {
		assert_int_equal(
		    fd_wait(listener, POLLIN, clock_ms() + 3000), 1);
		int fd = accept(listener, NULL, NULL);
		client_send(fd, says);
		(void)close(fd);
		(void)fake_wait_result(&fake, 0, 20, &r);
	}
	return r;
}

static void
what_is_no_http_fails(void **unused)
{
	(void)unused;
	uint16_t port;
	int listener = fake_listener(&port);
	ask_probe((struct ask){ .serial = 1, .for_ever = true },
	    target_of("http://127.0.0.1:%u/", port));

	struct fake_result r = result_after(listener, "SSH-2.0-server\r\n");

	assert_false(r.ok);
	assert_string_equal(r.why, "the answer is not HTTP");
	(void)close(listener);
}

static void
a_service_that_never_answers_is_late(void **unused)
{
	(void)unused;
	struct fake_result r;
	uint16_t port;
	int listener = fake_listener(&port);
	int64_t before = clock_ms();

	ask_probe((struct ask){ .for_ever = true, .timeout_ms = 100 },
	    target_of("http://127.0.0.1:%u/", port));

	assert_true(fake_wait_result(&fake, 0, 3000, &r));
	assert_false(r.ok);
	assert_string_equal(r.why, "no answer within 100 ms");
	assert_in_range(r.at_ms - before, 99, 1000);
	(void)close(listener);
}

static void
a_port_that_opens_is_noticed_at_once_while_booting(void **unused)
{
	(void)unused;
	struct fake_result r;
	uint16_t port;
	int fd = closed_port(&port);

	ask_probe((struct ask){ .kind = TCP, .every_ms = 60000 },
	    target_of("localhost:%u", port));
	assert_false(fake_wait_result(&fake, 0, 150, &r));
	int64_t opened = clock_ms();
	assert_int_equal(listen(fd, 5), 0);

	assert_true(fake_wait_result(&fake, 0, 3000, &r));
	assert_true(r.ok);
	assert_true(r.at_ms - opened < 500);
	(void)close(fd);
}

static void
a_once_probe_tells_its_first_success_and_rests(void **unused)
{
	(void)unused;
	struct fake_result r;
	uint16_t port;
	int listener = fake_listener(&port);

	ask_probe(
	    (struct ask){
		.serial = 4, .probe = 1023, .kind = TCP, .every_ms = 1 },
	    target_of("127.0.0.1:%u", port));
	assert_true(fake_wait_result(&fake, 0, 3000, &r));
	assert_int_equal(r.serial, 4);
	assert_int_equal(r.probe, 1023);

	assert_false(fake_wait_result(&fake, 1, 100, &r));
	(void)close(listener);
}

static void
a_lasting_probe_tells_each_outcome_until_it_is_stopped(void **unused)
{
	(void)unused;
	struct fake_result r;
	uint16_t port;
	int fd = closed_port(&port);

	ask_probe((struct ask){ .probe = 5, .kind = TCP, .for_ever = true },
	    target_of("127.0.0.1:%u", port));
	assert_true(fake_wait_result(&fake, 2, 3000, &r));
	assert_false(r.ok);
	assert_non_null(strstr(r.why, "refused"));
	fake_send(
	    &fake, &(struct wire_msg){ .type = WIRE_HEALTH_UNPROBE,
		       .fd = -1,
		       .field = { [HEALTH_UNPROBE_PROBE] = WIRE_NUM(5) } });
	assert_int_equal(status_of(client_get(fake.port, "/livez")), 200);
	size_t told = fake.results;

	assert_false(fake_wait_result(&fake, told, 150, &r));
	(void)close(fd);
}

static void
a_new_probe_of_the_same_number_takes_its_place(void **unused)
{
	(void)unused;
	struct fake_result r;
	uint16_t port;
	int fd = closed_port(&port);
	uint16_t open_port;
	int listener = fake_listener(&open_port);

	ask_probe((struct ask){ .serial = 1, .kind = TCP },
	    target_of("127.0.0.1:%u", port));
	ask_probe((struct ask){ .serial = 2, .kind = TCP },
	    target_of("127.0.0.1:%u", open_port));

	assert_true(fake_wait_result(&fake, 0, 3000, &r));
	assert_int_equal(r.serial, 2);
	(void)close(listener);
	(void)close(fd);
}

/* What the role would log is not wanted in the test's own output. */
static void
hush(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	(void)dup2(null, STDERR_FILENO);
	(void)close(null);
}

static void
only_loopback_is_probed(void **unused)
{
	(void)unused;
	static const struct {
		int kind;
		const char *target;
	} cases[] = {
		{ HTTP, "http://10.0.0.1/" },
		{ HTTP, "http://example.org/" },
		{ HTTP, "http://127.0.0.1.nip.io/" },
		{ HTTP, "http://127.1/" },
		{ HTTP, "http://0x7f000001/" },
		{ HTTP, "http://[::ffff:10.0.0.1]/" },
		{ HTTP, "http://127.0.0.1@10.0.0.1/" },
		{ HTTP, "https://127.0.0.1/" },
		{ HTTP, "http://127.0.0.1/a b" },
		{ HTTP, "http://127.0.0.1:99999/" },
		{ HTTP, "http://:80/" },
		{ TCP, "169.254.169.254:80" },
		{ TCP, "[2001:db8::1]:80" },
		{ TCP, "127.0.0.1" },
	};
	int saved = dup(STDERR_FILENO);
	(void)stop(NULL);
	hush();
	(void)start(NULL);
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fake_result r;
		ask_probe(
		    (struct ask){ .kind = cases[i].kind }, cases[i].target);
		if (!fake_wait_result(&fake, i, 3000, &r))
			fail_msg("no refusal of %s", cases[i].target);
		assert_false(r.ok);
	}
}

static void
many_probes_run_side_by_side(void **unused)
{
	(void)unused;
	struct fake_result r;
	uint16_t port;
	int listener = fake_listener(&port);

	for (int64_t i = 0; i < 64; i++)
		ask_probe((struct ask){ .probe = i, .kind = TCP },
		    target_of("127.0.0.1:%u", port));
	assert_true(fake_wait_result(&fake, 63, 3000, &r));
	(void)close(listener);
}

int
main(void)
{
#define STARTED(test) cmocka_unit_test_setup_teardown(test, start, stop)
	const struct CMUnitTest tests[] = {
		STARTED(an_http_probe_passes_with_200_to_399),
		STARTED(what_is_no_http_fails),
		STARTED(a_service_that_never_answers_is_late),
		STARTED(a_port_that_opens_is_noticed_at_once_while_booting),
		STARTED(a_once_probe_tells_its_first_success_and_rests),
		STARTED(a_lasting_probe_tells_each_outcome_until_it_is_stopped),
		STARTED(a_new_probe_of_the_same_number_takes_its_place),
		STARTED(only_loopback_is_probed),
		STARTED(many_probes_run_side_by_side),
	};
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
