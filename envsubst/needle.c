#include "envsubst/needle.h"

#include "envsubst/scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * Horspool's search on pairs: the last two bytes under the word say how far it
 * can be moved.  Single letters of English text would stop it too often, pairs
 * of them rarely do.
 */

#define PAIRS 4096
#define SHIFT_MAX (SCAN_WORD_LEN - 1)

static unsigned char shift[PAIRS];
static bool prepared;

static unsigned
pair_at(const char *p)
{
	return ((unsigned)(unsigned char)p[0] << 5 ^ (unsigned char)p[1]) %
	       PAIRS;
}

static void
prepare(void)
{
	memset(shift, SHIFT_MAX, sizeof(shift));
	for (size_t i = 0; i + 1 < SCAN_WORD_LEN; i++)
		shift[pair_at(&SCAN_WORD[i])] =
		    (unsigned char)(SCAN_WORD_LEN - 2 - i);
	prepared = true;
}

const char *
needle_find(const char *data, size_t len)
{
	if (!prepared)
		prepare();
	if (len < SCAN_WORD_LEN)
		return NULL;
	const size_t last = SCAN_WORD_LEN - 2; /* where its last pair stands */

	for (size_t at = last; at <= len - 2;) {
		unsigned move = shift[pair_at(data + at)];
		if (move > 0) {
			at += move;
			continue;
		}
		const char *start = data + at - last;
		if (memcmp(start, SCAN_WORD, SCAN_WORD_LEN) == 0)
			return start;
		at++;
	}
	return NULL;
}
