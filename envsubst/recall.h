#ifndef ENVSUBST_RECALL_H
#define ENVSUBST_RECALL_H

#include "envsubst/digest.h"

#include <sys/stat.h>

/*
 * What a file was made from, for programs that leave no original beside it: so
 * that the second start of a container finds its placeholders again.  Kept per
 * user in a hidden folder of $TMPDIR, /var/tmp or /tmp, by the file's path, and
 * trusted only as long as the file holds what was written then.  Best effort:
 * without such a folder nothing is remembered.
 */

/* The file at that absolute path gets contents of that digest from this one. */
void recall_keep(const char *path, int original, const struct digest *written);

/*
 * The original of an open file, for reading: 1, or 0 when none is known for
 * what it holds now.
 */
int recall_find(const char *path, int fd, int *ret_fd, struct stat *ret);

#endif
