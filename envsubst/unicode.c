#include "envsubst/unicode.h"

#include "core/guard.h"

#include <string.h>

static const unsigned char runs[] = {
#include "envsubst/unicode_runs.h"
};

#define LETTERS (UNICODE_LL | UNICODE_LU | UNICODE_LETTER)

static unsigned
ascii_category(uint32_t c)
{
	if (c < 0x20 || c == 0x7f)
		return UNICODE_CC;
	if (c == ' ')
		return UNICODE_ZS;
	if (c >= '0' && c <= '9')
		return UNICODE_ND;
	if (c >= 'a' && c <= 'z')
		return UNICODE_LL;
	if (c >= 'A' && c <= 'Z')
		return UNICODE_LU;
	if (c == '_')
		return UNICODE_PC;
	return strchr("$+<=>^`|~", (int)c) != NULL ? 0 : UNICODE_PUNCTUATION;
}

unsigned
unicode_category(uint32_t code)
{
	uint32_t from = 0x80;

	if (code < 0x80)
		return ascii_category(code);
	for (size_t i = 0; i < sizeof(runs);) {
		unsigned char head = runs[i++];
		uint32_t len = head & 15;
		unsigned shift = 0;
		while (len >= 15 && i < sizeof(runs)) {
			len += (uint32_t)(runs[i] & 127) << shift;
			shift += 7;
			if (runs[i++] < 128)
				break;
		}
		if (code - from < len)
			return head >> 4 == 0 ? 0 : 1u << (head >> 4);
		from += len;
	}
	return UNICODE_OTHER;
}

unsigned
unicode_property(const char *name)
{
	static const struct {
		const char *name;
		unsigned bits;
	} known[] = {
		{ "L", LETTERS },
		{ "Ll", UNICODE_LL },
		{ "Lu", UNICODE_LU },
		{ "Nl", UNICODE_NL },
		{ "Nd", UNICODE_ND },
		{ "P", UNICODE_PC | UNICODE_PUNCTUATION },
		{ "Pc", UNICODE_PC },
		{ "Z", UNICODE_ZS | UNICODE_ZL_ZP },
		{ "Zs", UNICODE_ZS },
		{ "C", UNICODE_CC | UNICODE_OTHER },
		{ "Cc", UNICODE_CC },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].bits;
	return 0;
}
