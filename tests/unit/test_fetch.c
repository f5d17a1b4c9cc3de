#include "secrets/fetch.h"

#include "core/channel.h"
#include "core/clock.h"
#include "core/exits.h"
#include "core/fd.h"
#include "core/guard.h"
#include "core/role.h"

#include "fake.h"

#include <errno.h>

/*
 * The role as PID 1 sees it: a child process that speaks over a channel, and a
 * fake of the vendor's.  "ROOT" in the settings stands for the scratch folder.
 */
#define KEY "11111111-2222-4333-8444-555555555555"
#define PROJECT "0b7d0b9e-5a52-4d6f-8a53-3a40a1b8c702"
#define CANARY "c4n4ry-v4lue"
#define ANSWERS_MAX 64

struct answer {
	bool given;
	bool miss;
	bool absent;
	int code;
	char text[4200];
};

struct run {
	pid_t pid;
	int channel;
	struct answer answers[ANSWERS_MAX];
	int answered;
	bool done;
	int64_t done_scw, done_files, done_requests, done_retries;
	int64_t began;
};

static char root[] = "/tmp/cradle-fetch-XXXXXX";
static char ca_file[64];
static struct fake fake;
static struct run run;
static unsigned char received[WIRE_MESSAGE_MAX];

static void
start_role(void)
{
	int theirs;

	memset(&run, 0, sizeof(run));
	assert_int_equal(channel_open(&run.channel, &theirs), 0);
	run.pid = fork();
	assert_int_not_equal(run.pid, -1);
	if (run.pid == 0) {
		(void)close(run.channel);
		role_use_channel(theirs);
		_exit(fetch_main());
	}
	(void)close(theirs);
	run.began = clock_ms();
}

struct settings {
	const char *url; /* NULL: the fake's */
	const char *key;
	const char *key_file;
	const char *project;
	const char *ca_file;
	int64_t deadline_ms;
};

static void
say_settings(const struct settings *s)
{
	char url[128];

	(void)snprintf(url, sizeof(url), "https://localhost:%d/", fake.port);
	const struct wire_msg msg = {
		.type = WIRE_FETCH_SCW,
		.fd = -1,
		.field = {
			[FETCH_SCW_API_URL] = WIRE_STR(s->url ? s->url : url),
			[FETCH_SCW_REGION] = WIRE_STR("fr-par"),
			[FETCH_SCW_PROJECT] =
			    WIRE_STR(s->project ? s->project : PROJECT),
			[FETCH_SCW_KEY] = WIRE_STR(s->key ? s->key : ""),
			[FETCH_SCW_KEY_FILE] =
			    WIRE_STR(s->key_file ? s->key_file : ""),
			[FETCH_SCW_CA_FILE] =
			    WIRE_STR(s->ca_file ? s->ca_file : ca_file),
			[FETCH_SCW_DEADLINE_MS] = WIRE_NUM(
			    s->deadline_ms > 0 ? s->deadline_ms : 10000),
		},
	};
	assert_int_equal(wire_send(run.channel, &msg), 0);
}

static void
want(int index, const char *reference)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "VAR_%d", index);
	const struct wire_msg msg = {
		.type = WIRE_FETCH_WANT,
		.fd = -1,
		.field = {
			[FETCH_WANT_INDEX] = WIRE_NUM(index),
			[FETCH_WANT_VARIABLE] = WIRE_STR(name),
			[FETCH_WANT_REFERENCE] = WIRE_STR(reference),
		},
	};
	assert_int_equal(wire_send(run.channel, &msg), 0);
}

static void
take_answer(const struct wire_msg *msg)
{
	const struct wire_field *f = msg->field;
	bool miss = msg->type == WIRE_FETCH_MISS;
	struct answer *a = &run.answers[f[0].num];

	assert_true(f[0].num < ANSWERS_MAX);
	assert_false(a->given);
	a->given = true;
	a->miss = miss;
	a->absent = miss && f[FETCH_MISS_ABSENT].num == 1;
	a->code = miss ? (int)f[FETCH_MISS_CODE].num : 0;
	(void)snprintf(a->text, sizeof(a->text), "%s",
	    f[miss ? (int)FETCH_MISS_REASON : (int)FETCH_VALUE_VALUE].ptr);
	run.answered++;
}

