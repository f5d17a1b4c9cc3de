#include "config/pm2.h"

#include "config/ecosystem.h"
#include "config/ecosystem_eval.h"
#include "config/expand.h"
#include "config/pm2_cli.h"
#include "config/pm2_options.h"
#include "config/source.h"
#include "core/clock.h"
#include "core/exits.h"
#include "core/log.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GO_ON (-1)

struct load {
	struct pm2_cli cli;
	struct arena arena; /* the file and what is made of it */
	struct arena text;  /* the cradle.json */
	struct buf out;
	char *const *argv;
	char *const *environ_in;
	char **envp; /* without what is cradle's own */
	const char *cwd;
	struct json *top;
	struct plan_error error;
};

static int
fail(struct load *l)
{
	if (l->error.text[0] != '\0')
		log_error(0, "%s", l->error.text);
	return l->error.code;
}

static int
fail_with(struct load *l, int code, const char *what, int err)
{
	l->error.code = code;
	(void)snprintf(l->error.text, sizeof(l->error.text), "%s: %s", what,
	    strerror(err));
	return fail(l);
}

/* What the app will inherit, and so what its file may see. */
static char **
own_left_out(struct arena *arena, char *const environ_in[])
{
	size_t count = 0;
	size_t kept = 0;
	while (environ_in[count] != NULL)
		count++;
	char **envp = arena_take(arena, (count + 1) * sizeof(char *));
	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(environ_in[i], "=");
		const char *name = arena_text(arena, environ_in[i], len);
		if (!plan_variable_is_own(name))
			envp[kept++] = environ_in[i];
	}
	return envp;
}

static struct json *
script_app(struct load *l)
{
	struct json *app = arena_take(&l->arena, sizeof(*app));
	struct json *script = arena_take(&l->arena, sizeof(*script));
	*script = (struct json){
		.type = JSON_STRING,
		.text = l->cli.target,
		.len = strlen(l->cli.target),
		.name = "script",
	};
	*app =
	    (struct json){ .type = JSON_OBJECT, .first = script, .count = 1 };
	return app;
}

static int
read_module(struct load *l)
{
	struct plan_text text;
	const char *path;
	char *whole = arena_take(&l->arena, PATH_MAX);
	if (realpath(l->cli.target, whole) == NULL) {
		(void)snprintf(l->error.text, sizeof(l->error.text),
		    "cannot read the configuration %.400s: %s", l->cli.target,
		    strerror(errno));
		l->error.code = EXITS_CONFIG;
		return -1;
	}
	struct ecosystem_eval ask = {
		.path = whole,
		.shown = l->cli.target,
		.words = l->argv,
		.envp = l->envp,
		.timeout_ms = ECOSYSTEM_EVAL_MS,
	};
	if (ecosystem_eval(&ask, &l->arena, &text, &l->error) == -1)
		return -1;
	return source_take(&text, &l->arena, &path, &l->top, &l->error);
}

static int
read_target(struct load *l)
{
	const char *path;
	switch (l->cli.kind) {
	case PM2_CLI_JSON:
		return source_read(
		    l->cli.target, &l->arena, &path, &l->top, &l->error);
	case PM2_CLI_MODULE:
		return read_module(l);
	case PM2_CLI_SCRIPT:
		break;
	}
	l->top = script_app(l);
	return 0;
}

static int
translate(struct load *l)
{
	bool file = l->cli.kind != PM2_CLI_SCRIPT;
	struct ecosystem_answer answer;
	struct ecosystem_ask ask = {
		.file = file ? l->cli.target : "the command line",
		.top = l->top,
		.options = l->cli.options,
		.one_only = l->cli.one_only,
		.env_name = file ? l->cli.env_name : NULL,
		.only = file ? l->cli.only : NULL,
		.log_format = l->cli.log_format,
		.environ_in = l->envp,
		.cwd = l->cwd,
		.look = ecosystem_look_at,
		.out = &l->out,
	};
	int r = ecosystem_translate(&ask, &l->arena, &answer);
	for (size_t i = 0; i < answer.notes; i++) {
		if (answer.note[i].refused)
			log_error(0, "%s", answer.note[i].text);
		else
			log_warn(0, "%s", answer.note[i].text);
	}
	if (answer.untold > 0)
		log_error(0, "... and %zu more", answer.untold);
	return r == 0 ? GO_ON : EXITS_CONFIG;
}

