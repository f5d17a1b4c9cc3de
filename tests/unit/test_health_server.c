#include "health_fake.h"

#include "healthcheck/query.h"
#include "healthcheck/request.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <sodium.h>

#define HOST "Host: x\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define LAST(path) "GET " path " HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"

static struct fake fake;

static int
start_ready(void **unused)
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

/* Send bytes on a connection of its own; all that comes until it closes. */
static const char *
exchange(const char *request)
{
	static char answer[64 * 1024];
	int fd = client_connect(fake.port);
	client_send(fd, request);
	(void)client_read(fd, answer, sizeof(answer), NULL, 3000);
	(void)close(fd);
	return answer;
}

static void
every_path_answers_when_all_is_well(void **unused)
{
	(void)unused;
	static const struct {
		const char *path;
		const char *type;
		const char *body;
	} cases[] = {
		{ "/livez", "text/plain", "ok\n" },
		{ "/readyz", "text/plain", "ok\n" },
		{ "/startupz", "text/plain", "ok\n" },
		{ "/healthz", "text/plain",
		    "cella 1.2.3 (prod) is ready, up 1 min 1 s\n"
		    "api is ready: its last life was killed by SIGKILL, "
		    "pid 17, up 3.50 s, starts: 2\n" },
		{ "/status", "application/json", NULL },
		{ "/metrics", "text/plain; version=0.0.4", NULL },
		{ "/", "text/html", NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *answer = client_get(fake.port, cases[i].path);
		assert_int_equal(status_of(answer), 200);
		assert_non_null(strstr(answer, "Cache-Control: no-store\r\n"));
		assert_non_null(strstr(answer, cases[i].type));
		if (cases[i].body != NULL)
			assert_string_equal(body_of(answer), cases[i].body);
	}
}

static void
readyz_says_which_service_is_missing(void **unused)
{
	(void)unused;
	fake_set(&fake, FAKE_ANSWERS, false);

	const char *answer = client_get(fake.port, "/readyz");

	assert_int_equal(status_of(answer), 503);
	assert_string_equal(body_of(answer),
	    "[+]init ok\n[+]shutdown ok\n"
	    "[-]service/api failed: api is starting: its last life was killed "
	    "by SIGKILL\n"
	    "[+]boot ok\nreadyz check failed\n");
}

static void
an_excluded_check_counts_as_passed_and_an_unknown_name_warns(void **unused)
{
	(void)unused;
	fake_set(&fake, FAKE_ANSWERS, false);

	const char *answer = client_get(
	    fake.port, "/readyz?exclude=api&exclude=n%6fpe&verbose=1");

	assert_int_equal(status_of(answer), 200);
	assert_string_equal(body_of(answer),
	    "[+]init ok\n[+]shutdown ok\n[+]service/api excluded: ok\n"
	    "[+]boot ok\n"
	    "warn: some health checks cannot be excluded: no matches for "
	    "\"nope\"\nreadyz check passed\n");
}

static void
instances_are_checks_of_their_own(void **unused)
{
	(void)unused;
	fake_set(&fake, FAKE_ANSWERS, true);
	pthread_mutex_lock(&fake.lock);
	fake.rows = 2;
	fake.instances = true;
	pthread_mutex_unlock(&fake.lock);

	assert_string_equal(body_of(client_get(fake.port, "/readyz?verbose")),
	    "[+]init ok\n[+]shutdown ok\n[+]service/api:0 ok\n"
	    "[+]service/api:1 ok\n[+]boot ok\nreadyz check passed\n");
	assert_string_equal(
	    body_of(client_get(fake.port, "/readyz?verbose&exclude=api:1")),
	    "[+]init ok\n[+]shutdown ok\n[+]service/api:0 ok\n"
	    "[+]service/api:1 excluded: ok\n[+]boot ok\n"
	    "readyz check passed\n");
	assert_non_null(
	    strstr(client_get(fake.port, "/readyz?verbose&exclude=api"),
		"[+]service/api:0 excluded: ok\n"
		"[+]service/api:1 excluded: ok\n[+]boot ok\nreadyz"));
	assert_non_null(strstr(client_get(fake.port, "/"), "<td>api:1<td>"));
}

static void
sockets_and_spares_are_shown(void **unused)
{
	(void)unused;
	fake_set(&fake, FAKE_ANSWERS, true);

	const char *answer = client_get(fake.port, "/status");
	assert_non_null(strstr(
	    answer, "\"instance\":0,\"instances\":1,\"phase\":\"ready\""));
	assert_non_null(strstr(answer,
	    "\"held_sockets\":1,\"handovers\":{\"restart\":0,\"standby\":0,"
	    "\"reload\":5},\"outages\":1,\"outage_seconds_sum\":0.0008,"
	    "\"spare\":{\"state\":\"parked\",\"pid\":18,\"age_seconds\":2.5,"
	    "\"memory_bytes\":0}}"));
	assert_non_null(strstr(client_get(fake.port, "/"),
	    "<td class=n>1<td>parked, pid 18, 2.50 s<td>"));
}

static void
startupz_names_the_step_of_the_boot(void **unused)
{
	(void)unused;
	fake_set(&fake, FAKE_ANSWERS, false);

	const char *answer = client_get(fake.port, "/startupz");

	assert_int_equal(status_of(answer), 503);
	assert_non_null(
	    strstr(answer, "[-]boot failed: boot is not complete: secrets\n"));
}

static void
readiness_ends_with_the_stop_and_liveness_with_giving_up(void **unused)
{
	(void)unused;
	pthread_mutex_lock(&fake.lock);
	fake.stopping = fake.gave_up = true;
	pthread_mutex_unlock(&fake.lock);

	assert_int_equal(status_of(client_get(fake.port, "/readyz")), 503);
	assert_int_equal(status_of(client_get(fake.port, "/healthz")), 503);
	assert_int_equal(status_of(client_get(fake.port, "/livez")), 503);
	assert_int_equal(status_of(client_get(fake.port, "/status")), 200);
}

static void
a_silent_init_fails_every_probe_within_its_time(void **unused)
{
	(void)unused;
	static const enum fake_mood moods[] = { FAKE_SILENT, FAKE_WRONG_SERIAL,
		FAKE_NO_END };
	for (size_t i = 0; i < ARRAY_LEN(moods); i++) {
		fake_set(&fake, moods[i], true);
		int64_t before = clock_ms();
		const char *answer = client_get(fake.port, "/livez");
		int64_t took = clock_ms() - before;

		assert_int_equal(status_of(answer), 503);
		assert_non_null(
		    strstr(answer, "PID 1 did not answer within 250 ms"));
		assert_in_range(took, 249, 1000);
		assert_int_equal(
		    status_of(client_get(fake.port, "/metrics")), 503);
	}
	fake_set(&fake, FAKE_ANSWERS, true);
	assert_int_equal(status_of(client_get(fake.port, "/livez")), 200);
}

static void
many_requests_share_one_question(void **unused)
{
	(void)unused;
	enum { MANY = 100 };
	int fd[MANY];
	char answer[4096];

	for (int i = 0; i < MANY; i++)
		fd[i] = client_connect(fake.port);
	for (int i = 0; i < MANY; i++)
		client_send(fd[i], LAST("/readyz"));
	int64_t before = clock_ms();
	for (int i = 0; i < MANY; i++) {
		(void)client_read(fd[i], answer, sizeof(answer), NULL, 3000);
		assert_int_equal(status_of(answer), 200);
		(void)close(fd[i]);
	}
	unsigned windows = (unsigned)((clock_ms() - before) / 100) + 3;

	assert_true(fake_asked(&fake) <= windows);
}

static void
garbage_is_refused_by_name(void **unused)
{
	(void)unused;
	static const struct {
		const char *request;
		int status;
	} cases[] = {
		{ "\x16\x03\x01\x02", 400 },
		{ "GET /livez\r\n\r\n", 400 },
		{ "GET  /livez HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET /livez HTTP/1.1\r\n\r\n", 400 },
		{ "GET /livez HTTP/1.1\r\n" HOST HOST "\r\n", 400 },
		{ "GET /livez HTTP/1.1\r\n" HOST " folded\r\n\r\n", 400 },
		{ "GET /livez HTTP/1.1\r\n" HOST "A : b\r\n\r\n", 400 },
		{ "GET /livez HTTP/1.1\r\n" HOST "Content-Length: x\r\n\r\n",
		    400 },
		{ "GET /li\x01vez HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET /livez HTTP/1.1\rX", 400 },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },
		{ "GET /livez HTTP/3.1\r\n" HOST "\r\n", 505 },
		{ "POST /livez HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n"
		  "hello",
		    405 },
		{ "get /livez HTTP/1.0\r\n\r\n", 405 },
		{ "GET /nope HTTP/1.0\r\n\r\n", 404 },
		{ "GET livez HTTP/1.0\r\n\r\n", 404 },
		{ "GET /livez HTTP/1.0\r\n\r\n", 200 },
		{ "\r\n\r\nGET /livez HTTP/1.0\n\n", 200 },
		{ "GET http://a.b:1/livez?x HTTP/1.0\r\n\r\n", 200 },
		{ "GET /readyz?" /* 17 */
		  "exclude=a&exclude=a&exclude=a&exclude=a&exclude=a&"
		  "exclude=a&exclude=a&exclude=a&exclude=a&exclude=a&"
		  "exclude=a&exclude=a&exclude=a&exclude=a&exclude=a&"
		  "exclude=a&exclude=a HTTP/1.0\r\n\r\n",
		    400 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *answer = exchange(cases[i].request);
		if (status_of(answer) != cases[i].status)
			print_error("case %zu: %s\n", i, cases[i].request);
		assert_int_equal(status_of(answer), cases[i].status);
		if (cases[i].status == 405)
			assert_non_null(strstr(answer, "Allow: GET, HEAD\r\n"));
		assert_non_null(strstr(answer, "Connection: close\r\n"));
	}
}

static void
a_header_block_over_8_kib_is_431(void **unused)
{
	(void)unused;
	static const char start[] = "GET /livez HTTP/1.0\r\nX: ";
	static char request[16 * 1024];
	memset(request, 'a', sizeof(request) - 1);
	memcpy(request, start, strlen(start));

	assert_int_equal(status_of(exchange(request)), 431);

	memcpy(request + 8192 - 4, "\r\n\r\n", 5);
	assert_int_equal(status_of(exchange(request)), 200);

	size_t len = strlen("GET /livez HTTP/1.0\r\n");
	for (int i = 0; i < 101; i++)
		len += (size_t)sprintf(request + len, "A: b\r\n");
	(void)sprintf(request + len, "\r\n");
	assert_int_equal(status_of(exchange(request)), 431);
}

static void
head_has_the_length_and_no_body(void **unused)
{
	(void)unused;
	const char *answer = exchange("HEAD /livez HTTP/1.0\r\n\r\n");

	assert_int_equal(status_of(answer), 200);
	assert_non_null(strstr(answer, "Content-Length: 3\r\n"));
	assert_string_equal(body_of(answer), "");
}

static size_t
count_of(const char *text, const char *part)
{
	size_t count = 0;
	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		count++;
	return count;
}

static void
pipelined_requests_are_answered_in_order(void **unused)
{
	(void)unused;
	const char *answer = exchange(GET("/livez") GET(
	    "/nope") "HEAD /livez "
		     "HTTP/1.1\r\n" HOST "\r\n" LAST("/readyz") GET("/livez"));

	assert_int_equal(count_of(answer, "HTTP/1.1 "), 4);
	assert_int_equal(count_of(answer, "HTTP/1.1 200"), 3);
	assert_int_equal(count_of(answer, "Connection: close"), 1);
	const char *nope = strstr(answer, "HTTP/1.1 404");
	assert_non_null(nope);
	assert_int_equal(count_of(nope, "HTTP/1.1 200"), 2);
}

static void
a_connection_stays_open_as_its_version_says(void **unused)
{
	(void)unused;
	char answer[4096];
	int fd = client_connect(fake.port);

	client_send(fd, GET("/livez"));
	(void)client_read(fd, answer, sizeof(answer), "\r\n\r\nok\n", 3000);
	assert_null(strstr(answer, "Connection:"));
	client_send(
	    fd, "GET /livez HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
	(void)client_read(fd, answer, sizeof(answer), "\r\n\r\nok\n", 3000);
	assert_non_null(strstr(answer, "Connection: keep-alive\r\n"));
	client_send(fd, "GET /livez HTTP/1.0\r\n\r\n");
	(void)client_read(fd, answer, sizeof(answer), NULL, 3000);
	assert_non_null(strstr(answer, "Connection: close\r\n"));
	(void)close(fd);
}

static void
a_request_byte_by_byte_and_a_half_closed_client_are_served(void **unused)
{
	(void)unused;
	char answer[4096];
	int fd = client_connect(fake.port);

	for (const char *p = LAST("/livez"); *p != '\0'; p++)
		assert_int_equal(write(fd, p, 1), 1);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	(void)client_read(fd, answer, sizeof(answer), NULL, 3000);

	assert_int_equal(status_of(answer), 200);
	(void)close(fd);
}

static size_t
descriptors_of(pid_t pid)
{
	char path[64];
	size_t count = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	DIR *folder = opendir(path);
	assert_non_null(folder);
	while (readdir(folder) != NULL)
		count++;
	(void)closedir(folder);
	return count;
}

/* A client that asks for more than the buffers hold, and never reads. */
static int
deaf_client(void)
{
	int small = 4096;
	int fd = client_connect(fake.port);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	fake.rows = 32;
	while (send(fd, GET("/"), strlen(GET("/")),
		   MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	return fd;
}

static void
clients_that_stall_are_cut_after_5_s(void **unused)
{
	(void)unused;
	char answer[4096];
	assert_int_equal(status_of(client_get(fake.port, "/livez")), 200);
	size_t before = descriptors_of(fake.pid);

	/* given a silent client, half a request, and one that never reads */
	int silent = client_connect(fake.port);
	int half = client_connect(fake.port);
	int deaf = deaf_client();
	int64_t since = clock_ms();
	client_send(half, "GET /livez HTTP/1.1\r\nHo");
	while (descriptors_of(fake.pid) != before + 3)
		assert_true(clock_ms() < since + 2000);

	/* when time goes by, and a byte now and then changes nothing */
	while (descriptors_of(fake.pid) > before) {
		(void)send(half, "x", 1, MSG_NOSIGNAL);
		(void)poll(NULL, 0, 50);
		assert_true(clock_ms() < since + 8000);
	}

	/* then all three are gone, the half one with a word */
	assert_in_range(clock_ms() - since, 4900, 7900);
	assert_int_equal(
	    client_read(silent, answer, sizeof(answer), NULL, 1000), 0);
	(void)client_read(half, answer, sizeof(answer), NULL, 1000);
	assert_int_equal(status_of(answer), 408);
	(void)close(silent);
	(void)close(half);
	(void)close(deaf);
}

static void
a_slow_reader_gets_every_byte(void **unused)
{
	(void)unused;
	enum { REQUESTS = 200 };
	static char answer[8 * 1024 * 1024];
	int small = 2048;
	size_t have = 0;
	fake.rows = 32;
	int fd = client_connect(fake.port);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));

	for (int i = 0; i < REQUESTS - 1; i++)
		client_send(fd, GET("/"));
	client_send(fd, LAST("/"));
	for (ssize_t n = 1; n > 0 && have + 3000 < sizeof(answer);) {
		n = recv(fd, answer + have, 3000, 0);
		have += n > 0 ? (size_t)n : 0;
	}
	answer[have] = '\0';
	(void)close(fd);

	assert_int_equal(count_of(answer, "HTTP/1.1 200"), REQUESTS);
	assert_int_equal(count_of(answer, "</html>\n"), REQUESTS);
}

static void
the_257th_client_waits_for_a_place(void **unused)
{
	(void)unused;
	enum { MANY = 300, PLACES = 256 };
	int fd[MANY];
	char answer[4096];

	for (int i = 0; i < MANY; i++)
		fd[i] = client_connect(fake.port);
	client_send(fd[PLACES], LAST("/livez"));
	assert_int_equal(fd_wait(fd[PLACES], POLLIN, clock_ms() + 150), 0);

	/* when one of the 256 is served, then it must leave for the next */
	client_send(fd[0], GET("/livez"));
	(void)client_read(fd[0], answer, sizeof(answer), NULL, 3000);
	assert_int_equal(status_of(answer), 200);
	assert_non_null(strstr(answer, "Connection: close\r\n"));
	(void)client_read(fd[PLACES], answer, sizeof(answer), NULL, 3000);
	assert_int_equal(status_of(answer), 200);
	for (int i = 0; i < MANY; i++)
		(void)close(fd[i]);
}

static void
status_is_json_of_everything(void **unused)
{
	(void)unused;
	cJSON *json = cJSON_Parse(body_of(client_get(fake.port, "/status")));
	assert_non_null(json);
	cJSON *service =
	    cJSON_GetArrayItem(cJSON_GetObjectItem(json, "services"), 0);

	assert_string_equal(
	    cJSON_GetStringValue(cJSON_GetObjectItem(json, "app")), "cella");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "ready")));
	assert_int_equal(
	    (int)cJSON_GetObjectItem(service, "pid")->valuedouble, 17);
	assert_string_equal(
	    cJSON_GetStringValue(cJSON_GetObjectItem(
		cJSON_GetObjectItem(service, "last_exit"), "signal")),
	    "SIGKILL");
	assert_int_equal(
	    cJSON_GetArraySize(cJSON_GetObjectItem(json, "sinks")), 1);
	cJSON *assets = cJSON_GetObjectItem(json, "assets");
	assert_int_equal(
	    (int)cJSON_GetObjectItem(assets, "placeholders")->valuedouble, 3);
	assert_true(
	    cJSON_GetObjectItem(assets, "seconds")->valuedouble > 0.003);
	cJSON_Delete(json);
}

