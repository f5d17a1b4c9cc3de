#include "notify/fingerprint.h"

#include "core/buf.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#define FRAMES_MAX 12
#define HASH_BYTES ((FINGERPRINT_SIZE - 1) / 2)

static size_t
hex_run(struct span s, bool *ret_digit)
{
	size_t n = 0;

	*ret_digit = false;
	for (; n < s.len && isxdigit((unsigned char)s.at[n]); n++)
		if (isdigit((unsigned char)s.at[n]))
			*ret_digit = true;
	return n;
}

#define UUID_LEN 36

static bool
is_uuid(struct span s)
{
	if (s.len < UUID_LEN)
		return false;
	for (size_t i = 0; i < UUID_LEN; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? s.at[i] != '-' : !isxdigit((unsigned char)s.at[i]))
			return false;
	}
	return true;
}

/*
 * The length of what varies from one death to the next at the start of s: 0x
 * and hexadecimal digits, hexadecimal words of 8 or more with a digit in them
 * (ids, addresses), UUIDs, numbers.
 */
static size_t
varying(struct span s)
{
	bool digit;
	size_t n = 0;

	if (span_starts(s, "0x"))
		return 2 + hex_run(span_skip(s, 2), &digit);
	if (is_uuid(s))
		return UUID_LEN;
	n = hex_run(s, &digit);
	if (n >= 8 && digit)
		return n;
	for (n = 0; n < s.len && isdigit((unsigned char)s.at[n]); n++)
		continue;
	return n;
}

static void
add_normal(struct buf *b, struct span s)
{
	while (s.len > 0) {
		size_t n = varying(s);
		if (n > 0) {
			buf_str(b, "#");
			s = span_skip(s, n);
			continue;
		}
		/* a word that only begins like a number is taken whole */
		do {
			buf_add(b, s.at, 1);
			s = span_skip(s, 1);
		} while (s.len > 0 && isalpha((unsigned char)s.at[0]));
	}
	buf_str(b, "\n");
}

void
fingerprint_of(const struct cause_death *death, const struct cause *cause,
    char ret[FINGERPRINT_SIZE])
{
	char memory[4096];
	struct buf b = BUF_ON(memory);
	unsigned char hash[crypto_generichash_BYTES_MIN];
	struct span stack = cause->stack;
	struct span line;

	memory[0] = '\0';
	buf_fmt(&b, "%s %d %d %d\n", cause_name(cause->kind), death->signal,
	    death->code, death->exec_errno);
	add_normal(&b, (struct span){ cause->title, strlen(cause->title) });
	for (int i = 0; i < FRAMES_MAX && span_line(&stack, &line); i++)
		add_normal(&b, span_trim(line));

	(void)crypto_generichash(
	    hash, sizeof(hash), (const unsigned char *)memory, b.len, NULL, 0);
	(void)sodium_bin2hex(ret, FINGERPRINT_SIZE, hash, HASH_BYTES);
}
