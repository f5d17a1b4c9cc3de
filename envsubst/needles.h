#ifndef ENVSUBST_NEEDLES_H
#define ENVSUBST_NEEDLES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The search for many strings at once, in one pass, as fast as memory where
 * the processor has vector instructions and in plain C where not; both find
 * the same.
 */

#define NEEDLES_MAX 4096
#define NEEDLE_LEN_MAX 256

struct needle {
	const char *text; /* any bytes, NUL too */
	size_t len;       /* 1 to NEEDLE_LEN_MAX */
};

struct needles;

/*
 * 0, -ENOMEM, or -EINVAL: none, too many, or a length out of range.  The
 * strings are copied.  Of equal ones the first is reported.
 */
int needles_build(
    const struct needle *list, size_t count, struct needles **ret);

/* Harmless on NULL. */
void needles_free(struct needles *n);

/*
 * The first place where one of them stands whole within the bytes, and the
 * longest that stands there; NULL when there is none.  May be called by
 * several threads at once.
 */
const char *needles_find(
    const struct needles *n, const char *data, size_t len, size_t *ret_which);

size_t needles_count(const struct needles *n);
const char *needles_text(const struct needles *n, size_t i, size_t *ret_len);

/* The longest one's length. */
size_t needles_reach(const struct needles *n);

/*
 * From here on search this way: "plain", "ssse3", "avx2" or "neon"; false when
 * this machine cannot; NULL: the best.  For tests, and before threads.
 */
bool needles_use(const char *way);

#endif
