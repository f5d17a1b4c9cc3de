#ifndef CONFIG_UNITS_H
#define CONFIG_UNITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * "250ms", "10s", "2m", "1h": milliseconds, at most a year.  0, or -1 with
 * *ret_why a phrase ("has no unit").
 */
int units_duration(const char *text, int64_t *ret_ms, const char **ret_why);

/* The shortest exact way to write it, for people: "250 ms", "9 s", "2 min". */
#define UNITS_TEXT_MAX 32
void units_text(int64_t ms, char text[UNITS_TEXT_MAX]);

/* A signal by name, with or without SIG, or by number: 1 to 64, or -1. */
int units_signal(const char *text);

/* "SIGTERM"; "signal 42" where there is no name. */
void units_signal_text(int number, char text[UNITS_TEXT_MAX]);

#endif
