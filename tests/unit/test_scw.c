#include "secrets/scw_answer.h"
#include "secrets/scw_url.h"

#include "core/guard.h"
#include "remote/heap.h"
#include "secrets/field.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#define ID "6f1f7f0a-2a51-4a1c-9c8d-0d5b1f6f1e01"

/* A copy that ends where the next page must not be touched. */
struct flush {
	char *map;
	size_t size;
	const char *text;
	size_t len;
};

static struct flush
flush_make(const char *text)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct flush f = { .len = strlen(text) };
	size_t used = (f.len / page + 1) * page;

	f.size = used + page;
	f.map = mmap(NULL, f.size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(f.map, MAP_FAILED);
	assert_int_equal(mprotect(f.map + used, page, PROT_NONE), 0);
	f.text = memcpy(f.map + used - f.len, text, f.len);
	return f;
}

static void
flush_end(struct flush *f)
{
	assert_int_equal(munmap(f->map, f->size), 0);
}

static void
the_url_is_the_vendors_byte_for_byte(void **unused)
{
	(void)unused;
	static const char base[] =
	    "https://api.scaleway.com/secret-manager/v1beta1/regions/";
	struct session session = {
		.api_url = (char[]){ "" },
		.region = (char[]){ "nl-ams" },
		.project = (char[]){ "pro ject" },
	};
	struct ref ref = { .revision = "latest_enabled" };
	char url[1024];
	strcpy(ref.path, "/prod/a b&c=d");
	strcpy(ref.name, "x.y_z-1~\xc3\xa9");

	assert_null(scw_url_make(&session, &ref, url, sizeof(url)));
	assert_memory_equal(url, base, strlen(base));
	assert_string_equal(url + strlen(base),
	    "nl-ams/secrets-by-path/versions/latest_enabled/access"
	    "?project_id=pro%20ject&secret_path=%2Fprod%2Fa%20b%26c%3Dd"
	    "&secret_name=x.y_z-1~%C3%A9");

	strcpy(ref.path, "/");
	strcpy(ref.region, "pl-waw");
	strcpy(ref.project, "other");
	session.api_url = (char[]){ "http://[::1]:8080/base//" };
	assert_null(scw_url_make(&session, &ref, url, sizeof(url)));
	assert_string_equal(url,
	    "http://[::1]:8080/base/secret-manager/v1beta1/regions/pl-waw/"
	    "secrets-by-path/versions/latest_enabled/access"
	    "?project_id=other&secret_path=%2F&secret_name=x.y_z-1~%C3%A9");

	ref = (struct ref){ .by_id = true, .name = ID, .revision = "3" };
	session.project = session.region = session.api_url = (char[]){ "" };
	assert_null(scw_url_make(&session, &ref, url, sizeof(url)));
	assert_string_equal(
	    url + strlen(base), "fr-par/secrets/" ID "/versions/3/access");
}

