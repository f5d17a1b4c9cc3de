#include "config/ecosystem.h"

#include "config/instances.h"
#include "config/plan.h"
#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* An image with node, python3, ruby, sh and no bash, and an app in /app. */
static enum ecosystem_found
look(const char *path)
{
	static const char *const texts[] = { "/app", "/app/app.js",
		"/app/run.sh", "/app/job.py", "/app/x.ts", "/app/x.rb",
		"/app/x.tsx", "/app/noending", "/app/dist/main.mjs",
		"/srv/app.js" };
	static const char *const programs[] = { "/usr/bin/node", "/usr/bin/npm",
		"/usr/bin/python3", "/bin/sh", "/app/server", "/app/shebang" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (strcmp(path, texts[i]) == 0)
			return ECOSYSTEM_TEXT;
	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if (strcmp(path, programs[i]) == 0)
			return ECOSYSTEM_PROGRAM;
	return ECOSYSTEM_ABSENT;
}

static char *plain_environment[] = { "PATH=/usr/bin:/bin", "LANG=C", NULL };

struct made {
	struct arena arena;
	struct ecosystem_answer answer;
	int r;
	char *text;  /* as it is */
	char *tight; /* without line breaks and what is in front of them */
};

static void
make_with(struct made *m, const char *file, struct ecosystem_ask ask)
{
	struct json *top;
	struct json_error error;
	struct buf out;
	*m = (struct made){ 0 };
	assert_int_equal(arena_open(&m->arena), 0);
	if (json_read(file, strlen(file), &m->arena, &top, &error) == -1)
		fail_msg("%s: %s", file, error.text);
	m->text = malloc(ECOSYSTEM_TEXT_MAX);
	m->tight = malloc(ECOSYSTEM_TEXT_MAX);
	assert_non_null(m->text);
	assert_non_null(m->tight);
	buf_init(&out, m->text, ECOSYSTEM_TEXT_MAX);
	ask.top = top;
	ask.file = "eco.json";
	ask.cwd = "/app";
	ask.look = look;
	ask.out = &out;
	if (ask.environ_in == NULL)
		ask.environ_in = plain_environment;
	m->r = ecosystem_translate(&ask, &m->arena, &m->answer);
	char *to = m->tight;
	for (const char *p = out.data; *p != '\0'; p++) {
		*to++ = *p;
		if (*p == '\n') {
			to--;
			p += strspn(p + 1, " ");
		}
	}
	*to = '\0';
}

static void
make(struct made *m, const char *file)
{
	make_with(m, file, (struct ecosystem_ask){ 0 });
}

static void
unmake(struct made *m)
{
	arena_close(&m->arena);
	free(m->text);
	free(m->tight);
}

/* The translation is a configuration that cradle takes. */
static void
check_taken(const struct made *m)
{
	struct plan *plan;
	struct plan_error error;
	struct plan_text text = { "translated", m->text, strlen(m->text) };
	if (plan_load_text(&text, plain_environment, &plan, &error) == -1)
		fail_msg("%s\n%s", error.text, m->text);
}

static const char *
notes(const struct made *m)
{
	static char all[ECOSYSTEM_NOTES_MAX * 700];
	all[0] = '\0';
	for (size_t i = 0; i < m->answer.notes; i++) {
		(void)strcat(all, m->answer.note[i].refused ? "E " : "W ");
		(void)strcat(all, m->answer.note[i].text);
		(void)strcat(all, "\n");
	}
	return all;
}

struct honoured {
	const char *app; /* the inside of an app beside its script */
	const char *text;
	const char *absent; /* or NULL */
};

static void
check_honoured(const struct honoured *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct made m;
		char file[1024];
		(void)snprintf(file, sizeof(file),
		    "{\"apps\":[{\"script\":\"app.js\"%s}]}", cases[i].app);
		make(&m, file);
		if (m.r != 0)
			fail_msg("%s: %s", cases[i].app, notes(&m));
		if (strstr(m.tight, cases[i].text) == NULL)
			fail_msg("%s lacks %s", m.tight, cases[i].text);
		if (cases[i].absent != NULL &&
		    strstr(m.tight, cases[i].absent) != NULL)
			fail_msg("%s has %s", m.tight, cases[i].absent);
		check_taken(&m);
		unmake(&m);
	}
}

