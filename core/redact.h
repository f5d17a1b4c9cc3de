#ifndef CORE_REDACT_H
#define CORE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Masks known values by value in text that is about to leave: each one as it
 * is, percent-encoded (upper and lower hex), JSON-escaped, and in base64 at the
 * three alignments; each line of a multi-line value of 16 bytes or more too.
 * A value shorter than REDACT_MIN bytes, or an ordinary word (true, false,
 * null, prod, production, localhost, digits only up to 5) is not masked: it
 * would tear up the text.  Replacement: REDACT_MARK.
 *
 * The set holds secrets: its memory is wiped at free.  Helpers only (heap).
 */

#define REDACT_MIN 6
#define REDACT_MARK "[redacted]"

struct redact;

/* 0 or -ENOMEM. */
int redact_new(struct redact **ret);
void redact_free(struct redact *set);
int redact_add(struct redact *set, const void *value, size_t len);

/*
 * Mask in place; the text may get shorter or longer, so the result is a new
 * heap text that the caller frees (NUL-terminated).  Overlapping finds merge.
 * 0 or -ENOMEM.
 */
int redact_text(const struct redact *set, const char *text, size_t len,
    char **ret_text, size_t *ret_len);

#endif
