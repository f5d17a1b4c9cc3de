#include "envsubst/srcmap.h"

#include "envsubst/files.h"
#include "envsubst/segments.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX 16
#define OFFSET_MAX 256

/*
 * How deep the keys lie that matter: of the map; of one of its sections, which
 * is in an array; of the section's own map.
 */
enum { MAP = 1, SECTION = 3, INNER = 4, KEYS };

/* Where we are in the JSON text. */
enum state {
	BEFORE,   /* the object; a line ")]}'" may stand there */
	PLAIN,    /* outside of strings */
	STRING,   /* in one that is none of ours */
	ESCAPE,   /* behind its backslash */
	MAPPINGS, /* in the one that matters */
	SLASH,    /* behind its backslash */
	OFFSET,   /* in the object that says where a section begins */
};

struct work {
	struct segments s;
	enum state state;
	unsigned depth;
	struct {
		char text[KEY_MAX];
		size_t len;
		bool value; /* a colon has come behind it */
	} key[KEYS];        /* the last string of each object */
	bool found;         /* there were mappings, in this section */

	/* of the section, which begins at nothing in a plain map */
	bool sections; /* there are some */
	bool placed;   /* its offset was read */
	struct column base;
	struct column new_base;
	char offset[OFFSET_MAX];
	size_t offset_len;
};

/* ---- where a section begins ------------------------------------------- */

static bool
read_offset_number(const char *text, const char *name, uint64_t *ret)
{
	const char *at = strstr(text, name);
	char *end;

	if (at == NULL)
		return false;
	at += strlen(name);
	at += strspn(at, " \t\r\n");
	if (*at++ != ':')
		return false;
	at += strspn(at, " \t\r\n");
	if (*at < '0' || *at > '9')
		return false;
	*ret = strtoull(at, &end, 10);
	return *ret < UINT32_MAX && strchr(" \t\r\n,", *end) != NULL;
}

static int
put_text(struct work *w, const char *text)
{
	int r = 0;
	while (r == 0 && *text != '\0')
		r = segments_put(&w->s, *text++);
	return r;
}

/* Sections come in order, but what ended the one before may lie behind. */
static int
end_offset(struct work *w)
{
	char text[OFFSET_MAX + 2];
	size_t quotes = 0;

	w->offset[w->offset_len] = '\0';
	for (const char *c = w->offset; *c != '\0'; c++)
		quotes += *c == '"';
	w->s.strange |=
	    quotes != 4 || w->placed ||
	    !read_offset_number(w->offset, "\"line\"", &w->base.line) ||
	    !read_offset_number(w->offset, "\"column\"", &w->base.column);
	w->state = PLAIN;
	w->placed = true;
	w->new_base = segments_find(&w->s, w->base);
	bool moves = w->new_base.line != w->base.line ||
		     w->new_base.column != w->base.column;
	w->s.moved |= moves;
	int n = moves ? snprintf(text, sizeof(text),
			    "{\"line\":%" PRIu64 ",\"column\":%" PRIu64 "}",
			    w->new_base.line, w->new_base.column)
		      : snprintf(text, sizeof(text), "{%s}", w->offset);
	w->s.strange |= n < 0 || (size_t)n >= sizeof(text);
	return put_text(w, text);
}

static int
take_offset(struct work *w, char c)
{
	if (c == '}')
		return end_offset(w);
	if (w->offset_len + 1 < sizeof(w->offset))
		w->offset[w->offset_len++] = c;
	else
		w->s.strange = true;
	return 0;
}

static void
begin_section(struct work *w)
{
	w->found = w->placed = false;
	w->sections = true;
}

/* ---- the JSON around them --------------------------------------------- */

static bool
is_key(const struct work *w, unsigned depth, const char *name)
{
	size_t len = strlen(name);
	return w->depth >= depth && w->key[depth].value &&
	       w->key[depth].len == len &&
	       memcmp(w->key[depth].text, name, len) == 0;
}

/* Right in the map itself, or in that of a section. */
static bool
is_mappings(const struct work *w)
{
	if (w->depth == MAP)
		return is_key(w, MAP, "mappings");
	return w->depth == INNER && is_key(w, MAP, "sections") &&
	       is_key(w, SECTION, "map") && is_key(w, INNER, "mappings");
}

static void
begin_string(struct work *w)
{
	static const struct column none = { 0, 0 };

	w->state = is_mappings(w) ? MAPPINGS : STRING;
	if (w->depth < KEYS && !w->key[w->depth].value)
		w->key[w->depth].len = 0;
	if (w->state != MAPPINGS)
		return;
	/* of a section whose place comes behind nothing can be told */
	w->s.strange |= w->depth == INNER ? !w->placed : w->sections;
	bool inner = w->depth == INNER;
	segments_begin(
	    &w->s, inner ? w->base : none, inner ? w->new_base : none);
}

