#include "config/direct_plan.h"

#include "config/direct.h"
#include "config/direct_find.h"
#include "config/expand.h"
#include "config/ref.h"
#include "core/buf.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/log.h"

#include <stdio.h>
#include <string.h>

#define NOTE_MAX 80
#define WHY_MAX 600

struct take {
	const struct plan *plan;
	struct arena *arena;
	struct arena work;
	char *const *environ_in;
	struct direct direct;
	char **shown; /* the new command, as people may see it */
	char why[WHY_MAX];
};

static const struct plan_variable *
variable_of(const struct plan_variables *map, const char *name)
{
	for (size_t i = 0; i < map->count; i++)
		if (strcmp(map->item[i].name, name) == 0)
			return &map->item[i];
	return NULL;
}

/* NULL: it is a secret, and so not known before the services start. */
static const char *
path_of(const struct take *t, const struct plan_service *s)
{
	const struct plan_variable *v = variable_of(&s->env, "PATH");
	const char *path = expand_variable(t->environ_in, "PATH", 4);
	if (v == NULL)
		v = variable_of(&t->plan->secrets.env, "PATH");
	if (v != NULL)
		return ref_is_reference(v->value, false) ? NULL : v->value;
	if (path == NULL)
		return DIRECT_FIND_PATH;
	return ref_is_reference(path, true) ? NULL : path;
}

static bool
same_words(char *const a[], char *const b[])
{
	size_t i = 0;
	while (a[i] != NULL && b[i] != NULL && strcmp(a[i], b[i]) == 0)
		i++;
	return a[i] == b[i];
}

/*
 * As written, a command holds ${NAME} where it now holds a value, which nobody
 * may be shown: what is shown is the outcome of the words as written, and so
 * are reasons.  Without such an outcome the service is shown as it was.
 */
static enum direct_result
resolve(struct take *t, const struct plan_service *s)
{
	struct direct_ask ask = { s->command, s->cwd, path_of(t, s),
		t->environ_in };
	bool same = same_words(s->command, s->command_shown);
	struct direct as_shown;
	enum direct_result r;

	if (ask.path == NULL) {
		(void)snprintf(
		    t->why, sizeof(t->why), "PATH comes from a secret");
		return DIRECT_REFUSED;
	}
	r = direct_resolve(&ask, &t->work, &t->direct, t->why, sizeof(t->why));
	t->shown = r == DIRECT_TAKEN ? t->direct.command : NULL;
	if (same || r == DIRECT_NONE)
		return r;
	(void)snprintf(t->why, sizeof(t->why),
	    "a variable of its command stands in the way");
	/* the first half's memory is kept: t->direct points into it */
	struct arena second;
	if (arena_open(&second) != 0)
		return r;
	ask.command = s->command_shown;
	char why[WHY_MAX];
	enum direct_result again =
	    direct_resolve(&ask, &second, &as_shown, why, sizeof(why));
	t->shown = s->command_shown;
	if (r == DIRECT_TAKEN && again == DIRECT_TAKEN) {
		size_t count = 0;
		while (as_shown.command[count] != NULL)
			count++;
		t->shown = arena_take(&t->work, (count + 1) * sizeof(char *));
		for (size_t i = 0; i < count; i++)
			t->shown[i] = arena_text(&t->work, as_shown.command[i],
			    strlen(as_shown.command[i]));
	} else if (again == r) {
		(void)snprintf(t->why, sizeof(t->why), "%s", why);
	}
	arena_close(&second);
	return r;
}

static void
add_words(struct buf *b, char *const words[])
{
	for (size_t i = 0; words[i] != NULL; i++)
		buf_fmt(b, "%s%s", i == 0 ? "" : " ", words[i]);
}

/* The launcher's words as written, cut to a line's part. */
static const char *
note_of(const struct take *t, const struct plan_service *s)
{
	char text[NOTE_MAX];
	struct buf b = BUF_ON(text);
	add_words(&b, s->command_shown);
	for (size_t i = b.len - 3; b.cut && i < b.len; i++)
		text[i] = '.';
	for (size_t i = 0; i < b.len; i++)
		if ((unsigned char)text[i] < ' ')
			text[i] = ' ';
	return arena_text(t->arena, text, b.len);
}

/* ---- into the plan ---- */