static void
take_message(const struct wire_msg *msg)
{
	const struct wire_field *f = msg->field;

	assert_int_not_equal(msg->type, WIRE_FAILED);
	if (msg->type == WIRE_FETCH_VALUE || msg->type == WIRE_FETCH_MISS)
		take_answer(msg);
	if (msg->type != WIRE_FETCH_DONE)
		return;
	run.done = true;
	run.done_scw = f[FETCH_DONE_SCW].num;
	run.done_files = f[FETCH_DONE_FILES].num;
	run.done_requests = f[FETCH_DONE_REQUESTS].num;
	run.done_retries = f[FETCH_DONE_RETRIES].num;
}

/* Say GO and gather everything until the role has ended: its exit status. */
static int
go(void)
{
	const struct wire_msg begin = { .type = WIRE_GO, .fd = -1 };
	struct wire_msg msg;
	int64_t deadline = clock_ms() + 40000;
	int status;

	assert_int_equal(wire_send(run.channel, &begin), 0);
	for (;;) {
		assert_int_equal(fd_wait(run.channel, POLLIN, deadline), 1);
		int r = wire_recv(run.channel, received, false, &msg);
		if (r == 0)
			break;
		assert_int_equal(r, 1);
		take_message(&msg);
	}
	assert_int_equal(waitpid(run.pid, &status, 0), run.pid);
	(void)close(run.channel);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* One want under these settings; everything else is as usual. */
static const struct answer *
fetch_one(const struct settings *settings, const char *reference)
{
	start_role();
	say_settings(settings);
	want(7, reference);
	assert_int_equal(go(), EXITS_OK);
	assert_true(run.done);
	assert_true(run.answers[7].given);
	return &run.answers[7];
}

static void
start_fake(const char *more)
{
	static const char form[] =
	    "{\"tls\":\"%s/tls\",\"secrets\":{"
	    "\"/root-secret\":\"at the root\","
	    "\"/prod/cella/plain\":{\"value\":\"" CANARY
	    "\",\"revision\":20,\"id\":"
	    "\"2b1f8a5c-8d0e-4b6e-9f55-7d1f2b3c4d5e\"},"
	    "\"/prod/cella/db\":{\"base64\":\"%s\"},"
	    "\"/prod/cella/empty\":\"\","
	    "\"/prod/cella/lines\":\"text\\n\\n\","
	    "\"/prod/cella/nul\":{\"base64\":\"YQBi\"},"
	    "\"/prod/cella/encoded\":\"aGVsbG8=\\n\","
	    "\"/prod/cella/off\":{\"value\":\"x\",\"disabled\":true}"
	    "}%s%s}";
	/* {"user":"u","id":12345678901234567890,"on":true,"none":null,
	   "in":{"deep":["a","b"]},"nul":"a\u0000b","quote":"a\"\u00e9"} */
	static const char db[] =
	    "eyJ1c2VyIjoidSIsImlkIjoxMjM0NTY3ODkwMTIzNDU2Nzg5MCwib24iOnRydWUs"
	    "Im5vbmUiOm51bGwsImluIjp7ImRlZXAiOlsiYSIsImIiXX0sIm51bCI6ImFcdTAw"
	    "MDBiIiwicXVvdGUiOiJhXCJcdTAwZTkifQ==";
	char settings[4096];

	(void)snprintf(settings, sizeof(settings), form, root, db,
	    more[0] != '\0' ? "," : "", more);
	fake_start(&fake, "scaleway.js", settings);
}

static void
end_fake(void)
{
	assert_int_equal(fake_count(&fake, "\"violations\":[\""), 0);
	fake_end(&fake);
}

static const struct settings usual = { .key = KEY };

/* ---- tests ------------------------------------------------------------- */

static void
every_form_of_reference_gets_its_value(void **unused)
{
	(void)unused;
	static const struct {
		const char *reference;
		const char *value; /* NULL: absent */
	} cases[] = {
		{ "scw://prod/cella/plain", CANARY },
		{ "scw://prod/cella/plain@2", CANARY },
		{ "scw://2b1f8a5c-8d0e-4b6e-9f55-7d1f2b3c4d5e", CANARY },
		{ "scw://root-secret", "at the root" },
		{ "scw://prod/cella/db:user", "u" },
		{ "scw://prod/cella/db:id", "12345678901234567890" },
		{ "scw://prod/cella/db#on", "true" },
		{ "scw://prod/cella/db#/in/deep/1", "b" },
		{ "scw://prod/cella/db:quote", "a\"\xc3\xa9" },
		{ "scw://prod/cella/db:none?default=fall", "fall" },
		{ "scw://prod/cella/db:gone?optional", NULL },
		{ "scw://prod/cella/gone?optional", NULL },
		{ "scw://prod/cella/gone?default=back", "back" },
		{ "scw://prod/cella/empty?allow_empty", "" },
		{ "scw://prod/cella/lines?trim", "text" },
		{ "scw://prod/cella/lines", "text\n\n" },
		{ "scw://prod/cella/encoded?encoding=base64", "hello" },
	};
	start_fake("");
	start_role();
	say_settings(&usual);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		want((int)i, cases[i].reference);

	assert_int_equal(go(), EXITS_OK);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct answer *a = &run.answers[i];
		assert_true(a->given);
		assert_string_equal(
		    a->text, cases[i].value ? cases[i].value : "");
		assert_int_equal(a->absent, cases[i].value == NULL);
		assert_int_equal(a->miss, a->absent);
	}
	assert_true(run.done);
	/* fields of one secret and revision share a request */
	assert_int_equal(run.done_requests, 9);
	assert_int_equal(run.done_retries, 0);
	assert_int_equal(run.done_scw, 15);
	fake_expect(&fake, "\"method\":\"GET\"", 9);
	end_fake();
}

