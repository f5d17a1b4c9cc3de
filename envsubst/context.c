#include "envsubst/context.h"

#include "envsubst/script.h"

#include "core/guard_heap.h"

#include <string.h>
#include <strings.h>

#define LEVELS_MAX 3

/* The kinds of string around the code, outermost first; 0 behind the last. */
struct levels {
	enum script_state of[LEVELS_MAX];
	size_t count;
	bool page;
};

static bool
looks_like_html(const char *text, size_t len)
{
	if (len >= 3 && memcmp(text, "\ufeff", 3) == 0) {
		text += 3;
		len -= 3;
	}
	while (len > 0 && strchr(" \t\r\n\f", *text) != NULL && *text != '\0') {
		text++;
		len--;
	}
	return len > 0 && *text == '<';
}

/* The last tag of this name in the text: where it begins, or NULL. */
static const char *
last_tag(const char *text, size_t len, const char *tag)
{
	size_t n = strlen(tag);
	for (const char *at = text + len; at > text; at--) {
		const char *start = at - 1;
		if (*start == '<' && (size_t)(text + len - start) > n &&
		    strncasecmp(start, tag, n) == 0 &&
		    strchr(" \t\r\n\f/>", start[n]) != NULL)
			return start;
	}
	return NULL;
}

/*
 * The code of the script element that the text ends in; false when in none, or
 * in one with the start of a comment, in which even "<script" has a meaning.
 */
static bool
inside_script(const char **text, size_t *len)
{
	const char *end = *text + *len;
	const char *open = last_tag(*text, *len, "<script");
	const char *shut = last_tag(*text, *len, "</script");
	if (open == NULL || (shut != NULL && shut > open))
		return false;
	const char *code = memchr(open, '>', (size_t)(end - open));
	if (code == NULL)
		return false;
	*text = code + 1;
	*len = (size_t)(end - *text);
	return memmem(*text, *len, "<!--", 4) == NULL;
}

/* Code that has such a tag in it was perhaps HTML that began otherwise. */
static bool
may_be_html(const char *text, size_t len)
{
	return last_tag(text, len, "<script") != NULL;
}

/*
 * Peel one string after another off the code.  `room` is rewritten: cooked
 * text is never longer than what it was made of.
 */
static bool
find_levels(char *room, size_t len, struct levels *ret)
{
	const char *text = room;
	for (ret->count = 0;; ret->count++) {
		bool html = looks_like_html(text, len);
		if (html && !inside_script(&text, &len))
			return false;
		ret->page |= html;
		size_t start;
		enum script_state state = script_end(text, len, &start);
		if (state == SCRIPT_CODE)
			return html || ret->count == 0 ||
			       !may_be_html(text, len);
		if (state == SCRIPT_UNSURE || ret->count == LEVELS_MAX)
			return false;
		ret->of[ret->count] = state;
		long cooked = script_cook(text + start, len - start, room);
		if (cooked < 0)
			return false;
		text = room;
		len = (size_t)cooked;
	}
}

static enum context_kind
of_levels(const struct levels *l)
{
	if (l->count == 0)
		return CONTEXT_CODE;
	if (l->count == 1)
		return l->of[0] == SCRIPT_DOUBLE   ? CONTEXT_DOUBLE
		       : l->of[0] == SCRIPT_SINGLE ? CONTEXT_SINGLE
						   : CONTEXT_TEMPLATE;
	if (l->count == 2 && l->of[0] == SCRIPT_DOUBLE &&
	    l->of[1] == SCRIPT_TEMPLATE)
		return CONTEXT_DOUBLE_TEMPLATE;
	if (l->count == 2 && l->of[0] == SCRIPT_SINGLE &&
	    l->of[1] == SCRIPT_DOUBLE)
		return CONTEXT_SINGLE_DOUBLE;
	return CONTEXT_UNSURE;
}

/* A bare quote of the form would have ended the string that we think of. */
static bool
goes_with(enum scan_form form, enum context_kind kind)
{
	static const unsigned possible[SCAN_FORMS] = {
		[SCAN_L0] = 1u << CONTEXT_CODE | 1u << CONTEXT_TEMPLATE,
		[SCAN_L1] = 1u << CONTEXT_CODE | 1u << CONTEXT_DOUBLE |
			    1u << CONTEXT_TEMPLATE |
			    1u << CONTEXT_DOUBLE_TEMPLATE,
		[SCAN_L2] = 1u << CONTEXT_SINGLE | 1u << CONTEXT_SINGLE_DOUBLE |
			    1u << CONTEXT_TEMPLATE,
	};
	return possible[form] & 1u << kind;
}

struct context
context_at(const char *text, size_t len, enum scan_form form)
{
	struct context unsure = { CONTEXT_UNSURE, true };
	struct levels levels = { 0 };
	autofree char *room = malloc(len + 1);
	if (room == NULL)
		return unsure;
	memcpy(room, text, len);
	if (!find_levels(room, len, &levels))
		return unsure;
	struct context found = { of_levels(&levels), levels.page };
	return goes_with(form, found.kind) ? found : unsure;
}
