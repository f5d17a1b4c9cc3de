#include "envsubst/subst_names.h"

#include "envsubst/text.h"

#include "core/exits.h"
#include "core/guard_heap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BESIDE ".env.example"

/* The file in the folder that holds the root. */
static char *
beside(const char *root)
{
	size_t len = strlen(root);
	while (len > 1 && root[len - 1] == '/')
		len--;
	while (len > 0 && root[len - 1] != '/')
		len--;
	char *path = NULL;
	if (asprintf(&path, "%.*s" BESIDE, (int)len, root) == -1)
		return NULL;
	return path;
}

static bool
is_touched(const struct subst_options *o, const char *name, size_t len)
{
	for (size_t i = 0; i < o->names.count; i++)
		if (strlen(o->names.item[i]) == len &&
		    memcmp(o->names.item[i], name, len) == 0)
			return true;
	for (size_t i = 0; i < o->prefixes.count; i++) {
		size_t n = strlen(o->prefixes.item[i]);
		if (n <= len && memcmp(o->prefixes.item[i], name, n) == 0)
			return true;
	}
	return false;
}

static void
add_name(struct text *to, const char *name, size_t len)
{
	text_add(to, name, len);
	text_str(to, "=\n");
}

/* Names as an example file would list them; all: every one that is set. */
static int
list_names(const struct subst_options *o, const struct dotenv *file, bool all,
    struct dotenv *ret)
{
	autotext struct text list = TEXT_MAX(DOTENV_FILE_MAX);

	for (size_t i = 0; i < o->names.count; i++)
		add_name(&list, o->names.item[i], strlen(o->names.item[i]));
	for (char **e = environ; *e != NULL; e++) {
		size_t len = strcspn(*e, "=");
		if (scope_name_len(*e, len) == len &&
		    (all || is_touched(o, *e, len)))
			add_name(&list, *e, len);
	}
	for (size_t i = 0; i < file->count; i++) {
		const char *name = file->item[i].name;
		if (all || is_touched(o, name, strlen(name)))
			add_name(&list, name, strlen(name));
	}
	if (list.failed)
		return -ENOMEM;
	return dotenv_parse(list.len > 0 ? list.data : "", list.len, ret);
}

static int
find_names(const struct subst_options *o, const char *root,
    struct subst_names *n, struct failure *f)
{
	bool listed = o->names.count + o->prefixes.count > 0;

	if (listed || n->all) {
		int r = list_names(o, &n->file, n->all, &n->names);
		return r < 0 ? failure_os(f, r, "list the variables") : 0;
	}
	n->example = o->example != NULL ? strdup(o->example)
					: beside(root == NULL ? "" : root);
	if (n->example == NULL)
		return failure_os(f, -ENOMEM, "find the variables");
	return declare_read(n->example, &n->names, f);
}

static int
check(const struct subst_options *o, struct subst_names *n, struct failure *f)
{
	enum modes_kind kind = o->wish.kind;
	const struct declared d = {
		.example = n->example != NULL ? n->example : "--variables",
		.names = &n->names,
		.lenient = kind == MODES_EXPAND ||
			   (kind == MODES_TOKEN &&
			       o->wish.unset != FILLIN_UNSET_ERROR),
		.allow = o->allow.item,
		.allows = o->allow.count,
	};
	return declare_check(&n->variables, &d, 1, f);
}

int
subst_names_find(const struct subst_options *o, const char *root,
    struct subst_names *n, struct failure *f)
{
	/* a page is public: nobody wants all that is set in one */
	bool text = o->wish.kind == MODES_EXPAND || o->wish.kind == MODES_TOKEN;

	*n = (struct subst_names){ 0 };
	n->all = text && root == NULL && o->example == NULL &&
		 o->names.count + o->prefixes.count == 0;
	if (o->env_file != NULL && access(o->env_file, R_OK) == -1)
		return failure_set(f, EXITS_CONFIG,
		    "cannot read %s: %s (name in --env-file a file of values)",
		    o->env_file, strerror(errno));
	if (o->env_file != NULL && declare_read(o->env_file, &n->file, f) < 0)
		return -1;
	if (find_names(o, root, n, f) < 0 ||
	    declare_take(&n->variables, &n->names, &n->file, f) < 0)
		return -1;
	/* a stream of text is no asset */
	if (!o->index && !n->all && check(o, n, f) < 0)
		return -1;
	n->var = calloc(n->names.count + 1, sizeof(*n->var));
	if (n->var == NULL)
		return failure_os(f, -ENOMEM, "remember the variables");
	for (size_t i = 0; i < n->names.count; i++) {
		const struct variable *v =
		    declare_find(&n->variables, n->names.item[i].name);
		n->var[i] = (struct scope_var){ v->name,
			v->kind == VARIABLE_SET ? v->data : NULL, v->len };
	}
	return 0;
}

void
subst_names_free(struct subst_names *n)
{
	free(n->var);
	declare_free(&n->variables);
	dotenv_free(&n->names);
	dotenv_free(&n->file);
	free(n->example);
	*n = (struct subst_names){ 0 };
}
