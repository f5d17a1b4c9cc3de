#ifndef ENVSUBST_ENVFILE_H
#define ENVSUBST_ENVFILE_H

#include "envsubst/engine.h"
#include "envsubst/scope.h"
#include "envsubst/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The mode file: the variables become a file of their own, which a strict
 * Content-Security-Policy allows like any other script, and which a worker can
 * import:
 *
 *	window.env = {"API_URL":"https://api.test"};
 *
 * or JSON alone when its name ends in .json.  With `hash` its name carries a
 * digest of its contents (env.1a2b3c4d.js), and what refers to it in the pages
 * of the tree is changed to that, so that it may be cached for ever.
 */
extern const struct mode envfile_mode;

/* What envfile_mode and envfile_write take. */
struct envfile {
	char *path;   /* from the root, hash and all; heap */
	char *name;   /* what pages call it: the last part of the given path */
	char *hashed; /* the same of path; NULL: nothing is renamed */
	struct text contents;
};

#define ENVFILE_MAX ((size_t)16 * 1024 * 1024)

struct envfile_wish {
	const char *path;   /* "env.js", "assets/env.json" */
	const char *global; /* "window.env"; not for .json */
	bool hash;
	const struct scope_var
	    *var; /* in their order; unset ones are left out */
	size_t count;
};

/*
 * 0; -ENOMEM; -EINVAL: the path leaves the root or has no name; -EDOM: the
 * global is none.  The caller frees.
 */
int envfile_make(const struct envfile_wish *wish, struct envfile *ret);

/* Harmless on an empty one. */
void envfile_free(struct envfile *e);

/* What it is found by: 0 or -ENOMEM. */
int envfile_needles(const struct envfile *e, struct needles **ret);

/* The hook that writes the file. */
int envfile_write(void *envfile, struct changes *c, struct failure *f);

#endif
