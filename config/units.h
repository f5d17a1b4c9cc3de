#ifndef CONFIG_UNITS_H
#define CONFIG_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNITS_TEXT_MAX 32

/*
 * "250ms", "10s", "2m", "1h": milliseconds, at most a year.  0, or -1 with
 * *ret_why a phrase ("has no unit").
 */
int units_duration(const char *text, int64_t *ret_ms, const char **ret_why);

/*
 * "512", "64k", "450MB", "1GiB": bytes, at most 1 PB.  Units count in 1024, as
 * those of Docker, PM2, systemd and the kernel do, with or without B or iB, in
 * either case.  *ret_bare tells that there was no unit.  0, or -1 and a phrase.
 */
int units_size(
    const char *text, int64_t *ret_bytes, bool *ret_bare, const char **ret_why);

/* The shortest exact way to write it: "450 MB", "1 GB", "1000 B". */
#define UNITS_SIZE_MAX (INT64_C(1) << 50)
void units_size_text(int64_t bytes, char text[UNITS_TEXT_MAX]);

/* The shortest exact way to write it, for people: "250 ms", "9 s", "2 min". */
void units_text(int64_t ms, char text[UNITS_TEXT_MAX]);

/*
 * A signal by name, with or without SIG and in either case, or by number: 1 to
 * 64, or -1.  RTMIN+n counts from 34 and RTMAX-n from 64, as with Docker and
 * glibc, whatever cradle's own libc thinks.
 */
int units_signal(const char *text);

/* "SIGTERM"; "signal 42" where there is no name. */
void units_signal_text(int number, char text[UNITS_TEXT_MAX]);

#endif
