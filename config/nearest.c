#include "config/nearest.h"

#include <string.h>

#define LETTERS_MAX 48

void
nearest_init(struct nearest *n, const char *wanted)
{
	size_t len = strlen(wanted);
	*n = (struct nearest){
		.wanted = wanted,
		.distance = len > LETTERS_MAX ? 0 : (unsigned)len / 3 + 1,
	};
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Edit distance with swaps of neighbours, three rows at a time. */
static unsigned
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][LETTERS_MAX + 1];
	for (unsigned j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3];
		const unsigned *before = rows[(i + 1) % 3];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned wrong = a[i - 1] != b[j - 1];
			unsigned n = least(above[j], row[j - 1]) + 1;
			n = least(n, above[j - 1] + wrong);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				n = least(n, before[j - 2] + 1);
			row[j] = n;
		}
	}
	return rows[a_len % 3][b_len];
}

void
nearest_offer(struct nearest *n, const char *candidate)
{
	size_t len = strlen(candidate);
	if (n->distance == 0 || len > LETTERS_MAX)
		return;
	unsigned d = distance(n->wanted, strlen(n->wanted), candidate, len);
	if (d < n->distance) {
		n->best = candidate;
		n->distance = d;
	}
}
