#include "envsubst/blame.h"

#include "core/exits.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* "12:5", counted from one; "byte 123" where the file is too long for that. */
static void
tell_place(struct site *s, char *to, size_t size)
{
	uint64_t line = 1;
	uint64_t column = 1;
	size_t len;
	const char *text = site_before(s, &len);

	if (text == NULL) {
		(void)snprintf(
		    to, size, "byte %" PRIu64, site_edit(s)->start + 1);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		column = text[i] == '\n' ? 1 : column + 1;
		line += text[i] == '\n';
	}
	(void)snprintf(to, size, "%" PRIu64 ":%" PRIu64, line, column);
}

int
blame_site(struct site *s, const char *fmt, ...)
{
	char place[64];
	char what[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	tell_place(s, place, sizeof(place));
	return failure_set(site_failure(s), EXITS_CONFIG,
	    "cannot substitute %s:%s: %s", site_path(s), place, what);
}
