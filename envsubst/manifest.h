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
 * As a file: a line that names the format; per entry the digest in hex, a
 * space, the path, a NUL and a newline; a line "end COUNT".  Whole or not
 * there: it is written under another name and renamed.
 */
struct manifest_entry {
	char *path;
	struct digest written;
};

struct manifest {
	struct manifest_entry *entry; /* sorted by path once it is read */
	size_t count;
	size_t room;
	bool sorted;
};

/* 0 or -ENOMEM. */
int manifest_add(
    struct manifest *m, const char *path, const struct digest *written);

int manifest_add_all(struct manifest *m, const struct manifest *from);

/* Add what the file in that directory holds; none there is an empty one. */
int manifest_load(struct manifest *m, int dir, const char *name,
    const char *dir_name, struct failure *f);

int manifest_save(struct manifest *m, int dir, const char *name,
    const char *dir_name, struct failure *f);

/* Whether the path is in it, and with this digest (NULL: any). */
bool manifest_has(
    struct manifest *m, const char *path, const struct digest *written);

/* Harmless on an empty one. */
void manifest_free(struct manifest *m);

#endif
