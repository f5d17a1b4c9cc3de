#ifndef CONFIG_DIRECT_ENV_H
#define CONFIG_DIRECT_ENV_H

#include "config/direct_package.h"
#include "config/direct_tool.h"

#define DIRECT_ENV_MAX 128

/* Of the innermost launcher: what a script that it runs would see. */
struct direct_facts {
	enum direct_tool tool; /* never turbo */
	const char *verb;
	const struct direct_package *package; /* or NULL */
	const char *event;                    /* the script's name, or "" */
	const char *script;                   /* its text */
	const char *init_cwd;
	bool workspace;
	const char *path; /* with the folders in front */
	const char *cwd;
	char *const *environ_in;
};

/*
 * The variables, DIRECT_ENV_MAX at most, in the arena.  What would need the
 * launcher itself and it is not installed is left out.
 */
struct plan_variables direct_env_make(
    const struct direct_facts *facts, struct arena *arena);

#endif
