#include "envsubst/expand.h"

#include "envsubst/blame.h"
#include "envsubst/digest.h"
#include "envsubst/place.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Each name has three beginnings: $NAME, ${NAME and ${#NAME. */
#define BEGINNINGS 3
#define NAME_MAX_LEN (NEEDLE_LEN_MAX - 3)

/* ---- finding ------------------------------------------------------------ */

static int
add_needles(const char *name, size_t *count, struct needle *list,
    char (*text)[NEEDLE_LEN_MAX + 1])
{
	static const char *const before[BEGINNINGS] = { "$", "${", "${#" };
	for (size_t i = 0; i < BEGINNINGS; i++) {
		int n = snprintf(
		    text[*count], NEEDLE_LEN_MAX + 1, "%s%s", before[i], name);
		if (n > NEEDLE_LEN_MAX)
			return -E2BIG;
		list[*count] = (struct needle){ text[*count], (size_t)n };
		++*count;
	}
	return 0;
}

/* Which names with a prefix are set is another matter at each start. */
static bool
is_covered(const struct scope *s, size_t i)
{
	const char *name = s->var[i].name;
	return scope_has_prefix(s, name, strlen(name));
}

/* The names themselves, so that other dollars cost nothing. */
static int
build_names(const struct scope *s, size_t names, struct needles **ret)
{
	size_t count = 0;
	int r = 0;
	autofree struct needle *list =
	    calloc(BEGINNINGS * names, sizeof(*list));
	autofree char(*text)[NEEDLE_LEN_MAX + 1] =
	    calloc(BEGINNINGS * names, sizeof(*text));

	if (list == NULL || text == NULL)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < s->count; i++)
		if (!is_covered(s, i))
			r = add_needles(s->var[i].name, &count, list, text);
	for (size_t i = 0; r == 0 && i < s->prefixes; i++)
		r = add_needles(s->prefix[i], &count, list, text);
	return r < 0 ? r : needles_build(list, count, ret);
}

int
expand_needles(const struct scope *s, struct needles **ret)
{
	static const struct needle dollar = { "$", 1 };
	size_t names = s->count + s->prefixes;
	int r = -E2BIG;

	if (!s->all && names > 0 && names <= NEEDLES_MAX / BEGINNINGS)
		r = build_names(s, names, ret);
	return r == -E2BIG ? needles_build(&dollar, 1, ret) : r;
}

static bool
key(const void *values, struct digest_state *to)
{
	const struct expand *x = values;
	const struct scope *s = &x->scope;

	digest_add(to, x->strict ? "strict" : "", x->strict ? 7 : 1);
	digest_add(to, s->all ? "all" : "", s->all ? 4 : 1);
	for (size_t i = 0; i < s->count; i++)
		if (!is_covered(s, i))
			digest_add(
			    to, s->var[i].name, strlen(s->var[i].name) + 1);
	for (size_t i = 0; i < s->prefixes; i++) {
		digest_add(to, "*", 1);
		digest_add(to, s->prefix[i], strlen(s->prefix[i]) + 1);
	}
	return true;
}

static enum look
look(const void *values, const struct view *v, struct edit *ret)
{
	const struct expand *x = values;
	const char *text = v->data + v->at;
	size_t len = v->len - v->at;
	struct expr e;

	if (v->at < v->lo)
		return LOOK_NONE;
	if (expr_read(&x->scope, text, len, &e)) {
		*ret = (struct edit){ .start = v->at, .len = (uint32_t)e.len };
		return LOOK_EDIT;
	}
	return x->strict && expr_is_meant(&x->scope, text, len) ? LOOK_LEFT_OVER
								: LOOK_NONE;
}

/* ---- writing ------------------------------------------------------------ */

struct state {
	struct place place;
	struct fillin_job job;
};

static void *
begin(const void *values, const char *path)
{
	const struct expand *x = values;
	struct state *state = calloc(1, sizeof(*state));
	if (state == NULL)
		return NULL;
	place_begin(&state->place, path, x->quote);
	state->job.scope = &x->scope;
	state->job.unset = x->unset;
	return state;
}

