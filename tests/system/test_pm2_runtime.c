#include "ns.h"
#include "scratch.h"
#include "stage.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 15000

/* An app that tells what it sees and what it is told. */
static const char app[] =
    "const e = process.env;"
    "console.log('up', e.name, e.pm_id, e.NODE_APP_INSTANCE, e.NODE_ENV,"
    "  process.argv.slice(2).join('|'));"
    "process.on('SIGINT', () => { console.log('told INT'); "
    "process.exit(7); });"
    "process.on('SIGTERM', () => { console.log('told TERM'); "
    "process.exit(8); });"
    "process.on('message', (m) => { console.log('told', m); "
    "process.exit(9); });"
    "console.log('dollar', e.DOLLAR);"
    "setInterval(() => {}, 1000);";

static struct ns *
runtime_with(char *const env[], char *const args[])
{
	char *all[24] = { "as", "pm2-runtime" };
	for (size_t i = 0; args[i] != NULL; i++)
		all[i + 2] = args[i];
	return ns_start(&(struct ns_options){
	    .args = all, .env = env, .cwd = scratch_dir() });
}

static struct ns *
runtime(char *const args[])
{
	return runtime_with(NULL, args);
}

static void
ends_with(struct ns *ns, int code)
{
	int got = ns_exit_status(ns, SOON);
	if (got != code)
		ns_fail(ns, "it ended with %d, not with %d", got, code);
	ns_end(ns);
}

static bool
has_text(struct ns *ns, void *text)
{
	ns_pump(ns, 0);
	return ns_has(ns, text);
}

/* Somewhere in the output: apps speak in any order. */
static void
sees(struct ns *ns, char *text)
{
	ns_wait(ns, has_text, text, SOON, text);
}

static void
an_ecosystem_file_in_javascript_runs(void **state)
{
	(void)state;
	scratch_write("app.js", "%s", app);
	scratch_write("ecosystem.config.js",
	    "const more = require('./more.js');"
	    "console.log('evaluated', process.argv.slice(2).join(' '));"
	    "module.exports = { apps: [{ name: 'api', script: './app.js',"
	    "  args: 'a \"b c\"', instances: 1, exec_mode: 'cluster',"
	    "  watch: false, env: { NODE_ENV: 'development', "
	    "DOLLAR: '$1 ${X} $$' }, env_production: more }] };");
	scratch_write(
	    "more.js", "module.exports = { NODE_ENV: 'production' };");

	struct ns *ns = runtime(
	    NS_LIST("start", "ecosystem.config.js", "--env", "production"));
	ns_expect_line(
	    ns, "evaluated start ecosystem.config.js --env production", SOON);
	ns_expect_line(ns, "up api 0 0 production a|b c", SOON);
	ns_expect_line(ns, "dollar $1 ${X} $$", SOON);
	ns_signal(ns, SIGTERM);
	ns_expect_line(ns, "told INT", SOON);
	ends_with(ns, 7);
}

static void
an_ecosystem_file_in_json_runs_several_apps(void **state)
{
	(void)state;
	scratch_write("app.js", "%s", app);
	scratch_write("process.json",
	    "{ // as PM2 takes it\n \"apps\": ["
	    "{ \"name\": \"one\", \"script\": \"app.js\" },"
	    "{ \"name\": \"two\", \"script\": \"app.js\", },"
	    "{ \"name\": \"three\", \"script\": \"app.js\" } ] }");

	struct ns *ns = runtime(NS_LIST("process.json", "--only", "one,three"));
	sees(ns, "up one 0 0");
	sees(ns, "up three 1 0");
	sees(ns, "cradle: ready in");
	assert_false(ns_has(ns, "up two"));
	ns_signal(ns, SIGTERM);
	ends_with(ns, 7);
}

static void
a_symlink_of_that_name_is_enough(void **state)
{
	(void)state;
	scratch_write("app.js", "%s", app);
	char *link = scratch_text("%s/pm2-runtime", scratch_dir());
	(void)unlink(link);
	assert_int_equal(symlink(scratch_cradle(), link), 0);
	struct ns *ns = ns_start(&(struct ns_options){ .program = link,
	    .args = NS_LIST("app.js", "-n", "web", "--", "-x", "y z"),
	    .cwd = scratch_dir() });
	ns_expect_line(ns, "up web 0 0 undefined -x|y z", SOON);
	ns_expect_line(ns, "dollar", SOON);
	ns_signal(ns, SIGINT);
	ends_with(ns, 7);
}

