#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include "config/json.h"
#include "config/plan.h"

/*
 * The configuration file: found, read and parsed.  asked: its path, from -c or
 * $CRADLE_CONFIG; NULL to look for ./cradle.json and /etc/cradle.json, which
 * costs two system calls when there is neither.  *ret_path, in the arena, is
 * the file's path for people, "" without one; *ret_top is NULL then. 0, or -1
 * with *ret_error filled.
 */
int source_read(const char *asked, struct arena *arena, const char **ret_path,
    struct json **ret_top, struct plan_error *ret_error);

/* The same for a text that lies in memory. */
int source_take(const struct plan_text *text, struct arena *arena,
    const char **ret_path, struct json **ret_top, struct plan_error *ret_error);

#endif
