#include "envsubst/declare.h"

#include "envsubst/credential.h"
#include "envsubst/note.h"
#include "envsubst/slurp.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/exits.h"
#include "core/guard_heap.h"
#include "core/log.h"
#include "core/role.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define ANSWER_MS 10000

int
declare_read(const char *path, struct dotenv *ret, struct failure *f)
{
	autofree char *text = NULL;
	size_t len = 0;
	/* a link is fine here: somebody names this file */
	int r = slurp_file(path, DOTENV_FILE_MAX, &text, &len);

	if (r == 0)
		r = dotenv_parse(text, len, ret);
	if (r == -E2BIG)
		return failure_set(f, EXITS_CONFIG,
		    "cannot read %s: it is over %d MB or names over %d "
		    "variables (list the public ones only)",
		    path, DOTENV_FILE_MAX / (1024 * 1024), DOTENV_NAMES_MAX);
	if (r == -ENOENT || r == -ENOTDIR)
		return failure_set(f, EXITS_CONFIG,
		    "cannot read %s: %s (name in \"example\" the file that "
		    "lists the public variables)",
		    path, strerror(-r));
	return r < 0 ? failure_os(f, r, "read %s", path) : 0;
}

static const struct variable *
look_up(const struct variables *v, const char *name)
{
	for (size_t i = 0; i < v->count; i++)
		if (strcmp(v->item[i].name, name) == 0)
			return &v->item[i];
	return NULL;
}

const struct variable *
declare_find(const struct variables *v, const char *name)
{
	const struct variable *found = look_up(v, name);
	assert(found != NULL);
	return found;
}

static int
set_value(struct variable *v, const char *data, size_t len)
{
	v->kind = VARIABLE_SET;
	v->data = malloc(len + 1);
	if (v->data == NULL)
		return -ENOMEM;
	if (len > 0)
		memcpy(v->data, data, len);
	v->data[len] = '\0';
	v->len = len;
	if (!value_is_utf8(v->data, v->len))
		log_warn(0,
		    "%s is not UTF-8: U+FFFD stands for what is not (set it "
		    "in UTF-8)",
		    v->name);
	return 0;
}

static int
store_answer(const struct wire_msg *msg, struct variable *ret)
{
	const struct wire_field *value = &msg->field[INJECT_VAR_VALUE];

	enum variable_kind kind =
	    (enum variable_kind)msg->field[INJECT_VAR_KIND].num;
	int r = 0;
	if (kind == VARIABLE_SET || kind == VARIABLE_GRANTED)
		r = set_value(ret, value->ptr, value->len);
	ret->kind = kind;
	return r;
}

static int
ask(struct variables *v, const char *name, struct failure *f)
{
	struct variable *found = &v->item[v->count];
	uint32_t serial = (uint32_t)v->count + 1;
	struct wire_msg msg;

	if (strlen(name) > WIRE_NAME_MAX)
		return failure_set(f, EXITS_CONFIG,
		    "cannot substitute a variable with a name of over %d "
		    "bytes: %.40s...",
		    WIRE_NAME_MAX, name);
	role_send(&(struct wire_msg){
	    .type = WIRE_INJECT_ASK,
	    .serial = serial,
	    .fd = -1,
	    .field = { [INJECT_ASK_NAME] = WIRE_STR(name) },
	});
	int r = role_recv(clock_ms() + ANSWER_MS, &msg);
	if (r == 0)
		return 1;
	if (r < 0 || msg.type != WIRE_INJECT_VAR || msg.serial != serial)
		return failure_set(f, EXITS_INTERNAL,
		    "cannot learn what %s is: PID 1 did not answer", name);
	*found = (struct variable){ .name = name };
	r = store_answer(&msg, found);
	if (r < 0)
		return failure_os(f, r, "remember %s", name);
	v->count++;
	return 0;
}

static int
make_room(struct variables *v, const struct dotenv *names, struct failure *f)
{
	struct variable *grown =
	    realloc(v->item, (v->count + names->count + 1) * sizeof(*grown));
	if (grown == NULL)
		return failure_os(f, -ENOMEM, "remember the variables");
	v->item = grown;
	return 0;
}

int
declare_ask(struct variables *v, const struct dotenv *names, struct failure *f)
{
	if (make_room(v, names, f) < 0)
		return -1;
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->item[i].name;
		int r = look_up(v, name) != NULL ? 0 : ask(v, name, f);
		if (r != 0)
			return r;
	}
	return 0;
}

static int
take(struct variables *v, const char *name, const struct dotenv *file)
{
	const char *set = getenv(name);
	const struct dotenv_item *item =
	    file == NULL ? NULL : dotenv_find(file, name);
	struct variable *found = &v->item[v->count++];

	*found = (struct variable){ .name = name };
	if (set != NULL)
		return set_value(found, set, strlen(set));
	return item == NULL ? 0 : set_value(found, item->data, item->len);
}

int
declare_take(struct variables *v, const struct dotenv *names,
    const struct dotenv *file, struct failure *f)
{
	if (make_room(v, names, f) < 0)
		return -1;
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->item[i].name;
		if (look_up(v, name) == NULL && take(v, name, file) < 0)
			return failure_os(f, -ENOMEM, "remember %s", name);
	}
	return 0;
}

