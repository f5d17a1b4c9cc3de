#include "courier_run.h"

#include "core/guard.h"

#include <fcntl.h>
#include <sys/stat.h>

/*
 * The whole role against the fakes.  The webhook's path and the token are the
 * fakes' own defaults.
 */
#define HOOK "/services/T00000000/B00000000/f4k3w3bh00kf4k3w3bh00k00"
#define TOKEN "f4k3-c0ckpit-t0ken"
#define CANARY "c4n4ry-v4lue"
#define LOG "/tmp/cradle-courier-test.log"

static const char crash_a[] = "/app/a.js:1\nboom()\n^\n\nTypeError: a is bad\n"
			      "    at f (/app/a.js:1:1)\n\nNode.js v20.20.2\n";
static const char crash_b[] = "/app/b.js:9\nboom()\n^\n\nRangeError: b is "
			      "bad\n    at g (/app/b.js:9:1)\n\n"
			      "Node.js v20.20.2\n";

static struct fake slack;
static struct fake loki;
static struct courier_run run;
static char log_path[64];
static char text[65536]; /* what the role wrote to stderr */

static void
slack_url(char *ret, size_t size)
{
	(void)snprintf(ret, size, "http://127.0.0.1:%d" HOOK "\n", slack.port);
}

static void
start(const char *slack_settings, const char *loki_settings)
{
	char url[128];

	(void)snprintf(log_path, sizeof(log_path), LOG ".%d", getpid());
	courier_start(&run, log_path);
	if (slack_settings != NULL) {
		fake_start(&slack, "slack.js", slack_settings);
		slack_url(url, sizeof(url));
		courier_sink(&run, SINK_SLACK, url, "");
	} else {
		courier_sink(&run, SINK_SLACK, "", "");
	}
	if (loki_settings != NULL) {
		fake_start(&loki, "loki.js", loki_settings);
		(void)snprintf(
		    url, sizeof(url), "http://127.0.0.1:%d", loki.port);
		courier_sink(&run, SINK_LOKI, url, TOKEN);
	}
	courier_secret(&run, CANARY);
	courier_go(&run);
}