static int
start_with_hostile_name(void **unused)
{
	(void)unused;
	memset(&fake, 0, sizeof(fake));
	fake.ready = fake.started = true;
	fake.service = "<script>\"'&\xff";
	fake_start(&fake);
	return 0;
}

static void
the_page_is_escaped_and_its_policy_fits_its_style(void **unused)
{
	(void)unused;
	unsigned char hash[crypto_hash_sha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(
	    sizeof(hash), sodium_base64_VARIANT_ORIGINAL)];
	char wanted[128];
	const char *answer = client_get(fake.port, "/");
	const char *style = strstr(answer, "<style>");

	assert_non_null(style);
	style += strlen("<style>");
	const char *end = strstr(style, "</style>");
	(void)crypto_hash_sha256(hash, (const unsigned char *)style,
	    (unsigned long long)(end - style));
	(void)sodium_bin2base64(text, sizeof(text), hash, sizeof(hash),
	    sodium_base64_VARIANT_ORIGINAL);
	(void)snprintf(wanted, sizeof(wanted), "style-src 'sha256-%s';", text);

	if (strstr(answer, wanted) == NULL)
		print_error("the policy must say %s\n", wanted);
	assert_non_null(strstr(answer, wanted));
	assert_non_null(strstr(answer, "default-src 'none';"));
	assert_null(strstr(answer, "<script"));
	assert_non_null(
	    strstr(answer, "&lt;script&gt;&quot;&#39;&amp;\xef\xbf\xbd"));
}

