#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/direct.h"

#include "config/direct_plan.h"
#include "config/direct_tool.h"
#include "core/exits.h"
#include "core/guard.h"
#include "tests/unit/config_scratch.h"

#define PAGE "docs/man/cradle.7"

static struct arena arena;
static char *page; /* read before the tests leave the source's folder */
static char bin_path[300];
static char here[256];

static void
folder(const char *name)
{
	char command[256];
	(void)snprintf(command, sizeof(command), "mkdir -p '%s'", name);
	assert_int_equal(system(command), 0);
}

static void
program(const char *name)
{
	scratch_write(name, "#!/bin/sh\n");
	assert_int_equal(chmod(name, 0755), 0);
}

static void
package(const char *where, const char *text)
{
	char path[256];
	folder(where);
	(void)snprintf(path, sizeof(path), "%s/package.json", where);
	scratch_write(path, text);
}

/* Words between single spaces. */
static char **
words_of(const char *line)
{
	static char text[4096];
	static char *word[300];
	size_t n = 0;
	(void)snprintf(text, sizeof(text), "%s", line);
	char *save = NULL;
	for (char *w = strtok_r(text, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	word[n] = NULL;
	return word;
}

static struct direct result;
static char why[512];

static enum direct_result
resolve(const char *cwd, const char *line, char *const env[])
{
	static char *const none[] = { NULL };
	struct direct_ask ask = { words_of(line), cwd, bin_path,
		env == NULL ? none : env };
	why[0] = '\0';
	arena_close(&arena);
	assert_int_equal(arena_open(&arena), 0);
	return direct_resolve(&ask, &arena, &result, why, sizeof(why));
}

static const char *
joined(char *const words[])
{
	static char text[4096];
	size_t n = 0;
	text[0] = '\0';
	for (size_t i = 0; words[i] != NULL; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
		    i == 0 ? "" : "|", words[i]);
	return text;
}

static const char *
value(const struct plan_variables *map, const char *name)
{
	for (size_t i = 0; i < map->count; i++)
		if (strcmp(map->item[i].name, name) == 0)
			return map->item[i].value;
	return NULL;
}

static void
becomes(const char *cwd, const char *line, const char *words)
{
	enum direct_result r = resolve(cwd, line, NULL);
	if (r != DIRECT_TAKEN)
		fail_msg("%s: %d %s", line, (int)r, why);
	if (strcmp(joined(result.command), words) != 0)
		fail_msg("%s: %s", line, joined(result.command));
}

static void
refused(const char *cwd, const char *line, const char *part)
{
	enum direct_result r = resolve(cwd, line, NULL);
	if (r != DIRECT_REFUSED || strstr(why, part) == NULL)
		fail_msg("%s: %d %s", line, (int)r, why);
}

static const char app[] =
    "{ \"name\": \"@x/app\", \"version\": \"1.2.3\",\n"
    "  \"config\": { \"port\": 80, \"deep\": { \"list\": [true, null] } },\n"
    "  \"engines\": { \"node\": \">=18\" }, \"bin\": \"cli.js\",\n"
    "  \"scripts\": {\n"
    "    \"start\": \"node dist/server.js\",\n"
    "    \"test\": \"node t.js\",\n"
    "    \"two\": \"A=1 npm run three -- x\",\n"
    "    \"three\": \"A=2 B=3 node three.js 'a b'\",\n"
    "    \"next\": \"next start -p 3000\",\n"
    "    \"cross\": \"cross-env NODE_ENV=production node x.js\",\n"
    "    \"shell\": \"node a.js && node b.js\",\n"
    "    \"hooked\": \"node h.js\", \"prehooked\": \"node p.js\",\n"
    "    \"round\": \"npm run about\", \"about\": \"yarn round\",\n"
    "    \"self\": \"npm run self\",\n"
    "    \"npxed\": \"npx next dev\",\n"
    "    \"install2\": \"npm install\",\n"
    "    \"nowhere\": \"not-a-program x\" } }\n";

static void
scripts_of_each_launcher_are_run_in_its_stead(void **unused)
{
	static const struct {
		const char *line;
		const char *words;
	} cases[] = {
		{ "npm start", "node|dist/server.js" },
		{ "npm run start", "node|dist/server.js" },
		{ "npm run-script start", "node|dist/server.js" },
		{ "/usr/bin/npm start", "node|dist/server.js" },
		{ "npm --silent start", "node|dist/server.js" },
		{ "npm start --silent", "node|dist/server.js" },
		{ "npm test", "node|t.js" },
		{ "npm t", "node|t.js" },
		{ "npm run start a b", "node|dist/server.js|a|b" },
		{ "npm run start -- --a b", "node|dist/server.js|--a|b" },
		{ "npm run start x -- --a", "node|dist/server.js|x|--a" },
		{ "npm start --loglevel error", "node|dist/server.js" },
		{ "npm start --loglevel=error", "node|dist/server.js" },
		{ "npm run three", "node|three.js|a b" },
		{ "npm run two", "node|three.js|a b|x" },
		{ "npm run two -- y", "node|three.js|a b|x|y" },
		{ "npm run cross", "node|x.js" },
		{ "npm run next", "next|start|-p|3000" },
		{ "npm run npxed", "next|dev" },
		{ "npx next start", "next|start" },
		{ "npx --no-install next start -p 1", "next|start|-p|1" },
		{ "npm exec next -- -p 1", "next|-p|1" },
		{ "npm exec -- next -p 1", "next|-p|1" },
		{ "pnpm start", "node|dist/server.js" },
		{ "pnpm run start --x", "node|dist/server.js|--x" },
		{ "pnpm three 1", "node|three.js|a b|1" },
		{ "pnpm exec next x", "next|x" },
		{ "pnpm binonly x", "binonly|x" },
		{ "yarn start", "node|dist/server.js" },
		{ "yarn run start --x", "node|dist/server.js|--x" },
		{ "yarn --silent three", "node|three.js|a b" },
		{ "yarn exec next x", "next|x" },
		{ "yarn next start", "next|start|-p|3000|start" },
		{ "yarn run binonly 1", "binonly|1" },
	};
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		becomes("app", cases[i].line, cases[i].words);
}

static void
what_is_not_surely_the_same_is_refused(void **unused)
{
	static const struct {
		const char *line;
		const char *part;
	} cases[] = {
		{ "npm run shell", "\"shell\" has an operator of the shell" },
		{ "npm run hooked", "\"hooked\" has a pre or post script" },
		{ "npm run round", "call each other in a circle" },
		{ "npm run self", "call each other in a circle" },
		{ "npm run nowhere", "\"not-a-program\" is a program not" },
		{ "npm run install2", "\"install\" is a command of the" },
		{ "npm install", "\"install\" is a command of the" },
		{ "npm", "\"npm\" is a command of the" },
		{ "npm run", "\"npm\" is a command of the" },
		{ "npm run start --if-present", "\"--if-present\" is an" },
		{ "npm run start --", NULL },
		{ "npm run --ignore-scripts start", "\"--ignore-scripts\"" },
		{ "npm -ws start", "\"-ws\" is an option" },
		{ "npm start --silent=1", "\"--silent=1\" is an option" },
		{ "npm --prefix", "\"--prefix\" is an option" },
		{ "pnpm install", "\"install\" is a command" },
		{ "pnpm start -- x", "\"--\" is a --" },
		{ "yarn start -- x", "\"--\" is a --" },
		{ "yarn", "\"yarn\" is a command" },
		{ "yarn add x", "\"add\" is a command" },
		{ "yarn nosuch", "\"nosuch\" is a command" },
		{ "pnpm nosuch", "\"nosuch\" is a command" },
		{ "npx --package x next", "\"--package\" is an option" },
		{ "npx cowsay", "\"cowsay\" is a program" },
		{ "npx next@14 start", "\"next@14\" is a program" },
		{ "bun run start", "bun run, which has a shell" },
		{ "turbo run start", "a workspace that is not to be found" },
		{ "npm -w x start", "a workspace that is not to be found" },
	};
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (cases[i].part != NULL)
			refused("app", cases[i].line, cases[i].part);
}

static void
other_commands_are_none_of_its_business(void **unused)
{
	(void)unused;
	assert_int_equal(resolve("app", "node x.js", NULL), DIRECT_NONE);
	assert_int_equal(resolve("app", "bun server.js", NULL), DIRECT_NONE);
	assert_int_equal(resolve("app", "./npm-like x", NULL), DIRECT_NONE);
	assert_int_equal(
	    resolve("app", "corepack pnpm start", NULL), DIRECT_NONE);
}

static void
a_missing_script_names_the_nearest(void **unused)
{
	(void)unused;
	assert_int_equal(resolve("app", "npm run strat", NULL), DIRECT_WRONG);
	assert_non_null(strstr(why, "has no script \"strat\""));
	assert_non_null(strstr(why, "did you mean \"start\"?"));
	assert_int_equal(
	    resolve("app", "pnpm run zzzzzzzz", NULL), DIRECT_WRONG);
	assert_null(strstr(why, "did you mean"));
}

static void
npm_start_without_a_script_starts_server_js(void **unused)
{
	(void)unused;
	package("bare", "{ \"name\": \"bare\" }");
	assert_int_equal(resolve("bare", "npm start", NULL), DIRECT_WRONG);
	scratch_write("bare/server.js", "");
	becomes("bare", "npm start", "node|server.js");
	assert_int_equal(resolve("bare", "npm run start", NULL), DIRECT_WRONG);
}

static void
the_package_is_found_as_the_launcher_finds_it(void **unused)
{
	char want[1024];
	(void)unused;
	folder("app/src/deep");
	becomes("app/src/deep", "npm start", "node|dist/server.js");
	(void)snprintf(want, sizeof(want), "%s/app", here);
	assert_string_equal(result.cwd, want);
	(void)snprintf(want, sizeof(want), "%s/app/src/deep", here);
	assert_string_equal(value(&result.add, "INIT_CWD"), want);

	becomes(".", "npm --prefix app start", "node|dist/server.js");
	assert_string_equal(value(&result.add, "INIT_CWD"), here);
	becomes(".", "npm -C app start", "node|dist/server.js");
	assert_string_equal(value(&result.add, "INIT_CWD"), here);
	becomes(".", "pnpm --dir=app start", "node|dist/server.js");
	becomes(".", "yarn --cwd app start", "node|dist/server.js");
	refused("bare", "npm -C nothing start", "no package.json");
	refused("app", "npm --prefix src/deep start", "no package.json");
	refused("/", "npm start", "no package.json");
	package("broken", "{ \"scripts\": { ");
	refused("broken", "npm start", "a package.json that cannot be read");
}

static void
a_script_sees_what_npm_would_show_it(void **unused)
{
	char *const env[] = { "NODE_VERSION=20.1.0", NULL };
	char want[1024];
	(void)unused;
	assert_int_equal(resolve("app", "npm start", env), DIRECT_TAKEN);
	const struct plan_variables *v = &result.add;
	static const struct {
		const char *name;
		const char *value;
	} cases[] = {
		{ "npm_lifecycle_event", "start" },
		{ "npm_lifecycle_script", "node dist/server.js" },
		{ "npm_command", "start" },
		{ "npm_package_name", "@x/app" },
		{ "npm_package_version", "1.2.3" },
		{ "npm_package_config_port", "80" },
		{ "npm_package_config_deep_list_0", "true" },
		{ "npm_package_config_deep_list_1", "" },
		{ "npm_package_engines_node", ">=18" },
		{ "npm_package_bin_app", "cli.js" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (value(v, cases[i].name) == NULL ||
		    strcmp(value(v, cases[i].name), cases[i].value) != 0)
			fail_msg(
			    "%s: %s", cases[i].name, value(v, cases[i].name));
	(void)snprintf(want, sizeof(want), "%s/app/package.json", here);
	assert_string_equal(value(v, "npm_package_json"), want);
	(void)snprintf(want, sizeof(want), "%s/bin/node", here);
	assert_string_equal(value(v, "NODE"), want);
	assert_string_equal(value(v, "npm_node_execpath"), want);
	(void)snprintf(want, sizeof(want), "%s/npm/bin/npm-cli.js", here);
	assert_string_equal(value(v, "npm_execpath"), want);
	assert_non_null(strstr(value(v, "npm_config_user_agent"),
	    "npm/11.0.1 node/v20.1.0 linux "));
	(void)snprintf(want, sizeof(want),
	    "%s/app/node_modules/.bin:%s/node_modules/.bin:", here, here);
	assert_int_equal(strncmp(result.path, want, strlen(want)), 0);
	(void)snprintf(want, sizeof(want), "/node_modules/.bin:%s", bin_path);
	assert_string_equal(
	    result.path + strlen(result.path) - strlen(want), want);
	assert_null(value(v, "PNPM_SCRIPT_SRC_DIR"));
	assert_true(result.saved_ms > 0);
}

static void
pnpm_and_npx_differ_in_what_they_show(void **unused)
{
	(void)unused;
	becomes("app", "pnpm start", "node|dist/server.js");
	assert_string_equal(value(&result.add, "npm_command"), "run-script");
	assert_non_null(value(&result.add, "PNPM_SCRIPT_SRC_DIR"));
	assert_non_null(strstr(
	    value(&result.add, "npm_config_user_agent"), "pnpm/? npm/? "));

	becomes("app", "npx next start", "next|start");
	assert_string_equal(value(&result.add, "npm_lifecycle_event"), "npx");
	assert_string_equal(value(&result.add, "npm_command"), "exec");

	becomes("app", "npm run two", "node|three.js|a b|x");
	assert_string_equal(value(&result.add, "npm_lifecycle_event"), "three");
	assert_string_equal(value(&result.add, "npm_command"), "run");
	assert_int_equal(result.set.count, 2);
	assert_string_equal(value(&result.set, "A"), "2");
	assert_string_equal(value(&result.set, "B"), "3");
}

static void
workspaces_are_found_by_name_and_by_folder(void **unused)
{
	char want[1024];
	(void)unused;
	package("mono", "{ \"workspaces\": [\"packages/*\", \"tools/cli\"] }");
	package("mono/packages/api",
	    "{ \"name\": \"@m/api\", \"scripts\": { \"start\": \"node api\","
	    "  \"dev\": \"node dev\" } }");
	package("mono/packages/web",
	    "{ \"name\": \"@m/web\", \"scripts\": { \"dev\": \"node w\" } }");
	package("mono/tools/cli", "{ \"name\": \"cli\" }");
	scratch_write("mono/turbo.json",
	    "{ \"tasks\": { \"start\": {}, \"@m/web#dev\": {},\n"
	    "  \"dev\": { \"dependsOn\": [\"^build\"] } } }");
	static const struct {
		const char *cwd;
		const char *line;
		const char *words;
	} cases[] = {
		{ "mono", "npm -w @m/api start", "node|api" },
		{ "mono", "npm start --workspace=packages/api", "node|api" },
		{ "mono", "npm start -w ./packages/api", "node|api" },
		{ "mono", "pnpm --filter @m/api start", "node|api" },
		{ "mono", "yarn workspace @m/api start", "node|api" },
		{ "mono", "yarn workspace @m/api run start", "node|api" },
		{ "mono/packages/api", "npm start", "node|api" },
		{ "mono", "turbo run start", "node|api" },
		{ "mono", "turbo start --filter=@m/api", "node|api" },
		{ "mono", "npx turbo run start -- x", "node|api|x" },
		{ "mono/packages/api", "turbo run start", "node|api" },
		{ "mono", "turbo run dev --filter=@m/web", "node|w" },
		{ "mono", "turbo run dev --filter @m/api --only", "node|dev" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		becomes(cases[i].cwd, cases[i].line, cases[i].words);
	becomes("mono", "npx turbo run start", "node|api");
	(void)snprintf(want, sizeof(want), "%s/mono/packages/api", here);
	assert_string_equal(result.cwd, want);
	assert_string_equal(value(&result.add, "INIT_CWD"), want);

	refused("mono", "turbo run dev", "several workspaces");
	refused("mono", "turbo run dev --filter=@m/api", "depends on others");
	refused("mono", "turbo run start dev", "\"dev\" is an option");
	refused("mono", "pnpm --filter @m/* start", "not to be found");
	package("mono", "{ \"workspaces\": [\"packages/**\"] }");
	refused("mono", "npm -w @m/api start", "not named by folder");
}

static void
pnpm_workspaces_come_from_their_yaml(void **unused)
{
	(void)unused;
	package("pmono", "{ \"name\": \"root\" }");
	package("pmono/apps/a",
	    "{ \"name\": \"a\", \"scripts\": { \"go\": \"node a\" } }");
	scratch_write("pmono/pnpm-workspace.yaml",
	    "# ours\npackages:\n  - 'apps/*' # all\n\n  - \"libs/x\"\n"
	    "catalog:\n  - not: this\n");
	becomes("pmono", "pnpm --filter a run go", "node|a");
	scratch_write("pmono/pnpm-workspace.yaml", "packages: ['apps/*']\n");
	refused("pmono", "pnpm --filter a run go", "not named by folder");
}

static void
settings_of_how_scripts_run_are_respected(void **unused)
{
	char *const shell[] = { "npm_config_script_shell=/bin/zsh", NULL };
	char *const home[] = { "HOME=zhome", NULL };
	(void)unused;
	package("set", "{ \"scripts\": { \"start\": \"node x\" } }");
	becomes("set", "npm start", "node|x");
	scratch_write("set/.npmrc", "; script-shell=x\nfund=false\n");
	becomes("set", "npm start", "node|x");
	scratch_write("set/.npmrc", "fund=false\nscript-shell = bash\n");
	refused("set", "npm start", "a script-shell, shell-emulator");
	assert_int_equal(unlink("set/.npmrc"), 0);

	assert_int_equal(resolve("set", "npm start", shell), DIRECT_REFUSED);
	folder("zhome");
	scratch_write("zhome/.npmrc", "node-options=--x\n");
	assert_int_equal(resolve("set", "npm start", home), DIRECT_REFUSED);

	scratch_write("set/.pnp.cjs", "");
	refused("set", "yarn start", "Yarn's Plug'n'Play");
}

static void
launchers_in_launchers_are_bounded(void **unused)
{
	(void)unused;
	package("chain",
	    "{ \"scripts\": { \"1\": \"npm run 2\", \"2\": \"npm run 3\","
	    "\"3\": \"npm run 4\", \"4\": \"npm run 5\", \"5\": \"npm run 6\","
	    "\"6\": \"npm run 7\", \"7\": \"npm run 8\", \"8\": \"npm run 9\","
	    "\"9\": \"node x\" } }");
	becomes("chain", "npm run 2", "node|x");
	refused("chain", "npm run 1", "more than 8 launchers");
}

/* ---- the plan ---- */

static struct plan *
load(const char *text, char *const env[])
{
	struct plan *plan = NULL;
	struct plan_error error;
	scratch_write("cradle.json", text);
	if (plan_load(NULL, NULL, env, &plan, &error) != 0)
		fail_msg("%s", error.text);
	return plan;
}

static void
the_plan_has_the_scripts_command_and_variables(void **unused)
{
	char path[400], words[256];
	char *const env[] = { path, "SHARED=x", NULL };
	(void)unused;
	(void)snprintf(path, sizeof(path), "PATH=%s", bin_path);
	struct plan *plan = load(
	    "{ \"secrets\": { \"env\": { \"npm_package_name\": \"mine\" } },\n"
	    "\"services\": { \"api\": { \"command\": [\"npm\", \"run\", \"two\""
	    "], \"cwd\": \"app\", \"direct\": true,\n"
	    "  \"env\": { \"A\": \"9\", \"npm_command\": \"kept\" } } } }",
	    env);
	const struct plan_service *s = &plan->services[0];
	(void)snprintf(words, sizeof(words), "%s", joined(s->command));
	assert_string_equal(words, "node|three.js|a b|x");
	assert_string_equal(joined(s->command_shown), words);
	assert_string_equal(s->direct_note, "npm run two");
	assert_int_equal(s->direct_saved_ms, 200);
	assert_string_equal(value(&s->env, "A"), "2");
	assert_string_equal(value(&s->env, "B"), "3");
	assert_string_equal(value(&s->env, "npm_command"), "kept");
	assert_null(value(&s->env, "npm_package_name"));
	assert_non_null(strstr(value(&s->env, "PATH"), bin_path));
	assert_non_null(strstr(s->cwd, "/app"));
}

static void
variables_of_a_command_are_not_shown(void **unused)
{
	char path[400];
	char *const env[] = { path, "TOKEN=hunter2", NULL };
	(void)unused;
	(void)snprintf(path, sizeof(path), "PATH=%s", bin_path);
	struct plan *plan = load(
	    "{ \"services\": { \"api\": { \"command\": [\"npm\", \"start\", "
	    "\"--\", \"${TOKEN}\"], \"cwd\": \"app\", \"direct\": true } } }",
	    env);
	const struct plan_service *s = &plan->services[0];
	assert_string_equal(joined(s->command), "node|dist/server.js|hunter2");
	assert_string_equal(
	    joined(s->command_shown), "node|dist/server.js|${TOKEN}");
	assert_string_equal(s->direct_note, "npm start -- ${TOKEN}");
}

static void
what_is_refused_is_logged_once_and_runs_as_written(void **unused)
{
	char path[400];
	char *const env[] = { path, "OPT=--hunter2", NULL };
	(void)unused;
	(void)snprintf(path, sizeof(path), "PATH=%s", bin_path);
	struct scratch_caught err = scratch_catch(STDERR_FILENO);
	struct plan *plan =
	    load("{ \"services\": { \"api\": { \"command\": [\"npm\", \"run\", "
		 "\"shell\"], \"cwd\": \"app\", \"direct\": true },\n"
		 "\"b\": { \"command\": [\"npm\", \"start\", \"${OPT}\"], "
		 "\"cwd\": \"app\", \"direct\": true } } }",
		env);
	char *text = scratch_text(&err);
	assert_non_null(strstr(text,
	    "direct: api runs as written (npm run shell): the script "
	    "\"shell\" has an operator of the shell"));
	assert_non_null(strstr(text, "direct: b runs as written"));
	assert_null(strstr(text, "hunter2"));
	assert_string_equal(joined(plan->services[0].command), "npm|run|shell");
	assert_string_equal(plan->services[0].direct_note, "");
	free(text);
}

static void
a_missing_script_is_a_wrong_configuration(void **unused)
{
	char path[400];
	char *const env[] = { path, NULL };
	struct plan *plan = NULL;
	struct plan_error error = { 0 };
	(void)unused;
	(void)snprintf(path, sizeof(path), "PATH=%s", bin_path);
	scratch_write("cradle.json",
	    "{ \"services\": { \"api\": { \"command\": [\"npm\", \"run\", "
	    "\"strat\"], \"cwd\": \"app\", \"direct\": true } } }");
	assert_int_equal(plan_load(NULL, NULL, env, &plan, &error), -1);
	assert_int_equal(error.code, EXITS_CONFIG);
	assert_non_null(strstr(error.text, "cannot use the command of api: "));
	assert_non_null(strstr(error.text, "did you mean \"start\"?"));
}

static void
without_direct_there_is_a_hint(void **unused)
{
	char path[400], text[512];
	char *const env[] = { path, NULL };
	(void)unused;
	(void)snprintf(path, sizeof(path), "PATH=%s", bin_path);
	struct plan *plan = load(
	    "{ \"services\": { \"api\": { \"command\": [\"npm\", \"start\"], "
	    "\"cwd\": \"app\" }, \"b\": { \"command\": [\"npm\", \"run\", "
	    "\"shell\"], \"cwd\": \"app\" } } }",
	    env);
	assert_string_equal(joined(plan->services[0].command), "npm|start");
	assert_true(direct_plan_hint(
	    plan, &plan->services[0], env, text, sizeof(text)));
	assert_string_equal(text,
	    "would leave out npm start (about 100 ms) and run node "
	    "dist/server.js");
	assert_false(direct_plan_hint(
	    plan, &plan->services[1], env, text, sizeof(text)));
}

/* ---- the manual's table ---- */

static void
the_manual_lists_every_reason(void **unused)
{
	static const char *const whys[] = {
#define X(name, text) text,
		DIRECT_WHYS(X)
#undef X
	};
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(whys); i++)
		if (strstr(page, whys[i]) == NULL)
			fail_msg("cradle(7) lacks: %s", whys[i]);
}

static int
read_page(void)
{
	FILE *f = fopen(PAGE, "r");
	page = calloc(1, 256 * 1024);
	if (f == NULL || page == NULL)
		return -1;
	size_t n = fread(page, 1, 256 * 1024 - 1, f);
	return fclose(f) == 0 && n > 0 ? 0 : -1;
}

static int
set_up(void **state)
{
	if (read_page() == -1 || scratch_open(state) == -1 ||
	    getcwd(here, sizeof(here)) == NULL)
		return -1;
	(void)snprintf(bin_path, sizeof(bin_path), "%s/bin", here);
	folder("bin");
	folder("npm/bin");
	folder("app/node_modules/.bin");
	program("bin/node");
	program("app/node_modules/.bin/next");
	program("app/node_modules/.bin/binonly");
	program("npm/bin/npm-cli.js");
	package("npm", "{ \"name\": \"npm\", \"version\": \"11.0.1\" }");
	package("app", app);
	return symlink("../npm/bin/npm-cli.js", "bin/npm");
}

static int
tear_down(void **state)
{
	free(page);
	arena_close(&arena);
	return scratch_close(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts_of_each_launcher_are_run_in_its_stead),
		cmocka_unit_test(what_is_not_surely_the_same_is_refused),
		cmocka_unit_test(other_commands_are_none_of_its_business),
		cmocka_unit_test(a_missing_script_names_the_nearest),
		cmocka_unit_test(npm_start_without_a_script_starts_server_js),
		cmocka_unit_test(the_package_is_found_as_the_launcher_finds_it),
		cmocka_unit_test(a_script_sees_what_npm_would_show_it),
		cmocka_unit_test(pnpm_and_npx_differ_in_what_they_show),
		cmocka_unit_test(workspaces_are_found_by_name_and_by_folder),
		cmocka_unit_test(pnpm_workspaces_come_from_their_yaml),
		cmocka_unit_test(settings_of_how_scripts_run_are_respected),
		cmocka_unit_test(launchers_in_launchers_are_bounded),
		cmocka_unit_test(
		    the_plan_has_the_scripts_command_and_variables),
		cmocka_unit_test(variables_of_a_command_are_not_shown),
		cmocka_unit_test(
		    what_is_refused_is_logged_once_and_runs_as_written),
		cmocka_unit_test(a_missing_script_is_a_wrong_configuration),
		cmocka_unit_test(without_direct_there_is_a_hint),
		cmocka_unit_test(the_manual_lists_every_reason),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
