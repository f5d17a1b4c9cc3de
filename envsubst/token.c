#include "envsubst/token.h"

#include "envsubst/blame.h"
#include "envsubst/digest.h"
#include "envsubst/place.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <string.h>

#define NAME_LEN_MAX 255
#define BLANKS_MAX 16
#define WILDCARD "NAME"

/* The marks of an edit: where the name is in it. */
enum { NAME_AT, NAME_LEN };

void
token_usual(struct token *t)
{
	static const struct token_form usual[] = {
		{ "__", "__", false },
		{ "%", "%", false },
		{ "{{", "}}", true },
	};
	memcpy(t->form, usual, sizeof(usual));
	t->forms = ARRAY_LEN(usual);
}

bool
token_add(struct token *t, const char *pattern)
{
	const char *name = strstr(pattern, WILDCARD);

	if (name == NULL || name == pattern || t->forms == TOKEN_FORMS_MAX)
		return false;
	const char *behind = name + strlen(WILDCARD);
	size_t len = (size_t)(name - pattern);
	if (strstr(behind, WILDCARD) != NULL || len >= TOKEN_MARK_MAX ||
	    strlen(behind) >= TOKEN_MARK_MAX)
		return false;
	struct token_form *form = &t->form[t->forms++];
	*form = (struct token_form){ 0 };
	memcpy(form->before, pattern, len);
	memcpy(form->behind, behind, strlen(behind));
	form->blanks = strcmp(form->before, "{{") == 0;
	return true;
}

int
token_needles(const struct token *t, struct needles **ret)
{
	struct needle list[TOKEN_FORMS_MAX];
	for (size_t i = 0; i < t->forms; i++)
		list[i] = (struct needle){ t->form[i].before,
			strlen(t->form[i].before) };
	return needles_build(list, t->forms, ret);
}

/* ---- finding ------------------------------------------------------------ */

/* What stands behind the first mark of a form. */
struct candidate {
	const struct token_form *form;
	const char *text; /* from the mark on */
	size_t len;
	size_t name; /* offsets in it */
	size_t run;  /* characters that names have */
};

static bool
is_blank_at(const struct candidate *c, size_t at)
{
	return at < c->len && (c->text[at] == ' ' || c->text[at] == '\t');
}

static bool
begin_candidate(
    const struct token_form *form, const struct view *v, struct candidate *ret)
{
	size_t mark = strlen(form->before);
	struct candidate c = { .form = form,
		.text = v->data + v->at,
		.len = v->len - v->at,
		.name = mark };

	if (c.len < mark || memcmp(c.text, form->before, mark) != 0)
		return false;
	while (form->blanks && c.name - mark < BLANKS_MAX &&
	       is_blank_at(&c, c.name))
		c.name++;
	while (c.run < NAME_LEN_MAX && c.name + c.run < c.len &&
	       scope_is_name_char(c.text[c.name + c.run]))
		c.run++;
	*ret = c;
	return true;
}

/* The length of it all when the name ends there and the mark follows, or 0. */
static size_t
close_at(const struct candidate *c, size_t name_len)
{
	size_t at = c->name + name_len;
	size_t mark = strlen(c->form->behind);

	for (size_t n = 0; c->form->blanks && n < BLANKS_MAX; n++)
		at += is_blank_at(c, at);
	if (c->len - at < mark ||
	    memcmp(c->text + at, c->form->behind, mark) != 0)
		return 0;
	return at + mark;
}

/* The longest name of the scope; false when there is none. */
static bool
find_name(const struct token *t, const struct candidate *c, struct edit *ret)
{
	for (size_t n = c->run < t->longest ? c->run : t->longest; n > 0; n--) {
		size_t whole = close_at(c, n);
		if (whole == 0 ||
		    !scope_touches(&t->scope, c->text + c->name, n))
			continue;
		ret->len = (uint32_t)whole;
		ret->mark[NAME_AT] = (uint16_t)c->name;
		ret->mark[NAME_LEN] = (uint16_t)n;
		return true;
	}
	return false;
}