static void
a_wrong_reference_is_a_miss_with_78(void **unused)
{
	(void)unused;
	static const struct {
		const char *reference;
		const char *text;
	} cases[] = {
		{ "scw://prod/cella/db:gone", "it has no field gone" },
		{ "scw://prod/cella/db:none", "its field none is null" },
		{ "scw://prod/cella/db:in", "is an object or a list" },
		{ "scw://prod/cella/db:nul", "holds a NUL byte" },
		{ "scw://prod/cella/nul", "holds a NUL byte" },
		{ "scw://prod/cella/plain:user", "it is no JSON object" },
		{ "scw://prod/cella/empty", "the value is empty" },
		{ "scw://prod/cella/plain?encoding=base64", "is not base64" },
		{ "scw://prod/cella/off@latest", "412 precondition_failed" },
		{ "scw://prod/cella/plain?region=nowhere", "the region" },
		{ "scw://prod//plain", "" },
		{ "nonsense", "nonsense: it is no secret reference" },
	};
	start_fake("");
	start_role();
	say_settings(&usual);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		want((int)i, cases[i].reference);

	assert_int_equal(go(), EXITS_OK);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct answer *a = &run.answers[i];
		char begin[64];
		(void)snprintf(
		    begin, sizeof(begin), "VAR_%zu: cannot resolve ", i);
		assert_true(a->miss);
		assert_int_equal(a->code, EXITS_CONFIG);
		assert_memory_equal(a->text, begin, strlen(begin));
		assert_non_null(strstr(a->text, cases[i].text));
		assert_null(strstr(a->text, CANARY));
	}
	end_fake();
}

