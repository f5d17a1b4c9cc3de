#ifndef ENVSUBST_CHANGES_H
#define ENVSUBST_CHANGES_H

#include "envsubst/edit.h"
#include "envsubst/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/*
 * The set of files that a run changes, as its hooks see it: each with its
 * pristine contents (of the build, whatever earlier starts wrote) and its new
 * ones, which lie ready but are not in their place yet.  A hook adds files to
 * it (a sibling, a manifest with another digest in it), gives a file of it
 * other contents, or removes one.  Hooks see all that earlier ones did.
 *
 * Mode and owner are the pristine file's, the time follows from the contents:
 * the engine sees to that, and to the original in the store.  What turns out
 * to be in its place already is not written.  A file that is neither in the
 * tree nor in the store's originals may be added: it is new, and is removed
 * when a later run does not add it.
 *
 * Paths are from the root.
 */
struct changes;

size_t changes_count(const struct changes *c);
const char *changes_path(const struct changes *c, size_t i);

/* Whether that file will be gone. */
bool changes_removed(const struct changes *c, size_t i);

/*
 * Whether this is engine_index, not a start: the set is what has placeholders,
 * new is what is old, and writing and removing is refused.  A hook then notes
 * each file that it must read at a start when that file itself is not changed;
 * with the index that comes of it changes_walk visits only those, the set, and
 * what is new or differs from the index and may hold text by its name.  0 or
 * -ENOENT.
 */
bool changes_indexing(const struct changes *c);
int changes_note(struct changes *c, const char *path);

/*
 * What a file was in the build, and what it will be; also for files outside of
 * the set, where both are the same.  Open for reading at its start.  0; 1: no
 * such file; -1.
 */
int changes_open_old(struct changes *c, const char *path, int *ret_fd,
    struct stat *ret, struct failure *f);
int changes_open_new(struct changes *c, const char *path, int *ret_fd,
    struct stat *ret, struct failure *f);

/*
 * The mode's edits in a file's pristine contents, with what was written for
 * each; NULL when it has none.  Edits that hooks make are their own affair.
 */
const struct edit_list *changes_edits(
    const struct changes *c, const char *path);

/*
 * An empty file, open for writing, that becomes the new contents of that path;
 * the caller fills and closes it.  Descriptors of the ones before stay good.
 */
int changes_write(
    struct changes *c, const char *path, int *ret_fd, struct failure *f);

/* That file will be gone; it need not be in the set.  0 or -1. */
int changes_remove(struct changes *c, const char *path, struct failure *f);

/*
 * Visit each plain file of the build as it was before any change, also those
 * that hold no text, in no order; what hooks have made new is not visited.
 * The set may be changed meanwhile.  0, or -1 as soon as a visit returns it.
 */
typedef int changes_visit(void *arg, struct changes *c, const char *path,
    const struct stat *st, struct failure *f);
int changes_walk(
    struct changes *c, changes_visit *visit, void *arg, struct failure *f);

/*
 * The same for reading: several threads, of which the caller is one, look at
 * all that changes_walk would visit and that may hold text by its name.  The
 * file is the pristine one, open at its start and lent.  worker is below
 * CHANGES_WORKERS and tells the threads apart.  The set must not be changed
 * meanwhile.
 */
#define CHANGES_WORKERS 4

struct changes_file {
	const char *path;
	int fd;
	const struct stat *st;
};

typedef int changes_look(void *arg, size_t worker,
    const struct changes_file *file, struct failure *f);
int changes_look_all(
    struct changes *c, changes_look *look, void *arg, struct failure *f);

/* Whether hook.see was told of all files that changes_look_all would visit. */
bool changes_seen(const struct changes *c);

#endif
