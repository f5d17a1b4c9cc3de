#include "envsubst/column.h"

#include <string.h>

/* Four-byte characters are two units; bytes inside of a character are none. */
static uint64_t
units(const char *data, size_t len)
{
	uint64_t n = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];
		n += (c & 0xc0) != 0x80;
		n += c >= 0xf0;
	}
	return n;
}

void
column_step(struct column *p, const char *data, size_t len)
{
	const char *end = data + len;
	const char *line;

	while ((line = memchr(data, '\n', (size_t)(end - data))) != NULL) {
		p->line++;
		p->column = 0;
		data = line + 1;
	}
	p->column += units(data, (size_t)(end - data));
}
