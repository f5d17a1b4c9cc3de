#ifndef ENVSUBST_DOTENV_H
#define ENVSUBST_DOTENV_H

#include <stddef.h>

/*
 * What a .env or an example file assigns, by the grammar of dotenv 16, whose
 * accidents people's files rely on.  Order and duplicates are those of a
 * JavaScript object: names that are array indexes first, ascending, then by
 * first appearance; the last value counts; "__proto__" is never one.
 */

#define DOTENV_FILE_MAX (4 * 1024 * 1024)
#define DOTENV_NAMES_MAX 4096

struct dotenv_item {
	char *name;
	char *data; /* the value: without quotes and what surrounds them */
	size_t len; /* of it; a NUL is behind */
	char *note; /* the comment on the value's last line, from #; or NULL */
};

struct dotenv {
	struct dotenv_item *item; /* `count` of them */
	size_t count;
};

/* 0 or -ENOMEM, -E2BIG over a limit above; on success the caller frees. */
int dotenv_parse(const char *text, size_t len, struct dotenv *ret);

/* The item of that name, or NULL. */
const struct dotenv_item *dotenv_find(
    const struct dotenv *file, const char *name);

/* Whether JavaScript takes that name for an array's index. */
int dotenv_is_index(const char *name);

/* Wipes the values.  Harmless on an empty one. */
void dotenv_free(struct dotenv *file);

#endif
