#include "notify/slack.h"

#include "core/clock.h"

#include "letters.h"
#include "last_words.h"

#define HOOK "https://hooks.slack.com/services/T/B/x"

static const cJSON *
blocks_of(const cJSON *json)
{
	const cJSON *list = cJSON_GetObjectItem(json, "attachments");
	return cJSON_GetObjectItem(cJSON_GetArrayItem(list, 0), "blocks");
}

static void
a_crash_is_the_message_that_a_person_reads_at_night(void **unused)
{
	(void)unused;
	struct wire_msg msg = letters_event(EVENT_CRASH, words_uncaught);
	struct report *r = letters_report(&msg);
	struct letter l = letter_of(SINK_SLACK, r);
	static const char *const fields[] = { "*Environment*\nprod",
		"*Host*\nc0ffee12", "*Exit*\ncode 1", "*Uptime*\n42 s",
		"*Restart*\n3, next in 8 s", "*Version*\n1.8.2",
		"*Failures*\n3 (a crash loop at 10)" };

	cJSON *json = letters_compose(&slack_sink, &l);
	const cJSON *blocks = blocks_of(json);
	const cJSON *facts =
	    cJSON_GetObjectItem(cJSON_GetArrayItem(blocks, 1), "fields");

	assert_string_equal(letters_text(json, "text"),
	    "cella/api [prod] crashed: TypeError: Cannot read properties of "
	    "undefined (reading 'id') after 42 s (restart 3, next in 8 s)");
	assert_string_equal(
	    letters_text(
		cJSON_GetObjectItem(cJSON_GetArrayItem(blocks, 0), "text"),
		"text"),
	    "cella/api crashed: TypeError: Cannot read properties of "
	    "undefined (reading 'id')");
	assert_int_equal(cJSON_GetArraySize(facts), ARRAY_LEN(fields));
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		assert_string_equal(
		    letters_text(cJSON_GetArrayItem(facts, (int)i), "text"),
		    fields[i]);
	const char *tail = letters_text(
	    cJSON_GetObjectItem(cJSON_GetArrayItem(blocks, 3), "text"), "text");
	assert_non_null(strstr(tail, "*Last lines of stderr*\n```\n"));
	assert_non_null(strstr(tail, "\nNode.js v20.20.2\n```"));
	assert_int_equal(cJSON_GetArraySize(blocks), 5);
	cJSON_Delete(json);
	report_free(r);
}

static void
each_kind_has_its_headline_and_its_colour(void **unused)
{
	(void)unused;
	static const struct {
		enum event_kind kind;
		const char *text;
		const char *colour;
	} cases[] = {
		{ EVENT_CRASH,
		    "cella/api [prod] crashed: exit code 1 after 42 s "
		    "(restart 3, next in 8 s)",
		    "#d92d20" },
		{ EVENT_CRASH_LOOP,
		    "cella/api [prod] is in a crash loop: 3 failures",
		    "#b42318" },
		{ EVENT_GAVE_UP, "cella/api [prod] gave up after 3 failures",
		    "#7a271a" },
		{ EVENT_RECOVERED, "cella/api [prod] recovered after 14 ms",
		    "#12b76a" },
		{ EVENT_BOOT_FAILED, "cella/api [prod] could not start: no key",
		    "#7a271a" },
		{ EVENT_OOM, "cella/api [prod] ran out of memory", "#d92d20" },
		{ EVENT_UNRESPONSIVE,
		    "cella/api [prod] did not answer 3 probes and was "
		    "replaced after 42 s (restart 3, next in 8 s)",
		    "#d92d20" },
		{ EVENT_MEMORY,
		    "cella/api [prod] used too much memory and was replaced "
		    "after 42 s (restart 3, next in 8 s)",
		    "#d92d20" },
		{ EVENT_RELOAD, "cella/api [prod] was reloaded", "#12b76a" },
		{ EVENT_RELOAD_FAILED,
		    "cella/api [prod] could not be reloaded, the old process "
		    "goes on: exited with code 1",
		    "#d92d20" },
	};
	_Static_assert(ARRAY_LEN(cases) == EVENT_COUNT, "a case per event");

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct wire_msg msg = letters_event(cases[i].kind, "");
		if (cases[i].kind == EVENT_BOOT_FAILED)
			msg.field[COURIER_EVENT_REASON] =
			    (struct wire_field)WIRE_STR("no key");
		if (cases[i].kind == EVENT_RELOAD_FAILED)
			msg.field[COURIER_EVENT_REASON] =
			    (struct wire_field)WIRE_STR("exited with code 1");
		if (cases[i].kind == EVENT_UNRESPONSIVE)
			msg.field[COURIER_EVENT_REASON] =
			    (struct wire_field)WIRE_STR(
				"did not answer 3 probes");
		if (cases[i].kind == EVENT_RECOVERED)
			msg.field[COURIER_EVENT_OUTAGE_MS].num = 14;
		struct report *r = letters_report(&msg);
		struct letter l = letter_of(SINK_SLACK, r);

		cJSON *json = letters_compose(&slack_sink, &l);

		assert_string_equal(letters_text(json, "text"), cases[i].text);
		assert_string_equal(
		    letters_text(
			cJSON_GetArrayItem(
			    cJSON_GetObjectItem(json, "attachments"), 0),
			"color"),
		    cases[i].colour);
		cJSON_Delete(json);
		report_free(r);
	}
}

