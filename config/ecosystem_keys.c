#include "config/ecosystem_keys.h"

#include "config/nearest.h"
#include "core/guard.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum verdict {
	USED,    /* ecosystem_app.c and its neighbours do what it says */
	NOTHING, /* asks for nothing here, whatever its value */
	REFUSED, /* but for a value that asks for nothing: false, "", 0, {} */
	KEPT_ON, /* only `false` is refused: true is how it is here */
	LOG_FILE /* only the ways to say "none" or "the output" are taken */
};

#define BOOL (1U << JSON_BOOL)
#define NUMBER (1U << JSON_NUMBER)
#define TEXT (1U << JSON_STRING)
#define LIST (1U << JSON_LIST)
#define OBJECT (1U << JSON_OBJECT)
#define ANY (BOOL | NUMBER | TEXT | LIST | OBJECT)

#define LOGS                                                               \
	"the output is the container's, and no file is written (leave it " \
	"out, or say /dev/null)"
#define STAMPS                                                              \
	"lines are passed on as the app writes them (leave it out; docker " \
	"logs -t and its like know the time)"
#define PLUS                                                                   \
	"there is no PM2 Plus and nothing is put into the app (leave it out; " \
	"see /metrics and events in cradle.json(5))"
#define WATCHING \
	"files are not watched (leave it out; a new image is a new container)"

#define TAKEN(name, types)                 \
	{                                  \
		name, types, NOTHING, NULL \
	}
#define OUTPUT(name, types)                 \
	{                                   \
		name, types, LOG_FILE, LOGS \
	}

