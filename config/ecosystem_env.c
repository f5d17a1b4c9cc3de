#include "config/ecosystem_env.h"

#include "config/ecosystem_keys.h"
#include "config/plan.h"
#include "config/ref.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* deploy, env, env_NAME, and what is set here. */
#define VARIABLES_MAX (3 * JSON_MEMBERS_MAX + 16)
#define VALUE_MAX ((size_t)128 * 1024)

struct list {
	struct plan_variable *item;
	size_t count;
};

static const struct plan_variable *
find(const struct list *l, const char *name)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->item[i].name, name) == 0)
			return &l->item[i];
	return NULL;
}

static void
set(struct list *l, const char *name, const char *value)
{
	for (size_t i = 0; i < l->count; i++) {
		if (strcmp(l->item[i].name, name) == 0) {
			l->item[i].value = value;
			return;
		}
	}
	assert(l->count < VARIABLES_MAX);
	l->item[l->count++] =
	    (struct plan_variable){ .name = name, .value = value };
}

/* As JSON.stringify writes it. */
static void
put_json(struct buf *b, const struct json *value)
{
	bool object = value->type == JSON_OBJECT;
	if (value->type == JSON_STRING) {
		buf_json(b, value->text, value->len);
		return;
	}
	if (!object && value->type != JSON_LIST) {
		buf_str(b, value->type == JSON_NUMBER ? value->text
			   : value->type == JSON_NULL ? "null"
			   : value->truth             ? "true"
						      : "false");
		return;
	}
	buf_str(b, object ? "{" : "[");
	for (const struct json *m = value->first; m != NULL; m = m->next) {
		if (object) {
			buf_json(b, m->name, strlen(m->name));
			buf_str(b, ":");
		}
		put_json(b, m);
		if (m->next != NULL)
			buf_str(b, ",");
	}
	buf_str(b, object ? "}" : "]");
}

static const char *
text_of(struct ecosystem_work *w, const char *name, const struct json *value)
{
	struct buf b;
	if (value->type == JSON_STRING)
		return value->text;
	/* Half of the arena is far more than one file without repeats needs. */
	if (w->arena->used > ARENA_SIZE / 2) {
		w->out->cut = true;
		return "";
	}
	buf_init(&b, arena_room(w->arena, VALUE_MAX), VALUE_MAX);
	put_json(&b, value);
	if (b.cut)
		ecosystem_work_refuse(
		    w, name, "the variable's value is too long");
	arena_keep(w->arena, b.len + 1);
	return b.data;
}

static void
set_all(struct ecosystem_work *w, struct list *l, const struct json *variables)
{
	if (variables == NULL || variables->type != JSON_OBJECT)
		return;
	for (const struct json *m = variables->first; m != NULL; m = m->next)
		set(l, m->name, text_of(w, m->name, m));
}

static const struct json *
deploy_env(const struct ecosystem_work *w)
{
	const struct json *deploy = json_member(w->top, "deploy");
	if (deploy == NULL || deploy->type != JSON_OBJECT)
		return NULL;
	const struct json *one = json_member(deploy, w->ask->env_name);
	return one == NULL || one->type != JSON_OBJECT
		   ? NULL
		   : json_member(one, "env");
}

static void
set_from_file(struct ecosystem_work *w, struct list *l)
{
	set_all(w, l, ecosystem_keys_get(w, "env"));
	if (w->ask->env_name == NULL)
		return;
	/* PM2's source means it to be the weakest, and makes it win over env.
	 */
	set_all(w, l, deploy_env(w));
	const char *key = ecosystem_work_text(w, "env_%s", w->ask->env_name);
	const struct json *chosen = json_member(w->app, key);
	if (chosen == NULL)
		ecosystem_work_warn(w,
		    "--env %.64s: the app \"%.64s\" of %.200s has no "
		    "\"%.64s\"; it gets its \"env\" alone",
		    w->ask->env_name, w->title, w->ask->file, key);
	set_all(w, l, chosen);
}

/* PM2's own choice, where the file makes none. */
static const char *
mode_of(const struct ecosystem_work *w)
{
	const char *mode = ecosystem_keys_text(w, "exec_mode");
	bool cluster =
	    mode == NULL ? w->instances > 0 : strncmp(mode, "cluster", 7) == 0;
	return cluster ? "cluster_mode" : "fork_mode";
}

static void
set_own(struct ecosystem_work *w, struct list *l)
{
	const char *instance =
	    ecosystem_work_variable(w, "PM2_PROCESS_INSTANCE_VAR");
	const char *namespace = ecosystem_keys_text(w, "namespace");
	if (instance == NULL || *instance == '\0')
		instance = ecosystem_keys_text(w, "instance_var");
	set(l, "name", w->title);
	set(l, "namespace", namespace == NULL ? "default" : namespace);
	set(l, "pm_id", ecosystem_work_text(w, "%zu", w->pm_id));
	set(l, "exec_mode", mode_of(w));
	set(l, "pm_exec_path", w->script);
	set(l, "pm_cwd", w->cwd);
	set(l, instance == NULL ? "NODE_APP_INSTANCE" : instance, "0");
}

/* The counter's first value is what the file gives it. */
static void
set_increment(struct ecosystem_work *w, struct list *l)
{
	const char *name = ecosystem_keys_text(w, "increment_var");
	if (name == NULL)
		return;
	const struct plan_variable *given = find(l, name);
	const char *text =
	    given != NULL ? given->value : ecosystem_work_variable(w, name);
	char *end = NULL;
	long long n = text == NULL ? 0 : strtoll(text, &end, 10);
	if (end != NULL && *end != '\0')
		n = 0;
	set(l, name, ecosystem_work_text(w, "%lld", n));
}

static void
write_one(struct ecosystem_work *w, const struct plan_variable *v)
{
	const char *inherited = ecosystem_work_variable(w, v->name);
	if (inherited != NULL && strcmp(inherited, v->value) == 0)
		return;
	if (ref_is_reference(v->value, false) &&
	    !ref_is_reference(v->value, true))
		ecosystem_work_refuse(w, "env",
		    "cradle would take the value of %.64s for a reference to "
		    "a secret and put that in its place (set it in the "
		    "image's environment instead)",
		    v->name);
	else
		ecosystem_work_string(w, v->name, v->value);
}

void
ecosystem_env_write(struct ecosystem_work *w, bool python)
{
	struct list l = { .item = arena_take(
			      w->arena, VARIABLES_MAX * sizeof(*l.item)) };
	set_own(w, &l);
	set_from_file(w, &l);
	if (python)
		set(&l, "PYTHONUNBUFFERED", "1");
	if (ecosystem_keys_text(w, "port") != NULL)
		set(&l, "PORT", ecosystem_keys_text(w, "port"));
	set_increment(w, &l);
	ecosystem_work_open(w, "env", '{');
	for (size_t i = 0; i < l.count; i++)
		write_one(w, &l.item[i]);
	ecosystem_work_close(w, '}');
}
