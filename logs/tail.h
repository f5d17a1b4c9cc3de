#ifndef LOGS_TAIL_H
#define LOGS_TAIL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Where the last lines of a text begin: at most lines_max of them and bytes_max
 * bytes, whole lines where possible.  cut: the text's first line has lost its
 * beginning, so it is left out if there are others.  When the last line alone
 * is too long its end is kept, from a UTF-8 character on.
 */
size_t tail_start(
    const char *text, size_t len, bool cut, size_t lines_max, size_t bytes_max);

/* How many newlines there are. */
size_t tail_count(const char *text, size_t len);

#endif
