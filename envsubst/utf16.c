#include "envsubst/utf16.h"

#include "core/utf8.h"

#include <string.h>

void
utf16_add(struct arena *memory, struct utf16 *u, uint16_t unit)
{
	if (u->len == u->room) {
		size_t room = u->room == 0 ? 32 : u->room * 2;
		if (memory->used + room * sizeof(unit) > UTF16_MEMORY_MAX)
			u->spent = true;
		if (u->spent)
			return;
		uint16_t *grown = arena_take(memory, room * sizeof(unit));
		if (u->len > 0)
			memcpy(grown, u->at, u->len * sizeof(unit));
		u->at = grown;
		u->room = room;
	}
	u->at[u->len++] = unit;
}

void
utf16_add_all(struct arena *memory, struct utf16 *u, const struct utf16 *more)
{
	u->spent |= more->spent;
	for (size_t i = 0; i < more->len && !u->spent; i++)
		utf16_add(memory, u, more->at[i]);
}

void
utf16_add_text(struct arena *memory, struct utf16 *u, const char *text)
{
	for (; *text != '\0'; text++)
		utf16_add(memory, u, (unsigned char)*text);
}

static uint32_t
decode(const unsigned char *c, size_t n)
{
	switch (n) {
	case 1:
		return c[0];
	case 2:
		return (c[0] & 31u) << 6 | (c[1] & 63u);
	case 3:
		return (c[0] & 15u) << 12 | (c[1] & 63u) << 6 | (c[2] & 63u);
	case 4:
		return (c[0] & 7u) << 18 | (c[1] & 63u) << 12 |
		       (c[2] & 63u) << 6 | (c[3] & 63u);
	default:
		return 0xfffd;
	}
}

size_t
utf16_decode(const char *text, size_t len, uint16_t *to)
{
	size_t count = 0;
	for (size_t i = 0; i < len;) {
		size_t n = utf8_len(text + i, len - i);
		uint32_t code = decode((const unsigned char *)text + i, n);
		if (code >= 0x10000) {
			code -= 0x10000;
			to[count++] = (uint16_t)(0xd800 + (code >> 10));
			code = 0xdc00 + (code & 0x3ff);
		}
		to[count++] = (uint16_t)code;
		i += n > 0 ? n : 1;
	}
	return count;
}

struct utf16
utf16_of(struct arena *memory, const char *text, size_t len)
{
	struct utf16 u = { 0 };
	if (memory->used + (len + 1) * sizeof(*u.at) > UTF16_MEMORY_MAX) {
		u.spent = true;
		return u;
	}
	u.at = arena_take(memory, (len + 1) * sizeof(*u.at));
	u.room = len + 1;
	u.len = utf16_decode(text, len, u.at);
	return u;
}

bool
utf16_begin_with(const struct utf16 *u, size_t from, const char *text)
{
	for (; *text != '\0'; text++, from++)
		if (from >= u->len || u->at[from] != (unsigned char)*text)
			return false;
	return true;
}

static size_t
encode(uint32_t c, char *to)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 63));
		to[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 63));
	to[2] = (char)(0x80 | (c >> 6 & 63));
	to[3] = (char)(0x80 | (c & 63));
	return 4;
}

char *
utf16_text(struct arena *memory, const struct utf16 *u)
{
	char *to = arena_room(memory, u->len * 3 + 1);
	size_t n = 0;
	for (size_t i = 0; i < u->len; i++) {
		uint32_t c = u->at[i];
		if (c >= 0xd800 && c < 0xdc00 && i + 1 < u->len &&
		    u->at[i + 1] >= 0xdc00 && u->at[i + 1] < 0xe000)
			c = 0x10000 + ((c - 0xd800) << 10) +
			    (uint32_t)(u->at[++i] - 0xdc00);
		n += encode(c, to + n);
	}
	to[n] = '\0';
	arena_keep(memory, n + 1);
	return to;
}
