#include "core/log.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/fd.h"
#include "core/guard.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *const level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};
_Static_assert(ARRAY_LEN(level_names) == LOG_LEVELS, "a name per level");

static const char *const format_names[] = {
	[LOG_TEXT] = "text",
	[LOG_JSON] = "json",
};
_Static_assert(ARRAY_LEN(format_names) == LOG_FORMATS, "a name per format");

static enum log_level log_max = LOG_INFO;
static enum log_format log_format = LOG_TEXT;
static const char *log_role;
static unsigned log_dropped;

#define NOT_TRIED INT_MIN
static int log_fd = NOT_TRIED; /* our own way to stderr; or -errno */

void
log_setup(enum log_level level, enum log_format format, const char *role)
{
	if (log_fd >= 0)
		(void)close(log_fd);
	log_fd = NOT_TRIED;
	log_max = level;
	log_format = format;
	log_role = role;
}

bool
log_enabled(enum log_level level)
{
	return level <= log_max;
}

static int
name_index(const char *const names[], int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int
log_level_of(const char *name)
{
	return name_index(level_names, LOG_LEVELS, name);
}

int
log_format_of(const char *name)
{
	return name_index(format_names, LOG_FORMATS, name);
}

static void
add_stamp(struct buf *line)
{
	int64_t ns = clock_wall_ns();
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm utc;
	char text[32];
	(void)gmtime_r(&seconds, &utc);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	buf_fmt(line, "%s.%03dZ", text, (int)(ns / 1000000 % 1000));
}

/*
 * Escapes can make a message several times as long: what is left of it then is
 * shorter, but the line is JSON.
 */
static void
add_message(struct buf *line, const char *text, size_t len)
{
	const size_t before = line->len;
	buf_json(line, text, len);
	while (len > 0 && (line->cut || line->len + 1 >= line->size)) {
		line->len = before;
		line->cut = false;
		len = len * 3 / 4;
		buf_json(line, text, len);
	}
}

static void
frame(struct buf *line, enum log_level level, const char *text, size_t len)
{
	if (log_format == LOG_JSON) {
		buf_str(line, "{\"ts\":\"");
		add_stamp(line);
		buf_fmt(line,
		    "\",\"level\":\"%s\",\"role\":\"%s\",\"message\":",
		    level_names[level], log_role ? log_role : "init");
		add_message(line, text, len);
		buf_str(line, "}");
		return;
	}
	buf_str(line, "cradle: ");
	if (log_role != NULL)
		buf_fmt(line, "%s: ", log_role);
	buf_add(line, text, len);
}

/*
 * Where lines go: a non-blocking description of our own, opened with the first
 * line.  A terminal polls writable with room for one byte, and a pipe's room
 * may be taken by the app between poll and write.  Where it cannot be had, a
 * pipe that polls writable takes PIPE_BUF bytes as a rule.
 */
static int
target(void)
{
	if (log_fd == NOT_TRIED)
		log_fd = fd_reopen_nonblock(STDERR_FILENO);
	return log_fd < 0 ? STDERR_FILENO : log_fd;
}

static bool
put(const struct buf *line)
{
	int fd = target();
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	if (poll(&p, 1, 0) != 1 || (p.revents & POLLOUT) == 0)
		return false;
	ssize_t n =
	    send(fd, line->data, line->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n == -1 && errno == ENOTSOCK)
		n = write(fd, line->data, line->len);
	return n != -1;
}

static bool
emit(enum log_level level, const char *text, size_t len)
{
	char memory[LOG_LINE_MAX];
	struct buf line = { .data = memory, .size = sizeof(memory) - 1 };
	frame(&line, level, text, len);
	memory[line.len++] = '\n';
	return put(&line);
}

static void
say(enum log_level level, int err, const char *fmt, va_list ap)
{
	char memory[LOG_LINE_MAX - 256];
	struct buf text = { .data = memory, .size = sizeof(memory) };

	if (!log_enabled(level))
		return;
	buf_vfmt(&text, fmt, ap);
	if (err != 0)
		buf_fmt(&text, ": %s", strerror(err < 0 ? -err : err));
	for (size_t i = 0; i < text.len; i++)
		if (memory[i] == '\n' || memory[i] == '\r')
			memory[i] = ' ';
	if (log_dropped > 0) {
		char note[64];
		int n = snprintf(note, sizeof(note),
		    "%u lines were dropped: stderr was full", log_dropped);
		if (emit(LOG_WARN, note, (size_t)n))
			log_dropped = 0;
	}
	if (!emit(level, memory, text.len))
		log_dropped++;
}

#define DEFINE_ERR(function, level)                  \
	void function(int err, const char *fmt, ...) \
	{                                            \
		va_list ap;                          \
		va_start(ap, fmt);                   \
		say(level, err, fmt, ap);            \
		va_end(ap);                          \
	}

DEFINE_ERR(log_error, LOG_ERROR)
DEFINE_ERR(log_warn, LOG_WARN)

#define DEFINE_PLAIN(function, level)       \
	void function(const char *fmt, ...) \
	{                                   \
		va_list ap;                 \
		va_start(ap, fmt);          \
		say(level, 0, fmt, ap);     \
		va_end(ap);                 \
	}

DEFINE_PLAIN(log_info, LOG_INFO)
DEFINE_PLAIN(log_debug, LOG_DEBUG)
