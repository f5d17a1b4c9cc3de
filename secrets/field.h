#ifndef SECRETS_FIELD_H
#define SECRETS_FIELD_H

#include <stddef.h>

/*
 * One field of a payload.  The text is cut out of the JSON as it stands, since
 * a number that went through a double has lost its digits.
 */
struct field {
	char *data; /* heap.h; NUL-terminated */
	size_t len;
};

enum field_result {
	FIELD_FOUND,
	FIELD_MISSING,
	FIELD_NULL,
	FIELD_NOT_JSON,
	FIELD_NOT_SCALAR,
	FIELD_NUL,
	FIELD_NO_MEMORY,
	FIELD_RESULTS,
};

/*
 * name "": the whole payload, whatever it is.  A name that begins with "/" is a
 * JSON pointer (RFC 6901), any other a member of the payload's object; of equal
 * members the last counts.  Strings come out unescaped, numbers and booleans as
 * they are written.  On anything but FIELD_FOUND *ret is untouched.
 */
enum field_result field_cut(
    const char *text, size_t len, const char *name, struct field *ret);
void field_free(struct field *field);

/* One phrase for a message; name is the field's, already fit to be shown. */
void field_explain(
    enum field_result result, const char *name, char *ret, size_t size);

#endif
