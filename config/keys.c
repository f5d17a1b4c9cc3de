#include "config/keys.h"

#include "config/json.h"
#include "config/plan.h"
#include "config/units.h"
#include "core/guard.h"
#include "core/wire_types.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define AT(home, member) KEY_IN_##home, offsetof(struct key_home_##home, member)
#define key_home_PLAN plan
#define key_home_ASSETS plan_assets
#define key_home_TASK plan_task
#define key_home_SERVICE plan_service

#define TEXT_OF(number) TEXT_OF_IT(number)
#define TEXT_OF_IT(number) #number
#define RANGE(least, most) .min = (least), .max = (most)
#define NAME_BYTES RANGE(0, WIRE_NAME_MAX)
#define TEXT_BYTES RANGE(0, WIRE_TEXT_MAX)
#define PATH_BYTES RANGE(1, WIRE_TEXT_MAX)

const struct key keys_top = {
	.path = "",
	.type = KEY_OBJECT,
	.home = KEY_IN_PLAN,
	.doc = "What cradle supervises, and what it does around that.",
};

static const struct key keys[] = {
#include "config/keys_table.h"
};

size_t
keys_count(void)
{
	return ARRAY_LEN(keys);
}

const struct key *
keys_at(size_t i)
{
	return &keys[i];
}

const struct key *
keys_find(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(keys[i].path, path) == 0)
			return &keys[i];
	return NULL;
}

/*
 * What follows parent's path and its marks in the path of key, when key is a
 * direct member; else NULL.
 */
static const char *
rest_below(const struct key *parent, const struct key *key)
{
	size_t len = strlen(parent->path);
	const char *rest = key->path + len;
	if (strncmp(key->path, parent->path, len) != 0)
		return NULL;
	if (parent->type == KEY_OBJECTS || parent->type == KEY_NAMED) {
		const char *mark = parent->type == KEY_OBJECTS ? "[]" : ".*";
		if (strncmp(rest, mark, 2) != 0)
			return NULL;
		rest += 2;
	}
	if (len > 0) {
		if (*rest != '.')
			return NULL;
		rest++;
	}
	return rest[strcspn(rest, ".[")] == '\0' ? rest : NULL;
}

const struct key *
keys_next(const struct key *parent, const struct key *last)
{
	size_t i = last == NULL ? 0 : (size_t)(last - keys) + 1;
	for (; i < ARRAY_LEN(keys); i++)
		if (rest_below(parent, &keys[i]) != NULL)
			return &keys[i];
	return NULL;
}

const struct key *
keys_member(const struct key *parent, const char *name)
{
	const struct key *k = NULL;
	while ((k = keys_next(parent, k)) != NULL)
		if (strcmp(keys_name(k), name) == 0)
			return k;
	return NULL;
}

const char *
keys_name(const struct key *key)
{
	const char *dot = strrchr(key->path, '.');
	return dot == NULL ? key->path : dot + 1;
}

int
keys_choice(const char *choices, const char *word)
{
	size_t len = strlen(word);
	int i = 0;
	for (const char *p = choices; p != NULL; i++) {
		const char *bar = strchr(p, '|');
		size_t n = bar == NULL ? strlen(p) : (size_t)(bar - p);
		if (n == len && memcmp(p, word, n) == 0)
			return i;
		p = bar == NULL ? NULL : bar + 1;
	}
	return -1;
}

void
keys_choice_name(const char *path, int i, char ret[KEYS_CHOICE_MAX])
{
	const char *p = keys_find(path)->choices;
	for (; i > 0; i--)
		p = strchr(p, '|') + 1;
	(void)snprintf(ret, KEYS_CHOICE_MAX, "%.*s", (int)strcspn(p, "|"), p);
}
