#ifndef ENVSUBST_TOKEN_H
#define ENVSUBST_TOKEN_H

#include "envsubst/engine.h"
#include "envsubst/fillin.h"
#include "envsubst/scope.h"

#include <stdbool.h>

/*
 * The mode tokens, for files that were made for sed: __NAME__, %NAME% and
 * {{NAME}}, or patterns of one's own, for the names of the scope.  Where
 * several could be meant the longest is.  What looks like one but has another
 * name (in capitals) stays and is counted as left over.
 */
extern const struct mode token_mode;

#define TOKEN_FORMS_MAX 8
#define TOKEN_MARK_MAX 32

struct token_form {
	char before[TOKEN_MARK_MAX];
	char behind[TOKEN_MARK_MAX];
	bool blanks; /* may stand around the name */
};

/* What token_mode takes for `values`. */
struct token {
	struct scope scope;
	size_t longest; /* of its names */
	struct token_form form[TOKEN_FORMS_MAX];
	size_t forms;
	int quote; /* one for all places (enum quote), or -1: place.h */
	enum fillin_unset unset;
};

/* The three forms that are known without saying. */
void token_usual(struct token *t);

/*
 * A pattern with NAME in it once, such as "@@NAME@@".  False: that is none, or
 * it is one too many, or it has nothing before NAME.
 */
bool token_add(struct token *t, const char *pattern);

/* What it is found by: 0 or -ENOMEM. */
int token_needles(const struct token *t, struct needles **ret);

#endif
