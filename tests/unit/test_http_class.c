#include "remote/http.h"

#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void
every_status_has_its_class(void **unused)
{
	(void)unused;
	static const struct {
		int status;
		enum http_class class;
	} cases[] = {
		{ 0, HTTP_TRANSPORT },
		{ 100, HTTP_PERMANENT },
		{ 200, HTTP_OK },
		{ 204, HTTP_OK },
		{ 299, HTTP_OK },
		{ 300, HTTP_REDIRECT },
		{ 302, HTTP_REDIRECT },
		{ 308, HTTP_REDIRECT },
		{ 400, HTTP_PERMANENT },
		{ 401, HTTP_AUTH },
		{ 403, HTTP_FORBIDDEN },
		{ 404, HTTP_MISSING },
		{ 409, HTTP_PERMANENT },
		{ 412, HTTP_PERMANENT },
		{ 429, HTTP_THROTTLED },
		{ 500, HTTP_SERVER },
		{ 501, HTTP_PERMANENT },
		{ 502, HTTP_SERVER },
		{ 503, HTTP_SERVER },
		{ 504, HTTP_SERVER },
		{ 505, HTTP_PERMANENT },
		{ 999, HTTP_PERMANENT },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
		    http_class_of(cases[i].status), cases[i].class);
}

static void
the_wait_doubles_to_its_cap_with_full_jitter(void **unused)
{
	(void)unused;
	static const struct {
		int attempt;
		int64_t max;
	} cases[] = { { 1, 500 }, { 2, 1000 }, { 3, 2000 }, { 4, 4000 },
		{ 5, 8000 }, { 6, 15000 }, { 7, 15000 }, { 1000000, 15000 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t least = INT64_MAX;
		int64_t most = 0;
		for (int n = 0; n < 400; n++) {
			int64_t ms = http_backoff_ms(cases[i].attempt, -1);
			least = ms < least ? ms : least;
			most = ms > most ? ms : most;
		}
		assert_in_range(most, cases[i].max * 8 / 10, cases[i].max);
		assert_in_range(least, 0, cases[i].max / 5);
	}
}

static void
what_the_server_asks_for_is_the_least(void **unused)
{
	(void)unused;
	for (int n = 0; n < 400; n++) {
		assert_in_range(http_backoff_ms(1, 12000), 12000, 12500);
		assert_in_range(http_backoff_ms(9, 12000), 12000, 13000);
		assert_in_range(http_backoff_ms(1, 0), 0, 500);
	}
}

static void
only_https_and_loopback_are_allowed(void **unused)
{
	(void)unused;
	static const struct {
		const char *url;
		bool allowed;
	} cases[] = {
		{ "https://api.scaleway.com", true },
		{ "https://api.scaleway.com:8443/a?b=c", true },
		{ "https://[2001:db8::1]/", true },
		{ "https://10.0.0.1/", true },
		{ "http://127.0.0.1:80/", true },
		{ "http://127.255.0.9/", true },
		{ "http://[::1]:80/", true },
		{ "http://localhost/", true },
		{ "http://LOCALHOST/", true },
		{ "http://10.0.0.1/", false },
		{ "http://128.0.0.1/", false },
		{ "http://[::2]/", false },
		{ "http://localhost.example.test/", false },
		{ "http://127.0.0.1.example.test/", false },
		{ "http://169.254.42.42/", false },
		{ "http://api.scaleway.com/", false },
		{ "https://user@api.scaleway.com/", false },
		{ "https://user:pass@api.scaleway.com/", false },
		{ "http://127.0.0.1@example.test/", false },
		{ "http://example.test#@127.0.0.1/", false },
		{ "api.scaleway.com", false },
		{ "//api.scaleway.com/", false },
		{ "file:///etc/passwd", false },
		{ "ftp://127.0.0.1/", false },
		{ "gopher://127.0.0.1/", false },
		{ "https://", false },
		{ "https://a b/", false },
		{ "https://a\r\nb/", false },
		{ "", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *why = http_url_refused(cases[i].url);
		if (cases[i].allowed != (why == NULL))
			fail_msg("%s: %s", cases[i].url, why ? why : "allowed");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_its_class),
		cmocka_unit_test(the_wait_doubles_to_its_cap_with_full_jitter),
		cmocka_unit_test(what_the_server_asks_for_is_the_least),
		cmocka_unit_test(only_https_and_loopback_are_allowed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
