#include "envsubst/credential.h"
#include "envsubst/declare.h"
#include "envsubst/note.h"

#include "core/guard.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* ---- notes ------------------------------------------------------------ */

static const struct {
	const char *comment;
	bool optional;
	const char *fallback;
	enum note_type type;
	const char *pattern;
} notes[] = {
	{ NULL, false, NULL, NOTE_ANY, NULL },
	{ "# the API's address", false, NULL, NOTE_ANY, NULL },
	{ "# optional", true, NULL, NOTE_ANY, NULL },
	{ "#optional", true, NULL, NOTE_ANY, NULL },
	{ "# optionally set by ops", false, NULL, NOTE_ANY, NULL },
	{ "# optional since it has a default", true, NULL, NOTE_ANY, NULL },
	{ "# default=", false, "", NOTE_ANY, NULL },
	{ "# default=3 type=int", false, "3", NOTE_INT, NULL },
	{ "# default=\"a b\" # type=bool", false, "a b", NOTE_BOOL, NULL },
	{ "# type=enum(a,b), optional", true, NULL, NOTE_ENUM, NULL },
	{ "# pattern=[a-z]+ optional", true, NULL, NOTE_ANY, "[a-z]+" },
	{ "# pattern='a b' and more", false, NULL, NOTE_ANY, "a b" },
	{ "# see type=int", false, NULL, NOTE_ANY, NULL },
};

static void
is_text(const char *have, const char *want)
{
	if (want == NULL)
		assert_null(have);
	else
		assert_string_equal(have, want);
}

static void
comments_declare_what_they_begin_with(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(notes); i++) {
		char why[NOTE_WHY_MAX];
		struct note n;
		assert_int_equal(note_parse(notes[i].comment, &n, why), 0);
		assert_int_equal(n.optional, notes[i].optional);
		assert_int_equal(n.type, notes[i].type);
		is_text(n.fallback, notes[i].fallback);
		is_text(n.pattern, notes[i].pattern);
		note_free(&n);
	}
}

static void
a_declaration_that_is_none_is_told(void **unused)
{
	static const char *const wrong[] = { "# type=strnig", "# type=enum",
		"# type=int(3)", "# type=", "# pattern=[a", "# type=enum(a" };
	char why[NOTE_WHY_MAX];
	struct note n;
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(note_parse(wrong[i], &n, why), -EINVAL);
}

static const struct {
	const char *comment;
	const char *value;
	const char *why; /* NULL: it is as declared */
} checks[] = {
	{ "# type=url", "https://api.test/x?y=1", NULL },
	{ "# type=url", "wss://api.test", NULL },
	{ "# type=url", "api.test", "is no URL" },
	{ "# type=url", "https://", "is no URL" },
	{ "# type=url", "https://a b", "is no URL" },
	{ "# type=int", "-12", NULL },
	{ "# type=int", "1.5", "is no integer" },
	{ "# type=int", "", "is no integer" },
	{ "# type=bool", "false", NULL },
	{ "# type=bool", "yes", "is neither true nor false" },
	{ "# type=json", "{\"a\":[1,true,null,\"\\u00e9\",-1.5e+3]}", NULL },
	{ "# type=json", "{\"a\":1,}", "is no JSON" },
	{ "# type=json", "01", "is no JSON" },
	{ "# type=json", "", "is no JSON" },
	{ "# type=enum(dev,prod)", "prod", NULL },
	{ "# type=enum(dev,prod)", "pro", "is none of dev,prod" },
	{ "# pattern=v[0-9]+", "v12", NULL },
	{ "# pattern=a|b", "ab", "does not match a|b" },
};

static void
values_are_what_is_declared(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		char why[NOTE_WHY_MAX] = "";
		struct note n;
		const char *value = checks[i].value;
		assert_int_equal(note_parse(checks[i].comment, &n, why), 0);
		int r = note_check(&n, value, strlen(value), why);
		assert_int_equal(r, checks[i].why == NULL ? 0 : -EINVAL);
		if (r < 0)
			assert_string_equal(why, checks[i].why);
		note_free(&n);
	}
}

/* ---- credentials ------------------------------------------------------ */

#define LONG20 "a1b2c3d4e5f6g7h8i9j0"