/* A name as variables for this have them: capitals from the first to the last.
 */
static bool
looks_meant(const struct candidate *c)
{
	for (size_t n = 0; n < c->run; n++) {
		char letter = c->text[c->name + n];
		if (n > 1 && close_at(c, n) > 0)
			return true;
		if ((letter < 'A' || letter > 'Z') &&
		    (n == 0 ||
			(letter != '_' && (letter < '0' || letter > '9'))))
			return false;
	}
	return c->run > 1 && close_at(c, c->run) > 0 &&
	       c->form->behind[0] != '\0';
}

static bool
key(const void *values, struct digest_state *to)
{
	const struct token *t = values;

	/* of names with a prefix only those that are set are known */
	if (t->scope.prefixes > 0)
		return false;
	for (size_t i = 0; i < t->forms; i++) {
		digest_add(to, t->form[i].before, TOKEN_MARK_MAX);
		digest_add(to, t->form[i].behind, TOKEN_MARK_MAX);
	}
	for (size_t i = 0; i < t->scope.count; i++) {
		const char *name = t->scope.var[i].name;
		digest_add(to, name, strlen(name) + 1);
	}
	return true;
}

static enum look
look(const void *values, const struct view *v, struct edit *ret)
{
	const struct token *t = values;
	struct edit best = { .len = 0 };
	bool meant = false;

	if (v->at < v->lo)
		return LOOK_NONE;
	for (size_t i = 0; i < t->forms; i++) {
		struct edit edit = { .start = v->at };
		struct candidate c;
		if (!begin_candidate(&t->form[i], v, &c))
			continue;
		if (find_name(t, &c, &edit) && edit.len > best.len)
			best = edit;
		meant |= looks_meant(&c);
	}
	if (best.len == 0)
		return meant ? LOOK_LEFT_OVER : LOOK_NONE;
	*ret = best;
	return LOOK_EDIT;
}

/* ---- writing ------------------------------------------------------------ */

static void *
begin(const void *values, const char *path)
{
	const struct token *t = values;
	struct place *place = malloc(sizeof(*place));
	if (place != NULL)
		place_begin(place, path, t->quote);
	return place;
}

static int
put_value(struct site *s, const char *name, int name_len, const char *value,
    size_t len)
{
	struct place *place = site_state(s);
	autotext struct text out = TEXT_MAX(FILLIN_MAX);
	const char *text = NULL;
	size_t before = 0;

	if (place->kind != PLACE_FIXED)
		text = site_before(s, &before);
	enum quote quote = place_quote(place, text, before);
	place_skip(place, site_edit(s)->start, site_edit(s)->len);
	if (quote_add(quote, value, len, &out) < 0)
		return blame_site(s,
		    "the value of %.*s cannot be written there so that it "
		    "stays "
		    "one value (put the place in quotes)",
		    name_len, name);
	if (out.failed)
		return failure_os(
		    site_failure(s), -ENOMEM, "substitute %s", site_path(s));
	return site_put(s, out.data, out.len);
}

static int
put(const void *values, struct site *s)
{
	const struct token *t = values;
	const struct edit *edit = site_edit(s);
	const char *name = site_source(s) + edit->mark[NAME_AT];
	int name_len = edit->mark[NAME_LEN];
	size_t len = 0;

	const char *value =
	    scope_get(&t->scope, NULL, name, (size_t)name_len, &len);
	if (value == NULL && t->unset == FILLIN_UNSET_ERROR)
		return blame_site(
		    s, "%.*s is not set (set it)", name_len, name);
	if (value == NULL && t->unset == FILLIN_UNSET_KEEP)
		return site_put(s, site_source(s), edit->len);
	return put_value(s, name, name_len, value == NULL ? "" : value, len);
}

const struct mode token_mode = {
	.name = "tokens",
	.reach = TOKEN_MARK_MAX * 2 + NAME_LEN_MAX + 2 * BLANKS_MAX,
	.look = look,
	.key = key,
	.left_over = NULL, /* it is counted, and stays */
	.write = put,
	.begin = begin,
	.end = free,
};
