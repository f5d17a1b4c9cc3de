#include "envsubst/declare.h"

#include "envsubst/files.h"

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

static int
read_file(const char *path, char *text, size_t size, size_t *ret_len)
{
	autoclose int fd = -1;
	struct stat st;
	size_t have = 0;

	/* a link is fine here: the configuration names this file */
	int r = files_open_named(path, &fd, &st);
	if (r < 0)
		return r;
	while (have < size) {
		ssize_t n = files_read(fd, text + have, size - have);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	*ret_len = have;
	return 0;
}

int
declare_read(const char *path, struct dotenv *ret, struct failure *f)
{
	size_t len = 0;
	size_t size = DOTENV_FILE_MAX + 1;
	autofree char *text = malloc(size);
	int r = text == NULL ? -ENOMEM : read_file(path, text, size, &len);

	if (r == 0)
		r = dotenv_parse(text, len, ret);
	if (r == -E2BIG)
		return failure_set(f, EXITS_CONFIG,
		    "cannot read %s: it is over %d KB or names over %d "
		    "variables (list the public ones only)",
		    path, DOTENV_FILE_MAX / 1024, DOTENV_NAMES_MAX);
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
store_answer(const struct wire_msg *msg, struct variable *ret)
{
	const struct wire_field *value = &msg->field[INJECT_VAR_VALUE];

	ret->kind = (enum variable_kind)msg->field[INJECT_VAR_KIND].num;
	if (ret->kind != VARIABLE_SET)
		return 0;
	ret->data = malloc(value->len + 1);
	if (ret->data == NULL)
		return -ENOMEM;
	if (value->len > 0)
		memcpy(ret->data, value->ptr, value->len);
	ret->len = value->len;
	if (!value_is_utf8(ret->data, ret->len))
		log_warn(0,
		    "%s is not UTF-8: U+FFFD stands for what is not (set it "
		    "in UTF-8)",
		    ret->name);
	return 0;
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

int
declare_ask(struct variables *v, const struct dotenv *names, struct failure *f)
{
	struct variable *grown =
	    realloc(v->item, (v->count + names->count + 1) * sizeof(*grown));
	if (grown == NULL)
		return failure_os(f, -ENOMEM, "remember the variables");
	v->item = grown;
	for (size_t i = 0; i < names->count; i++) {
		int r = look_up(v, names->item[i].name) != NULL
			    ? 0
			    : ask(v, names->item[i].name, f);
		if (r != 0)
			return r;
	}
	return 0;
}

/* "EXAMPLE names A, B, WHAT" for those of a kind, if there are any. */
static void
list_kind(const struct variables *v, const struct declared *d,
    enum variable_kind kind, struct buf *to)
{
	static const char *const what[] = {
		[VARIABLE_UNSET] = "not set in the environment",
		[VARIABLE_SET] = "set",
		[VARIABLE_SECRET] = "from a secret",
	};
	size_t n = 0;
	for (size_t i = 0; i < d->names->count; i++) {
		const char *name = d->names->item[i].name;
		if (declare_find(v, name)->kind != kind)
			continue;
		if (n++ == 0)
			buf_fmt(to, "%s%s names ", to->len > 0 ? "; " : "",
			    d->example);
		else
			buf_str(to, ", ");
		buf_str(to, name);
	}
	if (n > 0)
		buf_fmt(to, ", %s", what[kind]);
}

int
declare_check(const struct variables *v, const struct declared *list,
    size_t count, struct failure *f)
{
	char memory[sizeof(f->text) - 256];
	struct buf text = BUF_ON(memory);

	memory[0] = '\0';
	for (size_t i = 0; i < count; i++)
		list_kind(v, &list[i], VARIABLE_SECRET, &text);
	if (text.len > 0)
		return failure_set(f, EXITS_CONFIG,
		    "cannot substitute assets: %s%s; a secret never enters an "
		    "asset (take it out of there)",
		    memory, text.cut ? "..." : "");
	for (size_t i = 0; i < count; i++)
		if (!list[i].lenient)
			list_kind(v, &list[i], VARIABLE_UNSET, &text);
	if (text.len > 0)
		return failure_set(f, EXITS_CONFIG,
		    "cannot substitute assets: %s%s (set it, if only to the "
		    "empty text, or take it out of there)",
		    memory, text.cut ? "..." : "");
	return 0;
}

int
declare_values(const struct variables *v, const struct dotenv *names,
    struct value_set *ret)
{
	autofree struct value *values =
	    calloc(names->count + 1, sizeof(*values));
	if (values == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < names->count; i++) {
		const struct variable *found =
		    declare_find(v, names->item[i].name);
		values[i] =
		    (struct value){ found->name, found->data, found->len };
	}
	return value_build(values, names->count, ret);
}

void
declare_free(struct variables *v)
{
	for (size_t i = 0; i < v->count; i++)
		free(v->item[i].data);
	free(v->item);
	*v = (struct variables){ 0 };
}
