#include "envsubst/asked.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/guard_heap.h"
#include "core/role.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MS 10000

/* In the order of the choices of "assets[].maps". */
enum { MAPS_SHIFT, MAPS_PAD, MAPS_KEEP };

/* ---- lists of words ----------------------------------------------------- */

static int
add_word(char ***list, size_t *count, const char *text, size_t len)
{
	char **grown = realloc(*list, (*count + 2) * sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	*list = grown;
	grown[*count] = strndup(text, len);
	if (grown[*count] == NULL)
		return -ENOMEM;
	grown[++*count] = NULL;
	return 0;
}

static void
free_words(char **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i]);
	free(list);
}

static bool
is_known(const struct asked *a, const char *name, size_t len)
{
	for (size_t i = 0; i < a->names.count; i++) {
		const char *known = a->names.item[i].name;
		if (strncmp(known, name, len) == 0 && known[len] == '\0')
			return true;
	}
	return false;
}

/* A name, once; or with a star behind it a prefix. */
static int
add_name(struct asked *a, const char *text, size_t len)
{
	if (text[len - 1] == '*')
		return add_word(&a->prefix, &a->prefixes, text, len - 1);
	if (is_known(a, text, len))
		return 0;
	struct dotenv *names = &a->names;
	struct dotenv_item *grown =
	    realloc(names->item, (names->count + 1) * sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	names->item = grown;
	grown[names->count] =
	    (struct dotenv_item){ strndup(text, len), strdup(""), 0, NULL };
	names->count++;
	return grown[names->count - 1].name == NULL ||
		       grown[names->count - 1].data == NULL
		   ? -ENOMEM
		   : 0;
}

/* An environment may hold any name; no reference has one that is none. */
static int
add_found(struct asked *a, const char *text, size_t len)
{
	return scope_name_len(text, len) == len ? add_name(a, text, len) : 0;
}

static int
add_pattern(struct asked *a, const char *text, size_t len)
{
	return add_word(&a->pattern, &a->patterns, text, len);
}

static int
add_allowed(struct asked *a, const char *text, size_t len)
{
	return add_word(&a->allow, &a->allows, text, len);
}

/* Each line that is not empty. */
static int
each_line(struct asked *a, const char *text,
    int (*take)(struct asked *, const char *, size_t))
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		int r = n == 0 ? 0 : take(a, text, n);
		if (r < 0)
			return r;
		text += n + (text[n] == '\n');
	}
	return 0;
}

/* ---- the message -------------------------------------------------------- */

int
asked_read(const struct wire_msg *msg, struct asked *ret)
{
	const struct wire_field *f = msg->field;
	struct asked a = { .path = strdup(f[INJECT_ROOT_PATH].ptr),
		.global = strdup(f[INJECT_ROOT_GLOBAL].ptr),
		.listed = f[INJECT_ROOT_NAMES].len > 0 };
	int r = a.path == NULL || a.global == NULL ? -ENOMEM : 0;

	if (r == 0)
		r = each_line(&a, f[INJECT_ROOT_NAMES].ptr, add_name);
	if (r == 0)
		r = each_line(&a, f[INJECT_ROOT_MARKS].ptr, add_pattern);
	if (r == 0)
		r = each_line(&a, f[INJECT_ROOT_ALLOWED].ptr, add_allowed);
	if (r < 0) {
		asked_free(&a);
		return r;
	}
	a.wish = (struct modes_wish){
		.kind = (enum modes_kind)f[INJECT_ROOT_MODE].num,
		.quoting = (int)f[INJECT_ROOT_QUOTING].num - 1,
		.unset = (enum fillin_unset)f[INJECT_ROOT_UNSET].num,
		.strict = f[INJECT_ROOT_STRICT].num != 0,
		.hash = f[INJECT_ROOT_HASH].num != 0,
		.pad = f[INJECT_ROOT_MAPS].num == MAPS_PAD,
	};
	a.depend = (struct depend){
		.siblings = (enum depend_siblings)f[INJECT_ROOT_SIBLINGS].num,
		.no_digests = f[INJECT_ROOT_DIGESTS].num == 0,
		.no_maps = f[INJECT_ROOT_MAPS].num == MAPS_KEEP,
	};
	*ret = a;
	return 0;
}

void
asked_free(struct asked *a)
{
	free(a->path);
	free(a->global);
	free_words(a->prefix, a->prefixes);
	free_words(a->pattern, a->patterns);
	free_words(a->allow, a->allows);
	dotenv_free(&a->names);
	free(a->var);
	*a = (struct asked){ 0 };
}

/* ---- names -------------------------------------------------------------- */

static int
ask(struct asked *a, const char *prefix, struct failure *f)
{
	char name[WIRE_NAME_MAX + 1];
	struct wire_msg msg;

	if (strlen(prefix) + 1 > WIRE_NAME_MAX)
		return failure_set(f, EXITS_CONFIG,
		    "cannot look for names that begin with %.40s...", prefix);
	(void)snprintf(name, sizeof(name), "%s*", prefix);
	role_send(&(struct wire_msg){
	    .type = WIRE_INJECT_ASK,
	    .fd = -1,
	    .field = { [INJECT_ASK_NAME] = WIRE_STR(name) },
	});
	int r = role_recv(clock_ms() + ANSWER_MS, &msg);
	if (r == 0)
		return 1;
	if (r < 0 || msg.type != WIRE_INJECT_VAR)
		return failure_set(f, EXITS_INTERNAL,
		    "cannot learn which names begin with %s: PID 1 did not "
		    "answer",
		    prefix);
	if (msg.field[INJECT_VAR_KIND].num != VARIABLE_SET)
		return failure_set(f, EXITS_CONFIG,
		    "cannot substitute the names that begin with %s: they are "
		    "over %d KB (choose a longer beginning)",
		    prefix, WIRE_LIST_MAX / 1024);
	r = each_line(a, msg.field[INJECT_VAR_VALUE].ptr, add_found);
	return r < 0 ? failure_os(f, r, "remember the variables") : 0;
}

int
asked_find_names(struct asked *a, struct failure *f)
{
	for (size_t i = 0; i < a->prefixes; i++) {
		int r = ask(a, a->prefix[i], f);
		if (r != 0)
			return r;
	}
	return 0;
}

bool
asked_is_lenient(const struct asked *a)
{
	/* an expression may have a default; a token has none */
	return a->wish.kind == MODES_EXPAND ||
	       (a->wish.kind == MODES_TOKEN &&
		   a->wish.unset != FILLIN_UNSET_ERROR);
}

int
asked_wish(
    struct asked *a, const struct variables *v, const struct modes_wish **ret)
{
	a->var = calloc(a->names.count + 1, sizeof(*a->var));
	if (a->var == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < a->names.count; i++) {
		const struct variable *found =
		    declare_find(v, a->names.item[i].name);
		a->var[i] = (struct scope_var){ found->name,
			found->kind == VARIABLE_SET ? found->data : NULL,
			found->len };
	}
	a->wish.var = a->var;
	a->wish.count = a->names.count;
	a->wish.prefix = (const char *const *)a->prefix;
	a->wish.prefixes = a->prefixes;
	a->wish.pattern = (const char *const *)a->pattern;
	a->wish.patterns = a->patterns;
	a->wish.path = a->path;
	a->wish.global = a->global;
	*ret = &a->wish;
	return 0;
}
