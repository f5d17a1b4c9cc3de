#include "envsubst/value.h"

#include "core/utf8.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TEXT_LIMIT (64 * 1024 * 1024)

/*
 * What a value can hold that some place does not survive.  The original passes
 * its text as a replacement pattern, so that $$, $&, $` and $' change it in
 * every form; and it never escapes a single quote.
 */
enum peril {
	SINGLE_QUOTE = 1 << 0,
	PATTERN = 1 << 1,
	CONTROL = 1 << 2,
	DOUBLE_QUOTE = 1 << 3,
	BACKSLASH = 1 << 4,
	BACK_QUOTE = 1 << 5,
	SUBSTITUTION = 1 << 6, /* ${ */
	TAG = 1 << 7,          /* </script or <!-- */

	ALWAYS = SINGLE_QUOTE | PATTERN,
	IN_TEMPLATE = BACK_QUOTE | SUBSTITUTION,
	ANY = (1 << 8) - 1,
};

/*
 * What goes wrong where.  Each string around the code takes one level of
 * backslashes away: L0 has none to spare, so that a template uncovers what the
 * escapes hid, a tag too; L1 has one; L2 has one and a half (it doubles
 * backslashes once but quotes twice).  L1 read as plain code has one too many,
 * which only quotes and backslashes in values notice.
 */
static const unsigned harmful[SCAN_OTHER][CONTEXTS] = {
	[SCAN_L0] = {
		[CONTEXT_CODE] = ALWAYS | CONTROL,
		[CONTEXT_DOUBLE] = ANY,
		[CONTEXT_SINGLE] = ANY,
		[CONTEXT_TEMPLATE] = ALWAYS | CONTROL | DOUBLE_QUOTE |
		    BACKSLASH | IN_TEMPLATE | TAG,
		[CONTEXT_DOUBLE_TEMPLATE] = ANY,
		[CONTEXT_SINGLE_DOUBLE] = ANY,
		[CONTEXT_UNSURE] = ANY,
	},
	[SCAN_L1] = {
		[CONTEXT_CODE] = ALWAYS | DOUBLE_QUOTE | BACKSLASH,
		[CONTEXT_DOUBLE] = ALWAYS | CONTROL,
		[CONTEXT_SINGLE] = ANY,
		[CONTEXT_TEMPLATE] = ALWAYS | CONTROL | IN_TEMPLATE,
		[CONTEXT_DOUBLE_TEMPLATE] = ALWAYS | CONTROL | DOUBLE_QUOTE |
		    BACKSLASH | IN_TEMPLATE | TAG,
		[CONTEXT_SINGLE_DOUBLE] = ANY,
		[CONTEXT_UNSURE] = ANY,
	},
	[SCAN_L2] = {
		[CONTEXT_CODE] = ANY,
		[CONTEXT_DOUBLE] = ANY,
		[CONTEXT_SINGLE] = ALWAYS | CONTROL | DOUBLE_QUOTE,
		[CONTEXT_TEMPLATE] =
		    ALWAYS | CONTROL | DOUBLE_QUOTE | IN_TEMPLATE,
		[CONTEXT_DOUBLE_TEMPLATE] = ANY,
		[CONTEXT_SINGLE_DOUBLE] =
		    ALWAYS | CONTROL | DOUBLE_QUOTE | BACKSLASH | TAG,
		[CONTEXT_UNSURE] = ANY,
	},
};

/*
 * The bytes that a UTF-8 decoder gives one U+FFFD for: as much as could have
 * begun a character.
 */
static size_t
broken_len(const char *text, size_t len)
{
	unsigned char c = (unsigned char)text[0];
	size_t want = c < 0xc2 || c > 0xf4 ? 1
		      : c < 0xe0           ? 2
		      : c < 0xf0           ? 3
					   : 4;
	unsigned char lo = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	unsigned char hi = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	size_t n = 1;

	while (n < want && n < len && (unsigned char)text[n] >= lo &&
	       (unsigned char)text[n] <= hi) {
		lo = 0x80;
		hi = 0xbf;
		n++;
	}
	return n;
}

bool
value_is_utf8(const char *data, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_len(data + i, len - i);
		if (n == 0)
			return false;
	}
	return true;
}

/* The value with U+FFFD for what is broken. */
static void
repair(struct text *to, const char *data, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_len(data + i, len - i);
		if (n > 0) {
			text_add(to, data + i, n);
			continue;
		}
		n = broken_len(data + i, len - i);
		text_str(to, "\ufffd");
	}
}

static bool
begins_with(const char *at, size_t len, const char *word)
{
	size_t n = strlen(word);
	return len >= n && strncasecmp(at, word, n) == 0;
}

static unsigned
peril_at(const char *at, size_t len)
{
	char next = len > 1 ? at[1] : '\0';
	switch (*at) {
	case '\'':
		return SINGLE_QUOTE;
	case '"':
		return DOUBLE_QUOTE;
	case '\\':
		return BACKSLASH;
	case '`':
		return BACK_QUOTE;
	case '$':
		if (next == '{')
			return SUBSTITUTION;
		return next != '\0' && strchr("$&`'", next) ? PATTERN : 0;
	case '<':
		return begins_with(at, len, "</script") ||
			       begins_with(at, len, "<!--")
			   ? TAG
			   : 0;
	default:
		return (unsigned char)*at < 0x20 ? CONTROL : 0;
	}
}