/* The role's stderr into text; no credential may be in it. */
static void
read_log(void)
{
	autoclose int fd = open(log_path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd_read_full(fd, text, sizeof(text) - 1);

	assert_true(n >= 0);
	text[n] = '\0';
	assert_null(strstr(text, "f4k3w3bh00k"));
	assert_null(strstr(text, TOKEN));
	assert_null(strstr(text, CANARY));
}

static void
end(void)
{
	courier_end(&run);
	read_log();
	(void)unlink(log_path);
	if (slack.pid > 0) {
		assert_int_equal(fake_count(&slack, CANARY), 0);
		assert_int_equal(fake_count(&slack, "\"does\":\"refuse\""), 0);
		fake_end(&slack);
	}
	if (loki.pid > 0) {
		assert_int_equal(fake_count(&loki, CANARY), 0);
		assert_int_equal(fake_count(&loki, "\"does\":\"refuse\""), 0);
		fake_end(&loki);
	}
	memset(&slack, 0, sizeof(slack));
	memset(&loki, 0, sizeof(loki));
}

static void
send_event(int64_t id, enum event_kind kind, const char *err)
{
	struct wire_msg msg = courier_event(id, kind, err);
	courier_send(&run, &msg);
}

static void
a_crash_reaches_both_sinks_and_done_comes_with_the_last(void **unused)
{
	(void)unused;
	start("{}", "{}");

	send_event(1, EVENT_CRASH, crash_a);
	const struct courier_result *s = courier_expect(&run, 1, SINK_SLACK);
	const struct courier_result *l = courier_expect(&run, 1, SINK_LOKI);

	assert_int_equal(s->result, SINK_DELIVERED);
	assert_int_equal(l->result, SINK_DELIVERED);
	assert_int_equal(s->done + l->done, 1);
	assert_true(run.results[1].done);
	fake_expect(&slack, "\"violations\":[]", 1);
	fake_expect(&loki, "\"violations\":[]", 1);
	assert_int_equal(fake_count(&slack, "crashed: TypeError: a is bad"), 2);
	assert_true(fake_count(&loki, "cause=uncaught") == 1);
	end();
}

static void
the_first_request_is_on_the_wire_within_50_ms(void **unused)
{
	(void)unused;
	int64_t took[5];
	int fast = 0;

	for (int i = 0; i < 5; i++) {
		start("{}", NULL);
		int64_t before = clock_ms();
		send_event(1, EVENT_CRASH, crash_a);
		fake_expect(&slack, "\"violations\":[]", 1);
		took[i] = clock_ms() - before;
		fast += took[i] <= 50;
		(void)courier_expect(&run, 1, SINK_SLACK);
		end();
	}
	/* a busy machine may be late now and then */
	assert_true(fast >= 3);
}

static void
the_connection_serves_the_next_event_too(void **unused)
{
	(void)unused;
	start("{}", "{}");

	send_event(1, EVENT_CRASH, crash_a);
	(void)courier_expect(&run, 1, SINK_SLACK);
	(void)courier_expect(&run, 1, SINK_LOKI);
	send_event(2, EVENT_CRASH, crash_b);
	(void)courier_expect(&run, 2, SINK_SLACK);
	(void)courier_expect(&run, 2, SINK_LOKI);

	fake_expect(&slack, "\"connection\":1", 2);
	fake_expect(&loki, "\"connection\":1", 2);
	end();
}

static void
a_secret_in_the_last_words_or_in_a_reason_is_masked(void **unused)
{
	(void)unused;
	start("{}", "{}");
	struct wire_msg msg = courier_event(1, EVENT_CRASH,
	    "Error: login with " CANARY
	    " failed\n at \033[1mc4n4ry\033[0m-v4lue\n"
	    "http://127.0.0.1" HOOK "\n");
	msg.field[COURIER_EVENT_OUT] = (struct wire_field)WIRE_STR(CANARY);
	struct wire_msg boot = courier_event(2, EVENT_BOOT_FAILED, "");
	boot.field[COURIER_EVENT_REASON] =
	    (struct wire_field)WIRE_STR("cannot use " CANARY);

	courier_send(&run, &msg);
	courier_send(&run, &boot);
	(void)courier_expect(&run, 2, SINK_SLACK);
	(void)courier_expect(&run, 2, SINK_LOKI);

	assert_true(fake_count(&slack, "[redacted]") >= 3);
	assert_true(fake_count(&loki, "[redacted]") >= 3);
	assert_int_equal(fake_count(&loki, "f4k3w3bh00k"), 0);
	end();
}

static void
repeats_wait_for_a_digest_that_a_flush_sends_at_once(void **unused)
{
	(void)unused;
	start("{}", "{}");

	for (int64_t id = 1; id <= 6; id++)
		send_event(id, EVENT_CRASH, crash_a);
	(void)courier_expect(&run, 6, SINK_LOKI);
	fake_expect(&slack, "\"violations\":[]", 1);

	/* all but the newest repeat are settled; that one is still open */
	assert_int_equal(
	    courier_expect(&run, 5, SINK_SLACK)->result, SINK_DELIVERED);
	for (int i = 0; i < run.count; i++)
		assert_false(run.results[i].id == 6 && run.results[i].done);
	courier_flush(&run, 3000);
	assert_int_equal(
	    courier_expect(&run, 6, SINK_SLACK)->result, SINK_DELIVERED);
	fake_expect(&slack, "\"violations\":[]", 2);
	assert_true(fake_count(&slack, "crashed 5 more times") >= 1);
	assert_true(fake_count(&slack, "6 times since") >= 1);
	end();
}

static void
giving_up_takes_the_repeats_along_with_their_last_words(void **unused)
{
	(void)unused;
	start("{}", NULL);

	send_event(1, EVENT_CRASH, crash_a);
	(void)courier_expect(&run, 1, SINK_SLACK);
	send_event(2, EVENT_CRASH, crash_a);
	send_event(3, EVENT_GAVE_UP, "");
	(void)courier_expect(&run, 2, SINK_SLACK);
	(void)courier_expect(&run, 3, SINK_SLACK);

	fake_expect(&slack, "\"violations\":[]", 2);
	assert_int_equal(fake_count(&slack, "gave up after 3 failures"), 2);
	assert_int_equal(fake_count(&slack, "uncaught TypeError: a is bad"), 2);
	end();
}

static void
recovery_is_told_and_ends_the_incident(void **unused)
{
	(void)unused;
	start("{}", NULL);

	send_event(1, EVENT_CRASH, crash_a);
	send_event(2, EVENT_RECOVERED, "");
	(void)courier_expect(&run, 2, SINK_SLACK);
	fake_expect(&slack, "\"violations\":[]", 2);
	assert_int_equal(fake_count(&slack, "#12b76a"), 1);

	/* nothing is open any more, so it gets bored */
	int64_t before = clock_ms();
	while (!run.idle)
		assert_true(courier_take(&run, 8000));
	assert_in_range(clock_ms() - before, 4000, 8000);

	/* an event that comes meanwhile is still handled */
	send_event(3, EVENT_CRASH, crash_a);
	assert_int_equal(
	    courier_expect(&run, 3, SINK_SLACK)->result, SINK_DELIVERED);
	end();
}

static void
a_message_whose_blocks_are_refused_is_sent_again_as_plain_text(void **unused)
{
	(void)unused;
	start("{\"script\":[\"invalid_blocks\"]}", NULL);

	send_event(1, EVENT_CRASH, crash_a);

	assert_int_equal(
	    courier_expect(&run, 1, SINK_SLACK)->result, SINK_DELIVERED);
	fake_expect(&slack, "\"violations\":[]", 2);
	assert_int_equal(fake_count(&slack, "\"plain\":true"), 1);
	end();
}

/* status, what becomes of two different crashes, and how many requests */
static void
each_refusal_ends_as_the_contract_says(void **unused)
{
	(void)unused;
	static const struct {
		const char *does;
		int requests;
		enum sink_result first, second;
		const char *log;
	} cases[] = {
		{ "invalid_payload", 3, SINK_FAILED, SINK_DELIVERED,
		    "400 invalid_payload" },
		{ "invalid_token", 1, SINK_FAILED, SINK_FAILED,
		    "403 invalid_token" },
		{ "no_service", 1, SINK_FAILED, SINK_FAILED, "404 no_service" },
		{ "archived", 1, SINK_FAILED, SINK_FAILED,
		    "410 channel_is_archived" },
		{ "redirect", 1, SINK_FAILED, SINK_FAILED,
		    "a redirect to 127.0.0.1" },
		{ "html", 2, SINK_FAILED, SINK_DELIVERED, "it answered 200" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char settings[256];
		bool twice = strcmp(cases[i].does, "invalid_payload") == 0;
		(void)snprintf(settings, sizeof(settings),
		    twice ? "{\"script\":[\"%s\",\"%s\",\"ok\"]}"
			  : "{\"script\":[\"%s\",\"ok\"]}",
		    cases[i].does, cases[i].does);
		start(settings, NULL);

		send_event(1, EVENT_CRASH, crash_a);
		assert_int_equal(courier_expect(&run, 1, SINK_SLACK)->result,
		    cases[i].first);
		send_event(2, EVENT_CRASH, crash_b);
		assert_int_equal(courier_expect(&run, 2, SINK_SLACK)->result,
		    cases[i].second);

		fake_expect(&slack, "\"violations\":[]", cases[i].requests);
		assert_int_equal(fake_count(&slack, "stranger"), 0);
		read_log();
		assert_non_null(strstr(text, cases[i].log));
		end();
	}
}

static void
a_throttled_sink_is_left_alone_for_as_long_as_it_asks(void **unused)
{
	(void)unused;
	start("{\"script\":[\"throttled\",\"ok\"],\"retryAfter\":2}", NULL);

	int64_t before = clock_ms();
	send_event(1, EVENT_CRASH, crash_a);

	assert_int_equal(
	    courier_expect(&run, 1, SINK_SLACK)->result, SINK_DELIVERED);
	assert_true(clock_ms() - before >= 2000);
	fake_expect(&slack, "\"violations\":[]", 2);
	end();
}

static void
crashes_of_one_service_become_one_message_while_slack_asks_to_wait(
    void **unused)
{
	(void)unused;
	static const char crash_c[] =
	    "Error: something else\n    at h (c.js:1)";
	start("{\"script\":[\"throttled\",\"ok\"],\"retryAfter\":2}", NULL);

	send_event(1, EVENT_CRASH, crash_a);
	fake_expect(&slack, "\"violations\":[]", 1);
	send_event(2, EVENT_CRASH, crash_b);
	send_event(3, EVENT_CRASH, crash_c);

	(void)courier_expect(&run, 3, SINK_SLACK);
	(void)courier_expect(&run, 2, SINK_SLACK);
	(void)courier_expect(&run, 1, SINK_SLACK);
	/* the first may still have been under way when the second came */
	assert_in_range(fake_count(&slack, "\"does\":\"ok\""), 1, 2);
	assert_true(fake_count(&slack, "crashed 3 times") +
			fake_count(&slack, "crashed 2 times") >=
		    1);
	end();
}

static void
a_broken_sink_is_tried_three_times(void **unused)
{
	(void)unused;
	start("{\"script\":[\"rollup_error\"]}", NULL);

	send_event(1, EVENT_CRASH, crash_a);

	assert_int_equal(
	    courier_expect(&run, 1, SINK_SLACK)->result, SINK_FAILED);
	fake_expect(&slack, "\"violations\":[]", 3);
	end();
}

static void
a_cut_connection_is_tried_again_and_loki_would_see_one_entry(void **unused)
{
	(void)unused;
	start(NULL, "{\"script\":[\"reset\",\"broken\",\"limited\",\"ok\"]}");

	send_event(1, EVENT_CRASH, crash_a);

	assert_int_equal(
	    courier_expect(&run, 1, SINK_LOKI)->result, SINK_DELIVERED);
	fake_expect(&loki, "\"violations\":[]", 4);
	assert_int_equal(fake_count(&loki, "\"again\":1"), 3);
	end();
}

static void
loki_answers_are_taken_as_the_contract_says(void **unused)
{
	(void)unused;
	static const struct {
		const char *does;
		int requests;
		enum sink_result first, second;
	} cases[] = {
		{ "bad_line", 2, SINK_FAILED, SINK_DELIVERED },
		{ "unauthorized", 1, SINK_FAILED, SINK_FAILED },
		{ "forbidden", 1, SINK_FAILED, SINK_FAILED },
		{ "big", 2, SINK_FAILED, SINK_DELIVERED },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char settings[128];
		(void)snprintf(settings, sizeof(settings),
		    "{\"script\":[\"%s\",\"ok\"]}", cases[i].does);
		start(NULL, settings);

		send_event(1, EVENT_CRASH, crash_a);
		assert_int_equal(
		    courier_expect(&run, 1, SINK_LOKI)->result, cases[i].first);
		send_event(2, EVENT_CRASH, crash_b);
		assert_int_equal(courier_expect(&run, 2, SINK_LOKI)->result,
		    cases[i].second);
		fake_expect(&loki, "\"violations\":[]", cases[i].requests);
		end();
	}
}

static void
what_is_too_large_for_loki_is_sent_again_without_the_last_words(void **unused)
{
	(void)unused;
	static char err[9000];
	memset(err, 'x', sizeof(err) - 1);
	start(NULL, "{\"script\":[\"too_large\"]}");

	send_event(1, EVENT_CRASH, err);

	assert_int_equal(
	    courier_expect(&run, 1, SINK_LOKI)->result, SINK_DELIVERED);
	fake_expect(&loki, "\"violations\":[]", 2);
	end();
}

static void
a_flush_ends_in_time_and_answers_for_everything(void **unused)
{
	(void)unused;
	start("{\"script\":[\"stall\"]}", "{\"script\":[\"stall\"]}");

	send_event(1, EVENT_CRASH, crash_a);
	send_event(2, EVENT_CRASH, crash_a);
	send_event(3, EVENT_GAVE_UP, "");
	fake_expect(&slack, "\"violations\":[]", 1);
	int64_t before = clock_ms();
	courier_flush(&run, 500);

	for (int64_t id = 1; id <= 3; id++) {
		assert_int_equal(
		    courier_expect(&run, id, SINK_SLACK)->result, SINK_DROPPED);
		assert_int_equal(
		    courier_expect(&run, id, SINK_LOKI)->result, SINK_DROPPED);
	}
	assert_in_range(clock_ms() - before, 400, 2000);
	/* and what comes later is answered, too */
	send_event(4, EVENT_CRASH, crash_b);
	assert_int_equal(
	    courier_expect(&run, 4, SINK_SLACK)->result, SINK_DROPPED);
	end();
}

static void
a_flush_does_not_wait_for_a_retry_that_would_come_too_late(void **unused)
{
	(void)unused;
	start("{\"script\":[\"throttled\"],\"retryAfter\":30}", NULL);

	send_event(1, EVENT_CRASH, crash_a);
	fake_expect(&slack, "\"violations\":[]", 1);
	int64_t before = clock_ms();
	courier_flush(&run, 5000);

	assert_int_equal(
	    courier_expect(&run, 1, SINK_SLACK)->result, SINK_DROPPED);
	assert_true(clock_ms() - before < 2000);
	end();
}

/* Over TLS; trusted: with the test CA's roots. */
static void
start_tls(bool trusted, const char *certificate)
{
	char dir[64], ca_file[96], settings[256], url[128];

	(void)snprintf(dir, sizeof(dir), "/tmp/cradle-courier-ca.%d", getpid());
	(void)snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", dir);
	(void)snprintf(settings, sizeof(settings),
	    "{\"tls\":\"%s\",\"certificate\":\"%s\"}", dir, certificate);
	(void)snprintf(log_path, sizeof(log_path), LOG ".%d", getpid());
	fake_start(&slack, "slack.js", settings);
	courier_start(&run, log_path);
	if (trusted)
		courier_ident(&run, ca_file);
	(void)snprintf(
	    url, sizeof(url), "https://localhost:%d" HOOK, slack.port);
	courier_sink(&run, SINK_SLACK, url, "");
	courier_go(&run);
}

static void
tls_is_spoken_with_a_private_ca_and_refused_without(void **unused)
{
	(void)unused;
	static const struct {
		bool trusted;
		const char *certificate;
		enum sink_result result;
	} cases[] = {
		{ true, "good", SINK_DELIVERED },
		{ true, "wrong", SINK_FAILED },
		{ true, "stranger", SINK_FAILED },
		{ false, "good", SINK_FAILED },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool good = cases[i].result == SINK_DELIVERED;
		start_tls(cases[i].trusted, cases[i].certificate);

		send_event(1, EVENT_CRASH, crash_a);

		assert_int_equal(courier_expect(&run, 1, SINK_SLACK)->result,
		    cases[i].result);
		fake_expect(&slack, "\"violations\":[]", good ? 1 : 0);
		end();
	}
}

static void
a_killed_courier_is_told_again_and_loki_sees_one_entry(void **unused)
{
	(void)unused;
	char url[128];
	start(NULL, "{\"script\":[\"stall\",\"ok\"]}");
	struct wire_msg msg = courier_event(1, EVENT_CRASH, crash_a);

	courier_send(&run, &msg);
	fake_expect(&loki, "\"violations\":[]", 1);
	(void)kill(run.pid, SIGKILL);
	(void)waitpid(run.pid, NULL, 0);
	(void)close(run.channel);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d", loki.port);
	courier_start(&run, log_path);
	courier_sink(&run, SINK_LOKI, url, TOKEN);
	courier_go(&run);
	courier_send(&run, &msg);

	assert_int_equal(
	    courier_expect(&run, 1, SINK_LOKI)->result, SINK_DELIVERED);
	fake_expect(&loki, "\"again\":1", 1);
	end();
}

static void
a_url_that_is_not_safe_fails_every_event_with_one_line(void **unused)
{
	(void)unused;
	(void)snprintf(log_path, sizeof(log_path), LOG ".%d", getpid());
	courier_start(&run, log_path);
	courier_sink(&run, SINK_SLACK, "http://hooks.slack.com" HOOK, "");
	courier_go(&run);

	send_event(1, EVENT_CRASH, crash_a);
	send_event(2, EVENT_CRASH, crash_b);

	assert_int_equal(
	    courier_expect(&run, 1, SINK_SLACK)->result, SINK_FAILED);
	assert_int_equal(
	    courier_expect(&run, 2, SINK_SLACK)->result, SINK_FAILED);
	read_log();
	assert_non_null(strstr(text, "plain http is allowed to loopback"));
	assert_ptr_equal(strstr(text, "cannot deliver"),
	    strstr(text, "cannot deliver to Slack"));
	end();
}

static void
without_a_sink_every_event_is_still_answered(void **unused)
{
	(void)unused;
	(void)snprintf(log_path, sizeof(log_path), LOG ".%d", getpid());
	courier_start(&run, log_path);
	courier_go(&run);

	send_event(1, EVENT_CRASH, crash_a);

	const struct courier_result *r = courier_expect(&run, 1, SINK_SLACK);
	assert_int_equal(r->result, SINK_DROPPED);
	assert_true(r->done);
	end();
}

static void
it_leaves_when_the_channel_closes_before_go(void **unused)
{
	(void)unused;
	(void)snprintf(log_path, sizeof(log_path), LOG ".%d", getpid());
	courier_start(&run, log_path);
	end();
}

static int
remove_ca(void **unused)
{
	static const char *const names[] = { "ca.pem", "ca.key", "good.pem",
		"good.key", "wrong.pem", "wrong.key", "stranger.pem",
		"stranger.key", "other.pem" };
	char path[96];
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof(path),
		    "/tmp/cradle-courier-ca.%d/%s", getpid(), names[i]);
		(void)unlink(path);
	}
	(void)snprintf(
	    path, sizeof(path), "/tmp/cradle-courier-ca.%d", getpid());
	(void)rmdir(path);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_crash_reaches_both_sinks_and_done_comes_with_the_last),
		cmocka_unit_test(the_first_request_is_on_the_wire_within_50_ms),
		cmocka_unit_test(the_connection_serves_the_next_event_too),
		cmocka_unit_test(
		    a_secret_in_the_last_words_or_in_a_reason_is_masked),
		cmocka_unit_test(
		    repeats_wait_for_a_digest_that_a_flush_sends_at_once),
		cmocka_unit_test(
		    giving_up_takes_the_repeats_along_with_their_last_words),
		cmocka_unit_test(recovery_is_told_and_ends_the_incident),
		cmocka_unit_test(
		    a_message_whose_blocks_are_refused_is_sent_again_as_plain_text),
		cmocka_unit_test(each_refusal_ends_as_the_contract_says),
		cmocka_unit_test(
		    a_throttled_sink_is_left_alone_for_as_long_as_it_asks),
		cmocka_unit_test(
		    crashes_of_one_service_become_one_message_while_slack_asks_to_wait),
		cmocka_unit_test(a_broken_sink_is_tried_three_times),
		cmocka_unit_test(
		    a_cut_connection_is_tried_again_and_loki_would_see_one_entry),
		cmocka_unit_test(loki_answers_are_taken_as_the_contract_says),
		cmocka_unit_test(
		    what_is_too_large_for_loki_is_sent_again_without_the_last_words),
		cmocka_unit_test(
		    a_flush_ends_in_time_and_answers_for_everything),
		cmocka_unit_test(
		    a_flush_does_not_wait_for_a_retry_that_would_come_too_late),
		cmocka_unit_test(
		    tls_is_spoken_with_a_private_ca_and_refused_without),
		cmocka_unit_test(
		    a_killed_courier_is_told_again_and_loki_sees_one_entry),
		cmocka_unit_test(
		    a_url_that_is_not_safe_fails_every_event_with_one_line),
		cmocka_unit_test(without_a_sink_every_event_is_still_answered),
		cmocka_unit_test(it_leaves_when_the_channel_closes_before_go),
	};
	return cmocka_run_group_tests(tests, NULL, remove_ca);
}
