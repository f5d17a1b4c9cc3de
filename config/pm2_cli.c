#include "config/pm2_cli.h"

#include "config/keys.h"
#include "config/nearest.h"
#include "config/pm2_options.h"
#include "core/exits.h"
#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
set_codes(struct reader *r, const struct pm2_option *o, const char *value)
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
static const struct pm2_option *
option_of(const char *word, const char **ret_value)
{
	size_t len = strcspn(word, "=");
	*ret_value = NULL;
	const struct pm2_option *o = NULL;
	while ((o = pm2_options_next(o)) != NULL) {
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
	const struct pm2_option *o = NULL;
	while ((o = pm2_options_next(o)) != NULL)
		nearest_offer(&n, o->name);
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
	const char *word = *value;
	if (word == NULL && *r->at != NULL && strcmp(*r->at, "--") != 0)
		word = *r->at++;
	if (word == NULL || *word == '\0') {
		(void)fail(r, "%s needs a value", name);
		return -1;
	}
	*value = word;
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
own_option(struct reader *r, const struct pm2_option *o, const char *value)
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
set_format(struct reader *r, const struct pm2_option *o)
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
	const struct pm2_option *o = option_of(word, &value);
	if (o == NULL)
		return unknown(r, word);
	bool takes =
	    o->kind == PM2_OPTIONS_KEY || o->kind == PM2_OPTIONS_CODES ||
	    o->kind == PM2_OPTIONS_TAKEN_ARG || o->kind == PM2_OPTIONS_OWN;
	if (value != NULL && !takes && o->kind != PM2_OPTIONS_REFUSED)
		return fail(r, "%s takes no value", o->name);
	switch (o->kind) {
	case PM2_OPTIONS_KEY:
		if (need_value(r, o->name, &value) == -1)
			return -1;
		set(r, o->key, value_new(r, JSON_STRING, value));
		r->cli->one_only |= strcmp(o->key, "name") == 0;
		return 0;
	case PM2_OPTIONS_YES:
	case PM2_OPTIONS_NO:
		set_bool(r, o->key, o->kind == PM2_OPTIONS_YES);
		return 0;
	case PM2_OPTIONS_CODES:
		return set_codes(r, o, value);
	case PM2_OPTIONS_TAKEN:
		return 0;
	case PM2_OPTIONS_TAKEN_ARG:
		return need_value(r, o->name, &value);
	case PM2_OPTIONS_REFUSED:
		return fail(r, "cannot honour %s: %s", o->name, o->key);
	case PM2_OPTIONS_FORMAT:
		return set_format(r, o);
	case PM2_OPTIONS_OWN:
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
