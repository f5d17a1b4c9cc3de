#include "supervisor/schedule.h"

#include "config/cron.h"
#include "core/clock.h"
#include "core/log.h"
#include "supervisor/init.h"

#include "supervisor/pid1.h"

#define ASK_AGAIN_MS (INT64_C(3600) * 1000)

static int64_t
wall_ms(void)
{
	return clock_wall_ns() / 1000000;
}

static void
wait_for_it(struct service *s, int64_t now)
{
	int64_t left = s->cron_due_ms - now;
	if (s->cron_due_ms == NEVER)
		s->cron_at = NEVER;
	else
		s->cron_at =
		    clock_ms() + (left < ASK_AGAIN_MS ? left : ASK_AGAIN_MS);
}

void
schedule_arm(struct service *s)
{
	int64_t now = wall_ms();
	s->cron_at = NEVER;
	if (!s->plan->cron.set || s->plan->instance > 0)
		return;
	s->cron_due_ms = cron_next(&s->plan->cron, now);
	wait_for_it(s, now);
}

/* Of all instances: the first one's clock is theirs. */
static uint64_t
those_up(const struct service *s)
{
	uint64_t up = 0;
	for (int i = 0; i < s->plan->instances; i++) {
		enum life_state state = s[i].state;
		if (state == LIFE_STARTING || state == LIFE_READY)
			up |= UINT64_C(1) << s[i].index;
	}
	return up;
}

void
schedule_turn(struct service *s)
{
	if (clock_ms() < s->cron_at)
		return;
	int64_t now = wall_ms();
	if (now < s->cron_due_ms) {
		wait_for_it(s, now);
		return;
	}
	schedule_arm(s);
	uint64_t up = those_up(s);
	if (up == 0)
		return;
	log_info("%s is restarted, as its restart.cron says", s->plan->name);
	rolling_begin(s->init, up, false);
}
