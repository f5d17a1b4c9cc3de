#ifndef ENVSUBST_DECLARE_H
#define ENVSUBST_DECLARE_H

#include "envsubst/dotenv.h"
#include "envsubst/failure.h"
#include "envsubst/value.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The declaration of the public variables: which names an example file lists,
 * and what PID 1 says that each of them is.
 */

enum variable_kind { VARIABLE_UNSET, VARIABLE_SET, VARIABLE_SECRET };

struct variable {
	const char *name; /* lent by the example that listed it first */
	enum variable_kind kind;
	char *data; /* heap */
	size_t len;
};

struct variables {
	struct variable *item;
	size_t count;
};

/* Read an example file: 0, or -1.  The caller frees the names. */
int declare_read(const char *path, struct dotenv *ret, struct failure *f);

/*
 * Ask PID 1 about each name that is not in the table yet; the names must
 * outlive it.  0, -1, or 1 when PID 1 is gone.
 */
int declare_ask(
    struct variables *v, const struct dotenv *names, struct failure *f);

/* The table's entry; it must be there. */
const struct variable *declare_find(
    const struct variables *v, const char *name);

/* One example and what became of its names, for declare_check. */
struct declared {
	const char *example;
	const struct dotenv *names;
	bool lenient; /* those that are not set are no error */
};

/*
 * 0 when every name that must be is set and none came from a secret; else -1,
 * and *f names all that are not so, whichever example lists them.
 */
int declare_check(const struct variables *v, const struct declared *list,
    size_t count, struct failure *f);

/* The set that is written for these names.  0 or -ENOMEM. */
int declare_values(const struct variables *v, const struct dotenv *names,
    struct value_set *ret);

/* Harmless on an empty one. */
void declare_free(struct variables *v);

#endif
