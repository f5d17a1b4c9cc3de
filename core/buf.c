#include "core/buf.h"

#include "core/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void
buf_init(struct buf *b, char *memory, size_t size)
{
	assert(size > 0);
	*b = (struct buf){ .data = memory, .size = size };
	memory[0] = '\0';
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	size_t room = b->size - b->len - 1;
	if (len > room) {
		len = room;
		b->cut = true;
	}
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_str(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void
buf_vfmt(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = b->size - b->len;
	int n = vsnprintf(b->data + b->len, room, fmt, ap);
	if (n < 0)
		return;
	if ((size_t)n >= room) {
		b->cut = true;
		n = (int)room - 1;
	}
	b->len += (size_t)n;
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_vfmt(b, fmt, ap);
	va_end(ap);
}

static void
json_escape(struct buf *b, const char *text, size_t len)
{
	unsigned char c = (unsigned char)text[0];

	if (len > 1)
		buf_add(b, text, len);
	else if (c == '"' || c == '\\')
		buf_fmt(b, "\\%c", c);
	else if (c == '\n')
		buf_str(b, "\\n");
	else if (c == '\t')
		buf_str(b, "\\t");
	else if (c == '\r')
		buf_str(b, "\\r");
	else if (c < 0x20 || c == 0x7f)
		buf_fmt(b, "\\u%04x", c);
	else
		buf_add(b, text, 1);
}

void
buf_json(struct buf *b, const char *text, size_t len)
{
	buf_str(b, "\"");
	for (size_t i = 0; i < len;) {
		size_t n = utf8_len(text + i, len - i);
		if (n == 0) {
			buf_str(b, "\\ufffd");
			i++;
			continue;
		}
		json_escape(b, text + i, n);
		i += n;
	}
	buf_str(b, "\"");
}