static void
a_last_life_has_no_restart(void **unused)
{
	(void)unused;
	struct wire_msg msg = letters_event(EVENT_CRASH, "");
	msg.field[COURIER_EVENT_NEXT_MS].num = WIRE_MS_MAX;
	struct report *r = letters_report(&msg);
	struct letter l = letter_of(SINK_SLACK, r);

	cJSON *json = letters_compose(&slack_sink, &l);
	autofree char *all = cJSON_PrintUnformatted(json);

	assert_string_equal(letters_text(json, "text"),
	    "cella/api [prod] crashed: exit code 1 after 42 s "
	    "(not restarted)");
	assert_non_null(strstr(all, "*Restart*\\nnone"));
	cJSON_Delete(json);
	report_free(r);
}

static void
a_digest_counts_and_says_since_when(void **unused)
{
	(void)unused;
	struct wire_msg msg = letters_event(EVENT_CRASH, words_uncaught);
	struct report *r = letters_report(&msg);
	struct letter l = letter_of(SINK_SLACK, r);
	l.digest = true;
	l.repeats = 6;
	l.seen = 9;
	l.dropped = 2;

	cJSON *json = letters_compose(&slack_sink, &l);
	autofree char *all = cJSON_PrintUnformatted(json);

	assert_non_null(strstr(
	    letters_text(json, "text"), "crashed 7 more times: TypeError"));
	assert_non_null(
	    strstr(letters_text(json, "text"), "(9 times since 10:14:05 UTC)"));
	assert_non_null(strstr(all, "2 older messages had to be dropped"));
	assert_non_null(strstr(all, "#f79009"));
	cJSON_Delete(json);
	report_free(r);
}