static const struct row {
	const char *name;
	unsigned types;
	enum verdict verdict;
	const char *why; /* REFUSED and its like: the reason; USED: its key */
} rows[] = {
	{ "script", TEXT, USED, NULL },
	{ "cmd", TEXT, USED, "script" },
	{ "command", TEXT, USED, "script" },
	{ "name", TEXT | NUMBER, USED, NULL },
	{ "namespace", TEXT, USED, NULL },
	{ "cwd", TEXT, USED, NULL },
	{ "args", TEXT | LIST, USED, NULL },
	{ "interpreter", TEXT, USED, NULL },
	{ "exec_interpreter", TEXT, USED, "interpreter" },
	{ "node_args", TEXT | LIST, USED, NULL },
	{ "interpreter_args", TEXT | LIST, USED, "node_args" },
	{ "source_map_support", BOOL, USED, NULL },
	{ "env", OBJECT, USED, NULL },
	{ "port", TEXT | NUMBER, USED, NULL },
	{ "instance_var", TEXT, USED, NULL },
	{ "increment_var", TEXT, USED, NULL },
	{ "append_env_to_name", BOOL, USED, NULL },
	{ "exec_mode", TEXT, USED, NULL },
	{ "instances", TEXT | NUMBER, USED, NULL },
	{ "uid", TEXT | NUMBER, USED, NULL },
	{ "user", TEXT | NUMBER, USED, "uid" },
	{ "gid", TEXT | NUMBER, USED, NULL },
	{ "wait_ready", BOOL, USED, NULL },
	{ "listen_timeout", TEXT | NUMBER, USED, NULL },
	{ "kill_timeout", TEXT | NUMBER, USED, NULL },
	{ "shutdown_with_message", BOOL, USED, NULL },
	{ "autorestart", BOOL, USED, NULL },
	{ "stop_exit_codes", NUMBER | LIST, USED, NULL },
	{ "min_uptime", TEXT | NUMBER, USED, NULL },
	{ "max_restarts", TEXT | NUMBER, USED, NULL },
	{ "restart_delay", TEXT | NUMBER, USED, NULL },
	{ "exp_backoff_restart_delay", TEXT | NUMBER, USED, NULL },
	{ "max_memory_restart", TEXT | NUMBER, USED, NULL },
	{ "cron_restart", TEXT | NUMBER, USED, NULL },
	{ "cron", TEXT | NUMBER, USED, "cron_restart" },

	TAKEN("merge_logs", BOOL),
	TAKEN("combine_logs", BOOL),
	TAKEN("disable_logs", BOOL),
	TAKEN("disable_source_map_support", BOOL),
	TAKEN("vizion", BOOL),
	TAKEN("force", BOOL),
	TAKEN("windows_hide", BOOL),
	TAKEN("kill_retry_time", TEXT | NUMBER),
	TAKEN("execute_command", BOOL),
	TAKEN("watch_delay", TEXT | NUMBER),
	TAKEN("ignore_watch", TEXT | LIST),
	TAKEN("watch_options", OBJECT),
	TAKEN("disable_trace", BOOL),

	{ "autostart", BOOL, KEPT_ON,
	    "what is not to be started has no place here (leave the app out, "
	    "or choose with --only)" },
	{ "treekill", BOOL, KEPT_ON,
	    "the whole process group is told to stop (leave it out)" },

	OUTPUT("out_file", TEXT),
	OUTPUT("out", TEXT),
	OUTPUT("output", TEXT),
	OUTPUT("out_log", TEXT),
	OUTPUT("error_file", TEXT),
	OUTPUT("error", TEXT),
	OUTPUT("err", TEXT),
	OUTPUT("err_file", TEXT),
	OUTPUT("err_log", TEXT),
	OUTPUT("log_file", TEXT | BOOL),
	OUTPUT("log", TEXT | BOOL),

	{ "log_type", TEXT, REFUSED, STAMPS },
	{ "log_date_format", TEXT, REFUSED, STAMPS },
	{ "time", BOOL, REFUSED, STAMPS },
	{ "watch", BOOL | TEXT | LIST, REFUSED, WATCHING },
	{ "filter_env", BOOL | TEXT | LIST, REFUSED,
	    "the app gets the container's variables but for cradle's own "
	    "(leave it out, and unset what it must not see in the image)" },
	{ "pid_file", TEXT, REFUSED,
	    "no file is written (leave it out; cradle status tells the pid)" },
	{ "pid", TEXT, REFUSED,
	    "no file is written (leave it out; cradle status tells the pid)" },
	{ "name_prefix", TEXT, REFUSED, "write the whole name into \"name\"" },
	{ "install_url", TEXT, REFUSED,
	    "nothing is fetched at start (install it when the image is "
	    "built)" },
	{ "post_update", LIST, REFUSED,
	    "nothing is deployed from inside (run them when the image is "
	    "built)" },
	{ "write", BOOL, REFUSED, "no file is written (leave it out)" },
	{ "username", TEXT, REFUSED,
	    "PM2 finds it out by itself (say \"user\" to run as another)" },
	{ "trace", BOOL, REFUSED, PLUS },
	{ "v8", BOOL, REFUSED, PLUS },
	{ "event_loop_inspector", BOOL, REFUSED, PLUS },
	{ "deep_monitoring", BOOL, REFUSED, PLUS },
	{ "pmx", BOOL | TEXT, REFUSED, PLUS },
	{ "automation", BOOL, REFUSED, PLUS },
	{ "io", OBJECT, REFUSED, PLUS },
};

/* PM2 takes every key in camelCase as well. */
static bool
same_name(const char *name, const char *row)
{
	for (; *name != '\0' && *row != '\0'; name++, row++) {
		if (*row == '_' && *name >= 'A' && *name <= 'Z') {
			if (*++row != (*name | 0x20))
				return false;
		} else if (*name != *row) {
			return false;
		}
	}
	return *name == *row;
}

static const struct row *
row_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (same_name(name, rows[i].name))
			return &rows[i];
	return NULL;
}

static bool
asks_for_something(const struct json *value)
{
	switch (value->type) {
	case JSON_BOOL:
		return value->truth;
	case JSON_NUMBER:
		return strtod(value->text, NULL) != 0;
	case JSON_STRING:
		return value->len > 0;
	case JSON_LIST:
	case JSON_OBJECT:
		return value->count > 0;
	case JSON_NULL:
	case JSON_TYPES:
		break;
	}
	return false;
}

