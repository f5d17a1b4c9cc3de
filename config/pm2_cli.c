#include "config/pm2_cli.h"

#include "config/keys.h"
#include "config/nearest.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char pm2_cli_help[] =
    "pm2-runtime, as cradle has it: supervise what was written for PM2.\n"
    "\n"
    "usage: pm2-runtime [start] FILE|SCRIPT [OPTION...] [-- ARG...]\n"
    "\n"
    "FILE    ecosystem.config.js, .cjs, .mjs, .json, or any other .json file\n"
    "SCRIPT  a script, a program, or a line in quotes for the shell\n"
    "\n"
    "  --env NAME        put env_NAME over env\n"
    "  --only NAMES      these apps of the file, with commas between\n"
    "  --print-config    print the cradle.json that does the same, and leave\n"
    "  --delay SECONDS   wait before anything is started\n"
    "\n"
    "For a script, and over what every app of a file says:\n"
    "  -n, --name NAME   -i, --instances 1   --cwd DIR   --namespace NAME\n"
    "  --interpreter PROGRAM   --node-args, --interpreter-args ARGS\n"
    "  --uid USER   --gid GROUP   --port PORT   --source-map-support\n"
    "  --wait-ready   --listen-timeout MS   --kill-timeout MS\n"
    "  --shutdown-with-message   --max-memory-restart SIZE\n"
    "  --no-autorestart   --stop-exit-codes CODE...   -c, --cron EXPRESSION\n"
    "  --max-restarts N   --min-uptime MS   --restart-delay MS\n"
    "  --exp-backoff-restart-delay MS\n"
    "\n"
    "What PM2 has beside these is refused by name.  cradle-pm2-runtime(1) has\n"
    "the table of keys.  CRADLE_* variables work as ever.\n";

enum kind {
	KEY,   /* its value is that key's */
	YES,   /* the key is true */
	NO,    /* the key is false */
	CODES, /* all numbers that follow are the key's list */
	TAKEN, /* changes nothing here */
	TAKEN_ARG,
	REFUSED, /* `key` is the reason */
	FORMAT,  /* the key is logs.format's value */
	OWN      /* see own_option */
};

#define NO_PLUS                                                              \
	"there is no PM2 Plus here (leave it out; see events and health in " \
	"cradle.json(5))"

