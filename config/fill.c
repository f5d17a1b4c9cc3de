#include "config/fill.h"

#include "config/fill_error.h"
#include "config/fill_service.h"
#include "config/sigrule.h"
#include "config/value.h"
#include "config/value_expected.h"
#include "core/clock.h"
#include "core/guard.h"

#include <assert.h>
#include <string.h>

typedef int filler(
    struct fill *f, const struct key *key, const struct json *node, void *base);

static filler value;

static const size_t home_size[] = {
	[KEY_IN_PLAN] = sizeof(struct plan),
	[KEY_IN_ASSETS] = sizeof(struct plan_assets),
	[KEY_IN_TASK] = sizeof(struct plan_task),
	[KEY_IN_SERVICE] = sizeof(struct plan_service),
};
_Static_assert(ARRAY_LEN(home_size) == KEY_HOMES, "a size per home");

/* Lists are a pointer and a count; named things begin with their name. */
#define PAIRED(list, count)                                              \
	_Static_assert(offsetof(struct plan, count) ==                   \
			   offsetof(struct plan, list) + sizeof(void *), \
	    "the count follows the list")
PAIRED(assets, assets_count);
PAIRED(tasks, tasks_count);
PAIRED(services, services_count);
_Static_assert(offsetof(struct plan_task, name) == 0, "name first");
_Static_assert(offsetof(struct plan_service, name) == 0, "name first");

static void
service_defaults(struct plan_service *service)
{
	service->clean_codes[0] = 1;
	service->start_timeout_ms = NEVER;
	service->identity.umask = -1;
}

void
fill_defaults(enum key_home home, void *base)
{
	char why[VALUE_WHY_MAX];
	for (size_t i = 0; i < keys_count(); i++) {
		const struct key *k = keys_at(i);
		if (k->home != home || k->offset == KEY_UNKEPT)
			continue;
		if (k->fallback != NULL && value_is_text(k))
			(void)value_set(k, base, k->fallback, why);
		else if (value_is_string(k))
			*(const char **)((char *)base + k->offset) = "";
	}
	if (home == KEY_IN_TASK) {
		((struct plan_task *)base)->timeout_ms = NEVER;
		((struct plan_task *)base)->identity.umask = -1;
	}
	if (home == KEY_IN_SERVICE)
		service_defaults(base);
}

void *
fill_new(struct arena *arena, enum key_home home, size_t count)
{
	char *list = arena_take(arena, home_size[home] * (count + 1));
	for (size_t i = 0; i < count; i++)
		fill_defaults(home, list + i * home_size[home]);
	return list;
}

static int
need(struct fill *f, const struct key *key, const struct json *node,
    enum json_type type)
{
	return node->type == type ? 0 : fill_error_type(f, key, node);
}

static int
member(struct fill *f, const struct key *parent, const struct json *node,
    void *base)
{
	const struct key *k = keys_member(parent, node->name);
	if (k == NULL || k->type == KEY_LATER)
		return fill_error_unknown(f, parent, node, k != NULL);
	return value(f, k, node, base);
}

int
fill_object(
    struct fill *f, const struct key *key, const struct json *node, void *base)
{
	if (key->shorthand != NULL && node->type != JSON_OBJECT)
		return value(f, keys_member(key, key->shorthand), node, base);
	if (need(f, key, node, JSON_OBJECT) == -1)
		return -1;
	for (const struct json *m = node->first; m != NULL; m = m->next)
		if (member(f, key, m, base) == -1)
			return -1;
	const struct key *k = NULL;
	while ((k = keys_next(key, k)) != NULL)
		if (k->required && json_member(node, keys_name(k)) == NULL)
			return fill_error_missing(f, k, node);
	return 0;
}

static enum key_home
home_below(const struct key *key)
{
	return keys_next(key, NULL)->home;
}

/* A list of objects, or an object of named ones. */
static int
objects(
    struct fill *f, const struct key *key, const struct json *node, void *base)
{
	bool named = key->type == KEY_NAMED;
	if (need(f, key, node, named ? JSON_OBJECT : JSON_LIST) == -1)
		return -1;
	if (node->count > (size_t)key->max)
		return fill_error_count(f, key, node);

