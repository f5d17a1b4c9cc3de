#include "envsubst/escaped.h"

#include "core/guard.h"

#include <string.h>

/* A form is this and how its plus and its slash are written; see chain.h for
   the one between. */
#define FIRST_FORM (MENTION_FORMS + 1)

/* How a character is written: by its number, or itself behind backslashes. */
enum way {
	ITSELF,
	U_LARGE,
	U_SMALL,
	UU_LARGE,
	UU_SMALL,
	X_LARGE,
	X_SMALL,
	URL_LARGE,
	URL_SMALL,
	HTML_LARGE,
	HTML_SMALL,
	HTML_DECIMAL,
	BACKSLASH,
	BACKSLASHES,
	WAYS,
};

_Static_assert(FIRST_FORM + WAYS * WAYS <= 256, "a form is a byte");

/* What has no alphabet's digit in it is the only thing that is ever escaped. */
static const char signs[] = "+/=";
enum sign { PLUS, SLASH, PAD, SIGNS };

static const char *const written[WAYS][SIGNS] = {
	[ITSELF] = { "+", "/", "=" },
	[U_LARGE] = { "\\u002B", "\\u002F", "\\u003D" },
	[U_SMALL] = { "\\u002b", "\\u002f", "\\u003d" },
	[UU_LARGE] = { "\\\\u002B", "\\\\u002F", "\\\\u003D" },
	[UU_SMALL] = { "\\\\u002b", "\\\\u002f", "\\\\u003d" },
	[X_LARGE] = { "\\x2B", "\\x2F", "\\x3D" },
	[X_SMALL] = { "\\x2b", "\\x2f", "\\x3d" },
	[URL_LARGE] = { "%2B", "%2F", "%3D" },
	[URL_SMALL] = { "%2b", "%2f", "%3d" },
	[HTML_LARGE] = { "&#x2B;", "&#x2F;", "&#x3D;" },
	[HTML_SMALL] = { "&#x2b;", "&#x2f;", "&#x3d;" },
	[HTML_DECIMAL] = { "&#43;", "&#47;", "&#61;" },
	[BACKSLASH] = { "\\+", "\\/", "\\=" },
	[BACKSLASHES] = { "\\\\+", "\\\\/", "\\\\=" },
};

int
escaped_needles(struct needles **ret)
{
	static const struct needle list[] = { { "sha256-", 7 },
		{ "sha384-", 7 }, { "sha512-", 7 } };
	return needles_build(list, ARRAY_LEN(list), ret);
}

/* ---- reading ----------------------------------------------------------- */

struct reader {
	const char *at;
	const char *end;
	enum way way[SIGNS];
	bool seen[SIGNS];
	bool mixed; /* a sign is written in two ways */
};

/* The sign that stands there escaped, or SIGNS; the reader moves behind it. */
static enum sign
take_escaped(struct reader *r)
{
	size_t left = (size_t)(r->end - r->at);
	if (left == 0 || strchr("\\%&", *r->at) == NULL)
		return SIGNS;
	for (enum sign s = 0; s < SIGNS; s++)
		for (enum way w = ITSELF + 1; w < WAYS; w++) {
			size_t n = strlen(written[w][s]);
			if (n > left || memcmp(r->at, written[w][s], n) != 0)
				continue;
			r->mixed |= r->seen[s] && r->way[s] != w;
			r->seen[s] = true;
			r->way[s] = w;
			r->at += n;
			return s;
		}
	return SIGNS;
}

/* The same, also where it stands as it is. */
static enum sign
take_sign(struct reader *r)
{
	const char *is =
	    r->at < r->end && *r->at != '\0' ? strchr(signs, *r->at) : NULL;
	if (is == NULL)
		return take_escaped(r);
	enum sign s = (enum sign)(is - signs);
	r->mixed |= r->seen[s] && r->way[s] != ITSELF;
	r->seen[s] = true;
	r->at++;
	return s;
}

bool
escaped_is_pad(const char *text, const char *end)
{
	struct reader r = { .at = text, .end = end };
	return take_escaped(&r) == PAD;
}

static bool
is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

/* Its digits, without escapes: how many, more than `most` when there are. */
static size_t
take_digits(struct reader *r, size_t most, char *to)
{
	size_t n = 0;

	while (n <= most && r->at < r->end) {
		struct reader before = *r;
		if (is_alphanumeric(*r->at)) {
			to[n++] = *r->at++;
			continue;
		}
		enum sign s = take_sign(r);
		if (s == PAD || s == SIGNS) {
			*r = before;
			break;
		}
		to[n++] = signs[s];
	}
	return n;
}

