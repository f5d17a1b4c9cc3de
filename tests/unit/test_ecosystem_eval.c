#include "config/ecosystem_eval.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/guard.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <cmocka.h>
#include "config_scratch.h"

static char path_variable[4096];
static char *inherited[] = { path_variable, "SEEN=yes", NULL };
static char *words[] = { "pm2-runtime", "start", "x.config.js", "--env", "p",
	NULL };

struct outcome {
	struct arena arena;
	struct plan_text text;
	struct plan_error error;
	int r;
	int64_t ms;
};

static void
eval_file(struct outcome *o, const char *name, const char *code, int timeout_ms)
{
	char path[4096];
	assert_non_null(getcwd(path, sizeof(path) - 64));
	(void)strcat(path, "/");
	(void)strcat(path, name);
	scratch_write(name, code);
	*o = (struct outcome){ 0 };
	assert_int_equal(arena_open(&o->arena), 0);
	struct ecosystem_eval ask = {
		.path = path,
		.shown = name,
		.words = words,
		.envp = inherited,
		.timeout_ms = timeout_ms,
	};
	int64_t start = clock_ms();
	o->r = ecosystem_eval(&ask, &o->arena, &o->text, &o->error);
	o->ms = clock_ms() - start;
	/* nobody is left behind, not even as a zombie */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static int
set_up(void **state)
{
	const char *path = getenv("PATH");
	(void)snprintf(path_variable, sizeof(path_variable), "PATH=%s",
	    path == NULL ? "/usr/bin:/bin" : path);
	return scratch_open(state);
}

static void
every_kind_of_module_says_what_it_exports(void **unused)
{
	(void)unused;
	static const struct {
		const char *name;
		const char *code;
		const char *json;
	} cases[] = {
		{ "x.config.js", "module.exports = { apps: [{ a: 1 }] }",
		    "{\"apps\":[{\"a\":1}]}" },
		{ "x.config.cjs", "exports.apps = [2]", "{\"apps\":[2]}" },
		{ "x.config.mjs", "export default { apps: [3] }",
		    "{\"apps\":[3]}" },
		{ "y.config.mjs", "export const apps = [4]", "{\"apps\":[4]}" },
		{ "l.config.js", "module.exports = [5]", "[5]" },
		{ "t.config.js",
		    "Object.defineProperty(exports, '__esModule', { value: "
		    "true }); exports.default = { apps: [6] }",
		    "{\"apps\":[6]}" },
		{ "p.config.js", "module.exports = Promise.resolve([7])",
		    "[7]" },
		{ "f.config.js",
		    "module.exports = [require('path').basename(__filename)]",
		    "[\"f.config.js\"]" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct outcome o;
		eval_file(&o, cases[i].name, cases[i].code, 20000);
		if (o.r != 0)
			fail_msg("%s: %s", cases[i].name, o.error.text);
		assert_int_equal(o.text.size, strlen(cases[i].json));
		assert_memory_equal(o.text.data, cases[i].json, o.text.size);
		arena_close(&o.arena);
	}
}

static void
it_sees_the_words_and_the_environment_it_is_given(void **unused)
{
	(void)unused;
	struct outcome o;
	assert_int_equal(setenv("UNSEEN", "1", 1), 0);
	eval_file(&o, "e.config.js",
	    "module.exports = [process.argv.slice(1), process.env.SEEN, "
	    "process.env.UNSEEN === undefined, "
	    "require('fs').readFileSync(0).length]",
	    20000);
	if (o.r != 0)
		fail_msg("%s", o.error.text);
	assert_string_equal(o.text.data,
	    "[[\"pm2-runtime\",\"start\",\"x.config.js\",\"--env\",\"p\"],"
	    "\"yes\",true,0]");
	arena_close(&o.arena);
}

static void
what_goes_wrong_is_one_line(void **unused)
{
	(void)unused;
	static const struct {
		const char *code;
		const char *text;
	} cases[] = {
		{ "\n\nthrow new TypeError('no good\\nat all')",
		    "TypeError: no good (line 3)" },
		{ "module.exports = {\n  apps: [ }", "SyntaxError: " },
		{ "require('nowhere-to-be-found')",
		    "Cannot find module 'nowhere-to-be-found'" },
		{ "module.exports = () => []", "exports a function" },
		{ "module.exports = 'apps'", "neither an object nor a list" },
		{ "module.exports = null", "neither an object nor a list" },
		{ "module.exports = [1n]", "TypeError: " },
		{ "throw null", "null" },
		{ "process.exit(5)", "node ended with code 5" },
		{ "process.kill(process.pid, 'SIGKILL')",
		    "node ended with signal 9" },
		{ "module.exports = ['x'.repeat(1 << 20)]",
		    "larger than 1 MiB" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct outcome o;
		eval_file(&o, "w.config.js", cases[i].code, 20000);
		if (o.r != -1)
			fail_msg("%s was taken", cases[i].code);
		if (strstr(o.error.text, cases[i].text) == NULL)
			fail_msg("%s: %s", cases[i].code, o.error.text);
		assert_null(strchr(o.error.text, '\n'));
		assert_int_equal(o.error.code, EXITS_CONFIG);
		assert_non_null(strstr(o.error.text, "w.config.js: "));
		arena_close(&o.arena);
	}
}

static void
what_it_keeps_open_is_not_waited_for(void **unused)
{
	(void)unused;
	struct outcome o;
	eval_file(&o, "o.config.js",
	    "setInterval(() => {}, 1000);"
	    "require('child_process').spawn('sleep', ['60'], "
	    "{ stdio: 'inherit' });"
	    "module.exports = [1]",
	    20000);
	assert_int_equal(o.r, 0);
	assert_true(o.ms < 15000);
	arena_close(&o.arena);
}

static void
one_that_never_ends_has_its_time(void **unused)
{
	(void)unused;
	struct outcome o;
	eval_file(&o, "n.config.js", "for (;;) {}", 300);
	assert_int_equal(o.r, -1);
	assert_non_null(strstr(o.error.text, "within its time"));
	assert_true(o.ms >= 300 && o.ms < 10000);
	arena_close(&o.arena);
}

static void
a_stop_ends_it_at_once(void **unused)
{
	(void)unused;
	struct outcome o;
	sigset_t before;
	sigset_t after;
	(void)sigprocmask(SIG_SETMASK, NULL, &before);
	eval_file(&o, "s.config.js",
	    "process.kill(process.ppid, 'SIGTERM'); for (;;) {}", 20000);
	assert_int_equal(o.r, -1);
	assert_string_equal(o.error.text, "");
	assert_int_equal(o.error.code, 128 + SIGTERM);
	assert_true(o.ms < 15000);
	(void)sigprocmask(SIG_SETMASK, NULL, &after);
	for (int sig = 1; sig < 65; sig++)
		assert_int_equal(
		    sigismember(&before, sig), sigismember(&after, sig));
	arena_close(&o.arena);
}

static void
an_image_without_node_is_told_so(void **unused)
{
	(void)unused;
	struct outcome o;
	char *saved = strdup(getenv("PATH"));
	assert_int_equal(setenv("PATH", "/nowhere", 1), 0);
	eval_file(&o, "i.config.js", "", 20000);
	assert_int_equal(setenv("PATH", saved, 1), 0);
	assert_int_equal(o.r, -1);
	assert_non_null(strstr(o.error.text, "node cannot be run"));
	arena_close(&o.arena);
	free(saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_module_says_what_it_exports),
		cmocka_unit_test(
		    it_sees_the_words_and_the_environment_it_is_given),
		cmocka_unit_test(what_goes_wrong_is_one_line),
		cmocka_unit_test(what_it_keeps_open_is_not_waited_for),
		cmocka_unit_test(one_that_never_ends_has_its_time),
		cmocka_unit_test(a_stop_ends_it_at_once),
		cmocka_unit_test(an_image_without_node_is_told_so),
	};
	return cmocka_run_group_tests(tests, set_up, scratch_close);
}