static void
misbehaviour_ends_as_the_contract_says(void **unused)
{
	(void)unused;
	static const struct {
		const char *script;
		int code; /* 0: the value arrives */
		int requests;
		const char *text;
	} cases[] = {
		{ "[\"unauthorized\"]", 77, 1, "401 denied_authentication" },
		{ "[\"expired\"]", 77, 1, "(expired)" },
		{ "[\"forbidden\",\"forbidden\",\"ok\"]", 0, 3, "" },
		{ "[\"missing\",\"ok\"]", 0, 2, "" },
		{ "[\"disguised\",\"ok\"]", 0, 2, "" },
		{ "[\"disabled\"]", 78, 1, "is that version enabled?" },
		{ "[\"invalid\"]", 78, 1, "400 invalid_arguments" },
		{ "[\"throttled\",\"ok\"]", 0, 2, "" },
		{ "[\"throttled_reset\",\"ok\"]", 0, 2, "" },
		{ "[\"throttled_after\",\"ok\"]", 0, 2, "" },
		{ "[\"unavailable\",\"broken\",\"gateway\",\"ok\"]", 0, 4, "" },
		{ "[\"transient\",\"ok\"]", 0, 2, "" },
		{ "[\"reset\",\"ok\"]", 0, 2, "" },
		{ "[\"cut\",\"ok\"]", 0, 2, "" },
		{ "[\"redirect\"]", 69, 1, "a redirect to other.localhost," },
		{ "[\"big\"]", 69, 1, "larger than 1048576 bytes" },
		{ "[\"html\"]", 69, 1,
		    "the answer is text/html, not JSON (is "
		    "CRADLE_SCW_API_URL right?)" },
		{ "[\"no_type\"]", 69, 1, "not JSON" },
		{ "[\"not_json\"]", 69, 1, "is not a JSON object" },
		{ "[\"empty\"]", 69, 1, "is not a JSON object" },
		{ "[\"no_data\"]", 69, 1, "the answer has no data" },
		{ "[\"data_number\"]", 69, 1, "the answer has no data" },
		{ "[\"not_base64\"]", 69, 1,
		    "the answer's data is not base64" },
		{ "[\"too_long\"]", 69, 1, "larger than 64 KiB" },
		{ "[\"crc_right\"]", 0, 1, "" },
		{ "[\"crc_wrong\"]", 0, 1, "" },
		{ "[\"crc_string\"]", 0, 1, "" },
		{ "[\"crc_absent\"]", 0, 1, "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char more[128];
		(void)snprintf(
		    more, sizeof(more), "\"script\":%s", cases[i].script);
		start_fake(more);

		const struct answer *a =
		    fetch_one(&usual, "scw://prod/cella/plain");

		assert_int_equal(a->code, cases[i].code);
		if (a->miss)
			assert_null(strstr(a->text, CANARY));
		else
			assert_string_equal(a->text, CANARY);
		assert_non_null(strstr(a->text, cases[i].text));
		assert_null(strstr(a->text, KEY));
		assert_null(strstr(a->text, "echoes"));
		fake_expect(&fake, "\"method\"", cases[i].requests);
		assert_int_equal(fake_count(&fake, "\"redirected\""), 0);
		end_fake();
	}
}

static void
a_manager_that_stays_broken_is_given_up_after_five_tries(void **unused)
{
	(void)unused;
	start_fake("\"script\":[\"unavailable\"]");
	const struct settings patient = { .key = KEY, .deadline_ms = 30000 };

	const struct answer *a = fetch_one(&patient, "scw://prod/cella/plain");

	assert_int_equal(a->code, EXITS_UNAVAILABLE);
	assert_non_null(strstr(a->text, "answered 503, request id "));
	assert_non_null(strstr(a->text, ", 5 tries"));
	fake_expect(&fake, "\"method\"", 5);
	end_fake();
}

static void
the_deadline_holds_and_tells_what_was_seen(void **unused)
{
	(void)unused;
	static const struct {
		const char *script;
		int code;
		const char *text;
	} cases[] = {
		{ "[\"stall\"]", 69, "no answer yet" },
		{ "[\"trickle\"]", 69, "no answer yet" },
		{ "[\"forbidden\"]", 77, "403 permissions_denied" },
		{ "[\"missing\"]", 78, "404 not_found" },
		{ "[\"unavailable\",\"stall\"]", 69, "answered 503" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char more[128];
		(void)snprintf(
		    more, sizeof(more), "\"script\":%s", cases[i].script);
		start_fake(more);
		const struct settings hasty = { .key = KEY,
			.deadline_ms = 1500 };

		const struct answer *a =
		    fetch_one(&hasty, "scw://prod/cella/plain");

		int64_t took = clock_ms() - run.began;
		assert_in_range(took, 700, 2500);
		assert_int_equal(a->code, cases[i].code);
		assert_non_null(strstr(a->text, "VAR_7: cannot resolve "
						"scw://prod/cella/plain: "));
		if (strstr(a->text, "timed out") == NULL)
			assert_non_null(strstr(a->text, cases[i].text));
		end_fake();
	}
}

static void
a_wait_past_the_deadline_is_not_begun(void **unused)
{
	(void)unused;
	start_fake("\"script\":[\"throttled_after\"]");
	const struct settings hasty = { .key = KEY, .deadline_ms = 900 };

	const struct answer *a = fetch_one(&hasty, "scw://prod/cella/plain");

	assert_int_equal(a->code, EXITS_UNAVAILABLE);
	assert_non_null(strstr(a->text, "longer than the deadline"));
	fake_expect(&fake, "\"method\"", 1);
	end_fake();
}

static void
nobody_there_is_69(void **unused)
{
	(void)unused;
	const struct settings hasty = { .key = KEY,
		.url = "https://127.0.0.1:1",
		.ca_file = "/etc/hostname",
		.deadline_ms = 600 };

	const struct answer *a = fetch_one(&hasty, "scw://prod/cella/plain");

	assert_int_equal(a->code, EXITS_UNAVAILABLE);
	assert_non_null(strstr(a->text, "cannot reach the secret manager"));
}

static void
a_certificate_that_does_not_verify_is_not_retried(void **unused)
{
	(void)unused;
	static const char *const certificates[] = { "wrong", "stranger" };

	for (size_t i = 0; i < ARRAY_LEN(certificates); i++) {
		char more[64];
		(void)snprintf(more, sizeof(more), "\"certificate\":\"%s\"",
		    certificates[i]);
		start_fake(more);

		const struct answer *a =
		    fetch_one(&usual, "scw://prod/cella/plain");

		assert_int_equal(a->code, EXITS_UNAVAILABLE);
		assert_non_null(
		    strstr(a->text, "cannot trust the secret manager"));
		assert_non_null(strstr(a->text, "CRADLE_CA_FILE"));
		assert_int_equal(run.done_retries, 0);
		end_fake();
	}
}

static void
settings_that_cannot_work_are_78_and_reach_nobody(void **unused)
{
	(void)unused;
	static const struct {
		struct settings settings;
		const char *text;
	} cases[] = {
		{ { .key = "" }, "no secret key is configured" },
		{ { .key = "a b" }, "secret key is none" },
		{ { .key = "a\r\nX: y" }, "secret key is none" },
		{ { .key_file = "/nowhere/key" },
		    "cannot use the secret key in /nowhere/key: No such file" },
		{ { .key_file = "/dev/null" }, "not a regular file" },
		{ { .key = KEY, .url = "http://10.0.0.1" },
		    "plain http is allowed to loopback only" },
		{ { .key = KEY, .url = "https://me@localhost" }, "user name" },
		{ { .key = KEY, .url = "https://localhost/?x=y" },
		    "has a query" },
		{ { .key = KEY, .ca_file = "/nowhere/ca.pem" },
		    "cannot read /nowhere/ca.pem" },
	};
	start_fake("");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct answer *a =
		    fetch_one(&cases[i].settings, "scw://prod/cella/plain");

		assert_int_equal(a->code, EXITS_CONFIG);
		assert_non_null(strstr(a->text, cases[i].text));
		assert_null(strstr(a->text, KEY));
	}
	assert_int_equal(fake_count(&fake, "\"method\""), 0);
	end_fake();
}

static void
the_key_may_be_in_a_file(void **unused)
{
	(void)unused;
	char path[64];
	(void)snprintf(path, sizeof(path), "%s/key", root);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(KEY "\n", f) >= 0);
	assert_int_equal(fclose(f), 0);
	start_fake("");
	const struct settings settings = { .key_file = path };

	const struct answer *a = fetch_one(&settings, "scw://prod/cella/plain");

	assert_string_equal(a->text, CANARY);
	end_fake();
}

