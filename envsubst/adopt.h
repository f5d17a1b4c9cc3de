#ifndef ENVSUBST_ADOPT_H
#define ENVSUBST_ADOPT_H

#include "envsubst/change.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What import-meta-env's own tool has left: FILE, filled with the values of an
 * earlier start, and FILE.bak, which is FILE as it was built.
 */

/* The end of such a name. */
bool adopt_is_backup(const char *name);

/* Whether that one in the directory has a placeholder: 1, 0 or -errno. */
int adopt_holds_some(const struct job *job, int at, const char *name);

/*
 * Of these backups, by their paths, those whose file is nothing but the backup
 * with its placeholders filled are that file's pristine contents from here on;
 * they stay where they are.  A placeholder may still stand in both: the tool
 * does not know every form.  After change_hash; 0 or -1.
 */
int adopt_backups(
    struct changes *c, char *const *path, size_t count, struct failure *f);

#endif
