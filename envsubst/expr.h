#ifndef ENVSUBST_EXPR_H
#define ENVSUBST_EXPR_H

#include "envsubst/scope.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The grammar of references to variables, with bash's meaning (as it reads
 * them in a here-document); what is not in it is no expression:
 *
 *	$NAME ${NAME} ${#NAME}
 *	${NAME:-WORD} ${NAME:=WORD} ${NAME:+WORD} ${NAME:?WORD}, also without
 *	    the colon, which then do not count an empty value as missing
 *	${NAME#PATTERN} ## % %%
 *	${NAME/PATTERN/WORD} // /# /%
 *	${NAME^PATTERN} ^^ , ,, with or without the pattern
 *	${NAME:OFFSET} ${NAME:OFFSET:LENGTH}, integers and sums of them
 *
 * and ${NAME@FILTER...} in front of any operator, a filter being a name of
 * quote_find.  Words nest.  In a word, references to names that are not
 * touched stay as they are.
 */

#define EXPR_MAX ((size_t)32 * 1024) /* bytes, from $ to } */
#define EXPR_DEPTH_MAX 32

enum expr_op {
	EXPR_PLAIN,
	EXPR_LENGTH,
	EXPR_DEFAULT,
	EXPR_ASSIGN,
	EXPR_OTHER,
	EXPR_ERROR,
	EXPR_PREFIX,
	EXPR_SUFFIX,
	EXPR_REPLACE,
	EXPR_UPPER,
	EXPR_LOWER,
	EXPR_SLICE,
};

struct expr {
	enum expr_op op;
	const char *name;
	size_t name_len;
	int filter;    /* enum quote, or -1 */
	bool colon;    /* an empty value counts as missing */
	bool doubled;  /* ##, %%, //, ^^ or ,, */
	bool has_more; /* a second word: replacement or length */
	const char *word;
	size_t word_len;
	const char *more;
	size_t more_len;
	size_t len; /* of it all */
};

/*
 * The expression that text begins with; it must refer to a touched name.  It
 * is looked for in EXPR_MAX bytes at most.  The words point into text.
 */
bool expr_read(
    const struct scope *s, const char *text, size_t len, struct expr *ret);

/*
 * Text begins with $ or ${ and a touched name, though perhaps with nothing that
 * expr_read can read.
 */
bool expr_is_meant(const struct scope *s, const char *text, size_t len);

/* ---- for words ---------------------------------------------------------- */

enum expr_word {
	EXPR_WORD_PLAIN, /* only double quotes quote */
	EXPR_WORD_QUOTED /* patterns, replacements: single quotes do too */
};

/* The length of ${...} that is alien, to behind its brace; 0: it has no end. */
size_t expr_alien(const struct scope *s, const char *text, size_t len);

#endif
