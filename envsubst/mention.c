#include "envsubst/mention.h"

#include "envsubst/escaped.h"
#include "envsubst/runs.h"
#include "envsubst/shape.h"

#include "core/guard.h"

#include <string.h>

_Static_assert(RUNS_MIN == MENTION_LEN_MIN, "a digest is a long run");

/* Digests stand in words, paths and lists, but not in longer ones. */
#define RUN_MAX 2048

static const char hex_digits[] = "0123456789abcdef";
static const char upper_digits[] = "0123456789ABCDEF";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* ---- characters ------------------------------------------------------- */

static unsigned
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	return c == '+' || c == '-' ? 62 : 63;
}

static unsigned
nibble_of(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : ((unsigned)c & 7) + 9;
}

/* ---- writing ---------------------------------------------------------- */

uint64_t
mention_key(const unsigned char *digest)
{
	uint64_t key;
	memcpy(&key, digest, sizeof(key));
	return key;
}

size_t
mention_len(enum mention_form form, enum sums_kind kind)
{
	size_t size = sums_size(kind);
	return form == MENTION_HEX || form == MENTION_UPPER
		   ? 2 * size
		   : (size * 8 + 5) / 6;
}

static size_t
write_hex(
    const char *digits, const unsigned char *digest, size_t size, char *to)
{
	for (size_t i = 0; i < size; i++) {
		to[2 * i] = digits[digest[i] >> 4];
		to[2 * i + 1] = digits[digest[i] & 15];
	}
	return 2 * size;
}

static size_t
write_base64(
    const char *digits, const unsigned char *digest, size_t size, char *to)
{
	size_t len = (size * 8 + 5) / 6;
	for (size_t i = 0; i < len; i++) {
		size_t at = i * 6 / 8;
		unsigned two = (unsigned)digest[at] << 8;
		if (at + 1 < size)
			two |= digest[at + 1];
		to[i] = digits[two >> (10 - i * 6 % 8) & 63];
	}
	return len;
}

size_t
mention_write(enum mention_form form, enum sums_kind kind,
    const unsigned char *digest, char to[MENTION_LEN_MAX])
{
	size_t size = sums_size(kind);
	switch (form) {
	case MENTION_HEX:
		return write_hex(hex_digits, digest, size, to);
	case MENTION_UPPER:
		return write_hex(upper_digits, digest, size, to);
	case MENTION_BASE64:
		return write_base64(base64_digits, digest, size, to);
	case MENTION_URL:
	case MENTION_FORMS:
		break;
	}
	if (escaped_is(form))
		return escaped_write(form, kind, digest, to);
	return write_base64(url_digits, digest, size, to);
}

/* ---- shapes ----------------------------------------------------------- */

/* A run of digits of one form, and what stands in the window behind it. */
struct run {
	const char *at;
	size_t len;
	size_t pads; /* '=' behind it */
	uint64_t offset;
	const char *from; /* where it began, before it was cut up */
	bool escaped;     /* behind it stands a '=' that is escaped */
};

static int
tell(struct mention_scan *s, const struct run *r, enum sums_kind kind,
    enum mention_form form)
{
	unsigned char digest[8];
	for (unsigned i = 0; i < sizeof(digest); i++) {
		if (form == MENTION_HEX || form == MENTION_UPPER) {
			digest[i] =
			    (unsigned char)(nibble_of(r->at[2 * i]) << 4 |
					    nibble_of(r->at[2 * i + 1]));
			continue;
		}
		unsigned at = i * 8 / 6;
		unsigned two =
		    value_of(r->at[at]) << 6 | value_of(r->at[at + 1]);
		digest[i] = (unsigned char)(two >> (4 - i * 8 % 6));
	}
	struct mention m = { r->offset, mention_key(digest), kind, form };
	s->told++;
	return s->take(s->arg, &m);
}

static int
try_hex(struct mention_scan *s, const struct run *r, enum mention_form form)
{
	for (enum sums_kind kind = 0; kind < SUMS_KINDS; kind++)
		if (r->len == mention_len(form, kind))
			return tell(s, r, kind, form);
	return 0;
}

/* Words are as long as the short digests, but seldom look as random. */
static bool
is_mixed(const struct run *r)
{
	bool digit = false;
	bool small = false;
	bool large = false;

	for (size_t i = 0; i < r->len; i++) {
		char c = r->at[i];
		digit |= c >= '0' && c <= '9';
		small |= c >= 'a' && c <= 'z';
		large |= c >= 'A' && c <= 'Z';
	}
	return digit && small && large;
}

/* "sha256-" and the like: with an escaped pad it is escaped.h's. */
static bool
has_prefix(const char *from, const char *end)
{
	static const char names[][8] = { "sha256-", "sha384-", "sha512-" };
	const size_t n = sizeof(names[0]) - 1;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if ((size_t)(end - from) >= n &&
		    memcmp(end - n, names[i], n) == 0)
			return true;
	return false;
}

