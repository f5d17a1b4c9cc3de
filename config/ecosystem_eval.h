#ifndef CONFIG_ECOSYSTEM_EVAL_H
#define CONFIG_ECOSYSTEM_EVAL_H

#include "config/arena.h"
#include "config/plan.h"

/*
 * An ecosystem file that is JavaScript is a program: the image's own node runs
 * it, and says as JSON what it exports, an object, a list, or a promise of one.
 *
 * The program gets the environment and the words that it would see under PM2,
 * no stdin, and cradle's stdout and stderr.  It has 10 s and may say 1 MiB; it
 * and what it started in its process group are gone afterwards.  TERM, INT and
 * QUIT end it at once.
 */

#define ECOSYSTEM_EVAL_MS 10000

struct ecosystem_eval {
	const char *path;   /* absolute */
	const char *shown;  /* for people */
	char *const *words; /* process.argv from its second on */
	char *const *envp;
	int timeout_ms;
};

/*
 * The JSON, in the arena.  0, or -1 with *ret_error filled; its text is empty
 * when a signal ended it, and the code is then 128 + the signal's number.
 */
int ecosystem_eval(const struct ecosystem_eval *ask, struct arena *arena,
    struct plan_text *ret, struct plan_error *ret_error);

#endif
