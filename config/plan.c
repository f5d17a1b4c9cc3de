#include "config/plan.h"

#include "config/fill.h"
#include "config/finish.h"
#include "config/override.h"
#include "config/source.h"
#include "config/vars.h"
#include "core/exits.h"
#include "core/log.h"

#include <stdio.h>
#include <string.h>

struct load {
	struct arena arena;
	const struct plan_text *text; /* NULL: a file, or none */
	struct vars vars;
	struct plan *plan;
	struct plan_error *error;
};

static int
fail(struct load *l, int code, const char *text)
{
	l->error->code = code;
	(void)snprintf(l->error->text, sizeof(l->error->text), "%s", text);
	return -1;
}

/* An option of cradle's own log; *level stays when it is not given. */
static int
log_option(struct load *l, const char *name, int (*number_of)(const char *),
    const char *known, int *ret)
{
	const char *text = vars_text(&l->vars, name);
	int number = text == NULL ? *ret : number_of(text);
	if (number == -1) {
		l->error->code = EXITS_CONFIG;
		(void)snprintf(l->error->text, sizeof(l->error->text),
		    "cannot use the environment: %s must be one of %s", name,
		    known);
		return -1;
	}
	*ret = number;
	return 0;
}

static int
set_log(struct load *l)
{
	l->plan->log_level = LOG_INFO;
	l->plan->log_format = LOG_TEXT;
	if (log_option(l, "CRADLE_LOG", log_level_of,
		"error, warn, info, debug", &l->plan->log_level) == -1 ||
	    log_option(l, "CRADLE_LOG_FORMAT", log_format_of, "text, json",
		&l->plan->log_format) == -1)
		return -1;
	log_setup((enum log_level)l->plan->log_level,
	    (enum log_format)l->plan->log_format, NULL);
	return 0;
}

static int
read_source(struct load *l, const char *file, struct json **ret)
{
	if (l->text != NULL)
		return source_take(
		    l->text, &l->arena, &l->plan->source, ret, l->error);
	if (file == NULL)
		file = vars_text(&l->vars, "CRADLE_CONFIG");
	return source_read(file, &l->arena, &l->plan->source, ret, l->error);
}

static int
read_file(struct load *l, const char *file, char *const environ_in[])
{
	struct fill f = {
		.arena = &l->arena,
		.expand = { .environ_in = environ_in, .arena = &l->arena },
		.error = l->error,
	};
	struct json *top;
	if (read_source(l, file, &top) == -1)
		return -1;
	if (top == NULL)
		return 0;
	f.file = l->plan->source;
	f.top = top;
	f.plan = l->plan;
	return fill_plan(&f);
}

static char **
copy_words(struct arena *arena, char *const words[])
{
	size_t count = 0;
	while (words[count] != NULL)
		count++;
	char **copy = arena_take(arena, (count + 1) * sizeof(char *));
	for (size_t i = 0; i < count; i++)
		copy[i] = arena_text(arena, words[i], strlen(words[i]));
	return copy;
}

/* The command line's service: its own, or the one that the file left open. */
static int
set_command(struct load *l, char *const command[])
{
	struct plan *plan = l->plan;
	if (plan->services_count == 0) {
		plan->services = fill_new(&l->arena, KEY_IN_SERVICE, 1);
		plan->services[0].name = "main";
		plan->services_count = 1;
	}
	if (plan->services_count > 1 || plan->services[0].command != NULL)
		return fail(l, EXITS_USAGE,
		    "cannot take a command beside the services of the "
		    "configuration (leave one of the two out)");
	plan->services[0].command = copy_words(&l->arena, command);
	plan->services[0].command_shown = plan->services[0].command;
	return 0;
}

static int
check_services(struct load *l)
{
	const struct plan *plan = l->plan;
	if (plan->services_count == 0)
		return fail(l, EXITS_USAGE,
		    "cannot start anything: there is neither a command nor a "
		    "configuration with services (try: cradle node server.js, "
		    "or cradle --help)");
	for (size_t i = 0; i < plan->services_count; i++) {
		if (plan->services[i].command != NULL)
			continue;
		l->error->code = EXITS_CONFIG;
		(void)snprintf(l->error->text, sizeof(l->error->text),
		    "cannot use the configuration: the service \"%s\" of "
		    "%.400s has no \"command\" (such as [\"node\", "
		    "\"server.js\"])",
		    plan->services[i].name, plan->source);
		return -1;
	}
	return 0;
}

static int
build(struct load *l, const char *file, char *const command[],
    char *const environ_in[])
{
	struct plan *plan = l->plan;
	fill_defaults(KEY_IN_PLAN, plan);
	plan->source = plan->ca_file = plan->grace_source = "";
	if (vars_read(environ_in, &l->vars, l->error) == -1 || set_log(l) == -1)
		return -1;
	vars_warn(environ_in);
	if (override_weak(plan, &l->arena, &l->vars, l->error) == -1 ||
	    read_file(l, file, environ_in) == -1)
		return -1;
	if (command != NULL && command[0] != NULL &&
	    set_command(l, command) == -1)
		return -1;
	if (check_services(l) == -1 ||
	    override_strong(plan, &l->arena, &l->vars, l->error) == -1)
		return -1;
	return finish_plan(plan, &l->arena, &l->vars, environ_in, l->error);
}

static int
load(struct load *l, const char *file, char *const command[],
    char *const environ_in[], struct plan **ret)
{
	int r = arena_open(&l->arena);
	if (r != 0) {
		l->error->code = EXITS_OSERR;
		(void)snprintf(l->error->text, sizeof(l->error->text),
		    "cannot map memory for the configuration: %s",
		    strerror(-r));
		return -1;
	}
	l->plan = arena_take(&l->arena, sizeof(*l->plan));
	if (build(l, file, command, environ_in) == -1) {
		arena_close(&l->arena);
		return -1;
	}
	l->plan->size = l->arena.used;
	*ret = l->plan;
	return 0;
}

int
plan_load(const char *file, char *const command[], char *const environ_in[],
    struct plan **ret, struct plan_error *ret_error)
{
	struct load l = { .error = ret_error };
	return load(&l, file, command, environ_in, ret);
}

int
plan_load_text(const struct plan_text *text, char *const environ_in[],
    struct plan **ret, struct plan_error *ret_error)
{
	struct load l = { .text = text, .error = ret_error };
	return load(&l, NULL, NULL, environ_in, ret);
}

size_t
plan_next_service(const struct plan *plan, size_t i)
{
	const struct plan_service *s = &plan->services[i];
	return s->first + (size_t)s->instances;
}

bool
plan_variable_is_own(const char *name)
{
	return vars_is_own(name);
}

bool
plan_variable_is_credential(const char *name)
{
	return vars_is_credential(name);
}
