#include "config/pm2_cli.h"

#include "core/exits.h"
#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define WORDS(...) ((char *[]){ "pm2-runtime", __VA_ARGS__, NULL })

#define REFUSED(...)                             \
	{                                        \
		"pm2-runtime", __VA_ARGS__, NULL \
	}

struct parsed {
	struct arena arena;
	struct pm2_cli cli;
	struct plan_error error;
	int r;
};

static void
parse(struct parsed *p, char *const argv[])
{
	*p = (struct parsed){ 0 };
	assert_int_equal(arena_open(&p->arena), 0);
	p->r = pm2_cli_parse(argv, &p->arena, &p->cli, &p->error);
}

static const struct json *
option(const struct parsed *p, const char *key)
{
	const struct json *m = json_member(p->cli.options, key);
	assert_non_null(m);
	return m;
}

static void
the_thing_to_start_decides_how_it_is_read(void **unused)
{
	(void)unused;
	static const struct {
		char *word;
		enum pm2_cli_target kind;
	} cases[] = {
		{ "app.js", PM2_CLI_SCRIPT },
		{ "dist/server", PM2_CLI_SCRIPT },
		{ "npm", PM2_CLI_SCRIPT },
		{ "node x.json", PM2_CLI_SCRIPT },
		{ "ecosystem.js", PM2_CLI_SCRIPT },
		{ "process.json", PM2_CLI_JSON },
		{ "ecosystem.config.json", PM2_CLI_JSON },
		{ "ecosystem.config.js", PM2_CLI_MODULE },
		{ "/etc/pm2.config.cjs", PM2_CLI_MODULE },
		{ "ecosystem.config.mjs", PM2_CLI_MODULE },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct parsed p;
		parse(&p, WORDS("start", cases[i].word));
		assert_int_equal(p.r, 0);
		assert_int_equal(p.cli.kind, cases[i].kind);
		assert_string_equal(p.cli.target, cases[i].word);
		arena_close(&p.arena);
		parse(&p, WORDS(cases[i].word));
		assert_int_equal(p.cli.kind, cases[i].kind);
		arena_close(&p.arena);
	}
}

static void
options_become_keys_wherever_they_stand(void **unused)
{
	(void)unused;
	struct parsed p;
	parse(&p,
	    WORDS("-i", "1", "start", "--name=api", "app.js", "-k", "3000",
		"--wait-ready", "--no-autorestart", "-c0 4 * * *", "--raw",
		"--no-color", "--max-memory-restart", "300M", "--no-daemon"));
	assert_int_equal(p.r, 0);
	assert_string_equal(p.cli.target, "app.js");
	assert_string_equal(option(&p, "instances")->text, "1");
	assert_string_equal(option(&p, "name")->text, "api");
	assert_string_equal(option(&p, "kill_timeout")->text, "3000");
	assert_string_equal(option(&p, "cron_restart")->text, "0 4 * * *");
	assert_string_equal(option(&p, "max_memory_restart")->text, "300M");
	assert_true(option(&p, "wait_ready")->truth);
	assert_false(option(&p, "autorestart")->truth);
	assert_true(p.cli.one_only);
	arena_close(&p.arena);
}

static void
what_follows_the_dashes_is_the_apps(void **unused)
{
	(void)unused;
	struct parsed p;
	parse(&p, WORDS("npm", "--", "run", "start", "--", "--env"));
	assert_int_equal(p.r, 0);
	const struct json *args = option(&p, "args");
	assert_int_equal(args->count, 4);
	assert_string_equal(args->first->text, "run");
	assert_string_equal(args->first->next->next->text, "--");
	assert_string_equal(args->first->next->next->next->text, "--env");
	arena_close(&p.arena);

	parse(&p, WORDS("app.js", "--"));
	assert_int_equal(p.r, 0);
	assert_null(json_member(p.cli.options, "args"));
	arena_close(&p.arena);
}

static void
what_is_said_last_counts(void **unused)
{
	(void)unused;
	struct parsed p;
	parse(&p, WORDS("a.js", "-n", "x", "--port", "1", "-n", "y"));
	assert_int_equal(p.r, 0);
	assert_string_equal(option(&p, "name")->text, "y");
	assert_string_equal(option(&p, "port")->text, "1");
	assert_int_equal(p.cli.options->count, 2);
	arena_close(&p.arena);
}

