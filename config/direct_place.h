#ifndef CONFIG_DIRECT_PLACE_H
#define CONFIG_DIRECT_PLACE_H

#include "config/direct_package.h"
#include "config/direct_tool.h"

/*
 * The package whose script a launcher, started in cwd, would run: the nearest,
 * that of --prefix, or a workspace.  For turbo also whether the task stands
 * alone, and in *ret_tool who would run the script; else the launcher itself.
 * 0, or -1 with *ret_why.
 */
int direct_place_find(const struct direct_call *call, const char *cwd,
    struct arena *arena, struct direct_package *ret, enum direct_tool *ret_tool,
    enum direct_why *ret_why);

#endif
