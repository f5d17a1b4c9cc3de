#ifndef CONFIG_DIRECT_FIND_H
#define CONFIG_DIRECT_FIND_H

#include "config/arena.h"

/* Where programs are: along PATH, and in node_modules/.bin. */

#define DIRECT_FIND_PATH "/usr/local/bin:/bin:/usr/bin"

/*
 * The program's absolute path in the arena, or NULL: as execvp finds it from
 * cwd, an absolute one.
 */
const char *direct_find_program(
    const char *name, const char *path, const char *cwd, struct arena *arena);

/* node_modules/.bin/name of folder or of one above it, or NULL. */
const char *direct_find_bin(
    const char *name, const char *folder, struct arena *arena);

/*
 * path with node_modules/.bin of folder and of each above it in front, nearest
 * first, as npm does it.
 */
const char *direct_find_path(
    const char *folder, const char *path, struct arena *arena);

#endif
