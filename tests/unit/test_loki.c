#include "notify/loki.h"

#include "core/clock.h"

#include "letters.h"
#include "last_words.h"

static const cJSON *
stream_of(const cJSON *json)
{
	return cJSON_GetArrayItem(cJSON_GetObjectItem(json, "streams"), 0);
}

static const cJSON *
entry_of(const cJSON *json)
{
	return cJSON_GetArrayItem(
	    cJSON_GetObjectItem(stream_of(json), "values"), 0);
}

static void
a_crash_is_one_entry_with_few_labels_and_its_own_time(void **unused)
{
	(void)unused;
	struct wire_msg msg = letters_event(EVENT_CRASH, words_uncaught);
	struct report *r = letters_report(&msg);
	struct letter l = letter_of(SINK_LOKI, r);

	cJSON *json = letters_compose(&loki_sink, &l);
	const cJSON *labels = cJSON_GetObjectItem(stream_of(json), "stream");
	const cJSON *entry = entry_of(json);
	const char *line = cJSON_GetStringValue(cJSON_GetArrayItem(entry, 1));
	const cJSON *meta = cJSON_GetArrayItem(entry, 2);

	assert_int_equal(cJSON_GetArraySize(labels), 4);
	assert_string_equal(letters_text(labels, "app"), "cella");
	assert_string_equal(letters_text(labels, "environment"), "prod");
	assert_string_equal(letters_text(labels, "service"), "api");
	assert_string_equal(letters_text(labels, "stream"), "cradle");
	assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(entry, 0)),
	    "1770113645123456789");
	assert_non_null(
	    strstr(line, "level=error event=crash service=\"api\" "));
	assert_non_null(strstr(line, " exit_code=1 "));
	assert_non_null(strstr(line, " cause=uncaught "));
	assert_non_null(strstr(line, " where=\"/app/uncaught.js:1\" "));
	assert_non_null(strstr(line, "\\nNode.js v20.20.2\""));
	assert_null(strchr(line, '\n'));
	assert_string_equal(letters_text(meta, "pid"), "4711");
	assert_string_equal(letters_text(meta, "exit_code"), "1");
	const cJSON *one;
	cJSON_ArrayForEach(one, meta) assert_true(cJSON_IsString(one));
	cJSON_Delete(json);
	report_free(r);
}

static void
the_same_event_gives_the_same_bytes_however_often_it_is_sent(void **unused)
{
	(void)unused;
	struct wire_msg msg = letters_event(EVENT_CRASH, words_uncaught);
	struct report *a = letters_report(&msg);
	struct report *b = letters_report(&msg);
	struct letter first = letter_of(SINK_LOKI, a);
	struct letter again = letter_of(SINK_LOKI, b);
	autofree char *x = NULL;
	autofree char *y = NULL;
	again.tries = 5;
	again.dropped = 3;

	assert_int_equal(loki_sink.compose(&first, &letters_ident, &x), 0);
	assert_int_equal(loki_sink.compose(&again, &letters_ident, &y), 0);

	assert_string_equal(x, y);
	report_free(a);
	report_free(b);
}

static void
what_is_empty_becomes_no_label(void **unused)
{
	(void)unused;
	static const struct ident nobody = { .app = "" };
	struct wire_msg msg = letters_event(EVENT_CRASH, "");
	struct report *r = letters_report(&msg);
	struct letter l = letter_of(SINK_LOKI, r);
	autofree char *body = NULL;

	assert_int_equal(loki_sink.compose(&l, &nobody, &body), 0);

	assert_non_null(strstr(
	    body, "{\"stream\":{\"service\":\"api\",\"stream\":\"cradle\"}"));
	report_free(r);
}

static void
the_reduced_form_has_the_facts_without_the_last_words(void **unused)
{
	(void)unused;
	struct wire_msg msg = letters_event(EVENT_CRASH, words_heap_limit);
	struct report *r = letters_report(&msg);
	struct letter l = letter_of(SINK_LOKI, r);
	autofree char *body = NULL;
	l.reduced = true;

	assert_int_equal(loki_sink.compose(&l, &letters_ident, &body), 0);

	assert_non_null(strstr(body, "event=crash"));
	assert_null(strstr(body, "stderr="));
	report_free(r);
}

