#include "supervisor/notify.h"

#include "core/guard.h"
#include "core/utf8.h"

#include <stdbool.h>
#include <string.h>

#include "supervisor/pid1.h"

static const struct {
	const char *line;
	unsigned word;
} whole[] = {
	{ "READY=1", NOTIFY_READY },
	{ "RELOADING=1", NOTIFY_RELOADING },
	{ "STOPPING=1", NOTIFY_STOPPING },
	{ "WATCHDOG=1", NOTIFY_WATCHDOG },
	{ "WATCHDOG=trigger", NOTIFY_TRIGGER },
};

/* The value behind "NAME=", or NULL when the line has another name. */
static const char *
value_of(const char *line, size_t len, const char *name, size_t *ret_len)
{
	size_t name_len = strlen(name);
	if (len < name_len || memcmp(line, name, name_len) != 0)
		return NULL;
	*ret_len = len - name_len;
	return line + name_len;
}

/* Decimal digits and nothing else, 1 to NOTIFY_US_MAX; more is cut to that. */
static bool
take_time(const char *text, size_t len, int64_t *ret)
{
	int64_t us = 0;
	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		us = us * 10 + (text[i] - '0');
		if (us > NOTIFY_US_MAX)
			us = NOTIFY_US_MAX;
	}
	if (us == 0)
		return false;
	*ret = us;
	return true;
}

static void
take_status(const char *text, size_t len, char status[NOTIFY_STATUS_SIZE])
{
	size_t have = 0;
	for (size_t at = 0; at < len;) {
		size_t n = utf8_len(text + at, len - at);
		bool plain =
		    n > 1 || (n == 1 && (unsigned char)text[at] >= ' ' &&
				 text[at] != 0x7f);
		size_t size = n == 0 ? 1 : n;
		if (have + size >= NOTIFY_STATUS_SIZE)
			break;
		if (plain)
			memcpy(status + have, text + at, size);
		else
			status[have] = n == 0 ? '?' : ' ';
		have += size;
		at += size;
	}
	status[have] = '\0';
}

static void
take_line(const char *line, size_t len, struct notify *n)
{
	size_t size;
	const char *value;

	for (size_t i = 0; i < ARRAY_LEN(whole); i++)
		if (len == strlen(whole[i].line) &&
		    memcmp(line, whole[i].line, len) == 0)
			n->words |= whole[i].word;
	value = value_of(line, len, "STATUS=", &size);
	if (value != NULL) {
		n->words |= NOTIFY_STATUS;
		take_status(value, size, n->status);
	}
	value = value_of(line, len, "WATCHDOG_USEC=", &size);
	if (value != NULL && take_time(value, size, &n->watchdog_us))
		n->words |= NOTIFY_WATCHDOG_USEC;
	value = value_of(line, len, "EXTEND_TIMEOUT_USEC=", &size);
	if (value != NULL && take_time(value, size, &n->extend_us))
		n->words |= NOTIFY_EXTEND;
	if (value_of(line, len, "MAINPID=", &size) != NULL)
		n->words |= NOTIFY_MAINPID;
}

void
notify_scan(const char *data, size_t len, struct notify *ret)
{
	*ret = (struct notify){ .words = 0 };
	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t line = end == NULL ? len : (size_t)(end - data);
		take_line(data, line, ret);
		if (end == NULL)
			return;
		data += line + 1;
		len -= line + 1;
	}
}