	enum key_home home = home_below(key);
	char *item = fill_new(f->arena, home, node->count);
	char *at = (char *)base + key->offset;
	*(void **)at = item;
	*(size_t *)(at + sizeof(void *)) = node->count;
	for (const struct json *m = node->first; m != NULL; m = m->next) {
		if (named && !fill_name_ok(m->name))
			return fill_error(f, m,
			    "must have a name of 1 to 64 "
			    "letters, digits, . _ and -");
		if (named)
			*(const char **)item = m->name;
		if (fill_object(f, key, m, item) == -1)
			return -1;
		item += home_size[home];
	}
	return 0;
}

int
fill_expanded(struct fill *f, const struct json *node, const char **ret)
{
	char why[VALUE_WHY_MAX];
	if (expand_text(&f->expand, node->text, ret, why, sizeof(why)) == 0)
		return 0;
	return fill_error(f, node, "%s", why);
}

static int
text(struct fill *f, const struct key *key, const struct json *node, void *base)
{
	char why[VALUE_WHY_MAX];
	const char *now;
	if (need(f, key, node, JSON_STRING) == -1 ||
	    fill_expanded(f, node, &now) == -1)
		return -1;
	if (value_set(key, base, now, why) == 0)
		return 0;
	/* this one's errors repeat a part of the text, a variable's value */
	if (key->type == KEY_CRON && now != node->text)
		value_expected(key, why);
	return fill_error(f, node, "%s", why);
}

/* Bare words of JSON: a number, true, false. */
static int
bare(struct fill *f, const struct key *key, const struct json *node, void *base)
{
	char why[VALUE_WHY_MAX];
	const char *now = node->text;
	enum json_type type = key->type == KEY_BOOL ? JSON_BOOL : JSON_NUMBER;
	if (need(f, key, node, type) == -1)
		return -1;
	if (type == JSON_BOOL)
		now = node->truth ? "true" : "false";
	if (value_set(key, base, now, why) == 0)
		return 0;
	return fill_error(f, node, "%s", why);
}

/* What stands as a number or as a text. */
static int
either(
    struct fill *f, const struct key *key, const struct json *node, void *base)
{
	int64_t n;
	if (node->type != JSON_NUMBER)
		return text(f, key, node, base);
	/* 1.5 and 1e3 could be names */
	if (key->type == KEY_USER && !json_integer(node, &n))
		return fill_error(f, node, "must be a name or a whole number");
	return bare(f, key, node, base);
}

static int
command(
    struct fill *f, const struct key *key, const struct json *node, void *base)
{
	char ***at = (char ***)(void *)((char *)base + key->offset);
	size_t i = 0;
	if (need(f, key, node, JSON_LIST) == -1)
		return -1;
	if (node->count == 0)
		return fill_error(f, node, "must not be empty");
	at[0] = arena_take(f->arena, (node->count + 1) * sizeof(char *));
	at[1] = arena_take(f->arena, (node->count + 1) * sizeof(char *));
	for (const struct json *m = node->first; m != NULL; m = m->next, i++) {
		const char *now;
		if (m->type != JSON_STRING)
			return fill_error_element(f, key, m);
		if (fill_expanded(f, m, &now) == -1)
			return -1;
		/* argv is char ** by custom; nobody writes to the words */
		at[0][i] = (char *)now;
		at[1][i] = (char *)m->text;
	}
	if (at[0][0][0] == '\0')
		return fill_error(f, node, "must not begin with an empty word");
	return 0;
}
_Static_assert(offsetof(struct plan_task, command_shown) ==
		   offsetof(struct plan_task, command) + sizeof(char **),
    "side by side");
_Static_assert(offsetof(struct plan_service, before_stop_shown) ==
		   offsetof(struct plan_service, before_stop) + sizeof(char **),
    "side by side");
_Static_assert(offsetof(struct plan_probe, exec_shown) ==
		   offsetof(struct plan_probe, exec) + sizeof(char **),
    "side by side");
_Static_assert(offsetof(struct plan_service, command_shown) ==
		   offsetof(struct plan_service, command) + sizeof(char **),
    "side by side");

