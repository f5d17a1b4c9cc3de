#include "core/redact.h"

#include "core/guard.h"
#include "core/secret.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * Every form of every value is a pattern of REDACT_MIN bytes or more; the
 * patterns are found by a hash of their first four bytes.  An automaton over
 * all of them would not look back, but for a value of the largest size it needs
 * megabytes, and texts here are small.
 */

#define KEY_LEN 4
#define HEADS_BITS 10
#define NONE UINT32_MAX
#define LINE_MIN 16

_Static_assert(REDACT_MIN >= KEY_LEN, "a pattern has a key");

struct pattern {
	unsigned char *data;
	size_t len;
	uint32_t next; /* with the same hash */
};

struct redact {
	struct pattern *pattern;
	uint32_t count;
	uint32_t size;
	uint32_t heads[1u << HEADS_BITS];
};

int
redact_new(struct redact **ret)
{
	struct redact *set = malloc(sizeof(*set));
	if (set == NULL)
		return -ENOMEM;
	set->pattern = NULL;
	set->count = 0;
	set->size = 0;
	memset(set->heads, 0xff, sizeof(set->heads));
	*ret = set;
	return 0;
}

void
redact_free(struct redact *set)
{
	if (set == NULL)
		return;
	for (uint32_t i = 0; i < set->count; i++) {
		secret_wipe(set->pattern[i].data, set->pattern[i].len);
		free(set->pattern[i].data);
	}
	free(set->pattern);
	secret_wipe(set, sizeof(*set));
	free(set);
}

static uint32_t
hash(const unsigned char *text)
{
	uint32_t key;
	memcpy(&key, text, KEY_LEN);
	return key * UINT32_C(2654435761) >> (32 - HEADS_BITS);
}

static bool
is_known(const struct redact *set, const unsigned char *data, size_t len)
{
	uint32_t i = set->heads[hash(data)];
	for (; i != NONE; i = set->pattern[i].next)
		if (set->pattern[i].len == len &&
		    memcmp(set->pattern[i].data, data, len) == 0)
			return true;
	return false;
}

static int
make_room(struct redact *set)
{
	if (set->count < set->size)
		return 0;
	uint32_t size = set->size == 0 ? 16 : set->size * 2;
	void *grown = realloc(set->pattern, size * sizeof(*set->pattern));
	if (grown == NULL)
		return -ENOMEM;
	set->pattern = grown;
	set->size = size;
	return 0;
}

static int
add_pattern(struct redact *set, const unsigned char *data, size_t len)
{
	if (len < REDACT_MIN || is_known(set, data, len))
		return 0;
	if (make_room(set) < 0)
		return -ENOMEM;
	unsigned char *copy = malloc(len);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, data, len);
	uint32_t *head = &set->heads[hash(copy)];
	set->pattern[set->count] = (struct pattern){ copy, len, *head };
	*head = set->count++;
	return 0;
}

/* Encoders write at most 6 bytes for each one and return the new length. */
typedef size_t encode_fn(
    const unsigned char *in, size_t len, unsigned char *out, const char *how);

static bool
is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/*
 * how: the hex digits, then the marks that stay as they are; a plus among them
 * stands for the blank, as in forms.
 */
static size_t
encode_percent(
    const unsigned char *in, size_t len, unsigned char *out, const char *how)
{
	const char *kept = how + 16;
	const unsigned char blank = strchr(kept, '+') ? '+' : '\0';
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = in[i];
		if (c == ' ' && blank != '\0') {
			out[n++] = blank;
		} else if (is_alnum(c) ||
			   (c != '\0' && c != '+' && strchr(kept, c))) {
			out[n++] = c;
		} else {
			out[n++] = '%';
			out[n++] = (unsigned char)how[c >> 4];
			out[n++] = (unsigned char)how[c & 15];
		}
	}
	return n;
}

static unsigned char
json_letter(unsigned char c)
{
	static const char from[] = "\"\\\n\r\t\b\f";
	static const char to[] = "\"\\nrtbf";
	const char *found = c == '\0' ? NULL : strchr(from, c);
	return found ? (unsigned char)to[found - from] : '\0';
}

/* how: what some writers escape although they need not. */
static size_t
encode_json(
    const unsigned char *in, size_t len, unsigned char *out, const char *how)
{
	static const char hex[] = "0123456789abcdef";
	static const char unicode[] = { '\\', 'u', '0', '0' };
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = in[i];
		unsigned char letter = json_letter(c);
		bool extra = c != '\0' && strchr(how, c);
		if (c == '/' && extra)
			letter = c;
		if (letter != '\0') {
			out[n++] = '\\';
			out[n++] = letter;
		} else if (c < 0x20 || extra) {
			memcpy(out + n, unicode, sizeof(unicode));
			out[n + 4] = (unsigned char)hex[c >> 4];
			out[n + 5] = (unsigned char)hex[c & 15];
			n += 6;
		} else {
			out[n++] = c;
		}
	}
	return n;
}

#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/*
 * how: the alphabet, then how many bytes stand before the value in its group
 * of three.  Only the characters that the value alone decides are written.
 */
