#ifndef ENVSUBST_DEPEND_H
#define ENVSUBST_DEPEND_H

#include "envsubst/changes.h"
#include "envsubst/engine.h"
#include "envsubst/text.h"

#include <stdbool.h>

/*
 * What depends on the bytes of changed files is kept true:
 *
 * - their source maps get the new columns;
 * - a digest of a changed file, or of an inline script or style of a changed
 *   page, is replaced by the new one wherever the text files of the tree
 *   mention it, and so on for the files that are changed by that;
 * - their .gz, .br and .zst siblings hold what they hold.
 */

enum depend_siblings {
	DEPEND_REWRITE, /* with the new contents, stored */
	DEPEND_REMOVE,
	DEPEND_KEEP, /* as they are: stale */
};

struct depend {
	enum depend_siblings siblings;
	bool no_digests; /* leave them as they are */
	bool no_maps;

	/*
	 * Out: for each inline script and style of the changed pages a line
	 * "'sha256-...' script PATH", as a Content-Security-Policy wants it;
	 * the caller begins it with a maximum and frees it.
	 */
	struct text *csp; /* NULL: nobody asks */

	struct ledger_reader *reader; /* depend_hook's; NULL: none */
};

#define DEPEND_CSP_MAX ((size_t)1024 * 1024)

/* Write the lines to a file, whole or not at all: 0 or -1. */
int depend_save(const struct text *csp, const char *path, struct failure *f);

/*
 * The hook, which goes behind all others; d is lent to it, and is given to
 * depend_end afterwards.
 */
struct hook depend_hook(struct depend *d);
void depend_end(struct depend *d);

#endif
