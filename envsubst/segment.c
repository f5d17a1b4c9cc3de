#include "envsubst/segment.h"

#include "envsubst/extglob.h"
#include "envsubst/regex.h"

#include <errno.h>
#include <string.h>

static size_t
count_of(const char *text, char c)
{
	size_t n = 0;
	while (text[n] == c)
		n++;
	return n;
}

/*
 * The shapes that minimatch tests without its regular expression, whose tests
 * also treat a backslash in the tail as what it is.
 */
static void
find_way(const char *glob, size_t units, struct segment *ret)
{
	static const char special[] = "+@!?*[(";
	size_t stars = count_of(glob, '*');
	size_t marks = count_of(glob, '?');
	const char *tail = glob + stars;

	ret->way = SEGMENT_REGEX;
	if (stars > 0 && *tail == '\0') {
		ret->way = SEGMENT_STAR;
	} else if (stars > 0 && strpbrk(tail, special) == NULL) {
		ret->way = SEGMENT_STAR_TAIL;
		ret->tail = tail;
	} else if (marks > 0 && strpbrk(glob + marks, special) == NULL) {
		ret->way = SEGMENT_QUESTIONS;
		ret->count = units;
		ret->tail = glob + marks;
	} else if (*tail == '.' && tail[1] == '*' &&
		   tail[1 + count_of(tail + 1, '*')] == '\0') {
		ret->way = stars > 0 ? SEGMENT_STAR_DOT_STAR : SEGMENT_DOT_STAR;
	}
}

/* A literal's expression without the backslashes. */
static const char *
plain_name(struct arena *memory, const struct utf16 *source)
{
	struct utf16 name = { 0 };
	for (size_t i = 0; i < source->len; i++) {
		bool escape = source->at[i] == '\\' && i + 1 < source->len &&
			      source->at[i + 1] != '/';
		i += escape;
		utf16_add(memory, &name, source->at[i]);
	}
	return name.spent ? NULL : utf16_text(memory, &name);
}

static struct regex *
whole(struct arena *memory, const struct extglob *e)
{
	struct utf16 source = { 0 };
	utf16_add_text(memory, &source, "^");
	utf16_add_all(memory, &source, &e->source);
	utf16_add_text(memory, &source, "$");
	return regex_parse(memory, &source, e->unicode);
}

int
segment_parse(struct arena *memory, const char *glob, struct segment *ret)
{
	struct segment s = { .glob = glob, .name = "" };
	struct utf16 units = utf16_of(memory, glob, strlen(glob));
	struct extglob e;

	if (strcmp(glob, "**") == 0 || *glob == '\0') {
		s.kind = *glob == '\0' ? SEGMENT_LITERAL : SEGMENT_GLOBSTAR;
		*ret = s;
		return 0;
	}
	int r = extglob_parse(memory, &units, &e);
	if (r < 0)
		return r;
	if (!e.magic) {
		s.name = plain_name(memory, &e.source);
		*ret = s;
		return s.name == NULL ? -E2BIG : 0;
	}
	s.kind = SEGMENT_PATTERN;
	find_way(glob, units.len, &s);
	if (s.way == SEGMENT_REGEX)
		s.regex = whole(memory, &e);
	*ret = s;
	return s.way == SEGMENT_REGEX && s.regex == NULL ? -E2BIG : 0;
}

static bool
ends_with(const char *name, const char *tail)
{
	size_t len = strlen(name);
	size_t n = strlen(tail);
	return len >= n && memcmp(name + len - n, tail, n) == 0;
}

static size_t
units_in(const char *name)
{
	uint16_t units[REGEX_TEXT_MAX + 1];
	size_t len = strlen(name);
	return len > REGEX_TEXT_MAX ? 0 : utf16_decode(name, len, units);
}

bool
segment_match(const struct segment *s, const char *name)
{
	bool dot = name[0] == '.';
	switch (s->way) {
	case SEGMENT_REGEX:
		break;
	case SEGMENT_STAR:
		return !dot && name[0] != '\0';
	case SEGMENT_STAR_TAIL:
		return !dot && ends_with(name, s->tail);
	case SEGMENT_QUESTIONS:
		return !dot && units_in(name) == s->count &&
		       ends_with(name, s->tail);
	case SEGMENT_STAR_DOT_STAR:
		return !dot && strchr(name, '.') != NULL;
	case SEGMENT_DOT_STAR:
		return dot && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
	}
	return regex_match(s->regex, name);
}