static void
a_url_that_cannot_be_made_says_why(void **unused)
{
	(void)unused;
	static const struct {
		const char *api, *region, *project;
		const char *why;
	} cases[] = {
		{ "", "fr-par", "", "no project is configured" },
		{ "", "fr-pa", "p", "the region is not" },
		{ "", "fr-paris", "p", "the region is not" },
		{ "", "FR-PAR", "p", "the region is not" },
		{ "", "../../x", "p", "the region is not" },
		{ "", "fr-par/", "p", "the region is not" },
		{ "https://a/?b", "fr-par", "p", "has a query" },
		{ "https://a/#b", "fr-par", "p", "has a query" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct session session = { .api_url = (char *)cases[i].api,
			.region = (char *)cases[i].region,
			.project = (char *)cases[i].project };
		struct ref ref = { .path = "/", .name = "n", .revision = "1" };
		char url[1024];

		const char *why =
		    scw_url_make(&session, &ref, url, sizeof(url));
		assert_non_null(why);
		assert_non_null(strstr(why, cases[i].why));
	}
}

static void
answers_are_read_or_refused(void **unused)
{
	(void)unused;
	static const struct {
		const char *body;
		const char *data; /* NULL: refused */
		bool crc_differs;
	} cases[] = {
		{ "{\"data\":\"aGVsbG8=\"}", "hello", false },
		{ "{\"data\":\"aGVsbG8=\",\"data_crc32\":null}", "hello",
		    false },
		{ "{\"data\":\"aGVsbG8=\",\"data_crc32\":907060870}", "hello",
		    false },
		{ "{\"data\":\"aGVsbG8=\",\"data_crc32\":\"907060870\"}",
		    "hello", false },
		{ "{\"data_crc32\":3421780262,\"data\":\"MTIzNDU2Nzg5\"}",
		    "123456789", false },
		{ "{\"data\":\"aGVsbG8=\",\"data_crc32\":2591144780}", "hello",
		    true },
		{ "{\"data\":\"aGVsbG8=\",\"data_crc32\":\"1\"}", "hello",
		    true },
		{ "{\"data\":\"aGVsbG8=\",\"data_crc32\":-1}", "hello", true },
		{ "{\"data\":\"aGVsbG8=\",\"data_crc32\":1e300}", "hello",
		    true },
		{ "{\"data\":\"aGVsbG8=\",\"data_crc32\":\"soon\"}", "hello",
		    false },
		{ "{\"data\":\"aGVsbG8=\",\"data_crc32\":[]}", "hello", false },
		{ " {\"data\":\"\",\"revision\":1e99} ", "", false },
		{ "{\"data\":\"aGVsbG8\"}", NULL, false },
		{ "{\"data\":\"aGVsbG8=\\n\"}", NULL, false },
		{ "{\"data\":\"aGVs-_8=\"}", NULL, false },
		{ "{\"data\":\"=\"}", NULL, false },
		{ "{\"data\":null}", NULL, false },
		{ "{\"data\":7}", NULL, false },
		{ "{\"Data\":\"aGVsbG8=\"}", NULL, false },
		{ "[\"aGVsbG8=\"]", NULL, false },
		{ "\"aGVsbG8=\"", NULL, false },
		{ "{\"data\":\"aGVs", NULL, false },
		{ "{", NULL, false },
		{ "", NULL, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct flush body = flush_make(cases[i].body);
		struct scw_answer a = { 0 };

		const char *why = scw_answer_read(body.text, body.len, &a);

		if ((why == NULL) != (cases[i].data != NULL))
			fail_msg("%s: %s", cases[i].body, why ? why : "read");
		if (why == NULL) {
			assert_string_equal(a.data, cases[i].data);
			assert_int_equal(a.crc_differs, cases[i].crc_differs);
		}
		scw_answer_free(&a);
		flush_end(&body);
	}
}

static void
revision_is_a_number_in_range_or_nothing(void **unused)
{
	(void)unused;
	static const struct {
		const char *body;
		int64_t revision;
	} cases[] = {
		{ "{\"data\":\"\",\"revision\":12}", 12 },
		{ "{\"data\":\"\",\"revision\":-1}", 0 },
		{ "{\"data\":\"\",\"revision\":1e300}", 0 },
		{ "{\"data\":\"\",\"revision\":\"12\"}", 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scw_answer a;
		assert_null(
		    scw_answer_read(cases[i].body, strlen(cases[i].body), &a));
		assert_int_equal(a.revision, cases[i].revision);
		scw_answer_free(&a);
	}
}

static void
of_a_refusal_only_identifiers_are_shown(void **unused)
{
	(void)unused;
	static const struct {
		const char *body, *type, *reason;
		int64_t reset_ms;
	} cases[] = {
		{ "{\"type\":\"not_found\",\"message\":\"m\"}", "not_found", "",
		    -1 },
		{ "{\"type\":\"denied_authentication\",\"reason\":\"expired\"}",
		    "denied_authentication", "expired", -1 },
		{ "{\"type\":\"a b\",\"reason\":\"\\u001b[31m\"}", "", "", -1 },
		{ "{\"type\":\"9f8e7d6c\",\"reason\":7}", "", "", -1 },
		{ "{\"type\":"
		  "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaa\"}",
		    "", "", -1 },
		{ "{\"reset_seconds\":12}", "", "", 12000 },
		{ "{\"reset_seconds\":1e300}", "", "", -1 },
		{ "{\"reset_seconds\":3600}", "", "", 60000 },
		{ "{\"reset_seconds\":-3}", "", "", -1 },
		{ "[{\"type\":\"not_found\"}]", "", "", -1 },
		{ "<html>", "", "", -1 },
		{ "", "", "", -1 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct flush body = flush_make(cases[i].body);
		struct scw_refusal r;

		scw_answer_refusal(body.text, body.len, &r);

		assert_string_equal(r.type, cases[i].type);
		assert_string_equal(r.reason, cases[i].reason);
		assert_int_equal(r.reset_ms, cases[i].reset_ms);
		flush_end(&body);
	}
}

static void
fields_come_out_as_they_are_written(void **unused)
{
	(void)unused;
	static const struct {
		const char *text, *name;
		enum field_result result;
		const char *value;
	} cases[] = {
		{ "any\"{text", "", FIELD_FOUND, "any\"{text" },
		{ "", "", FIELD_FOUND, "" },
		{ "{\"a\":\"x\"}", "a", FIELD_FOUND, "x" },
		{ " {\t\"a\" :\n\"x\" } ", "a", FIELD_FOUND, "x" },
		{ "{\"a\":12345678901234567890123}", "a", FIELD_FOUND,
		    "12345678901234567890123" },
		{ "{\"a\":-0.10e+5 ,\"b\":1}", "a", FIELD_FOUND, "-0.10e+5" },
		{ "{\"a\":true}", "a", FIELD_FOUND, "true" },
		{ "{\"a\":false}", "a", FIELD_FOUND, "false" },
		{ "{\"a\":null}", "a", FIELD_NULL, NULL },
		{ "{\"a\":{\"b\":1}}", "a", FIELD_NOT_SCALAR, NULL },
		{ "{\"a\":[]}", "a", FIELD_NOT_SCALAR, NULL },
		{ "{\"a\":\"\"}", "a", FIELD_FOUND, "" },
		{ "{\"a\":1,\"a\":2}", "a", FIELD_FOUND, "2" },
		{ "{\"b\":{\"a\":1},\"c\":[{\"a\":2}]}", "a", FIELD_MISSING,
		    NULL },
		{ "{\"b\":\"a\\\":\\\"no\",\"a\":\"yes\"}", "a", FIELD_FOUND,
		    "yes" },
		{ "{\"A\":1}", "a", FIELD_MISSING, NULL },
		{ "{}", "a", FIELD_MISSING, NULL },
		{ "{\"\\u0061\":1}", "a", FIELD_FOUND, "1" },
		{ "{\"a\\u0000b\":1}", "a", FIELD_MISSING, NULL },
		{ "{\"a\":\"x\\\"\\\\\\/\\n\\u00e9\\ud83d\\ude00\"}", "a",
		    FIELD_FOUND, "x\"\\/\n\xc3\xa9\xf0\x9f\x98\x80" },
		{ "{\"a\":\"x\\u0000y\"}", "a", FIELD_NUL, NULL },
		{ "{\"a\":\"x\\\\u0000y\"}", "a", FIELD_FOUND, "x\\u0000y" },
		{ "{\"a/b\":1}", "a/b", FIELD_FOUND, "1" },
		{ "{\"a\":{\"b\":[1,{\"c\":\"x\"}]}}", "/a/b/1/c", FIELD_FOUND,
		    "x" },
		{ "{\"a/b\":{\"~\":1}}", "/a~1b/~0", FIELD_FOUND, "1" },
		{ "{\"\":{\"\":1}}", "//", FIELD_FOUND, "1" },
		{ "[1,[2,3]]", "/1/0", FIELD_FOUND, "2" },
		{ "[1,2]", "/2", FIELD_MISSING, NULL },
		{ "[1,2]", "/01", FIELD_MISSING, NULL },
		{ "[1,2]", "/-", FIELD_MISSING, NULL },
		{ "[]", "/0", FIELD_MISSING, NULL },
		{ "{\"a\":1}", "/a/b", FIELD_MISSING, NULL },
		{ "{\"a\":1} x", "a", FIELD_NOT_JSON, NULL },
		{ "{\"a\":1", "a", FIELD_NOT_JSON, NULL },
		{ "{\"a\":1,}", "a", FIELD_NOT_JSON, NULL },
		{ "{a:1}", "a", FIELD_NOT_JSON, NULL },
		{ "\xef\xbb\xbf{\"a\":1}", "a", FIELD_NOT_JSON, NULL },
		{ "\"a\"", "a", FIELD_NOT_JSON, NULL },
		{ "-----BEGIN", "a", FIELD_NOT_JSON, NULL },
		{ "", "a", FIELD_NOT_JSON, NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct flush text = flush_make(cases[i].text);
		struct field field = { 0 };

		enum field_result r =
		    field_cut(text.text, text.len, cases[i].name, &field);

		if (r != cases[i].result)
			fail_msg("%s in %s: %d", cases[i].name, cases[i].text,
			    (int)r);
		if (r == FIELD_FOUND) {
			assert_string_equal(field.data, cases[i].value);
			assert_int_equal(field.len, strlen(field.data));
		}
		field_free(&field);
		flush_end(&text);
	}
}

static void
a_nul_in_the_payload_stays_and_is_no_json(void **unused)
{
	(void)unused;
	static const char text[] = "{\"a\":1}\0{\"a\":2}";
	struct field field = { 0 };

	assert_int_equal(
	    field_cut(text, sizeof(text) - 1, "", &field), FIELD_FOUND);
	assert_int_equal(field.len, sizeof(text) - 1);
	assert_memory_equal(field.data, text, sizeof(text));
	field_free(&field);
	assert_int_equal(
	    field_cut(text, sizeof(text) - 1, "a", &field), FIELD_NOT_JSON);
}

static void
every_result_has_its_phrase(void **unused)
{
	(void)unused;
	for (int r = 0; r < FIELD_RESULTS; r++) {
		char why[256] = "";
		field_explain(
		    (enum field_result)r, "the-name", why, sizeof(why));
		assert_true(
		    r == FIELD_NO_MEMORY || strstr(why, "the-name") != NULL);
	}
}

static int
wipe_json(void **unused)
{
	(void)unused;
	cJSON_InitHooks(&(cJSON_Hooks){ heap_alloc, heap_free });
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_url_is_the_vendors_byte_for_byte),
		cmocka_unit_test(a_url_that_cannot_be_made_says_why),
		cmocka_unit_test(answers_are_read_or_refused),
		cmocka_unit_test(revision_is_a_number_in_range_or_nothing),
		cmocka_unit_test(of_a_refusal_only_identifiers_are_shown),
		cmocka_unit_test(fields_come_out_as_they_are_written),
		cmocka_unit_test(a_nul_in_the_payload_stays_and_is_no_json),
		cmocka_unit_test(every_result_has_its_phrase),
	};
	return cmocka_run_group_tests(tests, wipe_json, NULL);
}
