#ifndef ENVSUBST_ASKED_H
#define ENVSUBST_ASKED_H

#include "envsubst/declare.h"
#include "envsubst/depend.h"
#include "envsubst/modes.h"

#include "core/wire.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What PID 1 asks for with one asset root, besides where it is: the mode, what
 * belongs to it, and the names that it is for.
 */
struct asked {
	struct modes_wish wish; /* but for its variables */
	struct depend depend;   /* but for where its hashes go */
	char *path;
	char *global;
	char **prefix; /* of names that end in a star; NULL behind the last */
	size_t prefixes;
	char **pattern; /* NULL behind the last */
	size_t patterns;
	char **allow; /* names that may look like credentials */
	size_t allows;
	bool listed; /* `names` come from there, and from no example file */
	struct dotenv names;
	struct scope_var *var; /* made by asked_wish */
};

/* From an INJECT_ROOT: 0 or -ENOMEM.  asked_free is harmless on an empty one.
 */
int asked_read(const struct wire_msg *msg, struct asked *ret);
void asked_free(struct asked *a);

/*
 * Ask PID 1 which names begin as the prefixes say, and add them.  0, -1, or 1
 * when PID 1 is gone.
 */
int asked_find_names(struct asked *a, struct failure *f);

/* Whether a name without a value is no error before a file refers to it. */
bool asked_is_lenient(const struct asked *a);

/* The whole wish, with what the names turned out to be; lent.  0 or -ENOMEM. */
int asked_wish(
    struct asked *a, const struct variables *v, const struct modes_wish **ret);

#endif
