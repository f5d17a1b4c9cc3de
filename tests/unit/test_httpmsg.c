#include "core/httpmsg.h"

#include "core/guard.h"
#include "healthcheck/accepts.h"
#include "healthcheck/query.h"
#include "healthcheck/request.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define HEADERS 8

/* The text at the very end of a page, behind which nothing may be read. */
static const char *
flush(const char *text, size_t len)
{
	static char *pages;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (pages == NULL) {
		pages = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(pages, MAP_FAILED);
		assert_int_equal(
		    mprotect(pages + 2 * page, page, PROT_NONE), 0);
	}
	assert_true(len <= 2 * page);
	memcpy(pages + 2 * page - len, text, len);
	return pages + 2 * page - len;
}

static int
parse(const char *text, struct httpmsg *m)
{
	static struct httpmsg_header header[HEADERS];
	*m = (struct httpmsg){ .header = header, .header_max = HEADERS };
	return httpmsg_request(flush(text, strlen(text)), strlen(text), m);
}

static struct httpmsg_text
text_of(const char *text)
{
	size_t len = strlen(text);
	return (struct httpmsg_text){ flush(text, len), len };
}

static void
the_end_of_a_head_is_found_wherever_the_search_begins(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		int len;
	} cases[] = {
		{ "", 0 },
		{ "GET / HTTP/1.1", 0 },
		{ "A\r\n", 0 },
		{ "A\r\n\r", 0 },
		{ "A\r\n\r\n", 5 },
		{ "A\n\n", 3 },
		{ "A\r\n\nB", 4 },
		{ "A\n\r\nB", 4 },
		{ "A\r\nB: c\r\n\r\nrest", 11 },
		{ "A\rB", -EBADMSG },
		{ "A\x01", -EBADMSG },
		{ "A\x7f", -EBADMSG },
		{ "A: \xc3\xa9\t\r\n\r\n", 10 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = strlen(cases[i].text);
		const char *text = flush(cases[i].text, len);
		int found = 0;
		assert_int_equal(httpmsg_head(text, len, 0), cases[i].len);
		for (size_t n = 1; n <= len && found == 0; n++)
			found = httpmsg_head(text, n, n - 1);
		assert_int_equal(found, cases[i].len);
	}
	assert_int_equal(httpmsg_head(flush("A\0", 2), 2, 0), -EBADMSG);
}

static void
a_request_is_taken_apart(void **unused)
{
	(void)unused;
	struct httpmsg m;
	struct httpmsg_text value;
	assert_int_equal(parse("GET /a?b HTTP/1.1\r\nHost:  x \r\n"
			       "Connection: a, Close ,b\r\nEmpty:\r\n\r\n",
			     &m),
	    0);

	assert_true(httpmsg_is(m.method, "GET"));
	assert_true(httpmsg_is(m.target, "/a?b"));
	assert_int_equal(m.minor, 1);
	assert_int_equal(httpmsg_count(&m, "HOST", &value), 1);
	assert_true(httpmsg_is(value, "x"));
	assert_int_equal(httpmsg_count(&m, "empty", &value), 1);
	assert_int_equal(value.len, 0);
	assert_true(httpmsg_has_token(&m, "connection", "close"));
	assert_false(httpmsg_has_token(&m, "connection", "clos"));
	assert_int_equal(httpmsg_count(&m, "hos", &value), 0);
}

static void
malformed_requests_are_refused(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		int result;
	} cases[] = {
		{ "GET / HTTP/1.0\r\n\r\n", 0 },
		{ "G!#$ * HTTP/1.9\n\n", 0 },
		{ "", -EBADMSG },
		{ "\r\n\r\n", -EBADMSG },
		{ "GET /\r\n\r\n", -EBADMSG },
		{ "GET / HTTP/1.1", -EBADMSG },
		{ "GET / HTTP/1.1\r\n", -EBADMSG },
		{ "GET / HTTP/1.1 \r\n\r\n", -EBADMSG },
		{ "GET / HTTP/1.x\r\n\r\n", -EBADMSG },
		{ "GET / http/1.1\r\n\r\n", -EBADMSG },
		{ "GET / HTTP/11\r\n\r\n", -EBADMSG },
		{ " GET / HTTP/1.1\r\n\r\n", -EBADMSG },
		{ "G(T / HTTP/1.1\r\n\r\n", -EBADMSG },
		{ "GET /\t HTTP/1.1\r\n\r\n", -EBADMSG },
		{ "GET /\xff HTTP/1.1\r\n\r\n", -EBADMSG },
		{ "GET / HTTP/2.0\r\n\r\n", -EPROTONOSUPPORT },
		{ "GET / HTTP/1.1\r\nA\r\n\r\n", -EBADMSG },
		{ "GET / HTTP/1.1\r\n: b\r\n\r\n", -EBADMSG },
		{ "GET / HTTP/1.1\r\nA : b\r\n\r\n", -EBADMSG },
		{ "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", -EBADMSG },
		{ "GET / HTTP/1.1\r\nA: b\x01\r\n\r\n", -EBADMSG },
		{ "GET / HTTP/1.1\nA:\nA:\nA:\nA:\nA:\nA:\nA:\nA:\n\n", 0 },
		{ "GET / HTTP/1.1\nA:\nA:\nA:\nA:\nA:\nA:\nA:\nA:\nA:\n\n",
		    -E2BIG },
	};
	struct httpmsg m;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int r = parse(cases[i].text, &m);
		if (r != cases[i].result)
			print_error("case %zu: %s\n", i, cases[i].text);
		assert_int_equal(r, cases[i].result);
	}
}

