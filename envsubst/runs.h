#ifndef ENVSUBST_RUNS_H
#define ENVSUBST_RUNS_H

#include <stdbool.h>

/*
 * The search for long words, in vectors where the processor has them: where
 * RUNS_MIN bytes in a row, or more, are of A-Z a-z 0-9 + / - and _, the
 * alphabets of digests.
 */

#define RUNS_MIN 22

/* Where the first such run begins that has RUNS_MIN bytes within; or NULL. */
const char *runs_find(const char *at, const char *end);

/* As needles_use: "plain", "ssse3", "avx2", "neon"; NULL: the best. */
bool runs_use(const char *way);

#endif