static int
print(const struct load *l)
{
	return fwrite(l->out.data, 1, l->out.len, stdout) == l->out.len &&
		       fflush(stdout) == 0
		   ? EXITS_OK
		   : EXITS_OSERR;
}

/* --delay: PID 1 hears a signal only when it asks for it. */
static int
wait_first(const struct load *l)
{
	sigset_t ends;
	sigset_t before;
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)sigaddset(&ends, SIGQUIT);
	(void)sigprocmask(SIG_BLOCK, &ends, &before);
	int64_t deadline = clock_ms() + l->cli.delay_ms;
	int got = -1;
	for (int64_t left = l->cli.delay_ms; got == -1 && left > 0;
	     left = deadline - clock_ms()) {
		struct timespec ts = { .tv_sec = left / 1000,
			.tv_nsec = left % 1000 * 1000000 };
		got = sigtimedwait(&ends, NULL, &ts);
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return got == -1 ? GO_ON : EXITS_SIGNALED + got;
}

/* Two configurations at once: one of them would be passed over. */
static int
refuse_another(struct load *l)
{
	const char *other = expand_variable(l->environ_in, "CRADLE_CONFIG", 13);
	if (other == NULL || *other == '\0')
		return 0;
	l->error.code = EXITS_USAGE;
	(void)snprintf(l->error.text, sizeof(l->error.text),
	    "cannot use CRADLE_CONFIG beside PM2's configuration (unset it; "
	    "or run cradle with the file that --print-config writes)");
	return -1;
}

static void
warn_of_variables(struct load *l)
{
	static const char *const plus[] = { "PM2_PUBLIC_KEY",
		"PM2_SECRET_KEY" };
	for (char **e = l->envp; *e != NULL; e++)
		for (size_t i = 0; i < 2; i++)
			if (strncmp(*e, plus[i], strlen(plus[i])) == 0 &&
			    strlen(*e) > strlen(plus[i]) + 1)
				log_warn(0,
				    "%s is of no use: there is no PM2 Plus "
				    "here",
				    plus[i]);
}

static int
make_plan(struct load *l, struct plan **ret)
{
	char title[512];
	(void)snprintf(title, sizeof(title), "%.400s, translated",
	    l->cli.kind == PM2_CLI_SCRIPT ? "the command line" : l->cli.target);
	struct plan_text text = { title, l->out.data, l->out.len };
	if (plan_load_text(&text, l->environ_in, ret, &l->error) == -1) {
		int code = fail(l);
		log_info("pm2-runtime --print-config prints the translation");
		return code;
	}
	return GO_ON;
}

static int
load(struct load *l, struct plan **ret)
{
	char *cwd;
	if (pm2_cli_parse(l->argv, &l->arena, &l->cli, &l->error) == -1)
		return fail(l);
	if (l->cli.act == PM2_CLI_HELP)
		return fputs(pm2_options_help, stdout) == EOF;
	if (l->cli.act == PM2_CLI_VERSION)
		return printf("cradle %s as pm2-runtime\n", CRADLE_VERSION) < 0;
	l->cwd = cwd = arena_take(&l->arena, PATH_MAX);
	if (getcwd(cwd, PATH_MAX) == NULL)
		return fail_with(
		    l, EXITS_OSERR, "cannot tell the folder", errno);
	l->envp = own_left_out(&l->arena, l->environ_in);
	warn_of_variables(l);
	if (refuse_another(l) == -1 || read_target(l) == -1)
		return fail(l);
	int code = translate(l);
	if (code == GO_ON && l->cli.print)
		code = print(l);
	if (code == GO_ON)
		code = make_plan(l, ret);
	return code == GO_ON && l->cli.delay_ms > 0 ? wait_first(l) : code;
}

int
pm2_load(char *const argv[], char *const environ_in[], struct plan **ret)
{
	struct load l = { .argv = argv, .environ_in = environ_in };
	int r = arena_open(&l.arena);
	if (r == 0)
		r = arena_open(&l.text);
	if (r != 0) {
		arena_close(&l.arena);
		return fail_with(&l, EXITS_OSERR, "cannot map memory", -r);
	}
	buf_init(&l.out, arena_room(&l.text, ECOSYSTEM_TEXT_MAX),
	    ECOSYSTEM_TEXT_MAX);
	int code = load(&l, ret);
	arena_close(&l.text);
	arena_close(&l.arena);
	return code;
}
