#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>

/*
 * Times are int64_t milliseconds of a clock that neither jumps nor stops while
 * the container is frozen (CLOCK_BOOTTIME; CLOCK_MONOTONIC where that is
 * missing).  NEVER is a deadline that does not come.
 */

#define NEVER INT64_MAX

int64_t clock_ms(void);

/* The same clock in microseconds, for what is measured and printed. */
int64_t clock_us(void);

/* Wall clock in nanoseconds since the epoch: for people and for Loki only. */
int64_t clock_wall_ns(void);

/* The earlier of two deadlines. */
static inline int64_t
clock_earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Milliseconds from now to deadline for poll(2): 0 when past, -1 for NEVER. */
int clock_left(int64_t deadline);

#endif