static void
the_keys_of_an_app_become_those_of_a_service(void **unused)
{
	(void)unused;
	static const struct honoured cases[] = {
		{ "",
		    "\"restart\": {\"policy\": \"always\"},"
		    "\"stop\": {\"signal\": \"SIGINT\"}}",
		    "grace" },
		{ ",\"name\":\"api\"", "\"services\": {\"api\": {", NULL },
		{ "", "\"services\": {\"app\": {", NULL },
		{ ",\"name\":\"my app/1\"", "\"my-app-1\": {", NULL },
		{ ",\"name\":\"my app/1\"", "\"name\": \"my app/1\"", NULL },
		{ ",\"kill_timeout\":3000", "\"grace\": \"3000ms\"", NULL },
		{ ",\"killTimeout\":\"3000\"", "\"grace\": \"3000ms\"", NULL },
		{ ",\"shutdown_with_message\":true", "\"message\": true",
		    NULL },
		{ ",\"wait_ready\":true", "\"ready\": \"ipc\"",
		    "start_timeout" },
		{ ",\"wait_ready\":true,\"listen_timeout\":8000",
		    "\"ready\": \"ipc\",\"start_timeout\": \"8000ms\"", NULL },
		{ ",\"listen_timeout\":8000", "", "start_timeout" },
		{ ",\"max_memory_restart\":\"300M\"", "\"max\": \"314572800B\"",
		    NULL },
		{ ",\"max_memory_restart\":\"1G\"", "\"max\": \"1073741824B\"",
		    NULL },
		{ ",\"max_memory_restart\":\"1.5GB\"",
		    "\"max\": \"1610612736B\"", NULL },
		{ ",\"max_memory_restart\":\"2048K\"", "\"max\": \"2097152B\"",
		    NULL },
		{ ",\"max_memory_restart\":209715200",
		    "\"max\": \"209715200B\"", NULL },
		{ ",\"autorestart\":false", "\"policy\": \"never\"", NULL },
		{ ",\"max_restarts\":0", "\"policy\": \"never\"", NULL },
		{ ",\"stop_exit_codes\":[0,3]",
		    "\"policy\": \"on-failure\",\"clean_codes\": [0,3]", NULL },
		{ ",\"stop_exit_codes\":0",
		    "\"policy\": \"on-failure\",\"clean_codes\": [0]", NULL },
		{ ",\"stop_exit_codes\":[]", "\"policy\": \"always\"",
		    "clean" },
		{ ",\"min_uptime\":\"5s\"", "\"stable\": \"5000ms\"", NULL },
		{ ",\"min_uptime\":2500", "\"stable\": \"2500ms\"", NULL },
		{ ",\"max_restarts\":5",
		    "\"window_failures\": 5,\"window\": \"120000ms\"", NULL },
		{ ",\"max_restarts\":1001", "\"give_up\": \"keep\"", "window" },
		{ ",\"exp_backoff_restart_delay\":250", "\"delay\": \"250ms\"",
		    "delay_max" },
		{ ",\"restart_delay\":4000",
		    "\"delay\": \"4000ms\",\"delay_max\": \"4000ms\"", NULL },
		{ ",\"restart_delay\":0", "", "delay" },
		{ ",\"cron_restart\":\"0 4 * * *\"", "\"cron\": \"0 4 * * *\"",
		    NULL },
		{ ",\"cron\":\"*/5 * * * * *\"", "\"cron\": \"*/5 ", NULL },
		{ ",\"cron_restart\":0", "", "cron" },
		{ ",\"cwd\":\"/srv\"", "\"cwd\": \"/srv\"", NULL },
		{ ",\"cwd\":\"./\"", "\"cwd\": \"/app\"", NULL },
		{ ",\"uid\":\"node\",\"gid\":33",
		    "\"user\": \"node\",\"group\": \"33\"", NULL },
		{ "", "\"exec_mode\": \"fork_mode\"", "\"instances\"" },
		{ ",\"instances\":1", "\"exec_mode\": \"cluster_mode\"", NULL },
		{ ",\"instances\":\"1\",\"exec_mode\":\"fork_mode\"",
		    "\"instances\": 1,\"increment_var\": \"pm_id\"",
		    "cluster" },
		{ ",\"exec_mode\":\"cluster\"", "cluster_mode",
		    "\"instances\"" },
		{ ",\"instances\":3,\"increment_var\":\"PORT\"",
		    "\"instances\": 3,\"increment_var\": \"pm_id,PORT\"",
		    NULL },
		{ ",\"instances\":-4096", "\"instances\": 1,", NULL },
		{ ",\"instances\":2,\"instance_var\":\"WORKER\"",
		    "\"instances\": 2,\"instance_var\": \"WORKER\",", NULL },
	};
	check_honoured(cases, ARRAY_LEN(cases));
}

