#include "envsubst/saying.h"

#include "core/fd.h"
#include "core/guard_heap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
saying_add(int fd, const char *fmt, ...)
{
	autofree char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n > 0)
		(void)fd_write_all(fd, text, (size_t)n);
	else
		text = NULL;
}
