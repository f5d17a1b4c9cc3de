#include "remote/http.h"

#include "core/clock.h"
#include "core/guard.h"
#include "remote/heap.h"
#include "remote/roots.h"

#include "fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

/*
 * A server of one's own for each test: a thread that takes connections, reads a
 * request's head from each and answers with the next of its replies.
 */
#define REPLIES_MAX 24

struct server {
	int fd;
	int port;
	const char *replies[REPLIES_MAX]; /* NULL: the end */
	char head[2048];                  /* of the last request */
	int connections;
	int requests;
	pthread_t thread;
};

static void
open_listener(struct server *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(s->fd, -1);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(s->fd, 64), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
	s->port = ntohs(at.sin_port);
}

/* False when the client has closed. */
static bool
read_head(struct server *s, int fd)
{
	size_t len = 0;

	while (len < sizeof(s->head) - 1) {
		ssize_t n = read(fd, s->head + len, 1);
		if (n <= 0)
			return false;
		s->head[++len] = '\0';
		if (len >= 4 && strcmp(s->head + len - 4, "\r\n\r\n") == 0)
			return true;
	}
	return false;
}

static void *
serve(void *arg)
{
	struct server *s = arg;

	while (s->replies[s->requests] != NULL) {
		int fd = accept(s->fd, NULL, NULL);
		if (fd == -1)
			return NULL;
		s->connections++;
		while (s->replies[s->requests] != NULL && read_head(s, fd)) {
			const char *reply = s->replies[s->requests++];
			(void)!write(fd, reply, strlen(reply));
			if (strstr(reply, "close") != NULL)
				break;
		}
		(void)close(fd);
	}
	return NULL;
}

static void
server_start(struct server *s, const char *const replies[])
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; replies[i] != NULL; i++)
		s->replies[i] = replies[i];
	open_listener(s);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void
