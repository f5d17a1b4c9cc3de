#include "personality/words.h"

#include "core/fd.h"
#include "core/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct wording {
	int number;
	const char *text;
};

/* Where musl's differ, of those that a personality can meet. */
static const struct wording errors[] = {
	{ EBADF, "Bad file descriptor" },
	{ EIO, "Input/output error" },
	{ ELOOP, "Too many levels of symbolic links" },
	{ ENAMETOOLONG, "File name too long" },
	{ ENOMEM, "Cannot allocate memory" },
	{ ENOTTY, "Inappropriate ioctl for device" },
};

static const struct wording signals[] = {
	{ SIGFPE, "Floating point exception" },
	{ SIGCHLD, "Child exited" },
	{ SIGURG, "Urgent I/O condition" },
};

/* glibc keeps two real-time signals for itself, and counts from there. */
#define FIRST_REALTIME 34
#define LAST_REALTIME 64

static const char *
find(const struct wording *list, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].number == number)
			return list[i].text;
	return NULL;
}

const char *
words_error(int err)
{
	const char *text = find(errors, ARRAY_LEN(errors), err);
	return text != NULL ? text : strerror(err);
}

const char *
words_signal(int sig)
{
	static char realtime[32];
	const char *text = find(signals, ARRAY_LEN(signals), sig);

	if (text != NULL)
		return text;
	if (sig < FIRST_REALTIME || sig > LAST_REALTIME)
		return strsignal(sig);
	(void)snprintf(realtime, sizeof(realtime), "Real-time signal %d",
	    sig - FIRST_REALTIME);
	return realtime;
}

void
words_say(int fd, const char *fmt, ...)
{
	char text[WORDS_MAX];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0)
		(void)fd_write_all(fd, text, strlen(text));
}

void
words_line(int fd, const char *prefix, const char *fmt, va_list ap)
{
	char text[WORDS_MAX - 128];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	words_say(fd, "%s%s\n", prefix, text);
}
