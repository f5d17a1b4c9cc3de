#include "envsubst/suggest.h"

#include "core/buf.h"
#include "core/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DISTANCE_MAX 3
#define UNITS_MAX 24 /* more than any candidate and DISTANCE_MAX */

/* A text's beginning in UTF-16, as JavaScript counts it. */
struct units {
	uint16_t at[UNITS_MAX];
	size_t count; /* of the whole text */
};

static void
add_unit(struct units *u, unsigned unit)
{
	if (u->count < UNITS_MAX)
		u->at[u->count] = (uint16_t)unit;
	u->count++;
}

static void
to_units(const char *text, struct units *ret)
{
	size_t len = strlen(text);
	ret->count = 0;
	for (size_t i = 0; i < len;) {
		const unsigned char *c = (const unsigned char *)text + i;
		size_t n = utf8_len(text + i, len - i);
		unsigned code = n == 1   ? c[0]
				: n == 2 ? (c[0] & 31u) << 6 | (c[1] & 63u)
				: n == 3 ? (c[0] & 15u) << 12 |
					       (c[1] & 63u) << 6 | (c[2] & 63u)
					 : 0xfffd;
		add_unit(ret, n == 4 ? 0xd800 : code);
		if (n == 4) /* never equal to what an option's name holds */
			add_unit(ret, 0xdc00);
		i += n == 0 ? 1 : n;
	}
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Damerau and Levenshtein's, without editing what was swapped. */
static size_t
distance(const struct units *a, const struct units *b)
{
	size_t d[UNITS_MAX + 1][UNITS_MAX + 1];
	size_t longer = a->count > b->count ? a->count : b->count;

	if (longer - least(a->count, b->count) > DISTANCE_MAX ||
	    longer > UNITS_MAX)
		return longer;
	for (size_t i = 0; i <= a->count; i++)
		d[i][0] = i;
	for (size_t k = 0; k <= b->count; k++)
		d[0][k] = k;
	for (size_t k = 1; k <= b->count; k++) {
		for (size_t i = 1; i <= a->count; i++) {
			bool same = a->at[i - 1] == b->at[k - 1];
			d[i][k] = least(least(d[i - 1][k], d[i][k - 1]) + 1,
			    d[i - 1][k - 1] + !same);
			if (i > 1 && k > 1 && a->at[i - 1] == b->at[k - 2] &&
			    a->at[i - 2] == b->at[k - 1])
				d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
		}
	}
	return d[a->count][b->count];
}

void
suggest_option(const char *flag, const char *const *candidates, size_t count,
    char *to, size_t size)
{
	struct units word;
	struct buf names;
	char list[256];
	size_t best = DISTANCE_MAX;
	size_t found = 0;

	buf_init(&names, list, sizeof(list));
	to_units(flag + 2, &word);
	for (size_t i = 0; i < count; i++) {
		struct units candidate;
		to_units(candidates[i], &candidate);
		size_t d = distance(&word, &candidate);
		size_t longer =
		    word.count > candidate.count ? word.count : candidate.count;
		/* similar by more than 0.4 */
		if ((longer - d) * 10 <= longer * 4 || d > best)
			continue;
		if (d < best) {
			best = d;
			found = 0;
			buf_init(&names, list, sizeof(list));
		}
		buf_fmt(
		    &names, "%s--%s", found++ > 0 ? ", " : "", candidates[i]);
	}
	struct buf text;
	buf_init(&text, to, size);
	if (found > 0)
		buf_fmt(&text, "\n(Did you mean %s%s?)",
		    found > 1 ? "one of " : "", list);
}
