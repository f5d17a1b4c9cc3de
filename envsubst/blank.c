#include "envsubst/blank.h"

#include "core/guard.h"
#include "core/utf8.h"

#include <string.h>

size_t
blank_len(const char *text, size_t len)
{
	static const char *const wide[] = { "\u00a0", "\u1680", "\u2000",
		"\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
		"\u2007", "\u2008", "\u2009", "\u200a", "\u2028", "\u2029",
		"\u202f", "\u205f", "\u3000", "\ufeff" };

	if (len == 0)
		return 0;
	unsigned char c = (unsigned char)*text;
	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return 1;
	for (size_t i = 0; c >= 0x80 && i < ARRAY_LEN(wide); i++) {
		size_t n = strlen(wide[i]);
		if (n <= len && memcmp(text, wide[i], n) == 0)
			return n;
	}
	return 0;
}

size_t
blank_line_end(const char *text, size_t len)
{
	if (len > 0 && *text == '\n')
		return 1;
	if (len >= 3 &&
	    (memcmp(text, "\u2028", 3) == 0 || memcmp(text, "\u2029", 3) == 0))
		return 3;
	return 0;
}

void
blank_trim(const char **text, size_t *len)
{
	const char *from = *text;
	const char *end = from + *len;
	const char *last;

	for (size_t n; (n = blank_len(from, (size_t)(end - from))) > 0;)
		from += n;
	for (const char *at = last = from; at < end;) {
		size_t n = blank_len(at, (size_t)(end - at));
		size_t step = n > 0 ? n : utf8_len(at, (size_t)(end - at));
		at += step > 0 ? step : 1;
		if (n == 0)
			last = at;
	}
	*text = from;
	*len = (size_t)(last - from);
}