/* ---- whether they are as declared ------------------------------------- */

struct checking {
	struct variables *v;
	const struct declared *d;
	struct buf *secret; /* names, by commas */
	struct buf *unset;
	struct buf *wrong; /* what is wrong with which, by semicolons */
};

static void
add_name(struct buf *to, const char *name)
{
	buf_fmt(to, "%s%s", to->len > 0 ? ", " : "", name);
}

static bool
is_allowed(const struct declared *d, const char *name)
{
	for (size_t i = 0; i < d->allows; i++)
		if (strcmp(d->allow[i], name) == 0)
			return true;
	return false;
}

static int
check_value(struct checking *c, const struct variable *v, const struct note *n)
{
	char why[NOTE_WHY_MAX];
	const char *what = is_allowed(c->d, v->name)
			       ? NULL
			       : credential_look(v->name, v->data, v->len);

	if (what != NULL)
		buf_fmt(c->wrong,
		    "%s%s %s (take it out of %s, or allow it by name)",
		    c->wrong->len > 0 ? "; " : "", v->name, what,
		    c->d->example);
	if (v->len == 0 && n->optional)
		return 0;
	if (note_check(n, v->data, v->len, why) < 0)
		buf_fmt(c->wrong, "%s%s %s", c->wrong->len > 0 ? "; " : "",
		    v->name, why);
	return 0;
}

static int
check_one(struct checking *c, const struct dotenv_item *item)
{
	char why[NOTE_WHY_MAX];
	struct note note = { 0 };
	/* declare_ask and declare_take have put it there */
	struct variable *v =
	    c->v->item + (declare_find(c->v, item->name) - c->v->item);

	int r = note_parse(item->note, &note, why);
	if (r == -EINVAL) {
		buf_fmt(c->wrong, "%s%s %s", c->wrong->len > 0 ? "; " : "",
		    item->name, why);
		return 0;
	}
	if (r == 0 && v->kind == VARIABLE_UNSET && note.fallback != NULL)
		r = set_value(v, note.fallback, strlen(note.fallback));
	if (r == 0 && v->kind == VARIABLE_GRANTED && is_allowed(c->d, v->name))
		v->kind = VARIABLE_SET;
	if (r == 0 &&
	    (v->kind == VARIABLE_SECRET || v->kind == VARIABLE_GRANTED))
		add_name(c->secret, v->name);
	else if (r == 0 && v->kind == VARIABLE_SET)
		r = check_value(c, v, &note);
	else if (r == 0 && !note.optional && !c->d->lenient)
		add_name(c->unset, v->name);
	note_free(&note);
	return r;
}

/* "EXAMPLE names A, B, WHAT", if there are any. */
static void
add_list(struct buf *to, const char *example, const struct buf *names,
    const char *what)
{
	if (names->len > 0)
		buf_fmt(to, "%s%s names %s%s, %s", to->len > 0 ? "; " : "",
		    example, names->data, names->cut ? "..." : "", what);
}

static int
check_example(struct variables *v, const struct declared *d, struct buf *to)
{
	char memory[3][512];
	struct buf list[3];
	struct checking c = { v, d, &list[0], &list[1], &list[2] };
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		buf_init(&list[i], memory[i], sizeof(memory[i]));
	for (size_t i = 0; i < d->names->count && r == 0; i++)
		r = check_one(&c, &d->names->item[i]);
	add_list(to, d->example, c.secret,
	    "from a secret, which never enters an asset (take it out of "
	    "there)");
	add_list(to, d->example, c.unset,
	    "not set in the environment (set it, if only to the empty text, or "
	    "take it out of there)");
	if (c.wrong->len > 0)
		buf_fmt(to, "%s%s%s", to->len > 0 ? "; " : "", c.wrong->data,
		    c.wrong->cut ? "..." : "");
	return r;
}

int
declare_check(struct variables *v, const struct declared *list, size_t count,
    struct failure *f)
{
	char memory[sizeof(f->text) - 256];
	struct buf text = BUF_ON(memory);

	memory[0] = '\0';
	for (size_t i = 0; i < count; i++)
		if (check_example(v, &list[i], &text) < 0)
			return failure_os(f, -ENOMEM, "check the variables");
	if (text.len == 0)
		return 0;
	return failure_set(f, EXITS_CONFIG, "cannot substitute assets: %s%s",
	    memory, text.cut ? "..." : "");
}

int
declare_values(const struct variables *v, const struct dotenv *names,
    struct value_set *ret)
{
	autofree struct value *values =
	    calloc(names->count + 1, sizeof(*values));
	if (values == NULL)
		return -ENOMEM;
	size_t count = 0;
	for (size_t i = 0; i < names->count; i++) {
		const struct variable *found =
		    declare_find(v, names->item[i].name);
		if (found->kind == VARIABLE_SET)
			values[count++] = (struct value){ found->name,
				found->data, found->len };
	}
	return value_build(values, count, ret);
}

void
declare_free(struct variables *v)
{
	for (size_t i = 0; i < v->count; i++) {
		if (v->item[i].data != NULL)
			explicit_bzero(v->item[i].data, v->item[i].len);
		free(v->item[i].data);
	}
	free(v->item);
	*v = (struct variables){ 0 };
}
