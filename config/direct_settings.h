#ifndef CONFIG_DIRECT_SETTINGS_H
#define CONFIG_DIRECT_SETTINGS_H

#include "config/arena.h"

#include <stdbool.h>

/*
 * What the launchers' own files say: not read as npm or a YAML library would,
 * but closely enough to know when to keep one's hands off.
 */

/*
 * Whether a setting makes scripts run in another way than by plain sh: in
 * .npmrc and .yarnrc of the folder, the root (or NULL) and $HOME, in the root's
 * pnpm-workspace.yaml, or in an npm_config_* variable.
 */
bool direct_settings_found(const char *folder, const char *root,
    char *const environ_in[], struct arena *arena);

/*
 * The "packages" of folder/pnpm-workspace.yaml, one "- pattern" a line, into
 * ret[max].  0, or -1 when they are written otherwise or are too many.
 */
int direct_settings_workspaces(const char *folder, struct arena *arena,
    const char *ret[], size_t max, size_t *ret_count);

#endif