static void
twenty_secrets_cost_five_round_trips(void **unused)
{
	(void)unused;
	char more[64];
	const int rtt = 200;
	(void)snprintf(more, sizeof(more), "\"rtt\":%d", rtt);
	start_fake(more);
	start_role();
	say_settings(&usual);
	for (int i = 0; i < 20; i++) {
		char reference[64];
		(void)snprintf(reference, sizeof(reference),
		    "scw://prod/cella/plain@%d", i + 1);
		want(i, reference);
	}
	run.began = clock_ms();

	assert_int_equal(go(), EXITS_OK);

	int64_t took = clock_ms() - run.began;
	assert_int_equal(run.answered, 20);
	/* five, and what computing the handshakes takes */
	assert_in_range(took, 0, 6 * rtt - 1);
	fake_expect(&fake, "\"method\"", 20);
	end_fake();
}

static void
a_closed_channel_ends_the_role_at_once(void **unused)
{
	(void)unused;
	const struct wire_msg begin = { .type = WIRE_GO, .fd = -1 };
	int status;
	start_fake("\"script\":[\"stall\"]");
	start_role();
	say_settings(&usual);
	want(0, "scw://prod/cella/plain");
	assert_int_equal(wire_send(run.channel, &begin), 0);
	fake_expect(&fake, "\"does\":\"stall\"", 1);
	int64_t closed = clock_ms();

	(void)close(run.channel);

	assert_int_equal(waitpid(run.pid, &status, 0), run.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_in_range(clock_ms() - closed, 0, 1000);
	end_fake();
}

static void
files_need_no_manager(void **unused)
{
	(void)unused;
	char path[64], reference[96];
	(void)snprintf(path, sizeof(path), "%s/secret", root);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs("from a file\n", f) >= 0);
	assert_int_equal(fclose(f), 0);
	(void)snprintf(reference, sizeof(reference), "file://%s?trim", path);
	const struct settings nothing = { .url = "" };

	const struct answer *a = fetch_one(&nothing, reference);

	assert_string_equal(a->text, "from a file");
	assert_int_equal(run.done_files, 1);
	assert_int_equal(run.done_requests, 0);
}

