#ifndef ENVSUBST_DOTENV_H
#define ENVSUBST_DOTENV_H

#include <stddef.h>

/*
 * The names that an example file declares, by the grammar of dotenv 16, whose
 * accidents people's files rely on.  Values are looked at only to find their
 * end.  Order and duplicates are those of a JavaScript object: names that are
 * array indexes first, ascending, then by first appearance; "__proto__" is
 * never one.
 */

#define DOTENV_FILE_MAX (64 * 1024)
#define DOTENV_NAMES_MAX 1024

struct dotenv {
	char **name; /* `count` of them */
	size_t count;
};

/* 0 or -ENOMEM, -E2BIG over a limit above; on success the caller frees. */
int dotenv_parse(const char *text, size_t len, struct dotenv *ret);

/* Harmless on an empty one. */
void dotenv_free(struct dotenv *names);

#endif
