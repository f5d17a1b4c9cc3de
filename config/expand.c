#include "config/expand.h"

#include "core/buf.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct work {
	struct expand *x;
	struct buf *out;
	char *why;
	size_t why_size;
};

/* What stands between the braces. */
struct part {
	const char *name;
	size_t name_len;
	char form; /* '-', '?', or 0 for the plain one */
	const char *rest;
	size_t rest_len;
};

static int expand_into(
    struct work *w, const char *text, size_t len, unsigned depth);

const char *
expand_variable(char *const environ_in[], const char *name, size_t len)
{
	for (char *const *e = environ_in; *e != NULL; e++)
		if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
			return *e + len + 1;
	return NULL;
}

static int
fail(struct work *w, const char *phrase)
{
	(void)snprintf(w->why, w->why_size, "%s", phrase);
	return -1;
}

static bool
name_letter(char c, bool first)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

/* The brace that closes the one before p; NULL when there is none. */
static const char *
closing(const char *p, const char *end)
{
	unsigned open = 1;
	for (; p < end; p++) {
		if (*p == '$' && p + 1 < end && p[1] == '$') {
			p++;
		} else if (*p == '$' && p + 1 < end && p[1] == '{') {
			open++;
			p++;
		} else if (*p == '}' && --open == 0) {
			return p;
		}
	}
	return NULL;
}

static int
part_read(struct work *w, const char *p, const char *end, struct part *ret)
{
	*ret = (struct part){ .name = p };
	while (p < end && name_letter(*p, p == ret->name))
		p++;
	ret->name_len = (size_t)(p - ret->name);
	if (ret->name_len == 0)
		return fail(w, "has \"${\" without a variable's name "
			       "($$ is a dollar)");
	if (p == end)
		return 0;
	if (end - p < 2 || p[0] != ':' || (p[1] != '-' && p[1] != '?'))
		return fail(w, "has a \"${...}\" that is not ${NAME}, "
			       "${NAME:-default} or ${NAME:?message}");
	ret->form = p[1];
	ret->rest = p + 2;
	ret->rest_len = (size_t)(end - ret->rest);
	return 0;
}

static int
missing(struct work *w, const struct part *part)
{
	int name_len = part->name_len > 64 ? 64 : (int)part->name_len;
	int rest_len = part->rest_len > 200 ? 200 : (int)part->rest_len;
	if (part->form == '?')
		(void)snprintf(w->why, w->why_size,
		    "needs the variable %.*s: "
		    "%.*s",
		    name_len, part->name, rest_len, part->rest);
	else
		(void)snprintf(w->why, w->why_size,
		    "needs the variable %.*s, which is not set (set it, or "
		    "write ${%.*s:-default})",
		    name_len, part->name, name_len, part->name);
	return -1;
}

static int
part_put(struct work *w, const struct part *part, unsigned depth)
{
	const char *value =
	    expand_variable(w->x->environ_in, part->name, part->name_len);
	bool there = value != NULL && (part->form == '\0' || value[0] != '\0');
	if (there)
		buf_str(w->out, value);
	else if (part->form == '-')
		return expand_into(w, part->rest, part->rest_len, depth + 1);
	else
		return missing(w, part);
	return 0;
}

static int
expand_into(struct work *w, const char *text, size_t len, unsigned depth)
{
	const char *end = text + len;
	if (depth > EXPAND_DEPTH_MAX)
		return fail(w, "nests its defaults too deeply");
	while (text < end) {
		struct part part;
		if (end - text < 2 || text[0] != '$' ||
		    (text[1] != '$' && text[1] != '{')) {
			buf_add(w->out, text++, 1);
			continue;
		}
		if (text[1] == '$') {
			buf_add(w->out, text, 1);
			text += 2;
			continue;
		}
		const char *brace = closing(text + 2, end);
		if (brace == NULL)
			return fail(w, "has \"${\" without \"}\" "
				       "($$ is a dollar)");
		if (part_read(w, text + 2, brace, &part) == -1 ||
		    part_put(w, &part, depth) == -1)
			return -1;
		text = brace + 1;
	}
	return 0;
}

int
expand_text(struct expand *x, const char *text, const char **ret, char *why,
    size_t why_size)
{
	if (strchr(text, '$') == NULL) {
		*ret = text;
		return 0;
	}
	struct buf out;
	struct work w = { x, &out, why, why_size };
	buf_init(&out, arena_room(x->arena, EXPAND_TEXT_MAX), EXPAND_TEXT_MAX);
	if (expand_into(&w, text, strlen(text), 0) == -1)
		return -1;
	if (out.cut)
		return fail(&w, "becomes longer than 128 KiB");
	if (x->total + out.len > EXPAND_TOTAL_MAX)
		return fail(&w, "makes the whole configuration too large");
	x->total += out.len;
	arena_keep(x->arena, out.len + 1);
	*ret = out.data;
	return 0;
}
