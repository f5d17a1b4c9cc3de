/* Kubernetes' termination message: what ended the container. */
#include "fake.h"
#include "ns.h"
#include "scratch.h"
#include "stage.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000

/*
 * cradle ... as PID 1, with a /dev that holds null and, when there is text for
 * it, a termination-log.
 */
static struct ns *
run(const char *log, char *const env[], const char *words)
{
	char *dev = scratch_text("%s/dev", scratch_dir());
	(void)scratch_write("dev/null", "%s", "");
	if (log != NULL)
		(void)scratch_write("dev/termination-log", "%s", log);
	return ns_start(&(struct ns_options){
	    .program = "/usr/bin/unshare",
	    .args = NS_LIST("-m", "/bin/sh", "-c",
		scratch_text("mount --bind /dev/null %s/null && "
			     "mount --rbind %s /dev && exec %s %s",
		    dev, dev, scratch_cradle(), words)),
	    .env = env,
	});
}

static char *
message(void)
{
	return scratch_read(
	    scratch_text("%s/dev/termination-log", scratch_dir()));
}

static void
the_death_that_ended_it_is_there_with_its_masked_last_words(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");
	struct fake *slack = stage_slack("");

	(void)state;
	if (geteuid() != 0)
		skip();
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_slack(&env, slack);
	stage_env_add(&env, "COOKIE_SECRET=scw://prod/cella/cookie-secret");
	stage_env_add(&env, "CRADLE_RESTART=never");
	struct ns *ns = run("", env.item,
	    "-- /bin/sh -c 'echo \"no pool: $COOKIE_SECRET\" >&2; exit 7'");

	assert_int_equal(ns_exit_status(ns, SOON), 7);

	char *text = message();
	assert_ptr_equal(strstr(text, "main exited with code 7 after "), text);
	assert_non_null(strstr(text, " ms; exit code 7\nno pool: [redacted]"));
	assert_null(strstr(text, STAGE_COOKIE));
	assert_non_null(strstr(ns->err.data, STAGE_COOKIE)); /* it was said */
	ns_end(ns);
}

static void
long_last_words_are_cut_at_a_line(void **state)
{
	struct stage_env env;
	struct fake *slack = stage_slack("");

	(void)state;
	if (geteuid() != 0)
		skip();
	stage_env_begin(&env);
	stage_env_slack(&env, slack);
	stage_env_add(&env, "CRADLE_RESTART=never");
	struct ns *ns = run("", env.item,
	    "-- /bin/sh -c 'seq -f \"line %090g\" 1 40 >&2; kill -9 $$'");

	assert_int_equal(ns_exit_status(ns, SOON), 128 + SIGKILL);

	char *text = message();
	char *second = strchr(text, '\n');
	assert_non_null(second);
	assert_in_range(strlen(text), 1900, 2048);
	assert_memory_equal(second, "\nline ", 6);
	assert_int_equal(strcspn(second + 1, "\n"), 95);
	assert_string_equal(text + strlen(text) - 3, "40\n");
	ns_end(ns);
}

static void
what_kept_it_from_starting_is_there(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	struct ns *ns = run("", NULL, "-- /no/such/program");

	assert_int_equal(ns_exit_status(ns, SOON), 127);

	assert_non_null(strstr(message(),
	    "main could not be started: No such file or directory; exit code "
	    "127"));
	ns_end(ns);

	char *file = scratch_write("cradle.json",
	    "{ \"tasks\": { \"migrate\": { \"command\": [\"false\"] } },\n"
	    "  \"services\": { \"api\": { \"command\": [\"true\"] } } }\n");
	ns = run("", NULL, scratch_text("-c %s", file));
	assert_int_equal(ns_exit_status(ns, SOON), 1);
	assert_string_equal(
	    message(), "task migrate failed with code 1; exit code 1\n");
	ns_end(ns);
}

static void
the_apps_own_message_and_an_end_without_failure_leave_it_alone(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	struct ns *ns = run("", NULL,
	    "-- /bin/sh -c '[ -s /dev/termination-log ] || "
	    "echo mine > /dev/termination-log; kill -9 $$'");
	ns_expect_line(ns, "died of SIGKILL", SOON);
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	assert_string_equal(message(), "mine\n");
	ns_end(ns);

	ns = run("", NULL, "-- true");
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	assert_string_equal(message(), "");
	ns_end(ns);
}

static void
no_file_is_made_where_there_is_none(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	struct ns *ns = run(NULL, NULL, "-- /no/such/program");

	assert_int_equal(ns_exit_status(ns, SOON), 127);

	assert_null(message());
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(
		    the_death_that_ended_it_is_there_with_its_masked_last_words),
		NS_TEST(long_last_words_are_cut_at_a_line),
		NS_TEST(what_kept_it_from_starting_is_there),
		NS_TEST(
		    the_apps_own_message_and_an_end_without_failure_leave_it_alone),
		NS_TEST(no_file_is_made_where_there_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