static void
exit_codes_are_taken_in_every_way(void **unused)
{
	(void)unused;
	char *const *const cases[] = {
		WORDS("--stop-exit-codes", "0", "3", "app.js"),
		WORDS("--stop-exit-codes", "0,3", "app.js"),
		WORDS("--stop-exit-codes=0,3", "app.js"),
		WORDS("app.js", "--stop-exit-codes", "0 3"),
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct parsed p;
		parse(&p, cases[i]);
		assert_int_equal(p.r, 0);
		const struct json *codes = option(&p, "stop_exit_codes");
		assert_int_equal(codes->count, 2);
		assert_string_equal(codes->first->text, "0");
		assert_string_equal(codes->first->next->text, "3");
		assert_string_equal(p.cli.target, "app.js");
		arena_close(&p.arena);
	}
}

static void
options_of_its_own_are_understood(void **unused)
{
	(void)unused;
	struct parsed p;
	parse(&p, WORDS("eco.json", "--env", "production", "--only=a,b",
		      "--delay", "0.5", "--print-config"));
	assert_int_equal(p.r, 0);
	assert_string_equal(p.cli.env_name, "production");
	assert_string_equal(p.cli.only, "a,b");
	assert_int_equal(p.cli.delay_ms, 500);
	assert_true(p.cli.print);
	assert_false(p.cli.one_only);
	arena_close(&p.arena);
	static char *const asked[] = { "-v", "-V", "--version" };
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		parse(&p, WORDS(asked[i]));
		assert_int_equal(p.r, 0);
		assert_int_equal(p.cli.act, PM2_CLI_VERSION);
		arena_close(&p.arena);
	}
	parse(&p, WORDS("start", "-h"));
	assert_int_equal(p.cli.act, PM2_CLI_HELP);
	arena_close(&p.arena);
}

static void
everything_else_is_refused_by_name(void **unused)
{
	(void)unused;
	static const struct {
		char *argv[6];
		const char *text;
	} cases[] = {
		{ REFUSED("start"), "nothing to start" },
		{ REFUSED("--", "app.js"), "nothing to start" },
		{ REFUSED("a.js", "b.js"), "more than one thing" },
		{ REFUSED("a.js", "--nmae", "x"), "did you mean --name" },
		{ REFUSED("a.js", "--flux"), "unknown option --flux" },
		{ REFUSED("a.js", "-z"), "unknown option -z" },
		{ REFUSED("a.js", "--name"), "--name needs a value" },
		{ REFUSED("a.js", "--env"), "--env needs a value" },
		{ REFUSED("a.js", "--env", "--", "x"), "--env needs a value" },
		{ REFUSED("a.js", "--name="), "--name needs a value" },
		{ REFUSED("a.js", "--raw=1"), "--raw takes no value" },
		{ REFUSED("a.js", "--delay", "soon"),
		    "--delay needs a number" },
		{ REFUSED("a.js", "--delay", "nan"), "--delay needs a number" },
		{ REFUSED("a.js", "--delay", "-1"), "--delay needs a number" },
		{ REFUSED("a.js", "--stop-exit-codes", "x"), "exit codes" },
		{ REFUSED("a.js", "--web"), "cannot honour --web" },
		{ REFUSED("a.js", "--web=80"), "cannot honour --web" },
		{ REFUSED("a.js", "--secret", "x"), "cannot honour --secret" },
		{ REFUSED("a.js", "--public", "x"), "cannot honour --public" },
		{ REFUSED("a.js", "--format"), "cannot honour --format" },
		{ REFUSED("a.js", "--no-auto-exit"), "--no-auto-exit" },
		{ REFUSED("ecosystem.config.yml"),
		    "npx js-yaml ecosystem.config.yml > "
		    "ecosystem.config.json" },
		{ REFUSED("p.yaml"), "npx js-yaml p.yaml > p.json" },
		{ REFUSED("ecosystem.config.ts"), "TypeScript" },
		{ REFUSED("a.js", "--", "\xff"), "not UTF-8" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct parsed p;
		parse(&p, cases[i].argv);
		if (p.r != -1)
			fail_msg("%s was taken", cases[i].text);
		if (strstr(p.error.text, cases[i].text) == NULL)
			fail_msg("%s: %s", cases[i].text, p.error.text);
		assert_int_equal(p.error.code, EXITS_USAGE);
		arena_close(&p.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_thing_to_start_decides_how_it_is_read),
		cmocka_unit_test(options_become_keys_wherever_they_stand),
		cmocka_unit_test(what_follows_the_dashes_is_the_apps),
		cmocka_unit_test(what_is_said_last_counts),
		cmocka_unit_test(exit_codes_are_taken_in_every_way),
		cmocka_unit_test(options_of_its_own_are_understood),
		cmocka_unit_test(everything_else_is_refused_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
