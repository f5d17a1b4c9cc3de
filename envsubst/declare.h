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

/* As INJECT_VAR numbers them.  GRANTED: from a secret that some root allows. */
enum variable_kind {
	VARIABLE_UNSET,
	VARIABLE_SET,
	VARIABLE_SECRET,
	VARIABLE_GRANTED,
};

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

/*
 * The same from this process's own environment, and where that has none from
 * `file` (NULL: none).  0 or -1.
 */
int declare_take(struct variables *v, const struct dotenv *names,
    const struct dotenv *file, struct failure *f);

/* The table's entry; it must be there. */
const struct variable *declare_find(
    const struct variables *v, const char *name);

/* One example and what became of its names, for declare_check. */
struct declared {
	const char *example;
	const struct dotenv *names;
	bool lenient;             /* unset ones are no mistake */
	const char *const *allow; /* names that may be credentials */
	size_t allows;
};

/*
 * Give unset variables the defaults that their notes declare (note.h), and look
 * at all: 0 when each one is set or may be unset, is what its note says, came
 * from no secret and looks like no credential (credential.h) unless allowed;
 * else -1, and *f names all that are not so, whichever example lists them, and
 * no value.
 */
int declare_check(struct variables *v, const struct declared *list,
    size_t count, struct failure *f);

/* The set that is written for these names.  0 or -ENOMEM. */
int declare_values(const struct variables *v, const struct dotenv *names,
    struct value_set *ret);

/* Harmless on an empty one. */
void declare_free(struct variables *v);

#endif
