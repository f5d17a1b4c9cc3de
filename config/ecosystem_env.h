#ifndef CONFIG_ECOSYSTEM_ENV_H
#define CONFIG_ECOSYSTEM_ENV_H

#include "config/ecosystem_work.h"

/*
 * Write "env": what PM2 tells an app of itself, as far as apps look at it, then
 * the file's env, and env_NAME of --env over it.  What the app inherits with
 * the same value is left out.
 */
void ecosystem_env_write(struct ecosystem_work *w, bool python);

#endif
