#ifndef ENVSUBST_REFERENCE_H
#define ENVSUBST_REFERENCE_H

#include <limits.h>
#include <stddef.h>

/*
 * Which file of the tree a URL in another one means: relative to that, or from
 * the root with a slash in front; query and fragment are left out, and percent
 * signs are decoded.  0, or -errno when it is none, or leaves the tree.
 */
int reference_resolve(
    const char *file, const char *url, size_t len, char path[PATH_MAX]);

#endif
