#ifndef SUPERVISOR_BACKOFF_H
#define SUPERVISOR_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When the next life may begin, and when to stop trying: pure, no clock.
 *
 * The first restart is immediate; then first_ms, doubling to max_ms, each with
 * up to 10 % jitter on top.  A life of at least stable_ms and of at
 * least the delay it was given starts the row again.  window_count failures
 * within window_ms are a crash loop, counted in a sliding window whatever the
 * lives' lengths were.
 */

#define BACKOFF_WINDOW_MAX 1000

struct backoff_rules {
	int64_t first_ms;
	int64_t max_ms;
	int64_t stable_ms;
	int64_t window_ms;
	int window_count; /* 1 to BACKOFF_WINDOW_MAX */
};

/* A row of ends. */
struct backoff_row {
	int64_t delay_ms; /* what the next end in it waits */
	int64_t given_ms; /* what the last one waited */
};

/* ... with failures that are counted. */
struct backoff {
	struct backoff_row row;
	unsigned failures; /* ever; the array is a ring over it */
	int64_t failed_at[BACKOFF_WINDOW_MAX];
};

/*
 * A life of uptime_ms ended, cleanly or not: the delay until the next one.
 * noise is any number, used for the jitter.
 */
int64_t backoff_next(struct backoff_row *row, const struct backoff_rules *rules,
    int64_t uptime_ms, uint32_t noise);

/* It ended in a failure: count that. */
void backoff_failed(struct backoff *b, int64_t now);

/* Failures within the window that ends at now. */
int backoff_window(
    const struct backoff *b, const struct backoff_rules *rules, int64_t now);

#endif