static void
hostile_names_leave_json_valid(void **unused)
{
	(void)unused;
	cJSON *json = cJSON_Parse(body_of(client_get(fake.port, "/status")));
	assert_non_null(json);
	cJSON_Delete(json);
}

static long
switches_of(pid_t pid)
{
	char path[64];
	char text[4096];
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file);
	text[n] = '\0';
	const char *line = strstr(text, "\nvoluntary_ctxt_switches:");
	assert_non_null(line);
	return atol(strchr(line, ':') + 1);
}

static void
nothing_wakes_it_when_nothing_happens(void **unused)
{
	(void)unused;
	assert_int_equal(status_of(client_get(fake.port, "/livez")), 200);
	(void)poll(NULL, 0, 50);
	long before = switches_of(fake.pid);
	(void)poll(NULL, 0, 1000);

	assert_int_equal(switches_of(fake.pid), before);
}

static void
it_reports_its_jail_and_leaves_with_the_channel(void **unused)
{
	(void)unused;
	(void)start_ready(NULL);
	assert_int_equal(status_of(client_get(fake.port, "/livez")), 200);

	assert_int_equal(fake_stop(&fake), 0);
	assert_true(fake.jailed);
}

int
main(void)
{
#define WITH(test, start) cmocka_unit_test_setup_teardown(test, start, stop)
#define READY(test) WITH(test, start_ready)
	const struct CMUnitTest tests[] = {
		READY(every_path_answers_when_all_is_well),
		READY(readyz_says_which_service_is_missing),
		READY(
		    an_excluded_check_counts_as_passed_and_an_unknown_name_warns),
		READY(instances_are_checks_of_their_own),
		READY(sockets_and_spares_are_shown),
		READY(startupz_names_the_step_of_the_boot),
		READY(readiness_ends_with_the_stop_and_liveness_with_giving_up),
		READY(a_silent_init_fails_every_probe_within_its_time),
		READY(many_requests_share_one_question),
		READY(garbage_is_refused_by_name),
		READY(a_header_block_over_8_kib_is_431),
		READY(head_has_the_length_and_no_body),
		READY(pipelined_requests_are_answered_in_order),
		READY(a_connection_stays_open_as_its_version_says),
		READY(
		    a_request_byte_by_byte_and_a_half_closed_client_are_served),
		READY(clients_that_stall_are_cut_after_5_s),
		READY(a_slow_reader_gets_every_byte),
		READY(the_257th_client_waits_for_a_place),
		READY(status_is_json_of_everything),
		WITH(the_page_is_escaped_and_its_policy_fits_its_style,
		    start_with_hostile_name),
		WITH(hostile_names_leave_json_valid, start_with_hostile_name),
		READY(nothing_wakes_it_when_nothing_happens),
		cmocka_unit_test(
		    it_reports_its_jail_and_leaves_with_the_channel),
	};
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
