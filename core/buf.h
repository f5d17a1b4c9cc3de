#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * A text being built in memory that somebody else owns, with its maximum at
 * birth.  Appending past the end sets `cut` and keeps what fits; data is always
 * NUL-terminated (size must be at least 1).  No heap: PID 1 uses it too.
 */
struct buf {
	char *data;
	size_t len;
	size_t size;
	bool cut;
};

#define BUF_ON(array)                                                          \
	{                                                                      \
		.data = (array), .len = 0, .size = sizeof(array), .cut = false \
	}

void buf_init(struct buf *b, char *memory, size_t size);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *text);
void buf_fmt(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vfmt(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* A JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
void buf_json(struct buf *b, const char *text, size_t len);

#endif