static void
open_object(struct work *w, char c)
{
	bool in = is_key(w, MAP, "sections");

	if (in && w->depth == SECTION && c == '{' &&
	    is_key(w, SECTION, "offset")) {
		w->state = OFFSET;
		w->offset_len = 0;
		return;
	}
	w->depth++;
	if (w->depth < KEYS) {
		w->key[w->depth].len = 0;
		w->key[w->depth].value = false;
	}
	if (in && w->depth == SECTION)
		begin_section(w);
	/* there may be none */
	w->found |= in && w->depth == MAP + 1 && c == '[';
}

static void
close_object(struct work *w)
{
	if (w->depth == SECTION && is_key(w, MAP, "sections"))
		w->s.strange |= !w->found;
	w->s.strange |= w->depth == 0;
	w->depth--;
}

static void
take_plain(struct work *w, char c)
{
	switch (c) {
	case '"':
		begin_string(w);
		break;
	case '{':
	case '[':
		open_object(w, c);
		break;
	case '}':
	case ']':
		close_object(w);
		break;
	case ':':
		if (w->depth < KEYS)
			w->key[w->depth].value = true;
		/* a map of sections within one of them is none */
		w->s.strange |= w->depth == INNER &&
				is_key(w, MAP, "sections") &&
				is_key(w, INNER, "sections");
		break;
	case ',':
		if (w->depth < KEYS)
			w->key[w->depth].value = false;
		break;
	default:
		break;
	}
}

static void
take_string(struct work *w, char c)
{
	if (c == '"')
		w->state = PLAIN;
	else if (c == '\\')
		w->state = ESCAPE;
	else if (w->depth < KEYS && !w->key[w->depth].value &&
		 w->key[w->depth].len < KEY_MAX)
		w->key[w->depth].text[w->key[w->depth].len++] = c;
}

static int
take_mappings(struct work *w, char c)
{
	if (c == '\\') {
		w->state = SLASH;
		return 0;
	}
	if (c != '"')
		return segments_take(&w->s, c);
	w->s.strange |= w->found;
	w->found = true;
	w->state = PLAIN;
	/* where a section ends another one may begin */
	int r = segments_end(&w->s, w->depth == MAP);
	return r < 0 ? r : segments_put(&w->s, '"');
}

static int
take(struct work *w, char c)
{
	switch (w->state) {
	case BEFORE:
		if (c == '{') {
			w->state = PLAIN;
			w->depth = 1;
		}
		break;
	case PLAIN:
		take_plain(w, c);
		if (w->state == OFFSET)
			return 0;
		break;
	case STRING:
		take_string(w, c);
		break;
	case ESCAPE:
		w->state = STRING;
		break;
	case MAPPINGS:
		return take_mappings(w, c);
	case SLASH: /* the only escape that a digit may be written with */
		w->s.strange |= c != '/';
		w->state = MAPPINGS;
		return segments_take(&w->s, c);
	case OFFSET:
		return take_offset(w, c);
	}
	return segments_put(&w->s, c);
}

static int
take_piece(struct work *w, const char *data, size_t len)
{
	for (size_t i = 0; i < len && !w->s.strange; i++) {
		int r = take(w, data[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static enum srcmap_found
verdict(const struct work *w)
{
	if (w->s.strange || !w->found || w->depth != 0)
		return SRCMAP_STRANGE;
	return w->s.moved ? SRCMAP_MOVED : SRCMAP_SAME;
}

int
srcmap_rewrite(const struct srcmap *m, int source, sink_put *put, void *arg,
    enum srcmap_found *ret)
{
	autofree char *in = malloc(SEGMENTS_PIECE);
	autofree char *out = malloc(SEGMENTS_PIECE);
	struct work w = { .s = {
			      .m = m, .put = put, .arg = arg, .piece = out } };
	ssize_t n;
	int r = in == NULL || out == NULL ? -ENOMEM : 0;

	for (uint64_t at = 0; r == 0; at += (uint64_t)n) {
		n = files_read_at(source, in, SEGMENTS_PIECE, at);
		if (n <= 0) {
			r = n < 0 ? (int)n : segments_flush(&w.s);
			break;
		}
		r = take_piece(&w, in, (size_t)n);
	}
	if (r == 0)
		*ret = verdict(&w);
	return r;
}