static void
what_runs_the_script_is_found_as_pm2_finds_it(void **unused)
{
	(void)unused;
	static const struct {
		const char *app;
		const char *command;
	} cases[] = {
		{ "\"script\":\"app.js\"", "\"node\",\"/app/app.js\"" },
		{ "\"script\":\"./app.js\"", "\"node\",\"/app/app.js\"" },
		{ "\"script\":\".\"", "\"node\",\"/app\"" },
		{ "\"script\":\"/srv/app.js\"", "\"node\",\"/srv/app.js\"" },
		{ "\"script\":\"app.js\",\"cwd\":\"/srv\"",
		    "\"node\",\"/srv/app.js\"" },
		{ "\"script\":\"dist/main.mjs\"",
		    "\"node\",\"/app/dist/main.mjs\"" },
		{ "\"script\":\"noending\"", "\"node\",\"/app/noending\"" },
		{ "\"script\":\"server\"", "\"/app/server\"" },
		{ "\"script\":\"./shebang\"", "\"/app/shebang\"" },
		{ "\"script\":\"./shebang\",\"node_args\":\"-r x\"",
		    "\"node\",\"-r\",\"x\",\"/app/shebang\"" },
		{ "\"script\":\"run.sh\"", "\"sh\",\"/app/run.sh\"" },
		{ "\"script\":\"job.py\"", "\"python3\",\"/app/job.py\"" },
		{ "\"script\":\"x.rb\"", "\"ruby\",\"/app/x.rb\"" },
		{ "\"script\":\"x.ts\"", "\"node\",\"/app/x.ts\"" },
		{ "\"script\":\"x.tsx\"", "\"bun\",\"/app/x.tsx\"" },
		{ "\"script\":\"x.ts\",\"interpreter\":\"ts-node\"",
		    "\"ts-node\",\"/app/x.ts\"" },
		{ "\"script\":\"x.ts\",\"execInterpreter\":\"tsx\"",
		    "\"tsx\",\"/app/x.ts\"" },
		{ "\"script\":\"app.js\",\"interpreter\":\"none\"",
		    "\"/app/app.js\"" },
		{ "\"script\":\"npm\",\"args\":\"run start\"",
		    "\"/usr/bin/npm\",\"run\",\"start\"" },
		{ "\"cmd\":\"npm\",\"args\":[\"start\",1]",
		    "\"/usr/bin/npm\",\"start\",\"1\"" },
		{ "\"script\":\"npm run start\"",
		    "\"sh\",\"-c\",\"npm run start\"" },
		{ "\"script\":\"app.js\",\"args\":\"-p 80 'a b' --x=\\\"c "
		  "d\\\"\"",
		    "\"node\",\"/app/app.js\",\"-p\",\"80\",\"a b\","
		    "\"--x=\\\"c d\\\"\"" },
		{ "\"script\":\"app.js\",\"interpreter_args\":\"--import tsx\","
		  "\"source_map_support\":true",
		    "\"node\",\"--enable-source-maps\",\"--import\",\"tsx\","
		    "\"/app/app.js\"" },
		{ "\"script\":\"app.js\",\"nodeArgs\":[\"--x\"]",
		    "\"node\",\"--x\",\"/app/app.js\"" },
		{ "\"script\":\"app.js\",\"args\":\"$HOME ${X}\"",
		    "\"node\",\"/app/app.js\",\"$$HOME\",\"$${X}\"" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct made m;
		char file[512];
		char wanted[512];
		(void)snprintf(
		    file, sizeof(file), "{\"apps\":[{%s}]}", cases[i].app);
		(void)snprintf(wanted, sizeof(wanted), "\"command\": [%s],",
		    cases[i].command);
		make(&m, file);
		if (m.r != 0)
			fail_msg("%s: %s", cases[i].app, notes(&m));
		if (strstr(m.tight, wanted) == NULL)
			fail_msg("%s lacks %s", m.tight, wanted);
		check_taken(&m);
		unmake(&m);
	}
}

static void
the_environment_is_what_pm2_gives(void **unused)
{
	(void)unused;
	static const struct honoured cases[] = {
		{ "",
		    "\"env\": {\"name\": \"app\",\"namespace\": \"default\","
		    "\"pm_id\": \"0\",\"exec_mode\": \"fork_mode\","
		    "\"pm_exec_path\": \"/app/app.js\",\"pm_cwd\": \"/app\","
		    "\"NODE_APP_INSTANCE\": \"0\"}",
		    NULL },
		{ ",\"env\":{\"A\":1,\"B\":true,\"C\":null,\"D\":\"$x ${Y}\"}",
		    "\"A\": \"1\",\"B\": \"true\",\"C\": \"null\","
		    "\"D\": \"$$x $${Y}\"",
		    NULL },
		{ ",\"env\":{\"O\":{\"a\":[1,\"x\\\"\",false]}}",
		    "\"O\": \"{\\\"a\\\":[1,\\\"x\\\\\\\"\\\",false]}\"",
		    NULL },
		{ ",\"env\":{\"LANG\":\"C\",\"PATH\":\"/x\"}",
		    "\"PATH\": \"/x\"", "LANG" },
		{ ",\"env\":{\"A\":\"1\"},\"env_prod\":{\"A\":\"2\"}",
		    "\"A\": \"1\"", "\"2\"" },
		{ ",\"port\":3000,\"env\":{\"PORT\":1}", "\"PORT\": \"3000\"",
		    NULL },
		{ ",\"instance_var\":\"WORKER\"", "\"WORKER\": \"0\"",
		    "NODE_APP_INSTANCE" },
		{ ",\"increment_var\":\"PORT\",\"env\":{\"PORT\":4000}",
		    "\"PORT\": \"4000\"", NULL },
		{ ",\"increment_var\":\"SHARD\"", "\"SHARD\": \"0\"", NULL },
		{ ",\"namespace\":\"web\"", "\"namespace\": \"web\"", NULL },
		{ ",\"env\":{\"DB\":\"scw://prod/cella/db\"}",
		    "\"DB\": \"scw://prod/cella/db\"", NULL },
		{ ",\"env\":{\"NODE_APP_INSTANCE\":\"7\"}",
		    "\"NODE_APP_INSTANCE\": \"7\"", "\"0\"}" },
	};
	check_honoured(cases, ARRAY_LEN(cases));
}

static void
processors_are_counted_as_pm2_counts_them(void **unused)
{
	(void)unused;
	int all = instances_processors("");
	int fewer = all > 1 ? all - 1 : 1;
	char max[64], least[64];
	(void)snprintf(max, sizeof(max), "\"instances\": %d,", all);
	(void)snprintf(least, sizeof(least), "\"instances\": %d,", fewer);
	const struct honoured cases[] = {
		{ ",\"instances\":\"max\"", max, NULL },
		{ ",\"instances\":0", max, NULL },
		{ ",\"instances\":-1", least, NULL },
	};
	if (all > PLAN_SERVICES_MAX)
		skip();
	check_honoured(cases, ARRAY_LEN(cases));
}

static void
processes_are_numbered_through_all_apps(void **unused)
{
	(void)unused;
	struct made m;
	make(&m, "{\"apps\":[{\"name\":\"a\",\"script\":\"app.js\","
		 "\"instances\":3},{\"name\":\"b\",\"script\":\"app.js\"},"
		 "{\"name\":\"c\",\"script\":\"app.js\"}]}");
	assert_int_equal(m.r, 0);
	assert_non_null(strstr(m.tight, "\"pm_id\": \"0\""));
	assert_non_null(strstr(m.tight, "\"pm_id\": \"3\""));
	assert_non_null(strstr(m.tight, "\"pm_id\": \"4\""));
	unmake(&m);
}

static void
python_writes_its_lines_at_once(void **unused)
{
	(void)unused;
	struct made m;
	make(&m, "{\"script\":\"job.py\"}");
	assert_int_equal(m.r, 0);
	assert_non_null(strstr(m.tight, "\"PYTHONUNBUFFERED\": \"1\""));
	unmake(&m);
}

static void
the_named_environment_goes_over_the_plain_one(void **unused)
{
	(void)unused;
	static const char file[] =
	    "{\"apps\":[{\"script\":\"app.js\",\"name\":\"a\","
	    "\"append_env_to_name\":true,\"env\":{\"A\":\"1\",\"B\":\"1\"},"
	    "\"env_prod\":{\"B\":\"2\"}}],"
	    "\"deploy\":{\"prod\":{\"env\":{\"A\":\"0\",\"C\":\"0\"}}}}";
	struct made m;
	make_with(&m, file, (struct ecosystem_ask){ .env_name = "prod" });
	assert_int_equal(m.r, 0);
	assert_non_null(
	    strstr(m.tight, "\"A\": \"0\",\"B\": \"2\",\"C\": \"0\""));
	assert_non_null(strstr(m.tight, "{\"a-prod\": {"));
	assert_int_equal(m.answer.notes, 0);
	unmake(&m);

	make_with(&m, file, (struct ecosystem_ask){ .env_name = "test" });
	assert_int_equal(m.r, 0);
	assert_non_null(strstr(notes(&m), "W --env test: the app \"a-test\""));
	unmake(&m);
}

static void
the_variables_of_pm2_change_its_defaults(void **unused)
{
	(void)unused;
	static char *env[] = { "PATH=/usr/bin", "PM2_KILL_SIGNAL=SIGTERM",
		"PM2_KILL_TIMEOUT=20000", "PM2_PROCESS_INSTANCE_VAR=N", NULL };
	struct ecosystem_ask ask = { .environ_in = env };
	struct made m;
	make_with(&m, "{\"script\":\"app.js\"}", ask);
	assert_non_null(strstr(
	    m.tight, "{\"signal\": \"SIGTERM\",\"grace\": \"20000ms\"}"));
	assert_non_null(strstr(m.tight, "\"N\": \"0\""));
	unmake(&m);
	make_with(&m, "{\"script\":\"app.js\",\"kill_timeout\":5000}", ask);
	assert_non_null(strstr(m.tight, "\"grace\": \"5000ms\""));
	unmake(&m);
}

/* A crash loop must fit into the window with all its delays. */
static void
the_window_is_as_long_as_that_many_restarts_take(void **unused)
{
	(void)unused;
	static const struct {
		const char *app;
		long least_ms;
		long most_ms;
	} cases[] = {
		/* 0.1 to 25.6 s, then 30 s each */
		{ ",\"max_restarts\":16", 200000, 400000 },
		{ ",\"max_restarts\":100,\"restart_delay\":10000", 980000,
		    1400000 },
		{ ",\"max_restarts\":10,\"min_uptime\":\"1m\"", 600000,
		    800000 },
		{ ",\"max_restarts\":1000,\"min_uptime\":\"1h\"", 86400000,
		    86400000 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct made m;
		char file[256];
		(void)snprintf(file, sizeof(file), "{\"script\":\"app.js\"%s}",
		    cases[i].app);
		make(&m, file);
		assert_int_equal(m.r, 0);
		const char *at = strstr(m.tight, "\"window\": \"");
		assert_non_null(at);
		long ms = strtol(at + strlen("\"window\": \""), NULL, 10);
		assert_in_range(ms, cases[i].least_ms, cases[i].most_ms);
		check_taken(&m);
		unmake(&m);
	}
}

static void
values_that_ask_for_nothing_are_taken(void **unused)
{
	(void)unused;
	struct made m;
	make(&m, "{\"apps\":[{\"script\":\"app.js\",\"watch\":false,"
		 "\"ignore_watch\":[\"node_modules\"],\"watch_delay\":1000,"
		 "\"watch_options\":{\"followSymlinks\":false},"
		 "\"merge_logs\":true,\"combine_logs\":false,"
		 "\"out_file\":\"/dev/null\",\"error_file\":\"/dev/stderr\","
		 "\"log_file\":false,\"log_date_format\":\"\",\"time\":false,"
		 "\"disable_logs\":true,\"vizion\":true,\"force\":true,"
		 "\"treekill\":true,\"autostart\":true,\"pmx\":false,"
		 "\"automation\":false,\"trace\":false,\"v8\":false,"
		 "\"windowsHide\":true,\"kill_retry_time\":100,"
		 "\"source_map_support\":false,\"io\":{},\"post_update\":[],"
		 "\"filter_env\":false,\"pid_file\":null,\"args\":\"\","
		 "\"deep_monitoring\":false,\"execute_command\":true,"
		 "\"node_args\":[],\"disableTrace\":true}],"
		 "\"deploy\":{\"production\":{\"user\":\"x\"}},\"static\":[]}");
	if (m.r != 0 || m.answer.notes != 0)
		fail_msg("%s", notes(&m));
	check_taken(&m);
	unmake(&m);
}

static void
what_cannot_be_honoured_is_refused_by_name(void **unused)
{
	(void)unused;
	static const struct {
		const char *app;
		const char *note;
	} cases[] = {
		{ "\"watch\":true",
		    "\"watch\" of the app \"app\" of eco.json" },
		{ "\"watch\":[\"src\"]", "\"watch\"" },
		{ "\"instances\":\"many\"", "\"instances\"" },
		{ "\"instances\":1.5", "\"instances\"" },
		{ "\"instances\":99999", "\"instances\"" },
		{ "\"instances\":65", "runs 64 processes at most" },
		{ "\"exec_mode\":\"thread\"", "\"exec_mode\"" },
		{ "\"out_file\":\"./out.log\"", "no file is written" },
		{ "\"errorFile\":\"./err.log\"", "\"errorFile\"" },
		{ "\"log\":true", "\"log\"" },
		{ "\"time\":true", "as the app writes them" },
		{ "\"log_date_format\":\"YYYY\"", "as the app writes them" },
		{ "\"log_type\":\"json\"", "\"log_type\"" },
		{ "\"autostart\":false", "--only" },
		{ "\"treekill\":false", "process group" },
		{ "\"pmx\":true", "no PM2 Plus" },
		{ "\"trace\":true", "no PM2 Plus" },
		{ "\"io\":{\"conf\":{}}", "no PM2 Plus" },
		{ "\"pid_file\":\"x.pid\"", "cradle status" },
		{ "\"filter_env\":true", "\"filter_env\"" },
		{ "\"post_update\":[\"npm i\"]", "\"post_update\"" },
		{ "\"interpreter\":\"node@18\"", "no version of Node" },
		{ "\"kill_timeout\":\"5s\"", "a whole number" },
		{ "\"kill_timeout\":-1", "a whole number" },
		{ "\"kill_timeout\":1.5", "a whole number" },
		{ "\"max_memory_restart\":\"lots\"", "must be a size" },
		{ "\"max_memory_restart\":\"10K\"", "at least 1 MB" },
		{ "\"max_memory_restart\":\"50%\"", "must be a size" },
		{ "\"max_memory_restart\":\"-5M\"", "must be a size" },
		{ "\"min_uptime\":\"soon\"", "\"min_uptime\"" },
		{ "\"max_restarts\":-1", "a whole number" },
		{ "\"cron_restart\":\"61 * * * *\"", "out of range" },
		{ "\"stop_exit_codes\":[\"x\"]", "exit codes" },
		{ "\"autorestart\":\"no\"", "must not be a string" },
		{ "\"env\":\"A=1\"", "must not be a string" },
		{ "\"env_prod\":\"A=1\"", "must be an object" },
		{ "\"env\":{\"F\":\"file:///etc/x\"}", "value of F" },
		{ "\"env\":{\"F\":\"vault://etc/x\"}", "value of F" },
		{ "\"instance\":1", "did you mean \"instances\"" },
		{ "\"zzzzzzzz\":1", "PM2 has no such key" },
		{ "\"cmd\":\"x\",\"script\":\"nowhere.js\"",
		    "neither x in /app" },
		{ "\"interpreter\":\"none\",\"node_args\":\"-r x\"",
		    "\"node_args\"" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct made m;
		char file[512];
		(void)snprintf(file, sizeof(file), "{\"apps\":[{%s%s}]}",
		    cases[i].app,
		    strstr(cases[i].app, "script\"")
			? ""
			: ",\"script\":\"app.js\"");
		make(&m, file);
		if (m.r != -1)
			fail_msg("%s was taken", cases[i].app);
		if (strstr(notes(&m), cases[i].note) == NULL)
			fail_msg("%s: %s", cases[i].app, notes(&m));
		if (strstr(notes(&m), "/etc/x") != NULL)
			fail_msg("a value was told: %s", notes(&m));
		unmake(&m);
	}
}

static void
all_that_is_wrong_is_told_at_once(void **unused)
{
	(void)unused;
	struct made m;
	make(&m, "{\"apps\":[{\"name\":\"a\",\"script\":\"no.js\","
		 "\"watch\":true,\"instances\":\"many\"},"
		 "{\"name\":\"b\",\"time\":true},5],"
		 "\"pm2Version\":1,\"static\":[{\"port\":1}]}");
	assert_int_equal(m.r, -1);
	assert_int_equal(m.answer.notes, 8);
	assert_non_null(strstr(notes(&m), "\"script\" of the app \"b\""));
	assert_non_null(strstr(notes(&m), "must be an object, not a number"));
	assert_non_null(strstr(notes(&m), "\"pm2Version\""));
	assert_non_null(strstr(notes(&m), "\"static\""));
	unmake(&m);
}

static void
the_days_rule_that_differs_is_warned_of(void **unused)
{
	(void)unused;
	struct made m;
	make(&m, "{\"script\":\"app.js\",\"cron_restart\":\"0 0 1 * 1\"}");
	assert_int_equal(m.r, 0);
	assert_non_null(strstr(notes(&m), "W cron_restart"));
	unmake(&m);
}

static void
every_outer_form_of_pm2_is_understood(void **unused)
{
	(void)unused;
	static const char *const files[] = {
		"{\"apps\":[{\"script\":\"app.js\"}]}",
		"{\"apps\":{\"script\":\"app.js\"}}",
		"{\"script\":\"app.js\"}",
		"[{\"script\":\"app.js\"}]",
		"{\"name\":\"pkg\",\"version\":\"1\",\"dependencies\":{},"
		"\"pm2\":{\"script\":\"app.js\"}}",
		"{\"pm2\":[{\"script\":\"app.js\"}]}",
	};
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct made m;
		make(&m, files[i]);
		if (m.r != 0)
			fail_msg("%s: %s", files[i], notes(&m));
		assert_non_null(strstr(m.tight, "{\"services\": {\"app\": {"));
		check_taken(&m);
		unmake(&m);
	}
}

static void
several_apps_are_several_services(void **unused)
{
	(void)unused;
	static const char file[] =
	    "{\"apps\":[{\"name\":\"w\",\"script\":\"app.js\"},"
	    "{\"name\":\"w\",\"script\":\"job.py\",\"autorestart\":false},"
	    "{\"name\":\"c\",\"script\":\"run.sh\"}]}";
	struct made m;
	make(&m, file);
	assert_int_equal(m.r, 0);
	const char *second = strstr(m.tight, "\"w-2\": {");
	assert_non_null(second);
	assert_non_null(strstr(second, "\"pm_id\": \"1\""));
	/* what ends for good must not end the others */
	const char *third = strstr(second, "\"c\": {");
	assert_non_null(third);
	const char *spared = strstr(m.tight, "\"essential\": false");
	assert_true(spared > second && spared < third);
	assert_null(strstr(third, "essential"));
	check_taken(&m);
	unmake(&m);

	make_with(&m, file, (struct ecosystem_ask){ .only = "x, c" });
	assert_int_equal(m.r, 0);
	assert_null(strstr(m.tight, "\"w\""));
	assert_non_null(strstr(m.tight, "\"pm_id\": \"0\""));
	unmake(&m);

	make_with(&m, file, (struct ecosystem_ask){ .only = "cc" });
	assert_int_equal(m.r, -1);
	assert_non_null(strstr(notes(&m), "--only"));
	unmake(&m);

	make_with(&m, file, (struct ecosystem_ask){ .one_only = true });
	assert_int_equal(m.r, -1);
	assert_non_null(strstr(notes(&m), "3 apps"));
	unmake(&m);
}

static void
nothing_to_run_is_an_error(void **unused)
{
	(void)unused;
	static const char *const files[] = { "{\"apps\":[]}", "[]", "{}", "5",
		"{\"apps\":null}", "{\"apps\":[{\"name\":\"x\"}]}",
		"{\"apps\":[{\"script\":\"\"}]}" };
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct made m;
		make(&m, files[i]);
		if (m.r != -1 || m.answer.notes == 0)
			fail_msg("%s was taken", files[i]);
		unmake(&m);
	}
}

static void
the_command_line_wins_over_the_file(void **unused)
{
	(void)unused;
	struct json max = { .type = JSON_STRING,
		.text = "7",
		.len = 1,
		.name = "max_restarts" };
	struct json options = {
		.type = JSON_OBJECT, .first = &max, .count = 1
	};
	struct made m;
	make_with(&m, "{\"script\":\"app.js\",\"max_restarts\":3}",
	    (struct ecosystem_ask){ .options = &options });
	assert_int_equal(m.r, 0);
	assert_non_null(strstr(m.tight, "\"window_failures\": 7,"));
	unmake(&m);
}

static void
what_the_command_line_asks_is_checked_as_well(void **unused)
{
	(void)unused;
	struct json watch = {
		.type = JSON_BOOL, .truth = true, .name = "watch"
	};
	struct json options = {
		.type = JSON_OBJECT, .first = &watch, .count = 1
	};
	struct made m;
	make_with(&m, "{\"script\":\"app.js\",\"watch\":false}",
	    (struct ecosystem_ask){ .options = &options });
	assert_int_equal(m.r, -1);
	assert_non_null(strstr(notes(&m), "cannot honour \"watch\""));
	unmake(&m);
}

static void
too_much_is_refused_and_not_cut(void **unused)
{
	(void)unused;
	/* 64 apps whose deploy environment is made anew for each of them */
	size_t size = (size_t)1024 * 1024;
	char *file = malloc(size + 4096);
	assert_non_null(file);
	int n = sprintf(file, "{\"apps\":[{\"script\":\"app.js\"}");
	for (int i = 1; i < 64; i++)
		n += sprintf(file + n, ",{\"script\":\"app.js\"}");
	n += sprintf(file + n, "],\"deploy\":{\"p\":{\"env\":{");
	for (int i = 0; i < 7; i++) {
		n += sprintf(file + n, "%s\"V%d\":[\"", i > 0 ? "," : "", i);
		memset(file + n, 'x', 120000);
		n += 120000;
		n += sprintf(file + n, "\"]");
	}
	(void)sprintf(file + n, "}}}}");
	struct made m;
	make_with(&m, file, (struct ecosystem_ask){ .env_name = "p" });
	assert_int_equal(m.r, -1);
	assert_true(m.answer.notes > 0);
	unmake(&m);
	free(file);
}

static void
the_look_tells_programs_from_texts(void **unused)
{
	(void)unused;
	char name[] = "/tmp/cradle-look-XXXXXX";
	int fd = mkstemp(name);
	assert_true(fd != -1);
	assert_int_equal(ecosystem_look_at(name), ECOSYSTEM_TEXT);
	assert_int_equal(write(fd, "#!/bin/sh\n", 10), 10);
	assert_int_equal(ecosystem_look_at(name), ECOSYSTEM_TEXT);
	assert_int_equal(fchmod(fd, 0700), 0);
	assert_int_equal(ecosystem_look_at(name), ECOSYSTEM_PROGRAM);
	assert_int_equal(pwrite(fd, "\177ELF\0\0", 6, 0), 6);
	assert_int_equal(ecosystem_look_at(name), ECOSYSTEM_PROGRAM);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(ecosystem_look_at(name), ECOSYSTEM_ABSENT);
	assert_int_equal(ecosystem_look_at("/tmp"), ECOSYSTEM_TEXT);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keys_of_an_app_become_those_of_a_service),
		cmocka_unit_test(what_runs_the_script_is_found_as_pm2_finds_it),
		cmocka_unit_test(the_environment_is_what_pm2_gives),
		cmocka_unit_test(processors_are_counted_as_pm2_counts_them),
		cmocka_unit_test(processes_are_numbered_through_all_apps),
		cmocka_unit_test(python_writes_its_lines_at_once),
		cmocka_unit_test(the_named_environment_goes_over_the_plain_one),
		cmocka_unit_test(the_variables_of_pm2_change_its_defaults),
		cmocka_unit_test(
		    the_window_is_as_long_as_that_many_restarts_take),
		cmocka_unit_test(values_that_ask_for_nothing_are_taken),
		cmocka_unit_test(what_cannot_be_honoured_is_refused_by_name),
		cmocka_unit_test(all_that_is_wrong_is_told_at_once),
		cmocka_unit_test(the_days_rule_that_differs_is_warned_of),
		cmocka_unit_test(every_outer_form_of_pm2_is_understood),
		cmocka_unit_test(several_apps_are_several_services),
		cmocka_unit_test(nothing_to_run_is_an_error),
		cmocka_unit_test(the_command_line_wins_over_the_file),
		cmocka_unit_test(what_the_command_line_asks_is_checked_as_well),
		cmocka_unit_test(too_much_is_refused_and_not_cut),
		cmocka_unit_test(the_look_tells_programs_from_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