static const struct option {
	const char *name;
	enum kind kind;
	const char *key;
	char letter;
} options[] = {
	{ "--name", KEY, "name", 'n' },
	{ "--instances", KEY, "instances", 'i' },
	{ "--cron", KEY, "cron_restart", 'c' },
	{ "--cron-restart", KEY, "cron_restart", 0 },
	{ "--cwd", KEY, "cwd", 0 },
	{ "--namespace", KEY, "namespace", 0 },
	{ "--interpreter", KEY, "interpreter", 0 },
	{ "--node-args", KEY, "node_args", 0 },
	{ "--interpreter-args", KEY, "node_args", 0 },
	{ "--uid", KEY, "uid", 'u' },
	{ "--user", KEY, "uid", 0 },
	{ "--gid", KEY, "gid", 0 },
	{ "--port", KEY, "port", 0 },
	{ "--listen-timeout", KEY, "listen_timeout", 0 },
	{ "--kill-timeout", KEY, "kill_timeout", 'k' },
	{ "--max-memory-restart", KEY, "max_memory_restart", 0 },
	{ "--max-restarts", KEY, "max_restarts", 0 },
	{ "--min-uptime", KEY, "min_uptime", 0 },
	{ "--restart-delay", KEY, "restart_delay", 0 },
	{ "--exp-backoff-restart-delay", KEY, "exp_backoff_restart_delay", 0 },
	{ "--wait-ready", YES, "wait_ready", 0 },
	{ "--shutdown-with-message", YES, "shutdown_with_message", 0 },
	{ "--source-map-support", YES, "source_map_support", 0 },
	{ "--no-autorestart", NO, "autorestart", 0 },
	{ "--stop-exit-codes", CODES, "stop_exit_codes", 0 },
	/* the table of keys has the reason why not */
	{ "--output", KEY, "out_file", 'o' },
	{ "--error", KEY, "error_file", 'e' },
	{ "--log", KEY, "log_file", 'l' },
	{ "--log-type", KEY, "log_type", 0 },
	{ "--log-date-format", KEY, "log_date_format", 0 },
	{ "--pid", KEY, "pid_file", 'p' },
	{ "--filter-env", KEY, "filter_env", 0 },
	{ "--time", YES, "time", 0 },
	{ "--watch", YES, "watch", 0 },
	{ "--trace", YES, "trace", 0 },
	{ "--v8", YES, "v8", 0 },
	{ "--event-loop-inspector", YES, "event_loop_inspector", 0 },
	{ "--deep-monitoring", YES, "deep_monitoring", 0 },
	{ "--no-autostart", NO, "autostart", 0 },
	{ "--no-treekill", NO, "treekill", 0 },

	{ "--raw", TAKEN, NULL, 0 },
	{ "--auto-exit", TAKEN, NULL, 0 },
	{ "--color", TAKEN, NULL, 0 },
	{ "--no-color", TAKEN, NULL, 0 },
	{ "--no-colors", TAKEN, NULL, 0 },
	{ "--no-daemon", TAKEN, NULL, 0 },
	{ "--no-vizion", TAKEN, NULL, 0 },
	{ "--no-pmx", TAKEN, NULL, 0 },
	{ "--no-automation", TAKEN, NULL, 0 },
	{ "--merge-logs", TAKEN, NULL, 0 },
	{ "--disable-logs", TAKEN, NULL, 0 },
	{ "--disable-source-map-support", TAKEN, NULL, 0 },
	{ "--update-env", TAKEN, NULL, 0 },
	{ "--force", TAKEN, NULL, 'f' },
	{ "--ignore-watch", TAKEN_ARG, NULL, 0 },
	{ "--watch-delay", TAKEN_ARG, NULL, 0 },

	{ "--json", FORMAT, "json", 0 },
	{ "--formatted", FORMAT, "text", 0 },
	{ "--format", REFUSED,
	    "lines are passed on as the app writes them (leave it out)", 0 },
	{ "--web", REFUSED,
	    "PM2's API shows every variable to everybody (leave it out, and "
	    "set CRADLE_HEALTH_LISTEN=:9400 for /status and /metrics)",
	    0 },
	{ "--secret", REFUSED, NO_PLUS, 0 },
	{ "--public", REFUSED, NO_PLUS, 0 },
	{ "--machine-name", REFUSED, NO_PLUS, 0 },
	{ "--no-auto-exit", REFUSED,
	    "a container whose app has ended for good is over (leave it out; "
	    "max_restarts over 1000 never gives up)",
	    0 },

	{ "--env", OWN, NULL, 0 },
	{ "--only", OWN, NULL, 0 },
	{ "--delay", OWN, NULL, 0 },
	{ "--print-config", OWN, NULL, 0 },
	{ "--help", OWN, NULL, 'h' },
	{ "--version", OWN, NULL, 'V' },
	{ "--version", OWN, NULL, 'v' },
};

struct reader {
	char *const *at; /* the next word */
	struct arena *arena;
	struct pm2_cli *cli;
	struct plan_error *error;
	struct json *object;
};

