#include "envsubst/sequence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct span {
	const char *at;
	size_t len;
};

static size_t
digits(struct span s, size_t at)
{
	size_t n = 0;
	if (at < s.len && s.at[at] == '-')
		n++;
	size_t sign = n;
	while (at + n < s.len && s.at[at + n] >= '0' && s.at[at + n] <= '9')
		n++;
	return n == sign ? 0 : n;
}

static bool
is_letter(struct span s, size_t at)
{
	return at < s.len && ((s.at[at] >= 'a' && s.at[at] <= 'z') ||
				 (s.at[at] >= 'A' && s.at[at] <= 'Z'));
}

/* The parts between the pairs of dots: their count, or 0. */
static size_t
split(struct span s, bool letters, struct span part[3])
{
	size_t at = 0;
	for (size_t count = 0; count < 3;) {
		size_t n =
		    letters && count < 2 ? is_letter(s, at) : digits(s, at);
		if (n == 0)
			return 0;
		part[count++] = (struct span){ s.at + at, n };
		at += n;
		if (at == s.len)
			return count >= 2 ? count : 0;
		if (s.len - at < 2 || memcmp(s.at + at, "..", 2) != 0)
			return 0;
		at += 2;
	}
	return 0;
}

/* As exact as a double is, beyond which nobody can count anyway. */
static long long
number(struct span s)
{
	char copy[24] = "";
	if (s.len >= sizeof(copy) - 4)
		return s.at[0] == '-' ? -(1LL << 53) : 1LL << 53;
	memcpy(copy, s.at, s.len);
	return strtoll(copy, NULL, 10);
}

static bool
is_padded(struct span s)
{
	size_t at = s.len > 0 && s.at[0] == '-';
	return s.len > at + 1 && s.at[at] == '0';
}

bool
sequence_read(const char *text, size_t len, struct sequence *ret)
{
	struct span s = { text, len };
	struct span part[3];
	struct sequence q = { .letters = false };

	size_t count = split(s, false, part);
	if (count == 0) {
		q.letters = true;
		count = split(s, true, part);
	}
	if (count == 0)
		return false;
	q.from = q.letters ? part[0].at[0] : number(part[0]);
	q.to = q.letters ? part[1].at[0] : number(part[1]);
	q.step = count == 3 ? llabs(number(part[2])) : 1;
	if (q.step == 0)
		q.step = 1; /* where the original never ends */
	for (size_t i = 0; i < count && !q.letters; i++)
		if (is_padded(part[i]))
			q.width = part[0].len > part[1].len ? part[0].len
							    : part[1].len;
	*ret = q;
	return true;
}

size_t
sequence_item(const struct sequence *q, long long n, char to[SEQUENCE_ITEM_MAX])
{
	if (q->letters) {
		to[0] = (char)n;
		return n == '\\' ? 0 : 1; /* which escapes nothing there */
	}
	int width = q->width < SEQUENCE_ITEM_MAX ? (int)q->width
						 : SEQUENCE_ITEM_MAX - 1;
	int len = snprintf(to, SEQUENCE_ITEM_MAX, "%0*lld", width, n);
	return len < 0 ? 0 : (size_t)len;
}
