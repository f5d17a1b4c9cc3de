#include "envsubst/fillin.h"

#include "envsubst/runes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static enum fillin
fail(struct fillin_job *job, const struct expr *e, enum fillin how)
{
	job->about = e->name;
	job->about_len = e->name_len;
	return how;
}

static enum fillin
refuse(struct fillin_job *job, const struct expr *e)
{
	/* messages go to logs, where no value may be */
	const struct fillin_how how = { .kind = EXPR_WORD_PLAIN, .bare = true };
	autoword struct fillin_word word = FILLIN_WORD;

	enum fillin done =
	    fillin_word_expand(job, e->word, e->word_len, how, &word);
	if (done != FILLIN_DONE)
		return done;
	text_free(&job->message);
	job->message.max = FILLIN_MAX;
	text_add(&job->message, word.text.data, word.text.len);
	return fail(job, e, FILLIN_REFUSED);
}

static enum fillin
assign(struct fillin_job *job, const struct expr *e, bool quoted,
    struct fillin_word *to)
{
	const struct fillin_how how = { .kind = EXPR_WORD_PLAIN,
		.quoted = quoted };
	size_t before = to->text.len;

	enum fillin done =
	    fillin_word_expand(job, e->word, e->word_len, how, to);
	if (done != FILLIN_DONE)
		return done;
	int r = scope_set(&job->locals, e->name, e->name_len,
	    to->text.data + before, to->text.len - before);
	if (r < 0)
		return fail(
		    job, e, r == -E2BIG ? FILLIN_TOO_LONG : FILLIN_NO_MEMORY);
	return FILLIN_DONE;
}

/* - = + ?: value NULL when there is none that counts. */
static enum fillin
choose(struct fillin_job *job, const struct expr *e, const char *value,
    size_t len, bool quoted, struct fillin_word *to)
{
	const struct fillin_how how = { .kind = EXPR_WORD_PLAIN,
		.quoted = quoted };

	if (e->op == EXPR_OTHER ? value == NULL : value != NULL) {
		if (e->op != EXPR_OTHER)
			fillin_word_add(to, value, len, quoted);
		return FILLIN_DONE;
	}
	if (e->op == EXPR_ERROR)
		return refuse(job, e);
	if (e->op == EXPR_ASSIGN)
		return assign(job, e, quoted, to);
	return fillin_word_expand(job, e->word, e->word_len, how, to);
}

static enum fillin
edit(struct fillin_job *job, const struct expr *e, const char *value,
    size_t len, bool quoted, struct fillin_word *to)
{
	autotext struct text edited = TEXT_MAX(FILLIN_MAX);

	enum fillin done = fillin_edit(job, e, value, len, &edited);
	if (done != FILLIN_DONE)
		return job->about == NULL ? fail(job, e, done) : done;
	if (edited.failed)
		return fail(job, e, FILLIN_TOO_LONG);
	fillin_word_add(to, edited.data, edited.len, quoted);
	return FILLIN_DONE;
}

/* Nothing comes of nothing; a shell does not even look at the pattern. */
static bool
shrinks(enum expr_op op)
{
	return op == EXPR_PREFIX || op == EXPR_SUFFIX;
}

static enum fillin
unfiltered(struct fillin_job *job, const struct expr *e, bool quoted,
    struct fillin_word *to)
{
	size_t len = 0;
	const char *value =
	    scope_get(job->scope, &job->locals, e->name, e->name_len, &len);

	if (e->op >= EXPR_DEFAULT && e->op <= EXPR_ERROR) {
		bool missing = value == NULL || (e->colon && len == 0);
		return choose(job, e, missing ? NULL : value, len, quoted, to);
	}
	if (value == NULL && job->unset != FILLIN_UNSET_EMPTY)
		return fail(job, e,
		    job->unset == FILLIN_UNSET_KEEP ? FILLIN_KEPT
						    : FILLIN_MISSING);
	if (e->op == EXPR_LENGTH) {
		char out[24];
		int n =
		    snprintf(out, sizeof(out), "%zu", runes_count(value, len));
		fillin_word_add(to, out, (size_t)n, quoted);
		return FILLIN_DONE;
	}
	/* what is not there has no parts, not even an empty one */
	if (value == NULL || (len == 0 && shrinks(e->op)))
		return FILLIN_DONE;
	if (e->op != EXPR_PLAIN)
		return edit(job, e, value, len, quoted, to);
	fillin_word_add(to, value, len, quoted);
	return FILLIN_DONE;
}

enum fillin
fillin_value(struct fillin_job *job, const struct expr *e, bool quoted,
    struct fillin_word *to)
{
	if (e->filter == -1)
		return unfiltered(job, e, quoted, to);
	autoword struct fillin_word whole = FILLIN_WORD;
	autotext struct text written = TEXT_MAX(FILLIN_MAX);
	enum fillin done = unfiltered(job, e, quoted, &whole);
	if (done != FILLIN_DONE)
		return done;
	if (quote_add((enum quote)e->filter, whole.text.data, whole.text.len,
		&written) < 0)
		return fail(job, e, FILLIN_NO_WAY);
	if (whole.text.failed || written.failed)
		return fail(job, e, FILLIN_TOO_LONG);
	fillin_word_add(to, written.data, written.len, quoted);
	return FILLIN_DONE;
}

enum fillin
fillin_write(struct fillin_job *job, const struct expr *e, enum quote quote,
    struct text *to)
{
	autoword struct fillin_word whole = FILLIN_WORD;

	job->about = NULL;
	enum fillin done = fillin_value(job, e, false, &whole);
	if (done != FILLIN_DONE)
		return done;
	if (whole.text.failed)
		return fail(job, e, FILLIN_TOO_LONG);
	if (e->filter != -1)
		quote = QUOTE_RAW;
	if (quote_add(quote, whole.text.data, whole.text.len, to) < 0)
		return fail(job, e, FILLIN_NO_WAY);
	return to->failed ? fail(job, e, FILLIN_TOO_LONG) : FILLIN_DONE;
}
