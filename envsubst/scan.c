#include "envsubst/scan.h"

#include "core/utf8.h"

#include <string.h>

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
form_of(const struct scan_call *call, size_t inner, bool plain)
{
	if (!plain || call->quote != '\'')
		return SCAN_OTHER;
	if (call->slashes == 0 && inner == 0)
		return SCAN_L0;
	if (call->slashes == 0 && inner == 1)
		return SCAN_L1;
	if (call->slashes == 1 && inner == 2)
		return SCAN_L2;
	return SCAN_OTHER;
}

/* From behind the opening quote leftwards, to the J of JSON. */
static bool
read_head(struct around *a, struct scan_call *call)
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
	call->head = (uint16_t)(quote - a->left);
	return true;
}

static bool
read_tail(struct around *a, struct scan_call *call)
{
	const char *quote = a->right;
	blanks_right(a);
	if (step_right(a, ',')) {
		a->plain = false;
		blanks_right(a);
	}
	if (!step_right(a, ')'))
		return false;
	call->tail = (uint16_t)(a->right - quote);
	return true;
}

/* Whether the word stands in a call; fills *ret but for its start. */
static bool
read_call(struct around *a, struct scan_call *ret)
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

bool
scan_call(const char *text, size_t len, size_t word, struct scan_call *ret)
{
	struct around a = {
		.lo = text,
		.hi = text + len,
		.left = text + word,
		.right = text + word + SCAN_WORD_LEN,
		.plain = true,
	};
	struct scan_call call = { 0 };
	if (!read_call(&a, &call))
		return false;
	call.start = (size_t)(a.left - text);
	call.len = (size_t)(a.right - a.left);
	*ret = call;
	return true;
}