static const struct {
	const char *name;
	const char *value;
	bool credential;
} looks[] = {
	{ "VITE_KEY",
	    "sk_"
	    "live_" LONG20,
	    true },
	{ "A",
	    "rk_"
	    "test_" LONG20,
	    true },
	{ "A", "ghp_" LONG20 LONG20, true },
	{ "A",
	    "AKIA"
	    "ABCDEFGHIJ012345",
	    true },
	{ "A",
	    "SCW"
	    "ABCDEFGHIJ0123456",
	    true },
	{ "A", "xoxb-" LONG20, true },
	{ "A", "https://hooks.slack.com/services/" LONG20, true },
	{ "A", "-----BEGIN RSA PRIVATE KEY-----\nMIIE", true },
	{ "A", "postgres://app:hunter@db/x", true },
	{ "VITE_DB_PASSWORD", "hunter22x9z", true },
	{ "cookieSecret", "k3Jd82hsQ01mZx", true },
	{ "SENTRY_AUTH_TOKEN", LONG20 LONG20, true },
	{ "API_KEY", LONG20, true },
	{ "SUPABASE_KEY",
	    "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.x", true },
	{ "SUPABASE_KEY",
	    "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.abcdef0123", false },
	{ "VITE_STRIPE_KEY", "pk_live_" LONG20, false },
	{ "FIREBASE_API_KEY", "AIza" LONG20 LONG20, false },
	{ "VITE_SENTRY_DSN", "https://" LONG20 "@o1.ingest.sentry.io/2",
	    false },
	{ "RECAPTCHA_SITE_KEY", LONG20 LONG20, false },
	{ "VITE_API_URL", "https://api.test/v1/x?y=" LONG20, false },
	{ "PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\nMIIB" LONG20, false },
	{ "POSTHOG_KEY", "phc_" LONG20, false },
	{ "SECRET_MESSAGE", "see you at ten", false },
	{ "PASSWORD_MIN_LENGTH", "12", false },
	{ "MONKEY", LONG20, false },
	{ "TITLE", "it's", false },
	{ "TOKEN_URL", "https://auth.test/token", false },
	{ "GIT_SHA", "3f786850e387550fdab836ed7e6dc881de23001b", false },
};

static void
credentials_are_told_from_public_keys(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		const char *what = credential_look(
		    looks[i].name, looks[i].value, strlen(looks[i].value));
		if ((what != NULL) != looks[i].credential)
			fail_msg("%s: %s", looks[i].name,
			    what == NULL ? "nothing" : what);
	}
}

/* ---- all together ----------------------------------------------------- */

static void
check(
    const char *example, const char *allow, const char *want_in[], size_t count)
{
	struct dotenv names;
	struct variables v = { 0 };
	struct failure f = { 0 };
	assert_int_equal(dotenv_parse(example, strlen(example), &names), 0);
	assert_int_equal(declare_take(&v, &names, NULL, &f), 0);
	const struct declared d = { .example = ".env.example",
		.names = &names,
		.allow = &allow,
		.allows = allow != NULL };
	assert_int_equal(declare_check(&v, &d, 1, &f), count == 0 ? 0 : -1);
	for (size_t i = 0; i < count; i++)
		assert_non_null(strstr(f.text, want_in[i]));
	assert_null(strstr(f.text, "CANARY"));
	declare_free(&v);
	dotenv_free(&names);
}

static void
all_that_is_wrong_is_told_at_once_and_no_value(void **unused)
{
	const char *want[] = { "names MISSING, GONE, not set",
		"NUMBER is no integer", "KEYED is a Stripe secret key",
		"ODD is declared with the unknown type strnig" };
	(void)unused;
	assert_int_equal(setenv("NUMBER", "CANARY1", 1), 0);
	assert_int_equal(setenv("KEYED",
			     "sk_"
			     "live_CANARYCANARY12",
			     1),
	    0);
	assert_int_equal(setenv("ODD", "CANARY2", 1), 0);
	check("MISSING=\nGONE=x # a word\nNUMBER= # type=int\nKEYED=\n"
	      "ODD= # type=strnig\nMAYBE= # optional\nSET= # default=CANARY",
	    NULL, want, ARRAY_LEN(want));
	check("KEYED=\nMAYBE= # optional\nSET= # default=4 type=int", "KEYED",
	    NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_declare_what_they_begin_with),
		cmocka_unit_test(a_declaration_that_is_none_is_told),
		cmocka_unit_test(values_are_what_is_declared),
		cmocka_unit_test(credentials_are_told_from_public_keys),
		cmocka_unit_test(
		    all_that_is_wrong_is_told_at_once_and_no_value),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
