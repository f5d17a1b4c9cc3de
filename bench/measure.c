#include "measure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MANY 32 /* that a round may have */

void
series_add(struct series *s, double value)
{
	if (s->count < SERIES_MAX)
		s->value[s->count++] = value;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

void
series_tell(struct series *s, const char *figure, const char *who)
{
	if (s->count == 0)
		return;
	qsort(s->value, s->count, sizeof(s->value[0]), compare);
	/* the nearest rank: of 100 values the 99th */
	size_t rank = (s->count * 99 + 99) / 100;
	printf("%s\t%s\t%.4f\t%.4f\t%zu\n", figure, who, s->value[s->count / 2],
	    s->value[rank - 1], s->count);
	(void)fflush(stdout);
}

/* 0 to count-1 in an order that differs from call to call. */
static void
shuffle(size_t *order, size_t count)
{
	static unsigned short seed[3];

	if (seed[0] == 0) {
		struct timespec now;
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		seed[0] = (unsigned short)(now.tv_nsec | 1);
		seed[1] = (unsigned short)now.tv_sec;
	}
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count; i > 1; i--) {
		size_t j = (size_t)nrand48(seed) % i;
		size_t other = order[j];
		order[j] = order[i - 1];
		order[i - 1] = other;
	}
}

void
measure_rounds(int rounds, size_t count, void (*take)(int round, size_t i))
{
	size_t order[MANY];

	if (count > MANY)
		measure_fail("too many to measure");
	for (int round = 0; round < rounds; round++) {
		shuffle(order, count);
		for (size_t i = 0; i < count; i++)
			take(round, order[i]);
	}
}

void
measure_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)fputs("bench: ", stderr);
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

const char *
measure_setting(const char *name)
{
	const char *value = getenv(name);
	if (value == NULL)
		measure_fail("%s is not set (start bench/run.sh)", name);
	return value;
}

char *
measure_text(const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		measure_fail("out of memory");
	return text;
}

void
measure_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF)
		measure_fail("cannot write %s", path);
}

void
measure_tell(const char *figure, const char *who, double value)
{
	printf("%s\t%s\t%.4f\t%.4f\t1\n", figure, who, value, value);
	(void)fflush(stdout);
}
