#ifndef ENVSUBST_UNICODE_H
#define ENVSUBST_UNICODE_H

#include <stdint.h>

/* General categories, as sets of bits. */
enum unicode_category {
	UNICODE_LL = 1 << 1,
	UNICODE_LU = 1 << 2,
	UNICODE_LETTER = 1 << 3, /* Lt, Lm, Lo */
	UNICODE_NL = 1 << 4,
	UNICODE_ND = 1 << 5,
	UNICODE_PC = 1 << 6,
	UNICODE_PUNCTUATION = 1 << 7, /* the rest of P */
	UNICODE_ZS = 1 << 8,
	UNICODE_ZL_ZP = 1 << 9,
	UNICODE_CC = 1 << 10,
	UNICODE_OTHER = 1 << 11, /* Cf, Cs, Co, Cn */
};

/* The bit of a code point; 0 for symbols, marks and other numbers. */
unsigned unicode_category(uint32_t code);

/* The bits that \p{NAME} stands for; 0 for names not used in globs. */
unsigned unicode_property(const char *name);

#endif
