#include "fake.h"
#include "ns.h"
#include "proc.h"
#include "scratch.h"
#include "stage.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SOON 8000
#define REF_COOKIE "scw://prod/cella/cookie-secret"

/* Print the environment under this configuration (NULL: none at all). */
static struct ns *
run_app(struct stage_env *env, const char *config)
{
	char *app = scratch_app("prints_environ");
	struct ns_options options = { .env = env->item };

	if (config == NULL) {
		options.args = NS_LIST(app);
		return ns_start(&options);
	}
	char *file = scratch_write("cradle.json", "%s", config);
	options.args = NS_LIST("-c", file, "--", app);
	return ns_start(&options);
}

static void
secrets_arrive_over_tls_with_a_private_ca(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "COOKIE_SECRET=" REF_COOKIE);
	stage_env_add(&env, "DB_PASSWORD=scw://prod/cella/db:password");
	stage_env_add(&env, "DB_PORT=scw://prod/cella/db@3:port");
	stage_env_add(
	    &env, "DB_USER=scw://6f1f7f0a-2a51-4a1c-9c8d-0d5b1f6f1e01:user");
	stage_env_add(&env, "PLAIN=https://a.test/scw://no/reference");
	struct ns *ns = run_app(&env, NULL);

	ns_expect_line(ns, "end of environ", SOON);

	assert_true(ns_has(ns, "env COOKIE_SECRET=" STAGE_COOKIE "\n"));
	assert_true(ns_has(ns, "env DB_PASSWORD=" STAGE_PASSWORD "\n"));
	assert_true(ns_has(ns, "env DB_PORT=5432\n"));
	assert_true(ns_has(ns, "env DB_USER=cella\n"));
	assert_true(ns_has(ns, "env PLAIN=https://a.test/scw://no/reference"));
	assert_int_equal(
	    fake_count(scaleway, "\"violations\":[]"), fake_requests(scaleway));
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
a_read_only_root_and_an_unprivileged_user_are_enough(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	/* the folder of the certificates may be closed to others */
	env.item[env.count - 1] = scratch_text("CRADLE_CA_FILE=%s",
	    scratch_copy(scratch_text("%s/ca.pem", stage_tls())));
	stage_env_add(&env, "COOKIE_SECRET=" REF_COOKIE);
	struct ns *ns = ns_start(&(struct ns_options){
	    .program = scratch_copy(scratch_cradle()),
	    .args = NS_LIST(scratch_copy(scratch_app("prints_environ"))),
	    .env = env.item,
	    .unprivileged = true,
	    .readonly = true,
	});

	ns_expect_line(ns, "end of environ", SOON);

	assert_true(ns_has(ns, "env COOKIE_SECRET=" STAGE_COOKIE "\n"));
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
one_request_serves_every_field_of_a_secret(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "A=scw://prod/cella/db:user");
	stage_env_add(&env, "B=scw://prod/cella/db:password");
	stage_env_add(&env, "C=scw://prod/cella/db:port");
	struct ns *ns = run_app(&env, NULL);

	ns_expect_line(ns, "end of environ", SOON);

	assert_int_equal(fake_requests(scaleway), 1);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
references_of_the_configuration_are_fetched_too(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");
	char *file = scratch_write("password.txt", "from a file\n");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	struct ns *ns = run_app(
	    &env, scratch_text("{ \"secrets\": { \"env\": {"
			       " \"COOKIE\": \"" REF_COOKIE "\","
			       " \"FROM_FILE\": \"file://%s?trim\" } } }",
		      file));

	ns_expect_line(ns, "end of environ", SOON);

	assert_true(ns_has(ns, "env COOKIE=" STAGE_COOKIE "\n"));
	assert_true(ns_has(ns, "env FROM_FILE=from a file\n"));
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
the_managers_key_may_come_from_a_file(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");
	char *file = scratch_write("key", STAGE_KEY "\n");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	env.item[2] = scratch_text("CRADLE_SCW_SECRET_KEY_FILE=%s", file);
	stage_env_add(&env, "COOKIE_SECRET=" REF_COOKIE);
	struct ns *ns = run_app(&env, NULL);

	ns_expect_line(ns, "end of environ", SOON);

	assert_true(ns_has(ns, "env COOKIE_SECRET=" STAGE_COOKIE "\n"));
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
no_variable_of_ours_reaches_the_app(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "SCW_SECRET_KEY=" STAGE_KEY);
	stage_env_add(&env, "SCW_ACCESS_KEY=SCWXXXXXXXXXXXXXXXXX");
	stage_env_add(&env, "COOKIE_SECRET=" REF_COOKIE);
	struct ns *ns = run_app(&env, NULL);

	ns_expect_line(ns, "end of environ", SOON);

	assert_false(ns_has(ns, "env CRADLE_"));
	assert_false(ns_has(ns, "env SCW_"));
	assert_false(ns_has(ns, STAGE_KEY));
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

struct misbehaviour {
	const char *script; /* of the fake */
	int status;
	int within_ms;
	const char *says; /* NULL: nothing in particular */
};

/* The app never started, and one line names the variable and reference. */
static void
check_refusal(struct ns *ns, const struct misbehaviour *m)
{
	int status = ns_exit_status(ns, m->within_ms);

	if (status != m->status)
		ns_fail(ns, "%s: status %d and not %d", m->script, status,
		    m->status);
	if (ns_has(ns, "end of environ"))
		ns_fail(ns, "%s: the app was started", m->script);
	if (!ns_has(ns, "COOKIE_SECRET") || !ns_has(ns, REF_COOKIE))
		ns_fail(ns, "%s: variable and reference unnamed", m->script);
	if (ns_has(ns, STAGE_COOKIE) || ns_has(ns, STAGE_KEY))
		ns_fail(ns, "%s: a secret was shown", m->script);
	if (m->says != NULL && !ns_has(ns, m->says))
		ns_fail(ns, "%s: does not say %s", m->script, m->says);
}

static void
meet(const struct misbehaviour *m)
{
	struct stage_env env;
	struct fake *scaleway =
	    stage_scaleway(NULL, scratch_text("\"script\": %s", m->script));

	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "COOKIE_SECRET=" REF_COOKIE);
	struct ns *ns =
	    run_app(&env, "{ \"secrets\": { \"deadline\": \"1500ms\" } }");
	check_refusal(ns, m);
	assert_false(fake_has(scaleway, "\"redirected\""));
	ns_end(ns);
	fake_end(scaleway);
}

static void
an_unusable_manager_starts_nothing_and_gives_69(void **state)
{
	const struct misbehaviour cases[] = {
		{ "[\"stall\"]", 69, 4000, NULL },
		{ "[\"reset\"]", 69, 4000, NULL },
		{ "[\"cut\"]", 69, 4000, NULL },
		{ "[\"throttled\"]", 69, 4000, "429" },
		{ "[\"unavailable\"]", 69, 4000, "503" },
		{ "[\"trickle\"]", 69, 4000, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		meet(&cases[i]);
}

static void
a_refusal_starts_nothing_and_gives_77(void **state)
{
	const struct misbehaviour cases[] = {
		{ "[\"unauthorized\"]", 77, 1500, "401" },
		{ "[\"forbidden\"]", 77, 4000, "403" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		meet(&cases[i]);
}

static void
a_wrong_reference_starts_nothing_and_gives_78(void **state)
{
	const struct misbehaviour cases[] = {
		{ "[\"missing\"]", 78, 4000, "404" },
		{ "[\"disabled\"]", 78, 1500, "412" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		meet(&cases[i]);
}

static void
what_the_boot_waits_for_is_said_once_while_it_does(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "A=scw://prod/cella/no-such-secret");
	stage_env_add(&env, "B=scw://prod/cella/nor-this-one");
	struct ns *ns = run_app(&env, NULL);

	ns_expect_line(ns, "yet: the secret manager answered 404", SOON);

	assert_false(ns_has(ns, "is the path right?"));
	assert_int_equal(ns_exit_status(ns, 30000), 78);
	assert_int_equal(ns_count(ns, "yet: "), 1);
	ns_end(ns);
}

static void
a_lying_manager_starts_nothing(void **state)
{
	const struct misbehaviour cases[] = {
		{ "[\"redirect\"]", 69, 1500, NULL },
		{ "[\"html\"]", 69, 1500, NULL },
		{ "[\"not_base64\"]", 69, 1500, NULL },
		{ "[\"big\"]", 69, 4000, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		meet(&cases[i]);
}

static void
a_manager_that_is_not_there_gives_69(void **state)
{
	const struct misbehaviour down = { "nobody listens", 69, 4000, NULL };
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "COOKIE_SECRET=" REF_COOKIE);
	fake_end(scaleway);
	struct ns *ns =
	    run_app(&env, "{ \"secrets\": { \"deadline\": \"1500ms\" } }");

	check_refusal(ns, &down);
	ns_end(ns);
}

static void
a_certificate_that_does_not_verify_is_never_trusted(void **state)
{
	const char *certificates[] = { "wrong", "stranger" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct stage_env env;
		struct fake *scaleway = stage_scaleway(NULL,
		    scratch_text("\"certificate\": \"%s\"", certificates[i]));
		stage_env_begin(&env);
		stage_env_scaleway(&env, scaleway);
		stage_env_add(&env, "COOKIE_SECRET=" REF_COOKIE);
		struct ns *ns = run_app(&env, NULL);

		assert_int_equal(ns_exit_status(ns, SOON), 69);
		assert_false(ns_has(ns, "end of environ"));
		assert_int_equal(fake_requests(scaleway), 0);
		ns_end(ns);
		fake_end(scaleway);
	}
}

static void
passing_troubles_delay_the_app_and_no_more(void **state)
{
	const char *scripts[] = {
		"[\"forbidden\", \"forbidden\", \"ok\"]",
		"[\"throttled\", \"ok\"]",
		"[\"reset\", \"unavailable\", \"ok\"]",
		"[\"missing\", \"ok\"]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct stage_env env;
		struct fake *scaleway = stage_scaleway(
		    NULL, scratch_text("\"script\": %s", scripts[i]));
		stage_env_begin(&env);
		stage_env_scaleway(&env, scaleway);
		stage_env_add(&env, "COOKIE_SECRET=" REF_COOKIE);
		struct ns *ns = run_app(&env, NULL);

		ns_expect_line(ns, "end of environ", 10000);
		assert_true(ns_has(ns, "env COOKIE_SECRET=" STAGE_COOKIE "\n"));
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		ns_end(ns);
		fake_end(scaleway);
	}
}

static void
a_reference_that_is_none_gives_78_without_a_request(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "COOKIE_SECRET=scw://");
	struct ns *ns = run_app(&env, NULL);

	assert_int_equal(ns_exit_status(ns, SOON), 78);

	assert_true(ns_has(ns, "COOKIE_SECRET"));
	assert_false(ns_has(ns, "end of environ"));
	assert_int_equal(fake_requests(scaleway), 0);
	ns_end(ns);
}

static void
optional_references_and_defaults_need_no_secret(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "ABSENT=scw://prod/cella/none?optional");
	stage_env_add(&env, "GIVEN=scw://prod/cella/none?default=plan-b");
	struct ns *ns =
	    run_app(&env, "{ \"secrets\": { \"deadline\": \"1500ms\" } }");

	ns_expect_line(ns, "end of environ", 15000);

	assert_false(ns_has(ns, "env ABSENT"));
	assert_true(ns_has(ns, "env GIVEN=plan-b\n"));
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
term_while_fetching_ends_at_once(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "\"script\": [\"stall\"]");

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "COOKIE_SECRET=" REF_COOKIE);
	struct ns *ns = run_app(&env, NULL);
	fake_expect(scaleway, 1, SOON);

	int64_t begun = ns_now_ms();
	ns_signal(ns, SIGTERM);

	int status = ns_exit_status(ns, 2000);
	assert_int_equal(status, 128 + SIGTERM);
	assert_in_range(ns_now_ms() - begun, 0, 1500);
	assert_false(ns_has(ns, "end of environ"));
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(secrets_arrive_over_tls_with_a_private_ca),
		NS_TEST(a_read_only_root_and_an_unprivileged_user_are_enough),
		NS_TEST(one_request_serves_every_field_of_a_secret),
		NS_TEST(references_of_the_configuration_are_fetched_too),
		NS_TEST(the_managers_key_may_come_from_a_file),
		NS_TEST(no_variable_of_ours_reaches_the_app),
		NS_TEST(an_unusable_manager_starts_nothing_and_gives_69),
		NS_TEST(a_refusal_starts_nothing_and_gives_77),
		NS_TEST(a_wrong_reference_starts_nothing_and_gives_78),
		NS_TEST(what_the_boot_waits_for_is_said_once_while_it_does),
		NS_TEST(a_lying_manager_starts_nothing),
		NS_TEST(a_manager_that_is_not_there_gives_69),
		NS_TEST(a_certificate_that_does_not_verify_is_never_trusted),
		NS_TEST(passing_troubles_delay_the_app_and_no_more),
		NS_TEST(a_reference_that_is_none_gives_78_without_a_request),
		NS_TEST(optional_references_and_defaults_need_no_secret),
		NS_TEST(term_while_fetching_ends_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
