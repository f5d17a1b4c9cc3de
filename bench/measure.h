#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

/* Numbers: collecting them, their order, and saying what they come to. */

#define SERIES_MAX 1024

struct series {
	double value[SERIES_MAX];
	size_t count;
};

/* Beyond SERIES_MAX values are dropped. */
void series_add(struct series *s, double value);

/*
 * Print "FIGURE TAB WHO TAB MEDIAN TAB P99 TAB COUNT" for the table; nothing
 * for an empty series.  The values are sorted in the process.
 */
void series_tell(struct series *s, const char *figure, const char *who);

/*
 * Call take with each of 0 to count-1 in every round, in an order that differs
 * from round to round.
 */
void measure_rounds(
    int rounds, size_t count, void (*take)(int round, size_t i));

/* One line on stderr, exit 1; children die with us. */
_Noreturn void measure_fail(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/* The environment variable, which run.sh must have set. */
const char *measure_setting(const char *name);

/* Make a file of that text; exits when it cannot. */
void measure_write(const char *path, const char *text);

/* One row that is a plain number: "FIGURE TAB WHO TAB VALUE TAB VALUE TAB 1".
 */
void measure_tell(const char *figure, const char *who, double value);

/* A heap text that is never freed. */
char *measure_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