static void
end(void *state_)
{
	struct state *state = state_;
	scope_forget(&state->job.locals);
	text_free(&state->job.message);
	free(state);
}

static enum quote
quote_at(struct site *s, struct place *p)
{
	const char *text = NULL;
	size_t len = 0;

	if (p->kind != PLACE_FIXED)
		text = site_before(s, &len);
	return place_quote(p, text, len);
}

static int
blame(struct site *s, const struct expand *x, const struct fillin_job *job,
    enum fillin done)
{
	int n = (int)job->about_len;
	const char *name = job->about;

	switch (done) {
	case FILLIN_DONE:
	case FILLIN_KEPT:
		break;
	case FILLIN_BAD:
		return x->strict
			   ? blame_site(s,
				 "%.*s: the offset or the length is no integer "
				 "within the value",
				 n, name)
			   : 0;
	case FILLIN_MISSING:
		return blame_site(s,
		    "%.*s is not set (set it, or write ${%.*s:-DEFAULT})", n,
		    name, n, name);
	case FILLIN_REFUSED:
		return job->message.len > 0
			   ? blame_site(s, "%.*s: %.*s", n, name,
				 (int)job->message.len, job->message.data)
			   : blame_site(s, "%.*s is not set or empty", n, name);
	case FILLIN_NO_WAY:
		return blame_site(s,
		    "the value of %.*s cannot be written there so that it "
		    "stays "
		    "one value (put the place in quotes, or write ${%.*s@raw})",
		    n, name, n, name);
	case FILLIN_TOO_LONG:
		return blame_site(
		    s, "%.*s: its value or pattern is too long", n, name);
	case FILLIN_NO_MEMORY:
		return failure_os(
		    site_failure(s), -ENOMEM, "substitute %s", site_path(s));
	}
	return 0;
}

/* A file may be written twice, and say the same twice. */
static void
gather(struct expand_problems *p, const struct failure *f)
{
	static const char begin[] = "cannot substitute ";
	size_t skip = strncmp(f->text, begin, sizeof(begin) - 1) == 0
			  ? sizeof(begin) - 1
			  : 0;
	size_t len = strlen(p->all.text);

	if (p->count == 0) {
		p->all = *f;
	} else if (strstr(p->all.text, f->text + skip) != NULL) {
		return;
	} else if (p->count < EXPAND_PROBLEMS_MAX) {
		(void)snprintf(p->all.text + len, sizeof(p->all.text) - len,
		    "; %s", f->text + skip);
	} else if (p->count == EXPAND_PROBLEMS_MAX) {
		(void)snprintf(
		    p->all.text + len, sizeof(p->all.text) - len, "; and more");
	}
	p->count++;
}

int
expand_check(void *problems, struct changes *c, struct failure *f)
{
	const struct expand_problems *p = problems;

	(void)c;
	if (p->count == 0)
		return 0;
	*f = p->all;
	return -1;
}

static int
put(const void *values, struct site *s)
{
	const struct expand *x = values;
	struct state *state = site_state(s);
	const struct edit *edit = site_edit(s);
	autotext struct text out = TEXT_MAX(FILLIN_MAX);
	struct expr e;

	/* the engine has made sure that it is the file that was looked at */
	if (!expr_read(&x->scope, site_source(s), edit->len, &e))
		return site_put(s, site_source(s), edit->len);
	enum quote quote = quote_at(s, &state->place);
	enum fillin done = fillin_write(&state->job, &e, quote, &out);
	place_skip(&state->place, edit->start, edit->len);
	if (done == FILLIN_DONE)
		return site_put(s, out.data, out.len);
	if (blame(s, x, &state->job, done) < 0) {
		bool missing = done == FILLIN_MISSING || done == FILLIN_REFUSED;
		if (x->problems == NULL || !missing)
			return -1;
		gather(x->problems, site_failure(s));
	}
	return site_put(s, site_source(s), edit->len);
}

const struct mode expand_mode = {
	.name = "envsubst",
	.reach = EXPR_MAX,
	.look = look,
	.key = key,
	.left_over = "that is no expression of cradle's (cradle.json(5) has "
		     "them all)",
	.write = put,
	.begin = begin,
	.end = end,
};
