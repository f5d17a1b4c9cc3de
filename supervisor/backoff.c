#include "supervisor/backoff.h"

#include <assert.h>

#include "supervisor/pid1.h"

int64_t
backoff_next(struct backoff *b, const struct backoff_rules *rules,
    int64_t uptime_ms, uint32_t noise)
{
	assert(rules->first_ms > 0 && rules->max_ms >= rules->first_ms);

	int64_t stable = rules->stable_ms;
	if (b->given_ms > stable)
		stable = b->given_ms;
	if (uptime_ms >= stable)
		b->delay_ms = 0;

	int64_t delay = b->delay_ms;
	b->given_ms = delay;
	if (delay == 0)
		b->delay_ms = rules->first_ms;
	else if (delay > rules->max_ms / 2)
		b->delay_ms = rules->max_ms;
	else
		b->delay_ms = delay * 2;
	return delay + delay * (int64_t)(noise % 101) / 1000;
}

void
backoff_failed(struct backoff *b, int64_t now)
{
	b->failed_at[b->failures % BACKOFF_WINDOW_MAX] = now;
	b->failures++;
}

int
backoff_window(
    const struct backoff *b, const struct backoff_rules *rules, int64_t now)
{
	int count = 0;
	unsigned known =
	    b->failures < BACKOFF_WINDOW_MAX ? b->failures : BACKOFF_WINDOW_MAX;
	for (unsigned i = 0; i < known; i++)
		if (now - b->failed_at[i] < rules->window_ms)
			count++;
	return count;
}
