#include "envsubst/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool
grow(struct text *t, size_t more)
{
	if (more > t->max - t->len)
		return false;
	size_t size = t->size == 0 ? 256 : t->size;
	while (size < t->len + more)
		size = size > t->max / 2 ? t->max : size * 2;
	char *data = realloc(t->data, size);
	if (data == NULL)
		return false;
	t->data = data;
	t->size = size;
	return true;
}

void
text_add(struct text *t, const void *data, size_t len)
{
	if (t->failed || len == 0)
		return;
	if (len > t->size - t->len && !grow(t, len)) {
		t->failed = true;
		return;
	}
	memcpy(t->data + t->len, data, len);
	t->len += len;
}

void
text_str(struct text *t, const char *string)
{
	text_add(t, string, strlen(string));
}

void
text_fmt(struct text *t, const char *fmt, ...)
{
	char piece[256];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(piece, sizeof(piece), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(piece))
		t->failed = true;
	else
		text_add(t, piece, (size_t)n);
}

void
text_free(struct text *t)
{
	free(t->data);
	*t = (struct text){ .max = t->max };
}
