#ifndef ENVSUBST_NOTE_H
#define ENVSUBST_NOTE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What the comment behind a name in an example file declares:
 *
 *	# optional  # default=TEXT  # type=url|int|bool|json|enum(A,B)
 *	# pattern=EXPRESSION
 *
 * one or several of them, with blanks or another # between.  TEXT and the
 * EXPRESSION (POSIX, extended, for the whole value) end at a blank unless they
 * are quoted.  A comment that begins otherwise is for people, and so is the
 * rest of one behind the last of these.
 */

enum note_type {
	NOTE_ANY,
	NOTE_URL,
	NOTE_INT,
	NOTE_BOOL,
	NOTE_JSON,
	NOTE_ENUM,
	NOTE_TYPES,
};

struct note {
	bool optional;
	char *fallback; /* NULL: none; heap, as the others are */
	enum note_type type;
	char *choices; /* of NOTE_ENUM: "a,b" */
	char *pattern; /* NULL: any */
};

#define NOTE_WHY_MAX 128

/*
 * comment: from its # on, or NULL.  0; -ENOMEM; -EINVAL and what is wrong with
 * it, as "has the unknown type strnig".  The caller frees the note.
 */
int note_parse(const char *comment, struct note *ret, char why[NOTE_WHY_MAX]);

/*
 * Whether the value is as declared: 0, or -EINVAL and what it is not, as "is no
 * URL"; the value is not in that.
 */
int note_check(const struct note *n, const char *value, size_t len,
    char why[NOTE_WHY_MAX]);

/* Harmless on an empty one. */
void note_free(struct note *n);

#endif
