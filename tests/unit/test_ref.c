#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/ref.h"
#include "core/guard.h"

#include <stdio.h>
#include <string.h>

static void
scaleway_references_are_taken_apart(void **unused)
{
	static const struct {
		const char *text;
		const char *path, *name, *revision, *field;
		bool by_id;
	} cases[] = {
		{ "scw://name", "/", "name", "latest_enabled", "", false },
		{ "scw:///name", "/", "name", "latest_enabled", "", false },
		{ "scw://prod/cella/db", "/prod/cella", "db", "latest_enabled",
		    "", false },
		{ "scw:///prod/cella/db", "/prod/cella", "db", "latest_enabled",
		    "", false },
		{ "scw://prod/db@3:password", "/prod", "db", "3", "password",
		    false },
		{ "scw://prod/db@latest#password", "/prod", "db", "latest",
		    "password", false },
		{ "scw://prod/db:/a/b", "/prod", "db", "latest_enabled", "/a/b",
		    false },
		{ "scw://prod/db#a@b", "/prod", "db", "latest_enabled", "a@b",
		    false },
		{ "scw://pr%6Fd/a%3Ab:x%3Ay", "/prod", "a:b", "latest_enabled",
		    "x:y", false },
		{ "scw://6f1f7f0a-2a51-4a1c-9c8d-0d5b1f6f1e01@3", "/",
		    "6f1f7f0a-2a51-4a1c-9c8d-0d5b1f6f1e01", "3", "", true },
		{ "scw://x/6f1f7f0a-2a51-4a1c-9c8d-0d5b1f6f1e01", "/x",
		    "6f1f7f0a-2a51-4a1c-9c8d-0d5b1f6f1e01", "latest_enabled",
		    "", false },
		{ "scw://6f1f7f0a-2a51-4a1c-9c8d-0d5b1f6f1e0", "/",
		    "6f1f7f0a-2a51-4a1c-9c8d-0d5b1f6f1e0", "latest_enabled", "",
		    false },
		{ "scw://\xc3\xa4/b", "/\xc3\xa4", "b", "latest_enabled", "",
		    false },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ref ref;
		char why[200] = "";
		if (ref_parse(cases[i].text, &ref, why, sizeof(why)) != 0)
			fail_msg("%s: %s", cases[i].text, why);
		assert_int_equal(ref.scheme, REF_SCW);
		assert_string_equal(ref.path, cases[i].path);
		assert_string_equal(ref.name, cases[i].name);
		assert_string_equal(ref.revision, cases[i].revision);
		assert_string_equal(ref.field, cases[i].field);
		assert_int_equal(ref.by_id, cases[i].by_id);
	}
}

static void
files_keep_their_colons_and_ats(void **unused)
{
	struct ref ref;
	char why[200];
	(void)unused;

	assert_int_equal(ref_parse("file:///run/a:b@c/d%23e#user?trim", &ref,
			     why, sizeof(why)),
	    0);

	assert_int_equal(ref.scheme, REF_FILE);
	assert_string_equal(ref.path, "/run/a:b@c/d#e");
	assert_string_equal(ref.field, "user");
	assert_true(ref.trim);
}

static void
options_are_read(void **unused)
{
	struct ref ref;
	char why[200];
	(void)unused;

	assert_int_equal(
	    ref_parse("scw://a/b?optional&allow_empty&encoding=base64&"
		      "region=nl-ams&project=0b7d-1&default=x%26y=%2Fz",
		&ref, why, sizeof(why)),
	    0);

	assert_true(ref.optional);
	assert_true(ref.allow_empty);
	assert_true(ref.base64);
	assert_false(ref.trim);
	assert_true(ref.has_fallback);
	assert_string_equal(ref.region, "nl-ams");
	assert_string_equal(ref.project, "0b7d-1");
	assert_string_equal(ref.fallback, "x&y=/z");
	assert_string_equal(ref.path, "/a");
	assert_string_equal(ref.name, "b");
}

static void
an_empty_default_is_a_default(void **unused)
{
	struct ref ref;
	char why[200];
	(void)unused;

	assert_int_equal(
	    ref_parse("scw://a?default=", &ref, why, sizeof(why)), 0);

	assert_true(ref.has_fallback);
	assert_string_equal(ref.fallback, "");
}