static void
a_status_line_is_read(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\n", 200 },
		{ "HTTP/1.0 503\n", 503 },
		{ "HTTP/1.1 404 \r\nX", 404 },
		{ "HTTP/1.1 200 OK", 0 },
		{ "", 0 },
		{ "HTTP/1.1 20 OK\r\n", -EBADMSG },
		{ "HTTP/1.1 2000 OK\r\n", -EBADMSG },
		{ "HTTP/1.1 099 OK\r\n", -EBADMSG },
		{ "HTTP/1.1 600 OK\r\n", -EBADMSG },
		{ "HTTP/1.1  200 OK\r\n", -EBADMSG },
		{ "HTTP/2.0 200 OK\r\n", -EBADMSG },
		{ "SSH-2.0-x\r\n", -EBADMSG },
		{ "\n", -EBADMSG },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = strlen(cases[i].text);
		assert_int_equal(httpmsg_status(flush(cases[i].text, len), len),
		    cases[i].status);
	}
}

static void
a_body_is_noticed_and_contradictions_are_refused(void **unused)
{
	(void)unused;
	static const struct {
		const char *headers;
		int result;
		bool has;
	} cases[] = {
		{ "A: b\r\n", 0, false },
		{ "Content-Length: 0\r\n", 0, false },
		{ "Content-Length: 000\r\n", 0, false },
		{ "Content-Length: 99999999999999999999\r\n", 0, true },
		{ "Transfer-Encoding: chunked\r\n", 0, true },
		{ "Content-Length: -1\r\n", -EBADMSG, false },
		{ "Content-Length: 1, 1\r\n", -EBADMSG, false },
		{ "Content-Length:\r\n", -EBADMSG, false },
		{ "Content-Length: 1\r\nContent-Length: 1\r\n", -EBADMSG,
		    false },
		{ "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
		    -EBADMSG, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[256] = "GET / HTTP/1.1\r\n";
		struct httpmsg m;
		bool has = false;
		strcat(strcat(text, cases[i].headers), "\r\n");
		assert_int_equal(parse(text, &m), 0);
		assert_int_equal(httpmsg_body(&m, &has), cases[i].result);
		assert_int_equal(has, cases[i].has);
	}
}

static void
a_target_gives_path_and_query(void **unused)
{
	(void)unused;
	static const struct {
		const char *target;
		const char *path;
		const char *query;
	} cases[] = {
		{ "/", "/", "" },
		{ "/a?", "/a", "" },
		{ "/a?b?c", "/a", "b?c" },
		{ "http://h/a?b", "/a", "b" },
		{ "HTTP://h:1?b", "", "b" },
		{ "http://h", "", "" },
		{ "*", "*", "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[128];
		struct request q;
		int len = snprintf(text, sizeof(text),
		    "GET %s HTTP/1.0\r\n\r\n", cases[i].target);
		assert_int_equal(
		    request_parse(flush(text, (size_t)len), (size_t)len, &q),
		    0);
		assert_true(httpmsg_is(q.path, cases[i].path));
		assert_true(httpmsg_is(q.query, cases[i].query));
	}
}

static void
a_query_names_what_to_leave_out(void **unused)
{
	(void)unused;
	struct query q;
	char long_name[512] = "exclude=";

	assert_true(query_parse(
	    text_of("x&verbose&exclude=a%2Fb&&exclude=&exclude=c+d&exclude=%"),
	    &q));
	assert_true(q.verbose);
	assert_int_equal(q.excludes, 3);
	assert_true(query_excludes(&q, "a/b"));
	assert_true(query_excludes(&q, "c d"));
	assert_true(query_excludes(&q, "%"));
	assert_false(query_excludes(&q, "e"));
	assert_true(q.matched[0]);
	memset(long_name + 8, 'a', 400);
	assert_false(query_parse(text_of(long_name), &q));
	assert_true(query_parse(text_of(""), &q));
	assert_false(q.verbose);
}

static void
openmetrics_is_given_to_who_prefers_it(void **unused)
{
	(void)unused;
	static const struct {
		const char *accept;
		bool open;
	} cases[] = {
		{ "", false },
		{ "*/*", false },
		{ "text/plain", false },
		{ "application/openmetrics-text", true },
		{ "application/openmetrics-text; version=1.0.0; q=0", false },
		{ "application/openmetrics-text;version=0.0.1", false },
		{ "application/openmetrics-text;version=1.0.0;q=0.5,"
		  "application/openmetrics-text;version=0.0.1;q=0.4,"
		  "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		    true },
		{ "application/openmetrics-text;q=0.2,text/plain;q=0.3",
		    false },
		{ "text/plain;q=0.5, APPLICATION/OpenMetrics-Text ; Q=0.75",
		    true },
		{ "application/openmetrics-text;q=,;;=,,", true },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(accepts_openmetrics(text_of(cases[i].accept)),
		    cases[i].open);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_end_of_a_head_is_found_wherever_the_search_begins),
		cmocka_unit_test(a_request_is_taken_apart),
		cmocka_unit_test(malformed_requests_are_refused),
		cmocka_unit_test(a_status_line_is_read),
		cmocka_unit_test(
		    a_body_is_noticed_and_contradictions_are_refused),
		cmocka_unit_test(a_target_gives_path_and_query),
		cmocka_unit_test(a_query_names_what_to_leave_out),
		cmocka_unit_test(openmetrics_is_given_to_who_prefers_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
