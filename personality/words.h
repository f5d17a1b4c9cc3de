#ifndef PERSONALITY_WORDS_H
#define PERSONALITY_WORDS_H

#include <stdarg.h>

/*
 * What a personality says, in one write each, without the heap and without
 * stdio's buffers: also between vfork and exec.  Like the tools themselves it
 * waits for a reader that is slow.  Over WORDS_MAX bytes are cut.
 */

#define WORDS_MAX 4096

/* The text as it is. */
void words_say(int fd, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* One line: prefix, text, newline. */
void words_line(int fd, const char *prefix, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

/*
 * strerror and strsignal as glibc words them, whatever libc this is: the tools
 * are known with it, and people match on their lines.  The text of a signal
 * without a name stays until the next call.
 */
const char *words_error(int err);
const char *words_signal(int sig);

#endif
