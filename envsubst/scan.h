#ifndef ENVSUBST_SCAN_H
#define ENVSUBST_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The call around import-meta-env's word, in every form that minifiers write it
 * in:
 *
 *	JSON . parse ( \..' \.." WORD \.." \..' )
 *
 * with ', " or ` outside, any number of backslashes before each quote (the same
 * number behind the word), and blanks inside the call, also those that are
 * escaped because the code lies in a string.
 */

#define SCAN_WORD "import_meta_env_placeholder"
#define SCAN_WORD_LEN (sizeof(SCAN_WORD) - 1)

/* A call reaches no further than this from its word, on either side. */
#define SCAN_REACH 512

/* The three forms that the original tool knows; all others are SCAN_OTHER. */
enum scan_form { SCAN_L0, SCAN_L1, SCAN_L2, SCAN_OTHER, SCAN_FORMS };

struct scan_call {
	size_t start;     /* of JSON */
	size_t len;       /* to the closing parenthesis, which is included */
	uint16_t head;    /* bytes before the outer quote and its backslashes */
	uint16_t tail;    /* bytes behind the outer quote */
	uint16_t slashes; /* before the outer quote */
	char quote;
	enum scan_form form;
};

/*
 * Whether the word at text + word stands in such a call, which then lies within
 * the text.
 */
bool scan_call(
    const char *text, size_t len, size_t word, struct scan_call *ret);

#endif