static int fail(struct reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
fail(struct reader *r, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	r->error->code = EXITS_USAGE;
	(void)vsnprintf(r->error->text, sizeof(r->error->text), fmt, ap);
	va_end(ap);
	return -1;
}

static struct json *
value_new(struct reader *r, enum json_type type, const char *text)
{
	struct json *v = arena_take(r->arena, sizeof(*v));
	v->type = type;
	v->text = text;
	v->len = text == NULL ? 0 : strlen(text);
	return v;
}

/* What is said last counts. */
static void
set(struct reader *r, const char *key, struct json *value)
{
	value->name = key;
	for (struct json **m = &r->object->first; *m != NULL; m = &(*m)->next) {
		if (strcmp((*m)->name, key) != 0)
			continue;
		value->next = (*m)->next;
		*m = value;
		return;
	}
	struct json **end = &r->object->first;
	while (*end != NULL)
		end = &(*end)->next;
	*end = value;
	r->object->count++;
}

static void
set_bool(struct reader *r, const char *key, bool truth)
{
	struct json *v = value_new(r, JSON_BOOL, NULL);
	v->truth = truth;
	set(r, key, v);
}

static void
list_add(struct json *list, struct json *value)
{
	struct json **end = &list->first;
	while (*end != NULL)
		end = &(*end)->next;
	*end = value;
	list->count++;
}

/* All that is left: the app's arguments. */
static void
set_args(struct reader *r)
{
	struct json *list = value_new(r, JSON_LIST, NULL);
	struct json **end = &list->first;
	for (; *r->at != NULL; r->at++, list->count++) {
		*end = value_new(r, JSON_STRING, *r->at);
		end = &(*end)->next;
	}
	set(r, "args", list);
	r->cli->one_only = true;
}

static bool
is_number(const char *word)
{
	return *word >= '0' && *word <= '9' &&
	       strspn(word, "0123456789, ") == strlen(word);
}

/* "0 3", "0,3": all words of numbers that follow. */
static int
set_codes(struct reader *r, const struct option *o, const char *value)
{
	struct json *list = value_new(r, JSON_LIST, NULL);
	if (value == NULL && *r->at != NULL && is_number(*r->at))
		value = *r->at++;
	if (value == NULL || !is_number(value))
		return fail(r, "%s needs exit codes, such as 0 3", o->name);
	while (value != NULL) {
		size_t n = strspn(value, "0123456789");
		const char *code = arena_text(r->arena, value, n);
		list_add(list, value_new(r, JSON_STRING, code));
		value += n + strspn(value + n, ", ");
		if (*value == '\0')
			value = *r->at != NULL && is_number(*r->at) ? *r->at++
								    : NULL;
	}
	set(r, o->key, list);
	return 0;
}

/* The word is --name, --name=value, -n or -nvalue; value: NULL, or in it. */
static const struct option *
option_of(const char *word, const char **ret_value)
{
	size_t len = strcspn(word, "=");
	*ret_value = NULL;
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const struct option *o = &options[i];
		if (strncmp(o->name, word, len) == 0 && o->name[len] == '\0') {
			if (word[len] == '=')
				*ret_value = word + len + 1;
			return o;
		}
		if (word[1] != '-' && o->letter != 0 && word[1] == o->letter) {
			if (word[2] != '\0')
				*ret_value = word + 2 + (word[2] == '=');
			return o;
		}
	}
	return NULL;
}

static int
unknown(struct reader *r, const char *word)
{
	struct nearest n;
	nearest_init(&n, word);
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		nearest_offer(&n, options[i].name);
	if (n.best != NULL)
		return fail(
		    r, "unknown option %.64s (did you mean %s?)", word, n.best);
	return fail(r,
	    "unknown option %.64s (try pm2-runtime --help; the app's own go "
	    "after --)",
	    word);
}

static int
need_value(struct reader *r, const char *name, const char **value)
{
	if (*value == NULL && *r->at != NULL && strcmp(*r->at, "--") != 0)
		*value = *r->at++;
	if (*value == NULL || **value == '\0')
		return fail(r, "%s needs a value", name);
	return 0;
}

static int
set_delay(struct reader *r, const char *value)
{
	char *end;
	double seconds = strtod(value, &end);
	if (*end != '\0' || !(seconds >= 0 && seconds <= 3600))
		return fail(r, "--delay needs a number of seconds, at most "
			       "3600");
	r->cli->delay_ms = (int64_t)(seconds * 1000);
	return 0;
}

static int
own_option(struct reader *r, const struct option *o, const char *value)
{
	if (o->letter == 'h')
		r->cli->act = PM2_CLI_HELP;
	else if (o->letter != 0)
		r->cli->act = PM2_CLI_VERSION;
	else if (strcmp(o->name, "--print-config") == 0)
		r->cli->print = true;
	else if (need_value(r, o->name, &value) == -1)
		return -1;
	else if (strcmp(o->name, "--env") == 0)
		r->cli->env_name = value;
	else if (strcmp(o->name, "--only") == 0)
		r->cli->only = value;
	else
		return set_delay(r, value);
	return 0;
}

/* The formats that logs.format has; this table follows it. */
static int
set_format(struct reader *r, const struct option *o)
{
	const struct key *format = keys_find("logs.format");
	if (keys_choice(format->choices, o->key) == -1)
		return fail(r,
		    "cannot honour %s: this version passes lines on as the "
		    "app writes them (leave it out)",
		    o->name);
	r->cli->log_format = o->key;
	return 0;
}