static char **
copy_words(const struct take *t, char *const words[])
{
	size_t count = 0;
	while (words[count] != NULL)
		count++;
	char **copy = arena_take(t->arena, (count + 1) * sizeof(char *));
	for (size_t i = 0; i < count; i++)
		copy[i] = arena_text(t->arena, words[i], strlen(words[i]));
	return copy;
}

static void
put(const struct take *t, struct plan_variables *map, const char *name,
    const char *value)
{
	size_t i = 0;
	while (i < map->count && strcmp(map->item[i].name, name) != 0)
		i++;
	map->item[i].name = arena_text(t->arena, name, strlen(name));
	map->item[i].value = arena_text(t->arena, value, strlen(value));
	map->count += i == map->count;
}

/*
 * The service's own variables and the shared ones are above the launcher's; a
 * script's NAME=value is above everything, as in the shell.
 */
static void
merge(const struct take *t, struct plan_service *s)
{
	const struct direct *d = &t->direct;
	const struct plan_variables *shared = &t->plan->secrets.env;
	size_t max = s->env.count + d->set.count + d->add.count + 1;
	struct plan_variables map = {
		arena_take(t->arena, max * sizeof(*map.item)),
		s->env.count,
	};
	if (s->env.count > 0)
		memcpy(map.item, s->env.item, s->env.count * sizeof(*map.item));
	put(t, &map, "PATH", d->path);
	for (size_t i = 0; i < d->set.count; i++)
		put(t, &map, d->set.item[i].name, d->set.item[i].value);
	for (size_t i = 0; i < d->add.count; i++) {
		const struct plan_variable *v = &d->add.item[i];
		if (variable_of(&map, v->name) == NULL &&
		    variable_of(shared, v->name) == NULL)
			put(t, &map, v->name, v->value);
	}
	s->env = map;
}

static void
apply(const struct take *t, struct plan_service *s)
{
	bool same = same_words(t->shown, t->direct.command);
	s->direct_note = note_of(t, s);
	s->direct_saved_ms = t->direct.saved_ms;
	s->command_shown = copy_words(t, t->shown);
	s->command = same ? s->command_shown : copy_words(t, t->direct.command);
	s->cwd = arena_text(t->arena, t->direct.cwd, strlen(t->direct.cwd));
	merge(t, s);
}

static int
fail(struct plan_error *error, int code, const char *who, const char *why)
{
	error->code = code;
	(void)snprintf(error->text, sizeof(error->text),
	    "cannot use the command of %.64s: %.600s", who, why);
	return -1;
}

static int
take_one(struct take *t, struct plan_service *s, struct plan_error *error)
{
	int r = arena_open(&t->work);
	if (r != 0)
		return fail(error, EXITS_OSERR, s->name, strerror(-r));
	enum direct_result result = resolve(t, s);
	if (result == DIRECT_TAKEN)
		apply(t, s);
	else if (result == DIRECT_REFUSED)
		log_warn(0, "direct: %s runs as written (%s): %s", s->name,
		    note_of(t, s), t->why);
	else if (result == DIRECT_WRONG)
		r = fail(error, EXITS_CONFIG, s->name, t->why);
	arena_close(&t->work);
	return r;
}

int
direct_plan_take(struct plan *plan, struct arena *arena,
    char *const environ_in[], struct plan_error *ret_error)
{
	struct take t = {
		.plan = plan, .arena = arena, .environ_in = environ_in
	};
	for (size_t i = 0; i < plan->services_count; i++) {
		struct plan_service *s = &plan->services[i];
		s->direct_note = "";
		s->direct_saved_ms = 0;
		if (s->direct && take_one(&t, s, ret_error) == -1)
			return -1;
	}
	return 0;
}

bool
direct_plan_hint(const struct plan *plan, const struct plan_service *s,
    char *const environ_in[], char *text, size_t size)
{
	struct take t = { .plan = plan, .environ_in = environ_in };
	struct buf b;
	if (s->direct || arena_open(&t.work) != 0)
		return false;
	t.arena = &t.work;
	bool works = resolve(&t, s) == DIRECT_TAKEN;
	buf_init(&b, text, size);
	if (works) {
		buf_fmt(&b, "would leave out %s (about %d ms) and run ",
		    note_of(&t, s), t.direct.saved_ms);
		add_words(&b, t.shown);
	}
	arena_close(&t.work);
	return works;
}
