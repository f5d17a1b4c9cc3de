#ifndef ENVSUBST_FILLIN_H
#define ENVSUBST_FILLIN_H

#include "envsubst/expr.h"
#include "envsubst/quote.h"
#include "envsubst/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Expressions become their values.
 */

/* What one expression may become, in bytes. */
#define FILLIN_MAX ((size_t)4 * 1024 * 1024)

enum fillin_unset {
	FILLIN_UNSET_EMPTY, /* as a shell does */
	FILLIN_UNSET_KEEP,  /* the expression stays */
	FILLIN_UNSET_ERROR,
};

/* What became of an expression. */
enum fillin {
	FILLIN_DONE,
	FILLIN_KEPT,     /* nothing is put in its stead: UNSET_KEEP */
	FILLIN_BAD,      /* nor here: no integer, a length below zero */
	FILLIN_MISSING,  /* a value is needed; the name is in `about` */
	FILLIN_REFUSED,  /* ${NAME:?WORD}; the word, without a value,
			   is in `message` */
	FILLIN_NO_WAY,   /* such a value cannot be written in that place */
	FILLIN_TOO_LONG, /* the result, a pattern, or too many assignments */
	FILLIN_NO_MEMORY,
};

struct fillin_job {
	const struct scope *scope;
	struct scope_locals locals; /* what was assigned; the caller forgets */
	enum fillin_unset unset;
	const char *about; /* the name that it failed for */
	size_t about_len;
	struct text message;
};

/*
 * Add the expression's value to `to`, quoted so, or by its own filter.  Only
 * after FILLIN_DONE is what was added of use.
 */
enum fillin fillin_write(struct fillin_job *job, const struct expr *e,
    enum quote quote, struct text *to);

/* ---- between its files -------------------------------------------------- */

/* A word whose references are filled in; each byte has its mark. */
struct fillin_word {
	struct text text;
	struct text marks; /* 1 where it was quoted, else 0 */
};

#define FILLIN_WORD                                                         \
	{                                                                   \
		.text = TEXT_MAX(FILLIN_MAX), .marks = TEXT_MAX(FILLIN_MAX) \
	}

void fillin_word_add(
    struct fillin_word *w, const char *data, size_t len, bool quoted);
void fillin_word_free(struct fillin_word *w);

#define autoword __attribute__((cleanup(fillin_word_free)))

/*
 * A word's references and quotes; what is inside of double quotes, or all of
 * it when `quoted`, is marked.  values_quoted: so is every value.  bare: a
 * reference stays as it is written.
 */
struct fillin_how {
	enum expr_word kind;
	bool quoted;
	bool values_quoted;
	bool bare;
};

enum fillin fillin_word_expand(struct fillin_job *job, const char *text,
    size_t len, struct fillin_how how, struct fillin_word *to);

/* An expression's value, unquoted; each byte marked so. */
enum fillin fillin_value(struct fillin_job *job, const struct expr *e,
    bool quoted, struct fillin_word *to);

/* What ${NAME/...}, ${NAME#...}, ${NAME^...} and slices make of a value. */
enum fillin fillin_edit(struct fillin_job *job, const struct expr *e,
    const char *value, size_t len, struct text *to);

#endif
