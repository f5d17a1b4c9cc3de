#include "logs/tail.h"

#include <stdint.h>
#include <string.h>

static size_t
line_start(const char *text, size_t end)
{
	const char *newline = end > 0 ? memrchr(text, '\n', end) : NULL;
	return newline ? (size_t)(newline - text) + 1 : 0;
}

size_t
tail_start(
    const char *text, size_t len, bool cut, size_t lines_max, size_t bytes_max)
{
	const size_t earliest = len > bytes_max ? len - bytes_max : 0;
	size_t end = len > 0 && text[len - 1] == '\n' ? len - 1 : len;
	size_t start = len;

	for (size_t lines = 0; lines < lines_max; lines++) {
		size_t at = line_start(text, end);
		if (at < earliest || (at == 0 && cut && start < len))
			break;
		start = at;
		if (at == 0)
			break;
		end = at - 1;
	}
	if (start < len)
		return start;
	start = earliest;
	while (start < len && start < earliest + 3 &&
	       ((unsigned char)text[start] & 0xc0) == 0x80)
		start++;
	return start;
}

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* The high bit of each byte that is no newline. */
static uint64_t
others(const char *text)
{
	uint64_t word;
	memcpy(&word, text, sizeof(word));
	word ^= EACH_BYTE('\n');
	return (((word & EACH_BYTE(0x7f)) + EACH_BYTE(0x7f)) | word) &
	       EACH_BYTE(0x80);
}

/*
 * Eight bytes at a time, for a memchr per line costs more than all the rest of
 * passing a line on.  One multiplication adds the eight bytes of a sum up,
 * which after 31 words are less than 256 together.
 */
size_t
tail_count(const char *text, size_t len)
{
	size_t words = len / 8;
	size_t count = words * 8;

	for (size_t i = 0; i < words;) {
		size_t stop = words - i > 31 ? i + 31 : words;
		uint64_t sum = 0;
		for (; i < stop; i++)
			sum += others(text + i * 8) >> 7;
		count -= (sum * EACH_BYTE(1)) >> 56;
	}
	for (size_t i = words * 8; i < len; i++)
		count += text[i] == '\n';
	return count;
}
