#include "envsubst/modes.h"

#include "core/exits.h"
#include "core/guard_heap.h"

#include <errno.h>
#include <string.h>

/* ---- what several have in common ---------------------------------------- */

static int
make_scope(const struct modes_wish *w, struct modes *m, struct scope *ret)
{
	m->sorted = calloc(w->count + 1, sizeof(*m->sorted));
	if (m->sorted == NULL)
		return -ENOMEM;
	if (w->count > 0)
		memcpy(m->sorted, w->var, w->count * sizeof(*w->var));
	scope_sort(m->sorted, w->count);
	*ret = (struct scope){ m->sorted, w->count, w->prefix, w->prefixes,
		w->all && w->kind == MODES_EXPAND };
	return 0;
}

/* ---- each of them ------------------------------------------------------- */

static int
make_meta(const struct modes_wish *w, struct modes *m, struct job *job)
{
	autofree struct value *list = calloc(w->count + 1, sizeof(*list));
	size_t count = 0;

	if (list == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < w->count; i++)
		if (w->var[i].data != NULL)
			list[count++] = (struct value){ w->var[i].name,
				w->var[i].data, w->var[i].len };
	int r = value_build(list, count, &m->values);
	if (r < 0)
		return r;
	m->meta = (struct meta){ .values = &m->values, .pad = w->pad };
	job->mode = &meta_mode;
	job->values = &m->meta;
	return meta_needles(&m->needles);
}

static int
make_expand(const struct modes_wish *w, struct modes *m, struct job *job,
    struct failure *f)
{
	struct expand *x = &m->expand;

	*x = (struct expand){
		.quote = w->quoting, .unset = w->unset, .strict = w->strict
	};
	int r = make_scope(w, m, &x->scope);
	if (r == 0)
		r = expand_needles(&x->scope, &m->needles);
	job->mode = &expand_mode;
	job->values = x;
	return r < 0 ? failure_os(f, r, "prepare the substitution") : 0;
}

static int
make_token(const struct modes_wish *w, struct modes *m, struct job *job,
    struct failure *f)
{
	struct token *t = &m->token;

	*t = (struct token){ .quote = w->quoting, .unset = w->unset };
	if (w->patterns == 0)
		token_usual(t);
	for (size_t i = 0; i < w->patterns; i++)
		if (!token_add(t, w->pattern[i]))
			return failure_set(f, EXITS_CONFIG,
			    "cannot use the token %s: a pattern has NAME in it "
			    "once and a mark of up to %d bytes before it, as "
			    "@@NAME@@ has; %d patterns at most",
			    w->pattern[i], TOKEN_MARK_MAX - 1, TOKEN_FORMS_MAX);
	int r = make_scope(w, m, &t->scope);
	for (size_t i = 0; i < w->count; i++)
		if (strlen(w->var[i].name) > t->longest)
			t->longest = strlen(w->var[i].name);
	if (r == 0)
		r = token_needles(t, &m->needles);
	job->mode = &token_mode;
	job->values = t;
	return r < 0 ? failure_os(f, r, "prepare the substitution") : 0;
}

static int
make_file(const struct modes_wish *w, struct modes *m, struct job *job,
    struct failure *f)
{
	const struct envfile_wish wish = { w->path, w->global, w->hash, w->var,
		w->count };

	int r = envfile_make(&wish, &m->file);
	if (r == -EINVAL)
		return failure_set(f, EXITS_CONFIG,
		    "cannot write the variables to %s: that is no path within "
		    "the asset root (env.js is one)",
		    w->path);
	if (r == -EDOM)
		return failure_set(f, EXITS_CONFIG,
		    "cannot call the variables %s: that is no name of a global "
		    "(window.env is one)",
		    w->global);
	if (r == 0)
		r = envfile_needles(&m->file, &m->needles);
	job->mode = &envfile_mode;
	job->values = &m->file;
	return r < 0 ? failure_os(f, r, "prepare the substitution") : 0;
}

static int
make(const struct modes_wish *w, struct modes *m, struct job *job,
    struct failure *f)
{
	int r = 0;
	switch (w->kind) {
	case MODES_META:
		r = make_meta(w, m, job);
		return r < 0 ? failure_os(f, r, "write out the values") : 0;
	case MODES_EXPAND:
		return make_expand(w, m, job, f);
	case MODES_TOKEN:
		return make_token(w, m, job, f);
	case MODES_FILE:
		return make_file(w, m, job, f);
	case MODES:
		break;
	}
	return failure_set(f, EXITS_INTERNAL, "cannot substitute in no mode");
}

int
modes_make(const struct modes_wish *w, struct modes *ret, struct job *job,
    struct hook *ret_hook, struct failure *f)
{
	*ret = (struct modes){ .kind = w->kind };
	*ret_hook = (struct hook){ .run = NULL };
	if (make(w, ret, job, f) < 0) {
		modes_free(ret);
		return -1;
	}
	job->needles = ret->needles;
	if (w->kind == MODES_FILE)
		*ret_hook =
		    (struct hook){ .run = envfile_write, .arg = &ret->file };
	if (w->kind == MODES_EXPAND && !w->at_once) {
		ret->expand.problems = &ret->problems;
		*ret_hook = (struct hook){ .run = expand_check,
			.arg = &ret->problems,
			.checks = true };
	}
	return 0;
}

void
modes_free(struct modes *m)
{
	needles_free(m->needles);
	free(m->sorted);
	if (m->kind == MODES_META)
		value_free(&m->values);
	envfile_free(&m->file);
	*m = (struct modes){ 0 };
}