static size_t
encode_base64(
    const unsigned char *in, size_t len, unsigned char *out, const char *how)
{
	const size_t before = (size_t)(how[64] - '0') * 8;
	const size_t end = before + len * 8;
	size_t n = 0;

	for (size_t bit = (before + 5) / 6 * 6; bit + 6 <= end; bit += 6) {
		size_t at = (bit - before) / 8;
		unsigned pair = (unsigned)in[at] << 8;
		if (at + 1 < len)
			pair |= in[at + 1];
		unsigned shift = 10 - (unsigned)((bit - before) % 8);
		out[n++] = (unsigned char)how[pair >> shift & 63];
	}
	return n;
}

static const struct {
	encode_fn *encode;
	const char *how;
} forms[] = {
	{ encode_percent, "0123456789ABCDEF-_.~" },
	{ encode_percent, "0123456789abcdef-_.~" },
	{ encode_percent, "0123456789ABCDEF-_.!~*'()" },
	{ encode_percent, "0123456789abcdef-_.!~*'()" },
	{ encode_percent, "0123456789ABCDEF-_.*+" },
	{ encode_json, "" },
	{ encode_json, "/" },
	{ encode_json, "<>&" },
	{ encode_base64, BASE64 "+/0" },
	{ encode_base64, BASE64 "+/1" },
	{ encode_base64, BASE64 "+/2" },
	{ encode_base64, BASE64 "-_0" },
	{ encode_base64, BASE64 "-_1" },
	{ encode_base64, BASE64 "-_2" },
};

static int
add_forms(struct redact *set, const unsigned char *value, size_t len)
{
	assert(len >= REDACT_MIN);
	unsigned char *out = malloc(6 * len);
	if (out == NULL)
		return -ENOMEM;
	int r = add_pattern(set, value, len);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(forms); i++)
		r = add_pattern(
		    set, out, forms[i].encode(value, len, out, forms[i].how));
	secret_wipe(out, 6 * len);
	free(out);
	return r;
}

static bool
is_ordinary(const unsigned char *value, size_t len)
{
	static const char *const words[] = { "true", "false", "null", "prod",
		"production", "localhost" };
	const char *text = (const char *)value;

	if (len < REDACT_MIN)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (len == strlen(words[i]) &&
		    strncasecmp(text, words[i], len) == 0)
			return true;
	return false;
}

static int
add_lines(struct redact *set, const unsigned char *value, size_t len)
{
	const unsigned char *end = value + len;
	int r = 0;

	while (r == 0 && value < end) {
		size_t left = (size_t)(end - value);
		const unsigned char *newline = memchr(value, '\n', left);
		size_t line = newline ? (size_t)(newline - value) : left;
		size_t text = line;
		if (text > 0 && value[text - 1] == '\r')
			text--;
		if (text >= LINE_MIN)
			r = add_forms(set, value, text);
		value += newline ? line + 1 : line;
	}
	return r;
}

/*
 * White space around a value is not secret, and an app that reads a file trims
 * its last newline before it uses, and prints, the value.
 */
static size_t
trim(const unsigned char **value, size_t len)
{
	const unsigned char *v = *value;
	while (len > 0 && v[len - 1] <= ' ')
		len--;
	while (len > 0 && *v <= ' ') {
		v++;
		len--;
	}
	*value = v;
	return len;
}

int
redact_add(struct redact *set, const void *value, size_t len)
{
	const unsigned char *text = value;

	len = trim(&text, len);
	if (is_ordinary(text, len))
		return 0;
	int r = add_forms(set, text, len);
	if (r == 0 && memchr(text, '\n', len) != NULL)
		r = add_lines(set, text, len);
	return r;
}

/* Length of the longest pattern that text begins with, if above `least`. */
static size_t
longest(const struct redact *set, const unsigned char *text, size_t len,
    size_t least)
{
	if (len < REDACT_MIN)
		return 0;
	size_t best = 0;
	uint32_t i = set->heads[hash(text)];
	for (; i != NONE; i = set->pattern[i].next) {
		const struct pattern *p = &set->pattern[i];
		if (p->len > best && p->len > least && p->len <= len &&
		    memcmp(p->data, text, p->len) == 0)
			best = p->len;
	}
	return best;
}

/* The first place from `at` on where a secret begins; its end in *ret_end. */
static size_t
next_secret(const struct redact *set, const unsigned char *text, size_t len,
    size_t at, size_t *ret_end)
{
	size_t end = 0;

	while (at < len && end == 0) {
		size_t n = longest(set, text + at, len - at, 0);
		if (n > 0)
			end = at + n;
		else
			at++;
	}
	for (size_t i = at + 1; i < end; i++) {
		size_t n = longest(set, text + i, len - i, end - i);
		if (n > 0)
			end = i + n;
	}
	*ret_end = end;
	return at;
}

int
redact_text(const struct redact *set, const char *text, size_t len,
    char **ret_text, size_t *ret_len)
{
	const size_t mark = strlen(REDACT_MARK);
	/* a mark stands for REDACT_MIN bytes at least */
	char *out = malloc(len + len / REDACT_MIN * mark + 1);
	size_t n = 0;

	if (out == NULL)
		return -ENOMEM;
	for (size_t at = 0; at < len;) {
		size_t end;
		size_t found = next_secret(
		    set, (const unsigned char *)text, len, at, &end);
		memcpy(out + n, text + at, found - at);
		n += found - at;
		if (found < len) {
			memcpy(out + n, REDACT_MARK, mark);
			n += mark;
		}
		at = found < len ? end : len;
	}
	out[n] = '\0';
	*ret_text = out;
	*ret_len = n;
	return 0;
}