static void
what_is_wrong_is_refused(void **unused)
{
	static const struct {
		const char *text;
		const char *part; /* of the phrase */
	} cases[] = {
		{ "plain", "no secret reference" },
		{ "SCW://a", "no secret reference" },
		{ "scw:/a", "no secret reference" },
		{ "https://x", "no secret reference" },
		{ "vault://a/b", "begins with vault://, which is not supported "
				 "by this version" },
		{ "gcp-sm://a",
		    "begins with gcp-sm://, which is not supported" },
		{ "aws-sm://a",
		    "begins with aws-sm://, which is not supported" },
		{ "aws-ssm://a",
		    "begins with aws-ssm://, which is not supported" },
		{ "env://A", "begins with env://, which is not supported" },
		{ "exec://a", "begins with exec://, which is not supported" },
		{ "scw://", "names no secret" },
		{ "scw:///", "names no secret" },
		{ "scw://@3", "names no secret" },
		{ "scw://a/", "a folder" },
		{ "scw://a//b", "empty part" },
		{ "scw:////a", "empty part" },
		{ "scw://a/../b", ". or .." },
		{ "scw://a/%2e%2E/b", ". or .." },
		{ "scw://./b", ". or .." },
		{ "scw://a%2Fb", "%2F" },
		{ "scw://a:b#c", "both" },
		{ "scw://a:b:c", "more than one :" },
		{ "scw://a:", "empty field" },
		{ "scw://a#", "empty field" },
		{ "scw://a@", "revision" },
		{ "scw://a@0", "revision" },
		{ "scw://a@1x", "revision" },
		{ "scw://a@newest", "revision" },
		{ "scw://a@1@2", "revision" },
		{ "scw://a@12345678901", "revision" },
		{ "scw://a%", "two hexadecimal digits" },
		{ "scw://a%4", "two hexadecimal digits" },
		{ "scw://a%zz", "two hexadecimal digits" },
		{ "scw://a%00b", "control character" },
		{ "scw://a%0ab", "control character" },
		{ "scw://a%7f", "control character" },
		{ "scw://a\nb", "control character" },
		{ "scw://a:b%01", "control character" },
		{ "scw://a?default=%1f", "control character" },
		{ "scw://a%ff", "not UTF-8" },
		{ "scw://a\xff", "not UTF-8" },
		{ "scw://a?", "unknown option" },
		{ "scw://a?hunter2", "unknown option" },
		{ "scw://a?trim&", "unknown option" },
		{ "scw://a?trim&trim", "twice" },
		{ "scw://a?trim=1", "takes none" },
		{ "scw://a?default", "without its =value" },
		{ "scw://a?encoding=hex", "encoding other than" },
		{ "scw://a?encoding", "encoding other than" },
		{ "scw://a?as=file", "not supported" },
		{ "scw://a?mode=0400", "not supported" },
		{ "scw://a?provider=x", "not supported" },
		{ "scw://a?region=", "letters, digits and dashes" },
		{ "scw://a?region=a/b", "letters, digits and dashes" },
		{ "scw://a?project=a%26b", "letters, digits and dashes" },
		{ "file://relative", "absolute path" },
		{ "file://", "absolute path" },
		{ "file:///", "absolute path" },
		{ "file:///a/../b", ". or .." },
		{ "file:///a?region=fr-par", "only scw:// takes" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ref ref = { .name = "untouched" };
		char why[200] = "";
		int r = ref_parse(cases[i].text, &ref, why, sizeof(why));
		if (r != -1 || strstr(why, cases[i].part) == NULL)
			fail_msg("%s: got %d: %s", cases[i].text, r, why);
		assert_string_equal(ref.name, "untouched");
		assert_null(strstr(why, "hunter2"));
	}
}

static void
long_parts_are_refused_and_not_cut(void **unused)
{
	static const struct {
		const char *before;
		size_t fits; /* letters of x */
		const char *behind;
	} cases[] = {
		{ "scw://", 255, "" },
		{ "scw://a:", 255, "" },
		{ "scw://a?default=", 1023, "" },
		{ "scw://a?region=", 31, "" },
		{ "scw://a?project=", 63, "" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ref ref;
		char text[2048];
		char why[200];
		size_t len = strlen(cases[i].before);
		(void)snprintf(text, sizeof(text), "%s", cases[i].before);
		memset(text + len, 'x', cases[i].fits + 1);
		text[len + cases[i].fits + 1] = '\0';
		assert_int_equal(ref_parse(text, &ref, why, sizeof(why)), -1);
		text[len + cases[i].fits] = '\0';
		assert_int_equal(ref_parse(text, &ref, why, sizeof(why)), 0);
	}
}

static void
only_a_whole_value_with_an_allowed_scheme_is_a_reference(void **unused)
{
	static const struct {
		const char *text;
		bool in_env, in_file;
	} cases[] = {
		{ "scw://a", true, true },
		{ "file:///a", false, true },
		{ "vault://a", false, true },
		{ "env://A", false, true },
		{ " scw://a", false, false },
		{ "xscw://a", false, false },
		{ "scw:", false, false },
		{ "", false, false },
		{ "https://scw://a", false, false },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(
		    ref_is_reference(cases[i].text, true), cases[i].in_env);
		assert_int_equal(
		    ref_is_reference(cases[i].text, false), cases[i].in_file);
	}
	assert_true(ref_is_composite("postgres://{{ scw://a:b }}@h/d"));
	assert_true(ref_is_composite("{{{scw://a}}"));
	assert_false(ref_is_composite("{{ .Values.x }} scw://a"));
}

static void
a_default_is_never_shown(void **unused)
{
	static const char *const cases[][2] = {
		{ "scw://a/b", "scw://a/b" },
		{ "scw://a?default=hunter2", "scw://a?default=..." },
		{ "scw://a?trim&default=hunter2&optional",
		    "scw://a?trim&default=...&optional" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char shown[64];
		ref_show(cases[i][0], shown, sizeof(shown));
		assert_string_equal(shown, cases[i][1]);
	}
}

static void
any_path_becomes_a_reference_to_its_file(void **unused)
{
	static const char path[] = "/run/a b#c?d%e:f@g/\xc3\xa4";
	char text[128];
	char why[200];
	struct ref ref;
	(void)unused;

	assert_int_equal(ref_of_file(path, text, sizeof(text)), 0);
	assert_int_equal(ref_parse(text, &ref, why, sizeof(why)), 0);

	assert_string_equal(ref.path, path);
	assert_true(ref.trim);
	assert_true(ref_of_file(path, text, 20) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scaleway_references_are_taken_apart),
		cmocka_unit_test(files_keep_their_colons_and_ats),
		cmocka_unit_test(options_are_read),
		cmocka_unit_test(an_empty_default_is_a_default),
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(long_parts_are_refused_and_not_cut),
		cmocka_unit_test(
		    only_a_whole_value_with_an_allowed_scheme_is_a_reference),
		cmocka_unit_test(a_default_is_never_shown),
		cmocka_unit_test(any_path_becomes_a_reference_to_its_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
