#include "supervisor/environment.h"

#include "core/guard.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static struct environment env;

static struct plan_variable shared[] = {
	{ "FROM_SHARED", "scw://prod/shared" },
	{ "BOTH", "of secrets.env" },
};
static struct plan_variable own[] = {
	{ "BOTH", "of the service" },
	{ "PORT", "3000" },
};
static char *command[] = { (char[]){ "app" }, NULL };
static struct plan_service service = {
	.name = "api", .command = command, .env = { own, ARRAY_LEN(own) }
};
static struct plan plan = { .source = "",
	.secrets.env = { shared, ARRAY_LEN(shared) },
	.services = &service,
	.services_count = 1,
	.events = { "scw://prod/hook", "", "" } };

static const char *
find(char *const *envp, const char *name)
{
	const char *found = NULL;
	size_t len = strlen(name);
	for (; *envp != NULL; envp++) {
		if (strncmp(*envp, name, len) != 0 || (*envp)[len] != '=')
			continue;
		assert_null(found); /* never twice */
		found = *envp + len + 1;
	}
	return found;
}

static char plain[] = "HOME=/root", cradles[] = "CRADLE_LOG=debug",
	    inherited_ref[] = "DB=scw://prod/db", odd[] = "no equals sign",
	    both[] = "BOTH=inherited", key[] = "SCW_SECRET_KEY=k-123";
static char *inherited[] = { plain, cradles, inherited_ref, odd, both, key,
	NULL };

static int
collect(void **unused)
{
	(void)unused;
	memset(&env, 0, sizeof(env));
	assert_int_equal(secret_setup(), 0);
	assert_int_equal(environment_collect(&env, &plan, inherited), 0);
	return 0;
}

static int
collect_and_seal(void **unused)
{
	collect(unused);
	for (size_t i = 0; i < env.wants; i++) {
		const char *value = env.want[i].reference;
		assert_int_equal(
		    environment_take(&env, i, value, strlen(value)), 0);
	}
	assert_int_equal(environment_seal(&env), 0);
	return 0;
}

static int
forget(void **unused)
{
	(void)unused;
	secret_free(&env.region);
	return 0;
}

static void
every_reference_becomes_one_want(void **unused)
{
	(void)unused;
	assert_int_equal(env.wants, 3);
	assert_int_equal(env.open, 3);
	assert_int_equal(env.want[0].owner, WANT_INHERITED);
	assert_int_equal(environment_name_len(&env.want[0]), 2);
	assert_int_equal(env.want[1].owner, WANT_SHARED);
	assert_int_equal(env.want[2].owner, WANT_OWN);
}

static void
an_answer_counts_once(void **unused)
{
	(void)unused;
	assert_int_equal(environment_take(&env, 0, "a", 1), 0);
	assert_int_equal(environment_take(&env, 0, "b", 1), -EEXIST);
	environment_take_absent(&env, 0);
	assert_int_equal(env.open, 2);
	secret_free(&env.want[0].value);
}

static void
the_service_sees_secrets_and_its_own_over_shared_over_inherited(void **unused)
{
	(void)unused;
	char **envp = env.service_envp[0];
	environment_show(&env);
	assert_string_equal(find(envp, "DB"), "scw://prod/db");
	assert_string_equal(find(envp, "FROM_SHARED"), "scw://prod/shared");
	assert_string_equal(find(envp, "BOTH"), "of the service");
	assert_string_equal(find(envp, "HOME"), "/root");
	assert_string_equal(find(envp, "PORT"), "3000");
	environment_hide(&env);
}

static void
what_is_cradles_own_never_reaches_the_service(void **unused)
{
	(void)unused;
	environment_show(&env);
	assert_null(find(env.service_envp[0], "CRADLE_LOG"));
	assert_null(find(env.service_envp[0], "SCW_SECRET_KEY"));
	environment_hide(&env);
}

static void
own_credentials_come_out_of_the_region(void **unused)
{
	(void)unused;
	environment_show(&env);
	assert_string_equal(
	    environment_own(&env, OWN_SLACK_WEBHOOK, "x"), "scw://prod/hook");
	assert_string_equal(environment_own(&env, OWN_LOKI_TOKEN, "x"), "x");
	environment_hide(&env);
}

