#include "fake.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scratch.h"
#include "stage.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SOON 8000
#define QUIET_MS 3000
#define SETTLE_MS 1500

static long
switches(pid_t pid)
{
	return proc_status(pid, "voluntary_ctxt_switches");
}

/*
 * A socket of the test's own: whoever starts a cradle with the usual name asks
 * there first whether somebody lives, and that is a wake-up.
 */
static char *
own_control(void)
{
	return scratch_text("CRADLE_CONTROL=%s/control", scratch_dir());
}

/* Every process of cradle's own sleeps through: so many wake-ups at most. */
static void
expect_quieter(struct ns *ns, long most)
{
	pid_t pids[PROC_MAX];
	long before[PROC_MAX];
	int count = proc_list(ns, pids, PROC_MAX);

	for (int i = 0; i < count; i++)
		before[i] = switches(pids[i]);
	/* here the passing of time itself is what is tested */
	(void)poll(NULL, 0, QUIET_MS);
	for (int i = 0; i < count; i++) {
		long woke = switches(pids[i]) - before[i];
		if (woke > most)
			ns_fail(ns, "%s woke %ld times in %d ms",
			    proc_text(pids[i], "cmdline", ' '), woke, QUIET_MS);
	}
}

static void
expect_quiet(struct ns *ns)
{
	expect_quieter(ns, 0);
}

static void
an_init_without_configuration_never_wakes(void **state)
{
	(void)state;
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("exit_7_on_term")),
	    .env = NS_LIST(ns_path(), own_control()),
	});
	ns_expect_line(ns, "up", SOON);
	/* a service is ready when it has lived for 1 s: no line says so here */
	(void)poll(NULL, 0, SETTLE_MS);

	expect_quiet(ns);

	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

/* Two services of which one has spoken, and all that can be on. */
static char *
write_config(int port)
{
	return scratch_write("cradle.json",
	    "{ \"app\": \"cella\", \"environment\": \"test\",\n"
	    "  \"health\": { \"listen\": \"127.0.0.1:%d\" },\n"
	    "  \"signals\": { \"HUP\": \"restart\" },\n"
	    "  \"tasks\": { \"first\": { \"command\": [\"true\"] } },\n"
	    "  \"services\": {\n"
	    "    \"api\": { \"command\": [\"sh\", \"-c\", \"echo up; exec "
	    "sleep 4011\"], \"ready\": { \"exec\": [\"true\"] },\n"
	    "      \"start_timeout\": \"1m\", \"ipc\": true,\n"
	    "      \"restart\": { \"cron\": \"0 0 29 2 *\" } },\n"
	    "    \"worker\": { \"command\": [\"%s\"], \"after\": [\"api\"],\n"
	    "      \"before_stop\": "
	    "[\"true\"] } } }\n",
	    port, scratch_app("exit_7_on_term"));
}

static void
no_process_of_ours_wakes_while_nothing_happens(void **state)
{
	struct stage_env env;
	struct fake *scaleway = stage_scaleway(NULL, "");
	int port = probe_free_port();

	(void)state;
	stage_env_begin(&env);
	stage_env_scaleway(&env, scaleway);
	stage_env_add(&env, "COOKIE_SECRET=scw://prod/cella/cookie-secret");
	stage_env_add(
	    &env, "CRADLE_SLACK_WEBHOOK=https://127.0.0.1:1/services/x");
	stage_env_add(&env, "%s", own_control());
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", write_config(port)),
	    .env = env.item,
	});
	ns_expect_line(ns, "ready in", SOON);
	probe_until(ns, port, "/readyz", 200, SOON);
	/* what the answer leaves behind: its cache, the closing connection */
	(void)poll(NULL, 0, SETTLE_MS);

	expect_quiet(ns);

	assert_int_equal(probe_get(port, "/readyz", SOON).status, 200);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 128 + SIGTERM);
	ns_end(ns);
}

/* A size cannot be waited for: the tree is looked at each second. */
static void
a_memory_limit_is_one_look_a_second(void **state)
{
	char *file = scratch_write("cradle.json",
	    "{ \"services\": { \"one\": { \"command\": [\"%s\"], "
	    "\"memory\": \"500MB\" } } }\n",
	    scratch_app("exit_7_on_term"));

	(void)state;
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", file),
	    .env = NS_LIST(ns_path(), own_control()),
	});
	ns_expect_line(ns, "ready in", SOON);
	(void)poll(NULL, 0, SETTLE_MS);

	expect_quieter(ns, QUIET_MS / 1000 + 1);

	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(an_init_without_configuration_never_wakes),
		NS_TEST(no_process_of_ours_wakes_while_nothing_happens),
		NS_TEST(a_memory_limit_is_one_look_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
