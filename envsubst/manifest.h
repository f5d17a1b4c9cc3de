#ifndef ENVSUBST_MANIFEST_H
#define ENVSUBST_MANIFEST_H

#include "envsubst/digest.h"
#include "envsubst/failure.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What we have written into an asset tree: paths and digests.  A path may be in
 * it several times, when a run that was killed left it open which of its
 * contents is there.
 *
 * As a file: a line that names the format; per entry the digest in hex, its
 * mark, the path, a NUL and a newline; a line "end COUNT".  Whole or not
 * there: it is written under another name and renamed.
 */
enum manifest_mark {
	MANIFEST_CHANGED = ' ',
	MANIFEST_MADE = '+',    /* the build had no such file */
	MANIFEST_REMOVED = '-', /* it had, and we took it away; no digest */
};

struct manifest_entry {
	char *path;
	struct digest written;
	enum manifest_mark mark;
};

struct manifest {
	struct manifest_entry *entry; /* sorted by path once it is read */
	size_t count;
	size_t room;
	bool sorted;
};

/* 0 or -ENOMEM. */
int manifest_add(struct manifest *m, const char *path,
    const struct digest *written, enum manifest_mark mark);

int manifest_add_all(struct manifest *m, const struct manifest *from);

/* Add what the file in that directory holds; none there is an empty one. */
int manifest_load(struct manifest *m, int dir, const char *name,
    const char *dir_name, struct failure *f);

int manifest_save(struct manifest *m, int dir, const char *name,
    const char *dir_name, struct failure *f);

/* Be ready for the two below, which several threads may then call. */
void manifest_sort(struct manifest *m);

/* The first entry of that path, of those with this digest (NULL: any); or
   NULL.  More of the path may follow it. */
const struct manifest_entry *manifest_find(
    const struct manifest *m, const char *path, const struct digest *written);

/* Whether there is an entry of that path with that mark. */
bool manifest_has(
    const struct manifest *m, const char *path, enum manifest_mark mark);

/* Harmless on an empty one. */
void manifest_free(struct manifest *m);

#endif
