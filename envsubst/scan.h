#ifndef ENVSUBST_SCAN_H
#define ENVSUBST_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where import-meta-env's placeholder stands in a stream of bytes, in every
 * form that minifiers write it in:
 *
 *	JSON . parse ( \..' \.." WORD \.." \..' )
 *
 * with ', " or ` outside, any number of backslashes before each quote (the same
 * number behind the word), and blanks inside the call, also those that are
 * escaped because the code lies in a string.  A word that stands in no such
 * call is left over.
 */

#define SCAN_WORD "import_meta_env_placeholder"
#define SCAN_WORD_LEN (sizeof(SCAN_WORD) - 1)

/* A call reaches no further than this from its word, on either side. */
#define SCAN_REACH 512
#define SCAN_SPOTS_MAX 65536

/* The three forms that the original tool knows; all others are SCAN_OTHER. */
enum scan_form { SCAN_L0, SCAN_L1, SCAN_L2, SCAN_OTHER, SCAN_FORMS };

struct scan_spot {
	uint64_t start;   /* of JSON */
	uint64_t len;     /* to the closing parenthesis, which is included */
	uint16_t head;    /* bytes before the outer quote and its backslashes */
	uint16_t tail;    /* bytes behind the outer quote */
	uint16_t slashes; /* before the outer quote */
	char quote;
	enum scan_form form;
};

struct scan {
	struct scan_spot *spot; /* `count` of them, in order; heap */
	size_t count;
	size_t room;
	uint64_t seen;        /* the stream's words are known up to here */
	bool left_over;       /* a word outside of a call... */
	uint64_t left_offset; /* ...the first one is here */
};

/* Gives the spots back; harmless on an empty one. */
void scan_free(struct scan *s);

/*
 * Look at a window of the stream, whose first byte is at `offset` of it; `last`
 * when the stream ends with it.  Returns the bytes at the front that are no
 * longer needed: the next window begins behind them and is at least twice
 * SCAN_REACH long unless it is the last.  -ENOMEM, -E2BIG (SCAN_SPOTS_MAX).
 */
int64_t scan_window(
    struct scan *s, const char *data, size_t len, uint64_t offset, bool last);

#endif
