#ifndef CONFIG_DIRECT_H
#define CONFIG_DIRECT_H

#include "config/arena.h"
#include "config/plan.h"

#include <stddef.h>

/*
 * "direct": npm, npx, pnpm, yarn and turbo are left out, and what they would
 * have started is started in their stead.  Each launcher is read as it would
 * read itself: its words (direct_tool.h), its package.json (direct_package.h),
 * the script's line as sh would split it (direct_line.h), the variables that a
 * script sees (direct_env.h).  Whatever is not surely the same is refused, and
 * the command runs as written.
 */

#define DIRECT_DEPTH_MAX 8

struct direct_ask {
	char *const *command;
	const char *cwd;  /* "": the caller's */
	const char *path; /* PATH as the service would have it */
	char *const *environ_in;
};

struct direct {
	char **command;            /* NULL-terminated */
	const char *cwd;           /* absolute */
	const char *path;          /* PATH with the folders in front */
	struct plan_variables set; /* by the scripts: above the service's own */
	struct plan_variables add; /* by the launcher: below them */
	int saved_ms;              /* about; see saved_ms_of in direct.c */
};

enum direct_result {
	DIRECT_TAKEN,   /* *ret says what to run */
	DIRECT_NONE,    /* the command is no launcher's */
	DIRECT_REFUSED, /* to be run as written; why is one phrase */
	DIRECT_WRONG,   /* no such script: it could not run; why likewise */
};

/*
 * Look a command up, touching nothing.  What *ret points to lies in the arena,
 * which is used for everything read on the way as well: give it one of its own
 * and close that.  why holds words of the command.
 */
enum direct_result direct_resolve(const struct direct_ask *ask,
    struct arena *work, struct direct *ret, char *why, size_t why_size);

#endif
