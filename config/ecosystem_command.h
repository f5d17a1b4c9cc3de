#ifndef CONFIG_ECOSYSTEM_COMMAND_H
#define CONFIG_ECOSYSTEM_COMMAND_H

#include "config/ecosystem_work.h"

/*
 * Write "command": the interpreter, its arguments, the script and its own.
 * Sets w->script, and *ret_python, whether Python runs it.  What cannot be
 * found is refused.
 */
void ecosystem_command_write(struct ecosystem_work *w, bool *ret_python);

/* The absolute path of one that is relative to base. */
const char *ecosystem_command_path(
    struct ecosystem_work *w, const char *base, const char *path);

#endif
