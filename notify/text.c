#include "notify/text.h"

#include "core/utf8.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ESC '\033'
#define BEL '\a'

static const char replacement[] = { '\xef', '\xbf', '\xbd' }; /* U+FFFD */

/* ESC [ parameters final: the colours and the cursor's moves. */
static size_t
csi_len(const unsigned char *t, size_t len)
{
	size_t n = 2;
	while (n < len && t[n] >= 0x20 && t[n] <= 0x3f)
		n++;
	return n < len && t[n] >= 0x40 && t[n] <= 0x7e ? n + 1 : n;
}

/*
 * ESC ] text, ended by BEL or ESC \: titles and links.  One that never ends
 * within its line is only ESC ]: it may not swallow somebody's last words.
 */
static size_t
osc_len(const unsigned char *t, size_t len)
{
	for (size_t n = 2; n < len && t[n] != '\n'; n++) {
		if (t[n] == BEL)
			return n + 1;
		if (t[n] == ESC && n + 1 < len && t[n + 1] == '\\')
			return n + 2;
	}
	return 2;
}

static size_t
escape_len(const unsigned char *t, size_t len)
{
	size_t n = 1;

	if (len < 2)
		return len;
	if (t[1] == '[')
		return csi_len(t, len);
	if (strchr("]PX^_", t[1]) != NULL && t[1] != '\0')
		return osc_len(t, len);
	while (n < len && t[n] >= 0x20 && t[n] <= 0x2f)
		n++;
	return n < len && t[n] >= 0x30 && t[n] <= 0x7e ? n + 1 : n;
}

/* U+202A to U+202E and U+2066 to U+2069 reorder what is read. */
static bool
turns_direction(const unsigned char *t, size_t n)
{
	if (n != 3 || t[0] != 0xe2)
		return false;
	return (t[1] == 0x80 && t[2] >= 0xaa && t[2] <= 0xae) ||
	       (t[1] == 0x81 && t[2] >= 0xa6 && t[2] <= 0xa9);
}

/*
 * Take one thing off the text, put what stands for it (at most 3 bytes for
 * each one taken) at out, and say how many were taken.
 */
static size_t
clean_one(const unsigned char *t, size_t len, char *out, size_t *out_len)
{
	*out_len = 0;
	if (t[0] == ESC)
		return escape_len(t, len);
	if (t[0] == '\r') {
		out[(*out_len)++] = '\n';
		return len > 1 && t[1] == '\n' ? 2 : 1;
	}

	size_t n = utf8_len((const char *)t, len);
	bool control = (t[0] < 0x20 && t[0] != '\n' && t[0] != '\t') ||
		       t[0] == 0x7f || (n == 2 && t[0] == 0xc2 && t[1] < 0xa0);
	if (n == 0 || control) {
		memcpy(out, replacement, sizeof(replacement));
		*out_len = sizeof(replacement);
		return n == 0 ? 1 : n;
	}
	if (!turns_direction(t, n)) {
		memcpy(out, t, n);
		*out_len = n;
	}
	return n;
}

int
text_clean(const char *text, size_t len, char **ret_text, size_t *ret_len)
{
	const unsigned char *t = (const unsigned char *)text;
	char *out = malloc(3 * len + 1);
	size_t at = 0;

	if (out == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < len;) {
		size_t added = 0;
		i += clean_one(t + i, len - i, out + at, &added);
		at += added;
	}
	out[at] = '\0';
	*ret_text = out;
	*ret_len = at;
	return 0;
}