/*
 * Padding is whole, or left out in the alphabet made for that.  What has no
 * character of either alphabet's own is the common one's when it is whole.
 */
static int
try_base64(struct mention_scan *s, const struct run *r, enum mention_form form)
{
	bool own = memchr(r->at, '-', r->len) != NULL ||
		   memchr(r->at, '_', r->len) != NULL;

	if (!own && r->escaped && has_prefix(r->from, r->at))
		return 0;
	for (enum sums_kind kind = 0; kind < SUMS_KINDS; kind++) {
		size_t pads = (3 - sums_size(kind) % 3) % 3;
		if (r->len != mention_len(form, kind))
			continue;
		bool bare = r->pads == 0 && pads > 0 && is_mixed(r);
		bool whole = r->pads == pads || (bare && r->escaped);
		bool cut = bare && !r->escaped;
		if (form == MENTION_BASE64 ? whole : cut || (whole && own))
			return tell(s, r, kind, form);
	}
	return 0;
}

/* "sha256-" and the like, whose dash is a digit of the one alphabet. */
static void
strip_prefix(struct run *r)
{
	const size_t n = sizeof("sha256-") - 1;

	if (r->len > n && has_prefix(r->at, r->at + n)) {
		r->at += n;
		r->len -= n;
		r->offset += n;
	}
}

static int
try_piece(struct mention_scan *s, struct run *piece, enum mention_form form)
{
	switch (form) {
	case MENTION_URL:
		strip_prefix(piece);
		return try_base64(s, piece, form);
	case MENTION_BASE64:
		return try_base64(s, piece, form);
	case MENTION_HEX:
	case MENTION_UPPER:
	case MENTION_FORMS:
		break;
	}
	return try_hex(s, piece, form);
}

/* Every longest piece of the run whose characters are all of that form. */
static int
try_pieces(struct mention_scan *s, const struct run *r, enum mention_form form)
{
	size_t at = 0;
	while (at < r->len) {
		size_t end = at;
		while (end < r->len && shape_of(r->at[end]) & (1u << form))
			end++;
		struct run piece = { r->at + at, end - at,
			end == r->len ? r->pads : 0, r->offset + at, r->from,
			end == r->len && r->escaped };
		if (piece.len >= RUNS_MIN) {
			int e = try_piece(s, &piece, form);
			if (e != 0)
				return e;
		}
		at = end + 1;
	}
	return 0;
}

/* ---- runs ------------------------------------------------------------- */

/* Most runs are long words and paths: told from the length and a few places. */
static bool
may_hold(const struct run *r, enum mention_form form)
{
	size_t min = mention_len(form, SUMS_MD5);
	size_t from = 0; /* no piece reaches over this */
	while (r->len - from >= min) {
		size_t at = from + min;
		while (at > from && shape_of(r->at[at - 1]) & 1u << form)
			at--;
		if (at == from)
			return true;
		from = at;
	}
	return false;
}

static int
take_run(struct mention_scan *s, struct run *r, const char *end)
{
	if (r->len < RUNS_MIN || r->len > RUN_MAX)
		return 0;
	while (r->at + r->len + r->pads < end && r->pads < 3 &&
	       r->at[r->len + r->pads] == '=')
		r->pads++;
	r->escaped = escaped_is_pad(r->at + r->len, end);
	for (enum mention_form form = 0; form < MENTION_FORMS; form++) {
		uint64_t before = s->told;
		if (!may_hold(r, form))
			continue;
		int e = try_pieces(s, r, form);
		if (e != 0)
			return e;
		if (s->told != before)
			break; /* 64 digits could be two things */
	}
	return 0;
}

/* Where a run may begin that is not long enough within the window. */
static const char *
short_run(const char *from, const char *end)
{
	while (end > from && shape_of(end[-1]))
		end--;
	return end;
}

/*
 * A run at the window's end waits for the next window, for the sake of its
 * pads too, unless it is known to be too long.
 */
int64_t
mention_window(struct mention_scan *s, const char *data, size_t len,
    uint64_t offset, bool last)
{
	const char *end = data + len;
	const char *done = data; /* what is before it belongs to no run */
	const char *p;

	if (s->inside) {
		done = shape_end(data, end);
		s->inside = done == end && !last;
	}
	while ((p = runs_find(done, end)) != NULL) {
		done = shape_end(p + RUNS_MIN, end);
		bool too_long = done - p > RUN_MAX;
		if (end - done < ESCAPED_SIGN_MAX && !last &&
		    (!too_long || done == end)) {
			s->inside = too_long;
			return s->inside ? (int64_t)len : p - data;
		}
		struct run r = { p, (size_t)(done - p), 0,
			offset + (uint64_t)(p - data), p, false };
		int e = take_run(s, &r, end);
		if (e != 0)
			return e;
	}
	return last ? (int64_t)len : short_run(done, end) - data;
}
