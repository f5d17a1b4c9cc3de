#include "supervisor/environment.h"

#include "config/ref.h"
#include "core/guard.h"
#include "core/wire_types.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "supervisor/pid1.h"

/* "NAME" or "NAME=value": the name's length either way. */
static size_t
shown_len(const char *variable)
{
	return strcspn(variable, "=");
}

static int
refuse(struct environment *e, const struct plan_variable *v, const char *why)
{
	(void)snprintf(e->problem, sizeof(e->problem),
	    "cannot use the secret reference of %.*s%s: %s",
	    (int)(shown_len(v->name) < 64 ? shown_len(v->name) : 64), v->name,
	    shown_len(v->name) > 64 ? "..." : "", why);
	return -1;
}

static int
add_want(struct environment *e, const struct plan_variable *v,
    enum want_owner owner, size_t index)
{
	if (e->wants == ENVIRONMENT_WANTS_MAX)
		return refuse(e, v, "there are more than 512");
	if (shown_len(v->name) > WIRE_NAME_MAX)
		return refuse(e, v, "a name of over 256 bytes");
	if (strlen(v->value) > WIRE_TEXT_MAX)
		return refuse(e, v, "a reference of over 4096 bytes");
	e->want[e->wants++] = (struct want){ .variable = v->name,
		.reference = v->value,
		.owner = owner,
		.index = index };
	e->open++;
	return 0;
}

_Static_assert(ENVIRONMENT_WANTS_MAX == 512 && WIRE_NAME_MAX == 256 &&
		   WIRE_TEXT_MAX == 4096,
    "the lines above say these numbers");