static void
a_line_for_the_shell_and_a_program_run_too(void **state)
{
	(void)state;
	ends_with(runtime(NS_LIST("exit 6", "--no-autorestart")), 6);
	char *program = scratch_write("run", "#!/bin/sh\nexit $1\n");
	char *mode = scratch_text("chmod 755 %s", program);
	assert_int_equal(system(mode), 0);
	ends_with(runtime(NS_LIST("./run", "--no-autorestart", "--", "5")), 5);
	scratch_write("run.sh", "exit 3\n");
	ends_with(runtime(NS_LIST("run.sh", "--stop-exit-codes", "3")), 3);
}

static void
ready_is_when_the_app_says_so(void **state)
{
	(void)state;
	scratch_write("slow.js",
	    "setTimeout(() => { console.log('says ready'); "
	    "process.send('ready'); }, 300);"
	    "setInterval(() => {}, 1000);");
	scratch_write("e.config.cjs",
	    "module.exports = [{ script: 'slow.js', wait_ready: true, "
	    "listen_timeout: 10000 }];");
	struct ns *ns = runtime(NS_LIST("start", "e.config.cjs"));
	ns_expect_line(ns, "says ready", SOON);
	ns_expect_line(ns, "cradle: ready in", SOON);
	ns_signal(ns, SIGTERM);
	ends_with(ns, 128 + SIGINT);
}

static void
the_shutdown_message_stands_for_the_signal(void **state)
{
	(void)state;
	scratch_write("app.js", "%s", app);
	struct ns *ns = runtime(NS_LIST("app.js", "--shutdown-with-message"));
	ns_expect_line(ns, "dollar", SOON);
	ns_signal(ns, SIGTERM);
	ns_expect_line(ns, "told shutdown", SOON);
	ends_with(ns, 9);
}

static void
the_signal_is_the_one_that_pm2_is_told(void **state)
{
	(void)state;
	scratch_write("app.js", "%s", app);
	struct ns *ns = runtime_with(
	    NS_LIST(ns_path(), "PM2_KILL_SIGNAL=SIGTERM"), NS_LIST("app.js"));
	ns_expect_line(ns, "dollar", SOON);
	ns_signal(ns, SIGINT);
	ns_expect_line(ns, "told TERM", SOON);
	ends_with(ns, 8);
}

/* PM2 would leave with 2 after 13 s. */
static void
a_crash_loop_ends_with_the_apps_own_code(void **state)
{
	(void)state;
	scratch_write("bad.js", "console.log('begun'); process.exit(42);");
	scratch_write("e.config.json",
	    "{ \"apps\": [ { \"script\": \"bad.js\", \"max_restarts\": 3, "
	    "\"exp_backoff_restart_delay\": 50 } ] }");
	struct ns *ns = runtime(NS_LIST("start", "e.config.json"));
	int code = ns_exit_status(ns, SOON);
	assert_int_equal(code, 42);
	assert_int_equal(ns_count(ns, "begun"), 3);
	ns_end(ns);
}

static void
an_app_that_ends_well_is_started_again(void **state)
{
	(void)state;
	scratch_write("once.js", "console.log('up');");
	struct ns *ns = runtime(NS_LIST("once.js"));
	ns_expect_line(ns, "up", SOON);
	ns_expect_line(ns, "up", SOON);
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
	ends_with(runtime(NS_LIST("once.js", "--no-autorestart")), 0);
}