static int
option(struct reader *r, const char *word)
{
	const char *value;
	const struct option *o = option_of(word, &value);
	if (o == NULL)
		return unknown(r, word);
	bool takes = o->kind == KEY || o->kind == CODES ||
		     o->kind == TAKEN_ARG || o->kind == OWN;
	if (value != NULL && !takes && o->kind != REFUSED)
		return fail(r, "%s takes no value", o->name);
	switch (o->kind) {
	case KEY:
		if (need_value(r, o->name, &value) == -1)
			return -1;
		set(r, o->key, value_new(r, JSON_STRING, value));
		r->cli->one_only |= strcmp(o->key, "name") == 0;
		return 0;
	case YES:
	case NO:
		set_bool(r, o->key, o->kind == YES);
		return 0;
	case CODES:
		return set_codes(r, o, value);
	case TAKEN:
		return 0;
	case TAKEN_ARG:
		return need_value(r, o->name, &value);
	case REFUSED:
		return fail(r, "cannot honour %s: %s", o->name, o->key);
	case FORMAT:
		return set_format(r, o);
	case OWN:
		return own_option(r, o, value);
	}
	return 0;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text);
	size_t m = strlen(end);
	return n >= m && strcmp(text + n - m, end) == 0;
}

static int
set_target(struct reader *r, const char *word)
{
	struct pm2_cli *cli = r->cli;
	cli->target = word;
	if (ends_with(word, ".yml") || ends_with(word, ".yaml")) {
		int stem = (int)(strrchr(word, '.') - word);
		return fail(r,
		    "cannot read YAML: %.200s (convert it when the image is "
		    "built: npx js-yaml %.200s > %.*s.json)",
		    word, word, stem > 200 ? 200 : stem, word);
	}
	if (ends_with(word, ".config.ts"))
		return fail(r,
		    "cannot read TypeScript: %.200s (write it as "
		    "ecosystem.config.js)",
		    word);
	if (strchr(word, ' ') != NULL)
		return 0;
	if (ends_with(word, ".json"))
		cli->kind = PM2_CLI_JSON;
	else if (ends_with(word, ".config.js") ||
		 ends_with(word, ".config.cjs") ||
		 ends_with(word, ".config.mjs"))
		cli->kind = PM2_CLI_MODULE;
	return 0;
}

/* JSON is UTF-8, and what cannot be said in it would be changed unseen. */
static int
check_word(struct reader *r, const char *word)
{
	size_t left = strlen(word);
	for (const char *p = word; left > 0;) {
		size_t n = utf8_len(p, left);
		if (n == 0)
			return fail(r, "an argument is not UTF-8");
		p += n;
		left -= n;
	}
	return 0;
}

static int
word(struct reader *r)
{
	const char *text = *r->at++;
	if (text[0] == '-' && text[1] != '\0')
		return option(r, text);
	if (r->cli->target != NULL)
		return fail(r,
		    "there is more than one thing to start: %.100s and %.100s "
		    "(the app's own arguments go after --)",
		    r->cli->target, text);
	return set_target(r, text);
}

int
pm2_cli_parse(char *const argv[], struct arena *arena, struct pm2_cli *ret,
    struct plan_error *ret_error)
{
	struct reader r = { argv + 1, arena, ret, ret_error, NULL };
	bool started = false;
	*ret = (struct pm2_cli){ 0 };
	r.object = value_new(&r, JSON_OBJECT, NULL);
	ret->options = r.object;
	for (char *const *w = r.at; *w != NULL; w++)
		if (check_word(&r, *w) == -1)
			return -1;
	while (*r.at != NULL && strcmp(*r.at, "--") != 0 &&
	       ret->act == PM2_CLI_RUN) {
		if (!started && ret->target == NULL &&
		    strcmp(*r.at, "start") == 0) {
			started = true;
			r.at++;
		} else if (word(&r) == -1) {
			return -1;
		}
	}
	if (ret->act != PM2_CLI_RUN)
		return 0;
	if (ret->target == NULL)
		return fail(&r,
		    "there is nothing to start (try: pm2-runtime start "
		    "ecosystem.config.js, or pm2-runtime --help)");
	if (*r.at != NULL && *++r.at != NULL)
		set_args(&r);
	return 0;
}