static int
make_root(void **unused)
{
	(void)unused;
	if (mkdtemp(root) == NULL)
		return -1;
	(void)snprintf(ca_file, sizeof(ca_file), "%s/tls/ca.pem", root);
	return 0;
}

static int
drop_root(void **unused)
{
	(void)unused;
	char command[64];
	(void)snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_reference_gets_its_value),
		cmocka_unit_test(a_wrong_reference_is_a_miss_with_78),
		cmocka_unit_test(misbehaviour_ends_as_the_contract_says),
		cmocka_unit_test(
		    a_manager_that_stays_broken_is_given_up_after_five_tries),
		cmocka_unit_test(the_deadline_holds_and_tells_what_was_seen),
		cmocka_unit_test(a_wait_past_the_deadline_is_not_begun),
		cmocka_unit_test(nobody_there_is_69),
		cmocka_unit_test(
		    a_certificate_that_does_not_verify_is_not_retried),
		cmocka_unit_test(
		    settings_that_cannot_work_are_78_and_reach_nobody),
		cmocka_unit_test(the_key_may_be_in_a_file),
		cmocka_unit_test(twenty_secrets_cost_five_round_trips),
		cmocka_unit_test(a_closed_channel_ends_the_role_at_once),
		cmocka_unit_test(files_need_no_manager),
	};
	return cmocka_run_group_tests(tests, make_root, drop_root);
}
