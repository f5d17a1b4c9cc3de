#ifndef CONFIG_DIRECT_LINE_H
#define CONFIG_DIRECT_LINE_H

#include "config/arena.h"
#include "config/direct_why.h"
#include "config/plan.h"

#define DIRECT_WORDS_MAX 256
#define DIRECT_SETS_MAX 32
#define DIRECT_TEXT_MAX ((size_t)32 * 1024)

/* A plain command line, taken apart as sh would do it. */
struct direct_line {
	struct plan_variable set[DIRECT_SETS_MAX]; /* NAME=value in front */
	size_t sets;
	const char *word[DIRECT_WORDS_MAX]; /* the program and its arguments */
	size_t words;
};

/*
 * Split text: words, quotes, backslashes, assignments in front, one `exec`, and
 * cross-env with its own assignments.  Texts lie in the arena.  0 when sh would
 * have run exactly these words; else -1 with *ret_why, and *ret is spoilt.
 */
int direct_line_split(const char *text, struct arena *arena,
    struct direct_line *ret, enum direct_why *ret_why);

#endif
