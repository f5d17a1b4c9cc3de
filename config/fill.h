#ifndef CONFIG_FILL_H
#define CONFIG_FILL_H

#include "config/expand.h"
#include "config/json.h"
#include "config/keys.h"
#include "config/plan.h"

/*
 * From the configuration's tree to the plan's structures, along the table of
 * keys.c: what is unknown, misplaced or of another type is refused with its
 * place.  Functions return 0, or -1 with *error filled.
 */
struct fill {
	const char *file; /* for people */
	const struct json *top;
	struct plan *plan;
	struct arena *arena;
	struct expand expand;
	struct plan_error *error;
};

/* Every key of that home gets its default; texts without one become "". */
void fill_defaults(enum key_home home, void *base);

/* count structures of a home, with their defaults. */
void *fill_new(struct arena *arena, enum key_home home, size_t count);

/* The whole file, f->top, into f->plan, which has its defaults. */
int fill_plan(struct fill *f);

/*
 * For the parts of fill.c that lie in files of their own: the members of an
 * object, which goes into base; a string with its ${NAME} filled in.
 */
int fill_object(
    struct fill *f, const struct key *key, const struct json *node, void *base);
int fill_expanded(struct fill *f, const struct json *node, const char **ret);

#endif
