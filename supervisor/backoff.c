#include "supervisor/backoff.h"

#include <assert.h>

#include "supervisor/pid1.h"

int64_t
backoff_next(struct backoff_row *row, const struct backoff_rules *rules,
    int64_t uptime_ms, uint32_t noise)
{
	assert(rules->first_ms > 0 && rules->max_ms >= rules->first_ms);

	int64_t stable = rules->stable_ms;
	if (row->given_ms > stable)
		stable = row->given_ms;
	if (uptime_ms >= stable)
		row->delay_ms = 0;

	int64_t delay = row->delay_ms;
	row->given_ms = delay;
	if (delay == 0)
		row->delay_ms = rules->first_ms;
	else if (delay > rules->max_ms / 2)
		row->delay_ms = rules->max_ms;
	else
		row->delay_ms = delay * 2;
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
