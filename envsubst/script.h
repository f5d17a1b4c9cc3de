#ifndef ENVSUBST_SCRIPT_H
#define ENVSUBST_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Where a piece of JavaScript stops: in code, or in a string or a template
 * that began at `start`.  The text is not validated.  SCRIPT_UNSURE when it
 * ends in a comment or a regular expression, is too deep, or cannot be right
 * (a string over the end of a line): a slash after a brace was then probably
 * taken for what it is not.
 */

enum script_state {
	SCRIPT_CODE,
	SCRIPT_SINGLE,   /* '...' */
	SCRIPT_DOUBLE,   /* "..." */
	SCRIPT_TEMPLATE, /* `...` */
	SCRIPT_UNSURE,
};

/* ret_start: behind the opening quote of what it ends in. */
enum script_state script_end(const char *text, size_t len, size_t *ret_start);

/*
 * The same for several places of one text, from the first to the last: all of
 * it is read once.  The fields are script.c's own; SCRIPT_UNSURE may become
 * sure again further on.
 */
#define SCRIPT_PARENS_MAX 2048
#define SCRIPT_TEMPLATES_MAX 32

struct script_reader {
	const char *text;
	size_t len;
	size_t at;
	enum script_state inside; /* of what the text ended in */
	size_t string;            /* where that began */
	char comment;             /* it ended in one: / or *, else 0 */
	bool pending;             /* it ended in a regular expression */
	bool regex; /* a slash here would begin a regular expression */
	bool head;  /* the last token was if, while, for or with */
	bool unsure;
	size_t parens;
	bool paren_head[SCRIPT_PARENS_MAX];
	size_t templates; /* that we are in a substitution of */
	size_t start[SCRIPT_TEMPLATES_MAX];
	size_t braces[SCRIPT_TEMPLATES_MAX]; /* open ones in each of them */
};

void script_begin(struct script_reader *r);

/* Where the text stops; it begins as all before began, and is longer. */
enum script_state script_read(
    struct script_reader *r, const char *text, size_t len);

/*
 * What stands from there to `to` is not to be read: something is put in its
 * stead that is a value in code, and part of a string in a string.
 */
void script_skip(struct script_reader *r, size_t to);

/*
 * What the inside of a string or template means, into `to` (at least len
 * bytes): its bytes without one level of backslashes.  Substitutions in a
 * template become a single 0.  The count of bytes, or -1 when an escape is not
 * one that compilers write.
 */
long script_cook(const char *text, size_t len, char *to);

#endif