static void
one_that_ends_for_good_leaves_the_others(void **state)
{
	(void)state;
	scratch_write("app.js", "%s", app);
	scratch_write("once.js", "console.log('done');");
	scratch_write("two.config.js",
	    "module.exports = [{ name: 'o', script: 'once.js', "
	    "autorestart: false }, { name: 'a', script: 'app.js' }];");
	struct ns *ns = runtime(NS_LIST("two.config.js"));
	sees(ns, "done");
	sees(ns, "up a 1 0");
	sees(ns, "cradle: ready in");
	ns_signal(ns, SIGTERM);
	ns_expect_line(ns, "told INT", SOON);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

static void
what_an_app_sends_unasked_is_dropped(void **state)
{
	(void)state;
	scratch_write("talks.js", "process.send({ topic: 'metrics', n: 1 });"
				  "process.send('x'.repeat(300000), () => {"
				  "  console.log('sent', process.connected);"
				  "  process.exit(6); });");
	struct ns *ns = runtime(NS_LIST("talks.js", "--no-autorestart"));
	ns_expect_line(ns, "sent true", SOON);
	ends_with(ns, 6);
}

static void
when_all_have_ended_the_first_failure_is_the_exit_code(void **state)
{
	(void)state;
	scratch_write("three.config.js",
	    "module.exports = [{ name: 'a', script: 'exit 0' },"
	    "  { name: 'b', script: 'sleep 0.6; exit 5' },"
	    "  { name: 'c', script: 'sleep 0.2; exit 4' }]"
	    "  .map((o) => ({ ...o, autorestart: false }));");
	ends_with(runtime(NS_LIST("three.config.js")), 4);
}

static void
instances_are_processes_with_their_numbers(void **state)
{
	(void)state;
	scratch_write("app.js", "%s", app);
	scratch_write("i.config.js",
	    "module.exports = [{ name: 'api', script: 'app.js', instances: 2 "
	    "}, { name: 'job', script: 'app.js' }];");

	struct ns *ns = runtime(NS_LIST("i.config.js"));
	sees(ns, "up api 0 0");
	sees(ns, "up api 1 1");
	sees(ns, "up job 2 0");
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

static void
it_is_restarted_by_the_clock(void **state)
{
	(void)state;
	scratch_write("app.js", "%s", app);
	struct ns *ns = runtime(NS_LIST("app.js", "-c", "* * * * * *"));
	ns_expect_line(ns, "up app", SOON);
	ns_expect_line(ns, "up app", SOON);
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

struct refusal {
	const char *name;
	const char *file;
	int code;
	const char *says;
};

static void
what_is_wrong_starts_nothing_and_is_one_line(void **state)
{
	static const struct refusal cases[] = {
		{ "w.config.js",
		    "module.exports = [{ script: 'app.js', watch: true }];", 78,
		    "cradle: cannot honour \"watch\" of the app \"app\" of "
		    "w.config.js: " },
		{ "m.config.js",
		    "module.exports = [{ script: 'app.js', instances: 'all', "
		    "exec_mode: 'cluster' }];",
		    78, "cannot honour \"instances\"" },
		{ "t.config.js", "\nthrow new Error('no luck')", 78,
		    "cradle: cannot evaluate t.config.js: Error: no luck "
		    "(line 2)" },
		{ "s.config.js", "module.exports = {", 78,
		    "cradle: cannot evaluate s.config.js: SyntaxError" },
		{ "x.json", "{ apps: [] }", 78,
		    "cradle: cannot read the configuration x.json:1:3" },
		{ "e.config.yml", "apps: []", 64,
		    "npx js-yaml e.config.yml > e.config.json" },
		{ "g.json",
		    "{ \"script\": \"app.js\", \"kill_timeout\": 900000000 }",
		    78, "g.json, translated:" },
	};
	(void)state;
	scratch_write("app.js", "%s", app);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scratch_write(cases[i].name, "%s", cases[i].file);
		struct ns *ns =
		    runtime(NS_LIST("start", (char *)cases[i].name));
		int code = ns_exit_status(ns, SOON);
		if (code != cases[i].code)
			ns_fail(ns, "%s: %d", cases[i].name, code);
		if (!ns_has(ns, cases[i].says) || ns_has(ns, "up app"))
			ns_fail(ns, "%s: not told", cases[i].name);
		ns_end(ns);
	}
	struct ns *ns = runtime_with(
	    NS_LIST(ns_path(), "CRADLE_CONFIG=x.json"), NS_LIST("app.js"));
	ends_with(ns, 64);
	ends_with(runtime(NS_LIST("nowhere.js")), 78);
	ends_with(runtime(NS_LIST("app.js", "--watch")), 78);
	ends_with(runtime(NS_LIST("app.js", "--error", "err.log")), 78);
	ends_with(runtime(NS_LIST("nowhere.config.js")), 78);
}

/* The file is the app's, and cradle's own credentials are not. */
static void
the_file_sees_no_credential_of_cradles(void **state)
{
	(void)state;
	scratch_write("c.config.js",
	    "const { execSync } = require('child_process');"
	    "const all = JSON.stringify(process.env)"
	    "  + execSync('tr \"\\\\0\" \" \" </proc/self/environ');"
	    "console.log('seen', all.includes('canary'), "
	    "all.includes('plain'));"
	    "module.exports = [{ script: 'true', autorestart: false }];");
	struct ns *ns =
	    runtime_with(NS_LIST(ns_path(), "SCW_SECRET_KEY=canary-1",
			     "MINE=plain", "CRADLE_MISSPELT=canary-2"),
		NS_LIST("c.config.js"));
	ns_expect_line(ns, "seen false true", SOON);
	ends_with(ns, 0);
}

static void
a_stop_is_heard_while_the_file_is_evaluated(void **state)
{
	(void)state;
	scratch_write(
	    "long.config.js", "console.log('evaluating'); for (;;) {}");
	struct ns *ns = runtime(NS_LIST("long.config.js"));
	ns_expect_line(ns, "evaluating", SOON);
	ns_signal(ns, SIGTERM);
	ends_with(ns, 128 + SIGTERM);
}

static void
a_stop_is_heard_during_the_delay(void **state)
{
	(void)state;
	scratch_write("d.config.js",
	    "console.log('evaluated');"
	    "module.exports = [{ script: 'exit 1' }];");
	struct ns *ns = runtime(NS_LIST("d.config.js", "--delay", "600"));
	ns_expect_line(ns, "evaluated", SOON);
	ns_signal(ns, SIGTERM);
	ends_with(ns, 128 + SIGTERM);
	scratch_write("e.config.js",
	    "module.exports = [{ script: 'exit 4', autorestart: false }];");
	ends_with(runtime(NS_LIST("e.config.js", "--delay", "0.1")), 4);
}

/* What is printed is a cradle.json that can take the file's place. */
static void
the_translation_can_be_printed_and_kept(void **state)
{
	(void)state;
	scratch_write("app.js", "%s", app);
	scratch_write("p.config.js",
	    "module.exports = [{ name: 'kept', script: 'app.js', "
	    "kill_timeout: 3000, env: { DOLLAR: '${NO}' } }];");
	struct ns *ns = runtime(NS_LIST("p.config.js", "--print-config"));
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	char *kept = scratch_write("kept.json", "%s", ns->out.data);
	ns_end(ns);
	ns = ns_run(NS_LIST("-c", kept));
	ns_expect_line(ns, "up kept 0 0", SOON);
	ns_expect_line(ns, "dollar ${NO}", SOON);
	ns_signal(ns, SIGTERM);
	ends_with(ns, 7);
}

static int
tear_down(void **state)
{
	(void)state;
	scratch_end();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(an_ecosystem_file_in_javascript_runs),
		NS_TEST(an_ecosystem_file_in_json_runs_several_apps),
		NS_TEST(a_symlink_of_that_name_is_enough),
		NS_TEST(a_line_for_the_shell_and_a_program_run_too),
		NS_TEST(ready_is_when_the_app_says_so),
		NS_TEST(the_shutdown_message_stands_for_the_signal),
		NS_TEST(the_signal_is_the_one_that_pm2_is_told),
		NS_TEST(a_crash_loop_ends_with_the_apps_own_code),
		NS_TEST(an_app_that_ends_well_is_started_again),
		NS_TEST(one_that_ends_for_good_leaves_the_others),
		NS_TEST(what_an_app_sends_unasked_is_dropped),
		NS_TEST(when_all_have_ended_the_first_failure_is_the_exit_code),
		NS_TEST(instances_are_processes_with_their_numbers),
		NS_TEST(it_is_restarted_by_the_clock),
		NS_TEST(what_is_wrong_starts_nothing_and_is_one_line),
		NS_TEST(the_file_sees_no_credential_of_cradles),
		NS_TEST(a_stop_is_heard_while_the_file_is_evaluated),
		NS_TEST(a_stop_is_heard_during_the_delay),
		NS_TEST(the_translation_can_be_printed_and_kept),
	};
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