/* JSON's escape for a control character, as JSON.stringify writes it. */
static void
add_control(struct text *to, unsigned char c)
{
	static const char *const known[] = {
		['\b'] = "\\b",
		['\t'] = "\\t",
		['\n'] = "\\n",
		['\f'] = "\\f",
		['\r'] = "\\r",
	};
	char escape[8];
	if (c < ARRAY_LEN(known) && known[c] != NULL) {
		text_str(to, known[c]);
		return;
	}
	(void)snprintf(escape, sizeof(escape), "\\u%04x", c);
	text_str(to, escape);
}

/*
 * One character the original's way.  Quotes and backslashes are escaped for
 * JavaScript first and for JSON then; the unsafe characters of HTML last.
 */
static void
add_plain_char(struct text *to, const char *c, size_t n)
{
	if (n == 3 && memcmp(c, "\u2028", 3) == 0)
		text_str(to, "\\u2028");
	else if (n == 3 && memcmp(c, "\u2029", 3) == 0)
		text_str(to, "\\u2029");
	else if (*c == '"')
		text_str(to, "\\\\\\\"");
	else if (*c == '\\')
		text_str(to, "\\\\\\\\");
	else if (*c == '<')
		text_str(to, "\\u003C");
	else if (*c == '>')
		text_str(to, "\\u003E");
	else if (*c == '/')
		text_str(to, "\\u002F");
	else if ((unsigned char)*c < 0x20)
		add_control(to, (unsigned char)*c);
	else
		text_add(to, c, n);
}

static void
add_json_char(struct text *to, const char *c, size_t n)
{
	if (*c == '"' || *c == '\\')
		text_str(to, "\\");
	if ((unsigned char)*c < 0x20)
		add_control(to, (unsigned char)*c);
	else
		text_add(to, c, n);
}

typedef void add_char(struct text *to, const char *c, size_t n);

static void
add_member(
    struct text *to, const char *name, const struct text *value, add_char *add)
{
	text_str(to, to->len > 1 ? ",\"" : "\"");
	text_str(to, name);
	text_str(to, "\":\"");
	for (size_t i = 0; i < value->len;) {
		size_t n = utf8_len(value->data + i, value->len - i);
		assert(n > 0);
		add(to, value->data + i, n);
		i += n;
	}
	text_str(to, "\"");
}

static void
escape_all(struct text *to, const struct text *from, const char *quote)
{
	for (size_t i = 0; i < from->len; i++) {
		if (from->data[i] == '\\')
			text_str(to, "\\\\");
		else if (from->data[i] == '"')
			text_str(to, quote);
		else
			text_add(to, from->data + i, 1);
	}
}

static void
percent_encode(struct text *to, const struct text *from)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz"
				   "0123456789-_.!~*()";

	for (size_t i = 0; i < from->len; i++) {
		unsigned char c = (unsigned char)from->data[i];
		if (memchr(bare, c, sizeof(bare) - 1) != NULL) {
			text_add(to, &c, 1);
			continue;
		}
		char escape[3] = { '%', hex[c >> 4], hex[c & 15] };
		text_add(to, escape, sizeof(escape));
	}
}

static void
add_value(struct value_set *set, struct text *json, const struct value *v)
{
	autotext struct text data = TEXT_MAX(TEXT_LIMIT);
	repair(&data, v->data, v->len);
	for (size_t i = 0; i < data.len; i++)
		set->perils |= peril_at(data.data + i, data.len - i);
	add_member(&set->plain[SCAN_L0], v->name, &data, add_plain_char);
	add_member(json, v->name, &data, add_json_char);
	json->failed |= data.failed;
}

int
value_build(const struct value *values, size_t count, struct value_set *ret)
{
	struct value_set set = { .percent = TEXT_MAX(TEXT_LIMIT) };
	autotext struct text json = TEXT_MAX(TEXT_LIMIT);

	for (size_t i = 0; i < SCAN_OTHER; i++)
		set.plain[i] = (struct text)TEXT_MAX(TEXT_LIMIT);
	text_str(&set.plain[SCAN_L0], "{");
	text_str(&json, "{");
	for (size_t i = 0; i < count; i++)
		add_value(&set, &json, &values[i]);
	text_str(&set.plain[SCAN_L0], "}");
	text_str(&json, "}");
	escape_all(&set.plain[SCAN_L1], &set.plain[SCAN_L0], "\\\"");
	escape_all(&set.plain[SCAN_L2], &set.plain[SCAN_L0], "\\\\\"");
	percent_encode(&set.percent, &json);

	if (json.failed || set.percent.failed || set.plain[SCAN_L0].failed ||
	    set.plain[SCAN_L1].failed || set.plain[SCAN_L2].failed) {
		value_free(&set);
		return -ENOMEM;
	}
	*ret = set;
	return 0;
}

void
value_free(struct value_set *set)
{
	for (size_t i = 0; i < SCAN_OTHER; i++)
		text_free(&set->plain[i]);
	text_free(&set->percent);
	set->perils = 0;
}

bool
value_fits(
    const struct value_set *set, enum scan_form form, struct context context)
{
	if (form >= SCAN_OTHER)
		return false; /* the original does not see it at all */
	unsigned harm = harmful[form][context.kind];
	if (!context.page)
		harm &= ~(unsigned)TAG;
	return (set->perils & harm) == 0;
}

bool
value_needs_context(const struct value_set *set, enum scan_form form)
{
	return form < SCAN_OTHER && set->perils != 0 &&
	       (set->perils & ALWAYS) == 0;
}
