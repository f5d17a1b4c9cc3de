#include "config/finish_assets.h"

#include "core/exits.h"
#include "core/wire_types.h"

#include <stdio.h>
#include <string.h>

static int
fail(struct plan_error *error, const struct plan_assets *a, const char *word,
    const char *why)
{
	error->code = EXITS_CONFIG;
	(void)snprintf(error->text, sizeof(error->text),
	    "cannot use the configuration: assets %.200s: %.100s %s", a->root,
	    word, why);
	return -1;
}

/* .env.example beside the root: in the folder that holds it. */
static const char *
example_of(const char *root, struct arena *arena)
{
	static const char name[] = ".env.example";
	size_t len = strlen(root);
	while (len > 1 && root[len - 1] == '/')
		len--;
	while (len > 0 && root[len - 1] != '/')
		len--;
	char *path = arena_room(arena, len + sizeof(name));
	memcpy(path, root, len);
	memcpy(path + len, name, sizeof(name));
	arena_keep(arena, len + sizeof(name));
	return path;
}

/* Letters, digits and underscores, perhaps with a star at the end. */
static bool
is_name(const char *word)
{
	size_t n = strspn(word,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
	if (n == 0 || (word[0] >= '0' && word[0] <= '9'))
		return false;
	return n <= WIRE_NAME_MAX - 2 &&
	       (word[n] == '\0' || strcmp(word + n, "*") == 0);
}

/* The words, a line each; NULL when they are too many bytes. */
static const char *
join(char *const words[], struct arena *arena)
{
	size_t size = 1;
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		size += strlen(words[i]) + 1;
	if (size > WIRE_LIST_MAX)
		return NULL;
	char *text = arena_take(arena, size);
	char *to = text;
	for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
		to = stpcpy(to, words[i]);
		*to++ = '\n';
	}
	*to = '\0';
	return text;
}

static int
settle(struct plan_assets *a, struct arena *arena, struct plan_error *error)
{
	for (size_t i = 0; a->variables != NULL && a->variables[i] != NULL; i++)
		if (!is_name(a->variables[i]))
			return fail(error, a, a->variables[i],
			    "is no name of a variable (in \"variables\")");
	for (size_t i = 0; a->patterns != NULL && a->patterns[i] != NULL; i++)
		if (strpbrk(a->patterns[i], "\r\n") != NULL)
			return fail(error, a, "\"patterns\"",
			    "must not have a line's end in them");
	if (a->variables != NULL && a->example[0] != '\0')
		return fail(error, a, "\"variables\"",
		    "and \"example\" exclude each other");
	a->names = join(a->variables, arena);
	a->marks = join(a->patterns, arena);
	a->allowed = join(a->allow_secret, arena);
	if (a->names == NULL || a->marks == NULL || a->allowed == NULL)
		return fail(error, a, "\"variables\" or \"patterns\"",
		    "are over 32 KB");
	if (a->variables == NULL && a->example[0] == '\0')
		a->example = example_of(a->root, arena);
	return 0;
}

int
finish_assets_settle(
    struct plan *plan, struct arena *arena, struct plan_error *error)
{
	for (size_t i = 0; i < plan->assets_count; i++)
		if (settle(&plan->assets[i], arena, error) == -1)
			return -1;
	return 0;
}
