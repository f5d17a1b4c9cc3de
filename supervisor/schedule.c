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
	if (!s->plan->cron.set)
		return;
	s->cron_due_ms = cron_next(&s->plan->cron, now);
	wait_for_it(s, now);
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
	if (s->state != LIFE_STARTING && s->state != LIFE_READY)
		return;
	log_info("%s is restarted, as its restart.cron says", s->plan->name);
	service_restart(s);
}
