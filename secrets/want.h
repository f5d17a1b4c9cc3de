#ifndef SECRETS_WANT_H
#define SECRETS_WANT_H

#include "config/ref.h"
#include "core/wire.h"

#include <stddef.h>
#include <stdint.h>

/*
 * One variable that waits for its value, and how PID 1 is told.  Each want is
 * answered once.  Values appear in FETCH_VALUE only, never in a reason.
 */
struct want {
	struct want *next; /* of the same job */
	int64_t index;
	char variable[WIRE_NAME_MAX + 1];
	char shown[256]; /* the reference as messages show it: ref_show */
	struct ref ref;
	char bad[256]; /* why ref could not be parsed; "": it was */
};

/* From a FETCH_WANT: a want of malloc's, or NULL when out of memory. */
struct want *want_new(int64_t index, const char *variable, const char *text);

/* Is it fine for the secret not to exist? */
bool want_may_be_absent(const struct want *want);

/*
 * The payload has been found: take the field, decode, trim, check, and send the
 * value, or say why there is none.  True when a value was sent.
 */
bool want_give(const struct want *want, const char *data, size_t len);

/*
 * The secret, or its field, does not exist: the default, nothing when it is
 * optional, else a miss with EXITS_CONFIG.  True when a value was sent.
 */
bool want_absent(const struct want *want, const char *why);

void want_miss(const struct want *want, int code, const char *why);

#endif