static bool
is_no_file(const struct json *value)
{
	static const char *const none[] = { "/dev/null", "NULL", "/dev/stdout",
		"/dev/stderr", "/dev/fd/1", "/dev/fd/2", "/proc/1/fd/1",
		"/proc/1/fd/2", "/proc/self/fd/1", "/proc/self/fd/2" };
	if (!asks_for_something(value))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		if (value->type == JSON_STRING &&
		    strcmp(value->text, none[i]) == 0)
			return true;
	return false;
}

static bool
is_refused(const struct row *row, const struct json *value)
{
	switch (row->verdict) {
	case USED:
	case NOTHING:
		return false;
	case REFUSED:
		return asks_for_something(value);
	case KEPT_ON:
		return !asks_for_something(value);
	case LOG_FILE:
		return !is_no_file(value);
	}
	return true;
}

static void
check_unknown(struct ecosystem_work *w, const struct json *m)
{
	struct nearest n;
	if (strncmp(m->name, "env_", 4) == 0) {
		if (m->type != JSON_OBJECT)
			ecosystem_work_refuse(
			    w, m->name, "must be an object of variables");
		return;
	}
	nearest_init(&n, m->name);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		nearest_offer(&n, rows[i].name);
	if (n.best != NULL)
		ecosystem_work_refuse(w, m->name,
		    "PM2 has no such key (did you mean \"%s\"?)", n.best);
	else
		ecosystem_work_refuse(w, m->name,
		    "PM2 has no such key, and would pass over it (leave it "
		    "out)");
}

void
ecosystem_keys_check(struct ecosystem_work *w, const struct json *app)
{
	for (const struct json *m = app->first; m != NULL; m = m->next) {
		const struct row *row = row_of(m->name);
		if (m->type == JSON_NULL)
			continue;
		if (row == NULL)
			check_unknown(w, m);
		else if ((row->types & 1U << m->type) == 0)
			ecosystem_work_refuse(w, m->name, "it must not be %s",
			    json_type_name(m->type));
		else if (is_refused(row, m))
			ecosystem_work_refuse(w, m->name, "%s", row->why);
	}
}

static const struct json *
find(const struct json *object, const char *key)
{
	if (object == NULL)
		return NULL;
	for (const struct json *m = object->first; m != NULL; m = m->next) {
		const struct row *row = row_of(m->name);
		if (row == NULL || row->verdict != USED ||
		    (row->types & 1U << m->type) == 0)
			continue;
		if (strcmp(row->why == NULL ? row->name : row->why, key) == 0)
			return m;
	}
	return NULL;
}

const struct json *
ecosystem_keys_get(const struct ecosystem_work *w, const char *key)
{
	const struct json *found = find(w->ask->options, key);
	return found != NULL ? found : find(w->app, key);
}

const char *
ecosystem_keys_text(const struct ecosystem_work *w, const char *key)
{
	const struct json *m = ecosystem_keys_get(w, key);
	bool is_text =
	    m != NULL && (m->type == JSON_STRING || m->type == JSON_NUMBER);
	return is_text && m->len > 0 ? m->text : NULL;
}

bool
ecosystem_keys_bool(
    const struct ecosystem_work *w, const char *key, bool otherwise)
{
	const struct json *m = ecosystem_keys_get(w, key);
	return m == NULL ? otherwise : m->truth;
}

bool
ecosystem_keys_number(struct ecosystem_work *w, const char *key, int64_t *ret)
{
	const char *text = ecosystem_keys_text(w, key);
	size_t len = text == NULL ? 0 : strlen(text);
	if (text == NULL)
		return false;
	if (strspn(text, "0123456789") != len || len > 15) {
		ecosystem_work_refuse(
		    w, key, "it must be a whole number from 0 on");
		return false;
	}
	*ret = strtoll(text, NULL, 10);
	return true;
}