/* What was not there to be seen is escaped only where it must be. */
static enum way
way_of(const struct reader *r, enum sign s)
{
	if (r->seen[s])
		return r->way[s];
	for (enum sign other = 0; other < SIGNS; other++)
		if (r->seen[other] &&
		    (r->way[other] == URL_LARGE || r->way[other] == URL_SMALL))
			return r->way[other];
	return ITSELF;
}

/* Whether mention.h does not find it, and it is written in one way. */
static bool
is_ours(const struct reader *r)
{
	bool escaped = false;
	for (enum sign s = 0; s < SIGNS; s++)
		escaped |= r->seen[s] && r->way[s] != ITSELF;
	return escaped && !r->mixed;
}

static unsigned
digit_of(char c)
{
	return c >= 'a'   ? (unsigned)(c - 'a') + 26
	       : c >= 'A' ? (unsigned)(c - 'A')
	       : c >= '0' ? (unsigned)(c - '0') + 52
	       : c == '+' ? 62
			  : 63;
}

static uint64_t
key_of(const char *digits)
{
	unsigned char digest[8];
	for (unsigned i = 0; i < sizeof(digest); i++) {
		unsigned at = i * 8 / 6;
		unsigned two =
		    digit_of(digits[at]) << 6 | digit_of(digits[at + 1]);
		digest[i] = (unsigned char)(two >> (4 - i * 8 % 6));
	}
	return mention_key(digest);
}

/* Behind the prefix; 0, or what take returned. */
static int
try_at(const struct escaped_scan *s, const char *from, const char *end,
    enum sums_kind kind, uint64_t offset)
{
	char digits[MENTION_LEN_MAX] = "";
	size_t want = mention_len(MENTION_BASE64, kind);
	size_t pads = (3 - sums_size(kind) % 3) % 3;
	struct reader r = { .at = from, .end = end };

	if (take_digits(&r, want, digits) != want)
		return 0;
	size_t found = 0;
	while (found <= pads && take_sign(&r) == PAD)
		found++;
	if ((found != pads && found != 0) || !is_ours(&r))
		return 0;
	struct mention m = { offset, key_of(digits), kind,
		(enum mention_form)(
		    FIRST_FORM + way_of(&r, PLUS) * WAYS + way_of(&r, SLASH)) };
	return s->take(s->arg, &m);
}

int
escaped_window(struct escaped_scan *s, const char *data, size_t len,
    uint64_t offset, bool last)
{
	static const enum sums_kind kinds[] = { SUMS_SHA256, SUMS_SHA384,
		SUMS_SHA512 };
	size_t from = s->known > offset ? (size_t)(s->known - offset) : 0;
	size_t which;
	const char *hit;

	while (from < len && (hit = needles_find(s->needles, data + from,
				  len - from, &which)) != NULL) {
		size_t at = (size_t)(hit - data);
		size_t behind = at + needles_reach(s->needles);
		if (len - at < ESCAPED_REACH && !last) {
			s->known = offset + at;
			return 0;
		}
		int r = try_at(s, data + behind, data + len, kinds[which],
		    offset + behind);
		if (r != 0)
			return r;
		from = behind;
	}
	/* a prefix may be cut by the end */
	size_t reach = needles_reach(s->needles);
	size_t whole = last ? len : len > reach ? len - reach : 0;
	s->known = offset + (from > whole ? from : whole);
	return 0;
}

/* ---- writing ----------------------------------------------------------- */

bool
escaped_is(enum mention_form form)
{
	return (unsigned)form >= FIRST_FORM;
}

size_t
escaped_write(enum mention_form form, enum sums_kind kind,
    const unsigned char *digest, char to[MENTION_LEN_MAX])
{
	char plain[MENTION_LEN_MAX];
	size_t n = mention_write(MENTION_BASE64, kind, digest, plain);
	unsigned ways = (unsigned)form - FIRST_FORM;
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		enum sign s = plain[i] == '+'   ? PLUS
			      : plain[i] == '/' ? SLASH
						: SIGNS;
		if (s == SIGNS) {
			to[len++] = plain[i];
			continue;
		}
		unsigned w = s == PLUS ? ways / WAYS : ways % WAYS;
		size_t written_len = strlen(written[w][s]);
		memcpy(to + len, written[w][s], written_len);
		len += written_len;
	}
	return len;
}