static int
collect_map(struct environment *e, const struct plan_variables *map,
    enum want_owner owner, size_t index)
{
	for (size_t i = 0; i < map->count; i++) {
		if (!ref_is_reference(map->item[i].value, false))
			continue;
		int r = add_want(e, &map->item[i], owner, index);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Length of the name in "NAME=value"; 0 for a string that has none. */
static size_t
name_len(const char *string)
{
	const char *equals = strchr(string, '=');
	return equals ? (size_t)(equals - string) : 0;
}

/* The name, cut out of "NAME=value", for the functions that want a text. */
static bool
copy_name(const char *string, char *name, size_t size)
{
	size_t len = name_len(string);
	if (len == 0 || len >= size)
		return false;
	memcpy(name, string, len);
	name[len] = '\0';
	return true;
}

static bool
is_own(const char *string)
{
	char name[256];
	return copy_name(string, name, sizeof(name)) &&
	       plan_variable_is_own(name);
}

static bool
is_wanted(const char *string)
{
	size_t len = name_len(string);
	return len > 0 && !is_own(string) &&
	       ref_is_reference(string + len + 1, true);
}

/* A want's name must outlive boot: it is cut out in place, after the fact. */
static int
collect_inherited(struct environment *e)
{
	for (char *const *s = e->inherited; *s != NULL; s++) {
		if (!is_wanted(*s))
			continue;
		struct plan_variable v = { *s, *s + name_len(*s) + 1 };
		int r = add_want(e, &v, WANT_INHERITED, 0);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
collect_own(struct environment *e)
{
	const struct plan_variable own[OWN_SECRETS] = {
		[OWN_SLACK_WEBHOOK] = { "events.slack.webhook",
		    e->plan->events.slack_webhook },
		[OWN_LOKI_TOKEN] = { "events.loki.token",
		    e->plan->events.loki_token },
	};
	for (size_t i = 0; i < OWN_SECRETS; i++) {
		if (!ref_is_reference(own[i].value, false))
			continue;
		int r = add_want(e, &own[i], WANT_OWN, i);
		if (r < 0)
			return r;
	}
	return 0;
}

int
environment_collect(
    struct environment *e, const struct plan *plan, char *const *inherited)
{
	e->plan = plan;
	e->inherited = inherited;
	int r = collect_inherited(e);
	if (r == 0)
		r = collect_map(e, &plan->secrets.env, WANT_SHARED, 0);
	const struct plan_service *s = plan->services;
	for (size_t i = 0; r == 0 && i < plan->services_count; i++)
		if (s[i].instance == 0)
			r = collect_map(e, &s[i].env, WANT_SERVICE, i);
	for (size_t i = 0; r == 0 && i < plan->tasks_count; i++)
		r = collect_map(e, &plan->tasks[i].env, WANT_TASK, i);
	return r == 0 ? collect_own(e) : r;
}

int
environment_take(struct environment *e, size_t i, const char *value, size_t len)
{
	assert(i < e->wants);
	struct want *w = &e->want[i];
	if (w->value.data != NULL || w->absent)
		return -EEXIST;
	int r = secret_new(&w->value, len + 1);
	if (r < 0)
		return r;
	memcpy(w->value.data, value, len);
	w->value.data[len] = '\0';
	w->len = len;
	secret_shut(&w->value);
	e->open--;
	return 0;
}

void
environment_take_absent(struct environment *e, size_t i)
{
	assert(i < e->wants);
	struct want *w = &e->want[i];
	if (w->value.data != NULL || w->absent)
		return;
	w->absent = true;
	e->open--;
}

size_t
environment_name_len(const struct want *w)
{
	return w->owner == WANT_INHERITED ? name_len(w->variable)
					  : strlen(w->variable);
}

static int
seal_values(struct environment *e)
{
	size_t size = 0;
	for (size_t i = 0; i < e->wants; i++)
		size += environment_name_len(&e->want[i]) + e->want[i].len + 2;
	if (size == 0)
		return 0;
	int r = secret_new(&e->region, size);
	if (r < 0)
		return r;

	char *next = e->region.data;
	for (size_t i = 0; i < e->wants; i++) {
		struct want *w = &e->want[i];
		if (w->value.data == NULL)
			continue;
		size_t name = environment_name_len(w);
		secret_show(&w->value);
		w->sealed = next;
		memcpy(next, w->variable, name);
		next[name] = '=';
		memcpy(next + name + 1, w->value.data, w->len + 1);
		next += name + w->len + 2;
		secret_open(&w->value);
		secret_free(&w->value);
	}
	return 0;
}

/* Room for envp arrays and for the plain strings of the configuration. */
static void *
take_room(size_t size)
{
	void *room = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return room == MAP_FAILED ? NULL : room;
}

/* An envp being built, and where the next plain string goes. */
struct builder {
	char **envp;
	size_t count;
	char *text;
};

static bool
names(const struct plan_variables *map, const char *name, size_t len)
{
	for (size_t i = 0; i < map->count; i++)
		if (strncmp(map->item[i].name, name, len) == 0 &&
		    map->item[i].name[len] == '\0')
			return true;
	return false;
}

static const struct want *
find_want(const struct environment *e, enum want_owner owner, size_t index,
    const char *variable)
{
	for (size_t i = 0; i < e->wants; i++) {
		const struct want *w = &e->want[i];
		if (w->owner == owner && w->index == index &&
		    w->variable == variable)
			return w;
	}
	return NULL;
}

static void
add_plain(struct builder *b, const struct plan_variable *v)
{
	size_t name = strlen(v->name), len = strlen(v->value);
	memcpy(b->text, v->name, name);
	b->text[name] = '=';
	memcpy(b->text + name + 1, v->value, len + 1);
	b->envp[b->count++] = b->text;
	b->text += name + len + 2;
}

static void
add_one(struct builder *b, const struct plan_variable *v, const struct want *w)
{
	if (w == NULL)
		add_plain(b, v);
	else if (w->sealed != NULL)
		b->envp[b->count++] = (char *)(uintptr_t)w->sealed;
}

/*
 * A name of a stronger map is left out even when that one ends up without a
 * value: "unset" is what its owner asked for.
 */
static void
add_shared(struct builder *b, const struct environment *e,
    const struct plan_variables *own)
{
	const struct plan_variables *map = &e->plan->secrets.env;
	for (size_t i = 0; i < map->count; i++)
		if (!names(own, map->item[i].name, strlen(map->item[i].name)))
			add_one(b, &map->item[i],
			    find_want(e, WANT_SHARED, 0, map->item[i].name));
}

static void
add_inherited(struct builder *b, const struct environment *e,
    const struct plan_variables *own)
{
	for (char *const *s = e->inherited; *s != NULL; s++) {
		const struct want *w = find_want(e, WANT_INHERITED, 0, *s);
		size_t len = name_len(*s);
		if (is_own(*s) || (len > 0 && names(own, *s, len)) ||
		    (len > 0 && names(&e->plan->secrets.env, *s, len)))
			continue;
		if (w == NULL)
			b->envp[b->count++] = *s;
		else if (w->sealed != NULL)
			b->envp[b->count++] = (char *)(uintptr_t)w->sealed;
	}
}

static size_t
map_size(const struct plan_variables *map)
{
	size_t size = map->count * sizeof(char *);
	for (size_t i = 0; i < map->count; i++)
		size +=
		    strlen(map->item[i].name) + strlen(map->item[i].value) + 2;
	return size;
}

static char **
build(const struct environment *e, const struct plan_variables *own,
    enum want_owner owner, size_t index)
{
	const struct plan_variables *shared = &e->plan->secrets.env;
	size_t inherited = 0;
	while (e->inherited[inherited] != NULL)
		inherited++;
	size_t slots = inherited + own->count + shared->count + 1;

	char **envp = take_room(
	    slots * sizeof(char *) + map_size(own) + map_size(shared));
	if (envp == NULL)
		return NULL;
	struct builder b = { envp, 0, (char *)(envp + slots) };
	for (size_t i = 0; i < own->count; i++)
		add_one(&b, &own->item[i],
		    find_want(e, owner, index, own->item[i].name));
	add_shared(&b, e, own);
	add_inherited(&b, e, own);
	b.envp[b.count] = NULL;
	return envp;
}

static int
build_all(struct environment *e)
{
	const struct plan_service *s = e->plan->services;
	for (size_t i = 0; i < e->plan->services_count; i++) {
		size_t first = i - (size_t)s[i].instance;
		e->service_envp[i] = build(e, &s[i].env, WANT_SERVICE, first);
		if (e->service_envp[i] == NULL)
			return -ENOMEM;
	}
	for (size_t i = 0; i < e->plan->tasks_count; i++) {
		e->task_envp[i] =
		    build(e, &e->plan->tasks[i].env, WANT_TASK, i);
		if (e->task_envp[i] == NULL)
			return -ENOMEM;
	}
	return 0;
}

int
environment_seal(struct environment *e)
{
	int r = seal_values(e);
	if (r == 0)
		r = build_all(e);
	environment_hide(e);
	return r;
}

/* They come first, in the order of the environment. */
static int
find_inherited_again(struct environment *e)
{
	size_t i = 0;
	for (char *const *s = e->inherited; *s != NULL; s++) {
		if (!is_wanted(*s))
			continue;
		if (i == e->wants || e->want[i].owner != WANT_INHERITED)
			return -EBADMSG;
		e->want[i].variable = *s;
		e->want[i++].reference = *s + name_len(*s) + 1;
	}
	return i < e->wants && e->want[i].owner == WANT_INHERITED ? -EBADMSG
								  : 0;
}

int
environment_adopt(struct environment *e, char *const *inherited)
{
	e->inherited = inherited;
	int r = find_inherited_again(e);
	if (r < 0)
		return r;
	if (e->service_envp[0] != NULL)
		return build_all(e);
	e->open = e->wants;
	for (size_t i = 0; i < e->wants; i++) {
		e->want[i].absent = false;
		e->want[i].value = (struct secret){ 0 };
	}
	return e->wants > 0 ? secret_setup() : 0;
}

void
environment_show(const struct environment *e)
{
	if (e->region.data != NULL)
		secret_show(&e->region);
}

void
environment_hide(const struct environment *e)
{
	if (e->region.data != NULL)
		secret_shut(&e->region);
}

const char *
environment_value(const struct want *w, size_t *ret_len)
{
	*ret_len = w->len;
	return w->sealed == NULL ? NULL
				 : w->sealed + environment_name_len(w) + 1;
}

const char *
environment_own(
    const struct environment *e, enum own_secret which, const char *fallback)
{
	size_t len;
	for (size_t i = 0; i < e->wants; i++) {
		const struct want *w = &e->want[i];
		if (w->owner == WANT_OWN && w->index == which)
			return w->absent ? "" : environment_value(w, &len);
	}
	return fallback;
}

/* 0 when the map has no such name; else as environment_lookup. */
static int
lookup_map(
    const struct plan_variables *map, const char *name, const char **ret_value)
{
	for (size_t i = 0; i < map->count; i++) {
		if (strcmp(map->item[i].name, name) != 0)
			continue;
		if (ref_is_reference(map->item[i].value, false))
			return 2;
		*ret_value = map->item[i].value;
		return 1;
	}
	return 0;
}

int
environment_lookup(
    const struct environment *e, const char *name, const char **ret_value)
{
	int r = 0;
	size_t len = strlen(name);

	if (plan_variable_is_own(name))
		return 0;
	if (e->plan->services_count > 0)
		r = lookup_map(&e->plan->services[0].env, name, ret_value);
	if (r == 0)
		r = lookup_map(&e->plan->secrets.env, name, ret_value);
	for (char *const *s = e->inherited; r == 0 && *s != NULL; s++) {
		if (strncmp(*s, name, len) != 0 || (*s)[len] != '=')
			continue;
		if (ref_is_reference(*s + len + 1, true))
			return 2;
		*ret_value = *s + len + 1;
		return 1;
	}
	return r;
}

bool
environment_wipe(char **inherited)
{
	char name[256];
	bool found = false;

	for (char **s = inherited; *s != NULL; s++) {
		if (!copy_name(*s, name, sizeof(name)) ||
		    !plan_variable_is_credential(name))
			continue;
		size_t len = name_len(*s);
		secret_wipe(*s + len + 1, strlen(*s + len + 1));
		found = true;
	}
	return found;
}
