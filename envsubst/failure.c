#include "envsubst/failure.h"

#include "core/buf.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

/* What a file was wanted for, by the verb. */
static bool
is_reading(const char *fmt)
{
	static const char *const verbs[] = { "open ", "read ", "look ", "walk ",
		"find " };
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strncmp(fmt, verbs[i], strlen(verbs[i])) == 0)
			return true;
	return false;
}

static const char *
hint(int err, const char *fmt)
{
	if (err == -EACCES && is_reading(fmt))
		return " (let this user read it)";
	switch (-err) {
	case EROFS:
	case EACCES:
	case EPERM:
	case EBUSY:
		return " (set \"output\" to a directory that can be written)";
	case ENOSPC:
	case EDQUOT:
		return " (make room on that file system)";
	case EMFILE:
	case ENFILE:
		return " (raise the limit of open files)";
	default:
		return "";
	}
}

/* A file's name is anybody's bytes: it may not break the line or the log. */
static void
make_printable(char *text)
{
	size_t len = strlen(text);
	for (size_t i = 0; i < len;) {
		size_t n = utf8_len(text + i, len - i);
		unsigned char c = (unsigned char)text[i];
		if (n == 0 || (n == 1 && (c < 0x20 || c == 0x7f))) {
			text[i] = '?';
			n = 1;
		}
		i += n;
	}
}

int
failure_set(struct failure *f, int code, const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	f->code = code;
	buf_init(&text, f->text, sizeof(f->text));
	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	make_printable(f->text);
	return -1;
}

int
failure_os(struct failure *f, int err, const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	f->code = EXITS_OSERR;
	buf_init(&text, f->text, sizeof(f->text));
	buf_str(&text, "cannot ");
	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	buf_fmt(&text, ": %s%s", strerror(-err), hint(err, fmt));
	make_printable(f->text);
	return -1;
}