static void
sealed_values_cannot_be_read_between_spawns(void **unused)
{
	(void)unused;
	pid_t pid = fork();
	if (pid == 0) {
		(void)signal(SIGSEGV, SIG_DFL);
		volatile char c = env.region.data[0];
		(void)c;
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
a_lookup_tells_unset_set_and_secret_apart(void **unused)
{
	(void)unused;
	const char *value = NULL;
	assert_int_equal(environment_lookup(&env, "NOPE", &value), 0);
	assert_int_equal(environment_lookup(&env, "HOME", &value), 1);
	assert_string_equal(value, "/root");
	assert_int_equal(environment_lookup(&env, "DB", &value), 2);
	assert_int_equal(environment_lookup(&env, "FROM_SHARED", &value), 2);
	assert_int_equal(environment_lookup(&env, "SCW_SECRET_KEY", &value), 0);
}

/* Four services: other, and three instances; each with its own list. */
static void
instances_share_a_secret_that_is_fetched_once(void **unused)
{
	(void)unused;
	static const char name[] = "TOKEN", ref[] = "scw://prod/token";
	struct plan_variable list[4][2];
	struct plan_service services[4];
	struct plan four = plan;
	for (int i = 0; i < 4; i++) {
		list[i][0] = (struct plan_variable){ name, ref };
		list[i][1] = (struct plan_variable){ "N",
			(const char *const[]){ "x", "0", "1", "2" }[i] };
		services[i] = service;
		services[i].env = (struct plan_variables){ list[i], 2 };
		services[i].instance = i > 0 ? i - 1 : 0;
	}
	four.services = services;
	four.services_count = 4;
	memset(&env, 0, sizeof(env));

	assert_int_equal(environment_collect(&env, &four, inherited), 0);

	/* those of `plan`, and one each for the two services */
	assert_int_equal(env.wants, 3 + 2);
	for (size_t i = 0; i < env.wants; i++)
		assert_int_equal(
		    environment_take(&env, i,
			env.want[i].index == 1 ? "second" : "other",
			env.want[i].index == 1 ? 6 : 5),
		    0);
	assert_int_equal(environment_seal(&env), 0);
	environment_show(&env);
	assert_string_equal(find(env.service_envp[0], "TOKEN"), "other");
	const char *token = find(env.service_envp[1], "TOKEN");
	assert_string_equal(token, "second");
	for (int i = 1; i < 4; i++) {
		assert_ptr_equal(find(env.service_envp[i], "TOKEN"), token);
		assert_string_equal(
		    find(env.service_envp[i], "N"), list[i][1].value);
	}
	environment_hide(&env);
}

static void
credentials_are_overwritten_where_they_came_from(void **unused)
{
	(void)unused;
	char copy[] = "SCW_SECRET_KEY=k-123", other[] = "HOME=/root";
	char *block[] = { copy, other, NULL };
	assert_true(environment_wipe(block));
	assert_string_equal(copy, "SCW_SECRET_KEY=");
	assert_string_equal(other, "HOME=/root");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    every_reference_becomes_one_want, collect, forget),
		cmocka_unit_test_setup_teardown(
		    an_answer_counts_once, collect, forget),
		cmocka_unit_test_setup_teardown(
		    the_service_sees_secrets_and_its_own_over_shared_over_inherited,
		    collect_and_seal, forget),
		cmocka_unit_test_setup_teardown(
		    what_is_cradles_own_never_reaches_the_service,
		    collect_and_seal, forget),
		cmocka_unit_test_setup_teardown(
		    own_credentials_come_out_of_the_region, collect_and_seal,
		    forget),
		cmocka_unit_test_setup_teardown(
		    sealed_values_cannot_be_read_between_spawns,
		    collect_and_seal, forget),
		cmocka_unit_test_setup_teardown(
		    a_lookup_tells_unset_set_and_secret_apart, collect, forget),
		cmocka_unit_test_teardown(
		    instances_share_a_secret_that_is_fetched_once, forget),
		cmocka_unit_test(
		    credentials_are_overwritten_where_they_came_from),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
