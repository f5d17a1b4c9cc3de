#ifndef ENVSUBST_VALUE_H
#define ENVSUBST_VALUE_H

#include "envsubst/context.h"
#include "envsubst/scan.h"
#include "envsubst/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The public variables of one asset root, written as the object that stands in
 * for the placeholder.  There are two ways to write it:
 *
 * - as the original tool does: JSON with its own escapes, once per form.  It
 *   loads back to the same values except where a value has characters that the
 *   place does not survive (value_fits);
 * - percent-encoded JSON in decodeURIComponent, which holds no character that
 *   any string, template, script element or replacement could take for its own.
 *
 * Bytes that are no UTF-8 become U+FFFD, as everything in JavaScript sees them.
 */

struct value {
	const char *name;
	const char *data;
	size_t len;
};

struct value_set {
	struct text plain[SCAN_OTHER]; /* of the forms L0, L1 and L2 */
	struct text percent;
	unsigned perils; /* what is in the values; value.c */
};

/* 0 or -ENOMEM.  The values are copied, in this order. */
int value_build(
    const struct value *values, size_t count, struct value_set *ret);

/* Harmless on an empty one. */
void value_free(struct value_set *set);

/* Whether the original's bytes load back to the same values in that place. */
bool value_fits(
    const struct value_set *set, enum scan_form form, struct context context);

/* Whether it must be known where the placeholder stands to answer that. */
bool value_needs_context(const struct value_set *set, enum scan_form form);

bool value_is_utf8(const char *data, size_t len);

#endif