server_end(struct server *s)
{
	(void)shutdown(s->fd, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	(void)close(s->fd);
}

struct seen {
	int count;
	enum http_class class;
	int status;
	int64_t retry_after_ms;
	char type[128];
	char id[128];
	char host[256];
	char why[256];
	char body[256];
	size_t body_len;
};

static void
take(void *arg, struct http_reply *reply)
{
	struct seen *seen = arg;

	seen->count++;
	seen->class = reply->class;
	seen->status = reply->status;
	seen->retry_after_ms = reply->retry_after_ms;
	seen->body_len = reply->body_len;
	assert_int_equal(reply->body[reply->body_len], '\0');
	(void)snprintf(
	    seen->type, sizeof(seen->type), "%s", reply->content_type);
	(void)snprintf(seen->id, sizeof(seen->id), "%s", reply->request_id);
	(void)snprintf(
	    seen->host, sizeof(seen->host), "%s", reply->redirect_host);
	(void)snprintf(seen->why, sizeof(seen->why), "%s", reply->why);
	(void)snprintf(seen->body, sizeof(seen->body), "%s", reply->body);
}

static const char *const headers[] = { "X-Auth-Token: the-token",
	"Accept: application/json", NULL };

static void
send_to(struct http_pool *pool, const char *url, struct seen *seen)
{
	const char *why;
	const struct http_request request = {
		.method = "GET",
		.url = url,
		.headers = headers,
		.reply_max = 1000,
		.connect_ms = 3000,
		.total_ms = 2000,
	};
	assert_int_equal(http_pool_send(pool, &request, take, seen, &why), 0);
}

static void
turn_until_idle(struct http_pool *pool)
{
	int64_t deadline = clock_ms() + 20000;

	while (http_pool_busy(pool) > 0) {
		assert_true(clock_ms() < deadline);
		(void)http_pool_turn(pool, deadline, -1);
	}
}

static struct http_pool *
new_pool(int connections)
{
	struct http_pool *pool;

	assert_int_equal(http_pool_new(&pool, connections, NULL), 0);
	return pool;
}

/* One GET of PATH from a server that gives this one reply. */
static struct seen
get_reply(const char *reply)
{
	struct server server;
	struct seen seen = { 0 };
	char url[64];

	server_start(&server, (const char *[]){ reply, NULL });
	(void)snprintf(
	    url, sizeof(url), "http://127.0.0.1:%d/a?b=c", server.port);
	struct http_pool *pool = new_pool(1);
	send_to(pool, url, &seen);
	turn_until_idle(pool);
	assert_int_equal(seen.count, 1);
	http_pool_free(pool);
	server_end(&server);
	return seen;
}

#define OK "HTTP/1.1 200 OK\r\n"

static void
a_reply_is_told_with_its_headers(void **unused)
{
	(void)unused;
	struct seen seen =
	    get_reply(OK "content-type: application/json; charset=utf-8\r\n"
			 "X-REQUEST-ID: abc\r\nContent-Length: 2\r\n\r\nhi");

	assert_int_equal(seen.class, HTTP_OK);
	assert_int_equal(seen.status, 200);
	assert_int_equal(seen.retry_after_ms, -1);
	assert_string_equal(seen.type, "application/json; charset=utf-8");
	assert_string_equal(seen.id, "abc");
	assert_string_equal(seen.host, "");
	assert_string_equal(seen.body, "hi");
}

static void
what_the_server_says_about_waiting_is_read(void **unused)
{
	(void)unused;
	static const struct {
		const char *header;
		int64_t least;
		int64_t most;
	} cases[] = {
		{ "Retry-After: 7\r\n", 7000, 7000 },
		{ "Retry-After: 0\r\n", 0, 0 },
		{ "Retry-After: -5\r\n", 0, 0 },
		{ "Retry-After: 61\r\n", 60000, 60000 },
		{ "Retry-After: 99999999999999999999\r\n", 60000, 60000 },
		{ "Retry-After: Fri, 01 Jan 2100 00:00:00 GMT\r\n", 60000,
		    60000 },
		{ "Retry-After: Fri, 01 Jan 1999 00:00:00 GMT\r\n", 0, 0 },
		{ "Retry-After: soon\r\n", -1, -1 },
		{ "Retry-After: \r\n", -1, -1 },
		{ "", -1, -1 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char reply[256];
		(void)snprintf(reply, sizeof(reply),
		    "HTTP/1.1 429 Slow\r\n%sContent-Length: 0\r\n\r\n",
		    cases[i].header);

		struct seen seen = get_reply(reply);

		assert_int_equal(seen.class, HTTP_THROTTLED);
		assert_true(seen.retry_after_ms >= cases[i].least);
		assert_true(seen.retry_after_ms <= cases[i].most);
	}
}

static void
a_redirect_is_told_by_host_and_not_followed(void **unused)
{
	(void)unused;
	static const struct {
		const char *location;
		const char *host;
	} cases[] = {
		{ "https://evil.test:444/steal?x=y", "evil.test" },
		{ "//evil.test/", "evil.test" },
		{ "/elsewhere", "127.0.0.1" },
		{ "https://user:pass@evil.test/", "evil.test" },
		{ "https://", "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char reply[256];
		(void)snprintf(reply, sizeof(reply),
		    "HTTP/1.1 307 Over there\r\nLocation: %s\r\n"
		    "Content-Length: 0\r\n\r\n",
		    cases[i].location);

		struct seen seen = get_reply(reply);

		assert_int_equal(seen.class, HTTP_REDIRECT);
		assert_string_equal(seen.host, cases[i].host);
		assert_null(strstr(seen.why, "steal"));
	}
}

static void
a_reply_over_its_maximum_is_refused(void **unused)
{
	(void)unused;
	char reply[1200] = OK "Content-Length: 1001\r\n\r\n";
	size_t head = strlen(reply);
	memset(reply + head, 'x', 1001);

	struct seen seen = get_reply(reply);
	reply[head - 5] = '0';
	reply[head + 1000] = '\0';
	struct seen whole = get_reply(reply);

	assert_int_equal(seen.class, HTTP_PERMANENT);
	assert_string_equal(seen.why, "the reply is larger than 1000 bytes");
	assert_int_equal(whole.class, HTTP_OK);
	assert_int_equal(whole.body_len, 1000);
}

static void
a_refusal_stands_whatever_becomes_of_its_body(void **unused)
{
	(void)unused;
	assert_int_equal(get_reply("HTTP/1.1 401 No\r\nContent-Length: 9\r\n"
				   "Connection: close\r\n\r\nhalf")
			     .class,
	    HTTP_AUTH);
	assert_int_equal(get_reply(OK "Content-Length: 9\r\n"
				      "Connection: close\r\n\r\nhalf")
			     .class,
	    HTTP_TRANSPORT);
	assert_int_equal(
	    get_reply("no HTTP at all, close\r\n\r\n").class, HTTP_TRANSPORT);
}

static void
control_bytes_of_a_stranger_do_not_reach_a_line(void **unused)
{
	(void)unused;
	struct seen seen = get_reply(
	    OK "Content-Type: a\x1b[31m\r\nX-Request-Id: b\x07\x80\r\n"
	       "Content-Length: 0\r\n\r\n");

	assert_string_equal(seen.type, "a?[31m");
	assert_string_equal(seen.id, "b??");
}

static void
the_request_says_what_it_was_told_and_no_more(void **unused)
{
	(void)unused;
	struct server server;
	struct seen seen = { 0 };
	char url[64], expected[512];
	server_start(
	    &server, (const char *[]){ OK "Content-Length: 0\r\n\r\n", NULL });
	(void)snprintf(
	    url, sizeof(url), "http://127.0.0.1:%d/a%%2Fb?c=%%26", server.port);
	(void)snprintf(expected, sizeof(expected),
	    "GET /a%%2Fb?c=%%26 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
	    "User-Agent: cradle/" CRADLE_VERSION "\r\n"
	    "X-Auth-Token: the-token\r\nAccept: application/json\r\n\r\n",
	    server.port);
	struct http_pool *pool = new_pool(1);

	send_to(pool, url, &seen);
	turn_until_idle(pool);

	assert_string_equal(server.head, expected);
	http_pool_free(pool);
	server_end(&server);
}

static void
a_proxy_never_sees_the_token_nor_loopback(void **unused)
{
	(void)unused;
	struct server server;
	struct seen direct = { 0 };
	struct seen far = { 0 };
	char proxy[64], url[64];
	server_start(
	    &server, (const char *[]){ OK
			 "Content-Length: 0\r\nConnection: close\r\n\r\n",
			 "HTTP/1.1 403 No\r\nX-Request-Id: proxy\r\n"
			 "Content-Length: 0\r\nConnection: close\r\n\r\n",
			 NULL });
	(void)snprintf(
	    proxy, sizeof(proxy), "http://127.0.0.1:%d", server.port);
	(void)snprintf(url, sizeof(url), "http://localhost:%d/", server.port);
	assert_int_equal(setenv("https_proxy", proxy, 1), 0);
	assert_int_equal(setenv("http_proxy", proxy, 1), 0);
	struct http_pool *pool = new_pool(1);

	send_to(pool, url, &direct);
	turn_until_idle(pool);
	assert_non_null(strstr(server.head, "GET / HTTP/1.1\r\n"));
	send_to(pool, "https://far.test/path?query", &far);
	turn_until_idle(pool);

	assert_non_null(strstr(server.head, "CONNECT far.test:443 HTTP/1.1"));
	assert_null(strstr(server.head, "the-token"));
	assert_null(strstr(server.head, "query"));
	assert_int_equal(direct.class, HTTP_OK);
	assert_int_equal(far.class, HTTP_TRANSPORT);
	assert_int_equal(far.status, 0);
	assert_string_equal(far.id, "");
	assert_int_equal(unsetenv("https_proxy"), 0);
	assert_int_equal(unsetenv("http_proxy"), 0);
	http_pool_free(pool);
	server_end(&server);
}

static void
one_connection_serves_many_requests(void **unused)
{
	(void)unused;
	const char *const reply = OK "Content-Length: 0\r\n\r\n";
	const char *replies[21] = { 0 };
	struct server server;
	struct seen seen = { 0 };
	char url[64];
	for (int i = 0; i < 20; i++)
		replies[i] = reply;
	server_start(&server, replies);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", server.port);
	struct http_pool *pool = new_pool(1);

	for (int i = 0; i < 20; i++)
		send_to(pool, url, &seen);
	assert_int_equal(http_pool_busy(pool), 20);
	turn_until_idle(pool);

	assert_int_equal(seen.count, 20);
	assert_int_equal(server.connections, 1);
	http_pool_free(pool);
	server_end(&server);
}

static void
silence_is_a_timeout_and_a_free_pool_tells_nobody(void **unused)
{
	(void)unused;
	struct server server;
	struct seen seen = { 0 };
	char url[64];
	memset(&server, 0, sizeof(server));
	open_listener(&server);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", server.port);
	struct http_pool *pool = new_pool(1);

	send_to(pool, url, &seen);
	send_to(pool, url, &seen);
	int64_t began = clock_ms();
	while (seen.count == 0)
		(void)http_pool_turn(pool, clock_ms() + 5000, -1);

	assert_in_range(clock_ms() - began, 1900, 4000);
	assert_int_equal(seen.class, HTTP_TRANSPORT);
	assert_int_equal(http_pool_busy(pool), 1);
	http_pool_free(pool);
	assert_int_equal(seen.count, 1);
	(void)close(server.fd);
}

static void
another_descriptor_wakes_the_turn(void **unused)
{
	(void)unused;
	int ends[2];
	struct http_pool *pool = new_pool(1);
	assert_int_equal(pipe(ends), 0);

	int64_t began = clock_ms();
	assert_false(http_pool_turn(pool, began + 50, ends[0]));
	assert_in_range(clock_ms() - began, 49, 1000);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_true(http_pool_turn(pool, NEVER, ends[0]));

	assert_in_range(clock_ms() - began, 49, 2000);
	(void)close(ends[0]);
	(void)close(ends[1]);
	http_pool_free(pool);
}

static void
a_refused_url_is_not_queued(void **unused)
{
	(void)unused;
	struct http_pool *pool = new_pool(1);
	const char *why = NULL;
	const struct http_request request = { .method = "GET",
		.url = "http://10.0.0.1/" };

	assert_int_equal(
	    http_pool_send(pool, &request, take, NULL, &why), -EINVAL);

	assert_string_equal(why, "plain http is allowed to loopback only");
	assert_int_equal(http_pool_busy(pool), 0);
	http_pool_free(pool);
}

static void
named_roots_are_used_or_it_fails(void **unused)
{
	(void)unused;
	struct roots roots = { 0 };
	struct http_pool *pool;

	assert_int_equal(roots_find("/nowhere", &roots), -ENOENT);
	assert_int_equal(http_pool_new(&pool, 1, "/nowhere"), -ENOENT);
	assert_int_equal(roots_find("/etc/passwd", &roots), 0);
	assert_string_equal(roots.file, "/etc/passwd");
	roots_free(&roots);
	assert_int_equal(setenv("SSL_CERT_FILE", "/etc/hosts", 1), 0);
	assert_int_equal(roots_find("", &roots), 0);
	assert_string_equal(roots.file, "/etc/hosts");
	roots_free(&roots);
	assert_int_equal(setenv("SSL_CERT_FILE", "/nowhere", 1), 0);
	assert_int_equal(roots_find(NULL, &roots), -ENOENT);
	assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
}

static void
the_binary_brings_roots_along(void **unused)
{
	(void)unused;
	extern const char remote_ca_roots[], remote_ca_roots_end[];
	static const char begin[] = "-----BEGIN CERTIFICATE-----";

	assert_true(remote_ca_roots_end - remote_ca_roots > 100000);
	assert_non_null(strstr(remote_ca_roots, begin));
	assert_int_equal(*remote_ca_roots_end, '\0');
}

static void
the_heap_keeps_contents_over_a_move(void **unused)
{
	(void)unused;
	char *block = heap_copy("text");

	block = heap_resize(block, 100000);
	assert_string_equal(block, "text");
	block = heap_resize(block, 2);
	assert_memory_equal(block, "te", 2);
	heap_free(block);
	heap_free(NULL);
	block = heap_zeroed(10, 10);
	for (int i = 0; i < 100; i++)
		assert_int_equal(block[i], 0);
	heap_free(block);
	assert_null(heap_zeroed(SIZE_MAX / 2, 3));
	assert_null(heap_alloc(SIZE_MAX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_is_told_with_its_headers),
		cmocka_unit_test(what_the_server_says_about_waiting_is_read),
		cmocka_unit_test(a_redirect_is_told_by_host_and_not_followed),
		cmocka_unit_test(a_reply_over_its_maximum_is_refused),
		cmocka_unit_test(a_refusal_stands_whatever_becomes_of_its_body),
		cmocka_unit_test(
		    control_bytes_of_a_stranger_do_not_reach_a_line),
		cmocka_unit_test(the_request_says_what_it_was_told_and_no_more),
		cmocka_unit_test(a_proxy_never_sees_the_token_nor_loopback),
		cmocka_unit_test(one_connection_serves_many_requests),
		cmocka_unit_test(
		    silence_is_a_timeout_and_a_free_pool_tells_nobody),
		cmocka_unit_test(another_descriptor_wakes_the_turn),
		cmocka_unit_test(a_refused_url_is_not_queued),
		cmocka_unit_test(named_roots_are_used_or_it_fails),
		cmocka_unit_test(the_binary_brings_roots_along),
		cmocka_unit_test(the_heap_keeps_contents_over_a_move),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