static int
signals(
    struct fill *f, const struct key *key, const struct json *node, void *base)
{
	struct plan_signal_rule *rules =
	    (struct plan_signal_rule *)(void *)((char *)base + key->offset);
	const char *action;
	char why[VALUE_WHY_MAX];
	if (need(f, key, node, JSON_OBJECT) == -1)
		return -1;
	for (const struct json *m = node->first; m != NULL; m = m->next) {
		if (m->type != JSON_STRING)
			return fill_error_element(f, key, m);
		if (fill_expanded(f, m, &action) == -1)
			return -1;
		if (sigrule_set(rules, m->name, action, why) == -1)
			return fill_error(f, m, "%s", why);
	}
	return 0;
}

static int
codes(
    struct fill *f, const struct key *key, const struct json *node, void *base)
{
	unsigned char set[32] = { 0 };
	if (need(f, key, node, JSON_LIST) == -1)
		return -1;
	for (const struct json *m = node->first; m != NULL; m = m->next) {
		int64_t code;
		if (!json_integer(m, &code) || code < 0 || code > 255)
			return fill_error_element(f, key, m);
		set[code / 8] |= (unsigned char)(1u << code % 8);
	}
	memcpy((char *)base + key->offset, set, sizeof(set));
	return 0;
}

static int
map(struct fill *f, const struct key *key, const struct json *node, void *base)
{
	struct plan_variables *to =
	    (struct plan_variables *)(void *)((char *)base + key->offset);
	char why[VALUE_WHY_MAX];
	if (need(f, key, node, JSON_OBJECT) == -1)
		return -1;
	if (node->count > (size_t)key->max)
		return fill_error_count(f, key, node);
	to->item = arena_take(f->arena, (node->count + 1) * sizeof(*to->item));
	for (const struct json *m = node->first; m != NULL; m = m->next) {
		struct plan_variable *variable = &to->item[to->count++];
		if (fill_variable_refused(m->name) != NULL)
			return fill_error(
			    f, m, "%s", fill_variable_refused(m->name));
		if (m->type != JSON_STRING)
			return fill_error_element(f, key, m);
		variable->name = m->name;
		if (fill_expanded(f, m, &variable->value) == -1)
			return -1;
		if (value_check_ref(variable->value, why) == -1)
			return fill_error(f, m, "%s", why);
	}
	return 0;
}

/* A credential: a text, or an object with the file that holds it. */
static int
secret(
    struct fill *f, const struct key *key, const struct json *node, void *base)
{
	if (node->type == JSON_OBJECT) {
		*(const char **)(void *)((char *)base + key->offset) = "";
		return fill_object(f, key, node, base);
	}
	return text(f, key, node, base);
}

static filler *const fillers[] = {
	[KEY_OBJECT] = fill_object,
	[KEY_OBJECTS] = objects,
	[KEY_NAMED] = objects,
	[KEY_STRING] = text,
	[KEY_REF] = text,
	[KEY_WEB] = text,
	[KEY_WEB_REF] = text,
	[KEY_LISTEN] = text,
	[KEY_URL] = text,
	[KEY_TCP] = text,
	[KEY_BOOL] = bare,
	[KEY_DURATION] = text,
	[KEY_INTEGER] = bare,
	[KEY_COUNT] = either,
	[KEY_CHOICE] = text,
	[KEY_EITHER] = text,
	[KEY_SIGNAL] = either,
	[KEY_COMMAND] = command,
	[KEY_AFTER] = fill_service_after,
	[KEY_ADDRESSES] = fill_service_listen,
	[KEY_SIGNALS] = signals,
	[KEY_CODES] = codes,
	[KEY_MAP] = map,
	[KEY_SECRET] = secret,
	[KEY_PROBE] = fill_service_probe,
	[KEY_CRON] = text,
	[KEY_SHARE] = text,
	[KEY_HEAP] = text,
	[KEY_USER] = either,
	[KEY_UMASK] = either,
	[KEY_CONTROL] = text,
	[KEY_LIMIT] = either,
	[KEY_LIMIT_SIZE] = either,
	[KEY_LIMIT_TIME] = either,
	[KEY_LATER] = NULL,
};
_Static_assert(ARRAY_LEN(fillers) == KEY_TYPES, "a filler per type");

static int
value(
    struct fill *f, const struct key *key, const struct json *node, void *base)
{
	assert(fillers[key->type] != NULL);

	return fillers[key->type](f, key, node, base);
}

int
fill_plan(struct fill *f)
{
	return fill_object(f, &keys_top, f->top, f->plan);
}
