#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

/*
 * One line to stderr, "cradle: TEXT\n", or one JSON object with ts, level and
 * message.  At most LOG_LINE_MAX bytes in one write.  Never blocks: when stderr
 * would block, the line is dropped and counted, and the next line that gets
 * through says how many are missing.  Text says "cannot do X: why (what to
 * try)".  errno-like codes are passed positive or negative, 0 for none.
 */

#define LOG_LINE_MAX 4096

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_LEVELS };
enum log_format { LOG_TEXT, LOG_JSON, LOG_FORMATS };

/*
 * Until the first call: LOG_INFO, LOG_TEXT.  role is NULL in PID 1 and in
 * subcommands; a helper's lines begin with "cradle: ROLE: ".
 */
void log_setup(enum log_level level, enum log_format format, const char *role);
bool log_enabled(enum log_level level);

void log_error(int err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_warn(int err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* error|warn|info|debug and text|json: the value, or -1. */
int log_level_of(const char *name);
int log_format_of(const char *name);

#endif