static void
bytes_that_are_no_text_still_make_a_push(void **unused)
{
	(void)unused;
	static char words[WIRE_TAIL_MAX + 1];
	for (size_t i = 0; i < WIRE_TAIL_MAX; i++)
		words[i] = (char)(1 + i * 7919 % 255);
	struct wire_msg msg = letters_event(EVENT_CRASH, words);
	msg.field[COURIER_EVENT_OUT] = (struct wire_field)WIRE_STR(words);
	msg.field[COURIER_EVENT_SERVICE] =
	    (struct wire_field)WIRE_STR("a\xff\"b");
	struct report *r = letters_report(&msg);
	struct letter l = letter_of(SINK_LOKI, r);

	cJSON *json = letters_compose(&loki_sink, &l);
	const char *line =
	    cJSON_GetStringValue(cJSON_GetArrayItem(entry_of(json), 1));

	assert_true(strlen(line) < 256 * 1024);
	assert_int_equal(line[strlen(line) - 1], '"');
	assert_string_equal(
	    letters_text(
		cJSON_GetObjectItem(stream_of(json), "stream"), "service"),
	    "a\xef\xbf\xbd\"b");
	cJSON_Delete(json);
	report_free(r);
}

static void
every_answer_is_judged_as_the_contract_says(void **unused)
{
	(void)unused;
	static const struct {
		int status;
		enum sink_verdict verdict;
		int64_t wait_ms;
	} cases[] = {
		{ 204, SINK_STORED, 0 },
		{ 200, SINK_STORED, 0 },
		{ 260, SINK_AGAIN, 60000 },
		{ 400, SINK_REFUSED, 0 },
		{ 401, SINK_STOP, 300000 },
		{ 403, SINK_STOP, 300000 },
		{ 404, SINK_STOP, 300000 },
		{ 413, SINK_REDUCE, 0 },
		{ 429, SINK_AGAIN, 0 },
		{ 500, SINK_AGAIN, 0 },
		{ 302, SINK_STOP, NEVER },
		{ 0, SINK_AGAIN, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char body[] = "";
		const struct sink_rule *rule =
		    letters_judge(&loki_sink, cases[i].status, body);

		assert_int_equal(rule->verdict, cases[i].verdict);
		assert_true(rule->wait_ms == cases[i].wait_ms);
		assert_int_equal(rule->tries, 0);
	}
}

static void
the_push_path_is_added_to_a_bare_host_only(void **unused)
{
	(void)unused;
	static const struct {
		const char *given;
		const char *used;
	} cases[] = {
		{ "https://x.logs.cockpit.fr-par.scw.cloud",
		    "https://x.logs.cockpit.fr-par.scw.cloud/loki/api/v1/"
		    "push" },
		{ "https://x.example/", "https://x.example/loki/api/v1/push" },
		{ "https://x.example/loki/api/v1/push",
		    "https://x.example/loki/api/v1/push" },
		{ "https://x.example/own/path", "https://x.example/own/path" },
		{ "http://127.0.0.1:3100",
		    "http://127.0.0.1:3100/loki/api/v1/push" },
		{ "http://x.example/", NULL },
		{ "x.example", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		static struct sink_address a;
		const char *why =
		    loki_sink.address(cases[i].given, "t0ken\n", &a);

		assert_int_equal(why == NULL, cases[i].used != NULL);
		if (why != NULL)
			continue;
		assert_string_equal(a.url, cases[i].used);
		assert_string_equal(a.headers[1], "X-Token: t0ken");
		assert_null(a.headers[2]);
	}
}

static void
a_token_cannot_smuggle_a_header(void **unused)
{
	(void)unused;
	static struct sink_address a;

	assert_non_null(
	    loki_sink.address("https://x.example", "a\r\nX-Evil: 1", &a));
	assert_null(loki_sink.address("https://x.example", "", &a));
	assert_null(a.headers[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_crash_is_one_entry_with_few_labels_and_its_own_time),
		cmocka_unit_test(
		    the_same_event_gives_the_same_bytes_however_often_it_is_sent),
		cmocka_unit_test(what_is_empty_becomes_no_label),
		cmocka_unit_test(
		    the_reduced_form_has_the_facts_without_the_last_words),
		cmocka_unit_test(bytes_that_are_no_text_still_make_a_push),
		cmocka_unit_test(every_answer_is_judged_as_the_contract_says),
		cmocka_unit_test(the_push_path_is_added_to_a_bare_host_only),
		cmocka_unit_test(a_token_cannot_smuggle_a_header),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
