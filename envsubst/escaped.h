#ifndef ENVSUBST_ESCAPED_H
#define ENVSUBST_ESCAPED_H

#include "envsubst/mention.h"
#include "envsubst/needles.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Digests as policies and integrity attributes write them, "sha384-" and
 * base64, where the text around has escaped a plus, a slash or the padding: \/
 * and \u002F of JSON, also of JSON within a string, %2B of a URL, &#x2B; of
 * HTML.  A new digest gets the same escapes.  What has none is mention.h's.
 */

/* Bytes that one may take, with what stands before and behind it. */
#define ESCAPED_REACH ((size_t)1024)

/* No way to write one of the signs is longer. */
#define ESCAPED_SIGN_MAX 7

/* What they are found by: 0 or -ENOMEM. */
int escaped_needles(struct needles **ret);

struct escaped_scan {
	const struct needles *needles;
	mention_take *take;
	void *arg;
	uint64_t known; /* all that begin before this have been told */
};

/*
 * Look at a piece of a stream, whose first byte is at `offset` of it; pieces
 * come in order and overlap by ESCAPED_REACH at least.  0, or what take
 * returned.
 */
int escaped_window(struct escaped_scan *s, const char *data, size_t len,
    uint64_t offset, bool last);

/* Whether the text begins with an escaped '='. */
bool escaped_is_pad(const char *text, const char *end);

/* Those forms of a mention; what mention_write does for them. */
bool escaped_is(enum mention_form form);
size_t escaped_write(enum mention_form form, enum sums_kind kind,
    const unsigned char *digest, char to[MENTION_LEN_MAX]);

#endif
