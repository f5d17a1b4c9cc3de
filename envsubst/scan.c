#include "envsubst/scan.h"

#include "envsubst/needle.h"

#include "core/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
scan_free(struct scan *s)
{
	free(s->spot);
	*s = (struct scan){ 0 };
}

/*
 * The surroundings of one word.  `left` walks towards lo, `right` towards hi;
 * nothing outside of them is read.
 */
struct around {
	const char *lo;
	const char *hi;
	const char *left;  /* behind the byte that is looked at next */
	const char *right; /* that byte itself */
	bool plain;        /* neither blanks nor a comma so far */
};

static bool
step_left(struct around *a, const char *text)
{
	size_t len = strlen(text);
	if ((size_t)(a->left - a->lo) < len ||
	    memcmp(a->left - len, text, len) != 0)
		return false;
	a->left -= len;
	return true;
}

static bool
step_right(struct around *a, char c)
{
	if (a->right == a->hi || *a->right != c)
		return false;
	a->right++;
	return true;
}

static size_t
slashes_left(struct around *a)
{
	size_t n = 0;
	while (step_left(a, "\\"))
		n++;
	return n;
}

static size_t
slashes_right(struct around *a)
{
	size_t n = 0;
	while (step_right(a, '\\'))
		n++;
	return n;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_blank_letter(char c)
{
	return c == 'n' || c == 'r' || c == 't';
}

/* Blanks, and such as \n or \\t when the code itself lies in a string. */
static void
blanks_left(struct around *a)
{
	while (a->left > a->lo) {
		char c = a->left[-1];
		bool escaped = is_blank_letter(c) && a->left - a->lo > 1 &&
			       a->left[-2] == '\\';
		if (!is_blank(c) && !escaped)
			return;
		a->plain = false;
		a->left--;
		if (escaped)
			(void)slashes_left(a);
	}
}

static void
blanks_right(struct around *a)
{
	for (;;) {
		struct around ahead = *a;
		bool escaped = slashes_right(&ahead) > 0;
		if (ahead.right == ahead.hi ||
		    !(escaped ? is_blank_letter(*ahead.right)
			      : is_blank(*ahead.right)))
			return;
		a->right = ahead.right + 1;
		a->plain = false;
	}
}

/*
 * The original tool's dot takes any one UTF-16 unit but a line terminator; a
 * byte that is no UTF-8 is one unit to it, too.
 */
static bool
any_unit_left(struct around *a)
{
	for (size_t n = 3; n >= 1; n--) {
		if ((size_t)(a->left - a->lo) < n)
			continue;
		const char *c = a->left - n;
		if (utf8_len(c, n) != n && n > 1)
			continue;
		if (n == 1 && (*c == '\n' || *c == '\r'))
			return false;
		if (n == 3 && (memcmp(c, "\u2028", 3) == 0 ||
				  memcmp(c, "\u2029", 3) == 0))
			return false;
		a->left = c;
		return true;
	}
	return false;
}

static enum scan_form
form_of(const struct scan_spot *spot, size_t inner, bool plain)
{
	if (!plain || spot->quote != '\'')
		return SCAN_OTHER;
	if (spot->slashes == 0 && inner == 0)
		return SCAN_L0;
	if (spot->slashes == 0 && inner == 1)
		return SCAN_L1;
	if (spot->slashes == 1 && inner == 2)
		return SCAN_L2;
	return SCAN_OTHER;
}

/* From behind the opening quote leftwards, to the J of JSON. */
static bool
read_head(struct around *a, struct scan_spot *spot)
{
	const char *quote = a->left;
	blanks_left(a);
	if (!step_left(a, "("))
		return false;
	blanks_left(a);
	if (!step_left(a, "parse"))
		return false;
	if (!(a->plain ? any_unit_left(a) : step_left(a, ".")) ||
	    !step_left(a, "JSON"))
		return false;
	spot->head = (uint16_t)(quote - a->left);
	return true;
}

static bool
read_tail(struct around *a, struct scan_spot *spot)
{
	const char *quote = a->right;
	blanks_right(a);
	if (step_right(a, ',')) {
		a->plain = false;
		blanks_right(a);
	}
	if (!step_right(a, ')'))
		return false;
	spot->tail = (uint16_t)(a->right - quote);
	return true;
}

/* Whether the word stands in a call; fills *ret but for its start. */
static bool
read_call(struct around *a, struct scan_spot *ret)
{
	if (!step_left(a, "\""))
		return false;
	size_t inner = slashes_left(a);
	if (a->left == a->lo || strchr("'\"`", a->left[-1]) == NULL)
		return false;
	ret->quote = *--a->left;
	size_t outer = slashes_left(a);
	ret->slashes = (uint16_t)outer;
	if (ret->quote == '"' && inner <= outer)
		return false;

	if (slashes_right(a) != inner || !step_right(a, '"') ||
	    slashes_right(a) != outer || !step_right(a, ret->quote))
		return false;
	if (!read_tail(a, ret) || !read_head(a, ret))
		return false;
	ret->form = form_of(ret, inner, a->plain);
	const char *dot = a->left + strlen("JSON");
	return ret->form != SCAN_OTHER || *dot == '.';
}

static int
add_spot(struct scan *s, const struct scan_spot *spot)
{
	if (s->count == SCAN_SPOTS_MAX)
		return -E2BIG;
	if (s->count == s->room) {
		size_t room = s->room == 0 ? 4 : s->room * 2;
		struct scan_spot *grown =
		    realloc(s->spot, room * sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		s->spot = grown;
		s->room = room;
	}
	s->spot[s->count++] = *spot;
	return 0;
}

/* What the spots so far have taken of the stream. */
static uint64_t
taken(const struct scan *s)
{
	if (s->count == 0)
		return 0;
	return s->spot[s->count - 1].start + s->spot[s->count - 1].len;
}

struct window {
	const char *data;
	size_t len;
	uint64_t offset;
};

static int
look_at_word(struct scan *s, const struct window *w, const char *word)
{
	const char *end = w->data + w->len;
	const char *behind = word + SCAN_WORD_LEN;
	struct around a = {
		.lo = word - w->data > SCAN_REACH ? word - SCAN_REACH : w->data,
		.hi = end - behind > SCAN_REACH ? behind + SCAN_REACH : end,
		.left = word,
		.right = behind,
		.plain = true,
	};
	if (w->offset + (uint64_t)(a.lo - w->data) < taken(s))
		a.lo = w->data + (taken(s) - w->offset);
	struct scan_spot spot = { 0 };
	if (read_call(&a, &spot)) {
		spot.start = w->offset + (uint64_t)(a.left - w->data);
		spot.len = (uint64_t)(a.right - a.left);
		return add_spot(s, &spot);
	}
	if (!s->left_over) {
		s->left_over = true;
		s->left_offset = w->offset + (uint64_t)(word - w->data);
	}
	return 0;
}

int64_t
scan_window(
    struct scan *s, const char *data, size_t len, uint64_t offset, bool last)
{
	struct window w = { data, len, offset };
	const char *end = data + len;
	const char *from = data;
	const char *word;

	/* words before this have been seen with all that surrounds them */
	if (s->seen > offset)
		from += s->seen - offset;
	while ((word = needle_find(from, (size_t)(end - from))) != NULL) {
		if (!last && (size_t)(end - word) < SCAN_WORD_LEN + SCAN_REACH)
			break;
		int r = look_at_word(s, &w, word);
		if (r < 0)
			return r;
		from = word + SCAN_WORD_LEN;
	}
	if (last)
		return (int64_t)len;
	/* a word may begin in the last bytes */
	size_t tail = SCAN_WORD_LEN - 1;
	if (word != NULL)
		from = word;
	else if ((size_t)(end - from) > tail)
		from = end - tail;
	s->seen = offset + (uint64_t)(from - data);
	return from - data > SCAN_REACH ? from - data - SCAN_REACH : 0;
}