/* Slack counts characters; there is none beyond U+FFFF here. */
static size_t
characters(const char *text)
{
	size_t n = 0;
	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static size_t
sum_of_texts(const cJSON *json)
{
	size_t sum = 0;
	const cJSON *child;

	if (cJSON_IsString(json) && json->string != NULL &&
	    strcmp(json->string, "text") == 0)
		return characters(json->valuestring);
	cJSON_ArrayForEach(child, json) sum += sum_of_texts(child);
	return sum;
}

static void
the_worst_that_can_come_stays_within_the_limits(void **unused)
{
	(void)unused;
	static char words[WIRE_TAIL_MAX + 1];
	static char name[WIRE_NAME_MAX + 1];
	static char reason[WIRE_TEXT_MAX + 1];
	static const char fill[] = "&<>`\n";

	for (size_t c = 0; c < strlen(fill); c++) {
		memset(words, fill[c], WIRE_TAIL_MAX);
		for (size_t i = 80; i < WIRE_TAIL_MAX; i += 81)
			words[i] = '\n';
		words[0] = words[WIRE_TAIL_MAX - 1] = 'x';
		memset(name, '&', WIRE_NAME_MAX);
		memset(reason, '<', WIRE_TEXT_MAX);
		struct wire_msg msg = letters_event(EVENT_BOOT_FAILED, words);
		msg.field[COURIER_EVENT_OUT] =
		    (struct wire_field)WIRE_STR(words);
		msg.field[COURIER_EVENT_SERVICE] =
		    (struct wire_field)WIRE_STR(name);
		msg.field[COURIER_EVENT_REASON] =
		    (struct wire_field)WIRE_STR(reason);
		struct report *r = letters_report(&msg);
		struct letter l = letter_of(SINK_SLACK, r);

		cJSON *json = letters_compose(&slack_sink, &l);
		l.reduced = true;
		cJSON *plain = letters_compose(&slack_sink, &l);

		assert_true(sum_of_texts(blocks_of(json)) < 10000);
		assert_true(characters(letters_text(plain, "text")) <= 4000);
		assert_int_equal(cJSON_GetArraySize(plain), 1);
		cJSON_Delete(json);
		cJSON_Delete(plain);
		report_free(r);
	}
}

static void
every_answer_is_judged_as_the_contract_says(void **unused)
{
	(void)unused;
	static const struct {
		int status;
		const char *body;
		enum sink_verdict verdict;
		int tries;
	} cases[] = {
		{ 200, "ok", SINK_STORED, 0 },
		{ 200, "<html>", SINK_REFUSED, 0 },
		{ 202, "ok", SINK_REFUSED, 0 },
		{ 400, "invalid_blocks", SINK_REDUCE, 0 },
		{ 401, "", SINK_STOP, 0 },
		{ 403, "invalid_token", SINK_STOP, 0 },
		{ 404, "no_service", SINK_STOP, 0 },
		{ 410, "channel_is_archived", SINK_STOP, 0 },
		{ 413, "", SINK_REFUSED, 0 },
		{ 429, "", SINK_AGAIN, 0 },
		{ 500, "rollup_error", SINK_AGAIN, 3 },
		{ 503, "", SINK_AGAIN, 3 },
		{ 302, "", SINK_STOP, 0 },
		{ 0, "", SINK_AGAIN, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char body[32];
		(void)snprintf(body, sizeof(body), "%s", cases[i].body);
		const struct sink_rule *rule =
		    letters_judge(&slack_sink, cases[i].status, body);

		assert_int_equal(rule->verdict, cases[i].verdict);
		assert_int_equal(rule->tries, cases[i].tries);
		if (rule->verdict == SINK_STOP)
			assert_true(rule->wait_ms == NEVER);
		assert_non_null(rule->hint);
	}
}

static void
only_safe_webhooks_are_taken(void **unused)
{
	(void)unused;
	static const struct {
		const char *url;
		bool taken;
	} cases[] = {
		{ HOOK, true },
		{ HOOK "\n", true },
		{ "https://chat.example.org/hooks/x", true },
		{ "http://127.0.0.1:8080/services/x", true },
		{ "http://hooks.slack.com/services/T/B/x", false },
		{ "https://user@hooks.slack.com/services/x", false },
		{ "ftp://hooks.slack.com/x", false },
		{ HOOK " x", false },
		{ HOOK "\r\nX-Evil: 1", false },
		{ "hooks", false },
		{ "", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		static struct sink_address a;
		const char *why = slack_sink.address(cases[i].url, "", &a);

		assert_int_equal(why == NULL, cases[i].taken);
		if (why != NULL) {
			assert_null(strstr(why, "services"));
			continue;
		}
		assert_string_equal(
		    a.headers[0], "Content-Type: application/json");
		assert_null(a.headers[1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_crash_is_the_message_that_a_person_reads_at_night),
		cmocka_unit_test(each_kind_has_its_headline_and_its_colour),
		cmocka_unit_test(a_last_life_has_no_restart),
		cmocka_unit_test(a_digest_counts_and_says_since_when),
		cmocka_unit_test(
		    the_worst_that_can_come_stays_within_the_limits),
		cmocka_unit_test(every_answer_is_judged_as_the_contract_says),
		cmocka_unit_test(only_safe_webhooks_are_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
