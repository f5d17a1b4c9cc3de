#include "supervisor/leave.h"

#include "core/clock.h"
#include "core/log.h"
#include "supervisor/init.h"
#include "supervisor/tree.h"

#include <signal.h>

#include "supervisor/pid1.h"

#define RESWEEP_MS 100      /* forks may race with a sweep */
#define SWEEP_EXTRA_MS 2000 /* for SIGKILL to be carried out */
#define PART_MS 1500        /* for helpers to end after their channel closed */

static struct init *the_init;

static bool
is_helper(pid_t pid)
{
	for (int i = 0; i < ROLES; i++)
		if (the_init->helper[i].pid == pid)
			return true;
	return false;
}

bool
leave_services_over(const struct init *init)
{
	for (size_t i = 0; i < init->services; i++)
		if (init->service[i].state != LIFE_ENDED ||
		    standby_spare(&init->service[i]) != NULL)
			return false;
	return init->boot.task_pid == 0;
}

void
leave_with_all(struct init *init)
{
	const struct service *first = NULL;
	for (size_t i = 0; i < init->services; i++) {
		const struct service *s = &init->service[i];
		if (service_exit_code(s->last.status) != 0 &&
		    (first == NULL || s->last.at_us < first->last.at_us))
			first = s;
	}
	if (first != NULL)
		farewell_to(init, first);
	init_stop_with(
	    init, first == NULL ? 0 : service_exit_code(first->last.status));
}

/* Those that were started after it have to be gone before it is told to go. */
static bool
is_needed(const struct init *init, const struct service *s)
{
	for (size_t i = 0; i < init->services; i++) {
		const struct service *other = &init->service[i];
		if ((other->plan->after >> s->index & 1) != 0 &&
		    life_has_process(other->state))
			return true;
	}
	return false;
}

/*
 * Backwards along `after`.  Half of the grace is for that order; then whoever
 * is left is told, so that it has the other half.
 */
static void
stop_in_order(struct init *init)
{
	bool late = clock_ms() >= init->order_until;
	for (size_t i = init->services; i-- > 0;) {
		struct service *s = &init->service[i];
		if (life_goes_down(s->state) && s->down == DOWN_FOR_GOOD)
			continue;
		if (!life_has_process(s->state) || late || !is_needed(init, s))
			service_stop(s);
	}
	if (late)
		init->order_until = NEVER;
}

void
leave_begin(struct init *init)
{
	int64_t grace = 0, delay = 0;
	for (size_t i = 0; i < init->services; i++) {
		const struct plan_service *p = init->service[i].plan;
		if (p->grace_ms > grace)
			grace = p->grace_ms;
		if (p->stop_delay_ms > delay)
			delay = p->stop_delay_ms;
	}
	init->phase = PHASE_STOPPING;
	init->order_until = clock_ms() + delay + grace / 2;
	init->sweep_until = clock_ms() + delay + grace;
	stop_in_order(init);
}

static bool
helpers_over(const struct init *init)
{
	for (int i = 0; i < ROLES; i++)
		if (init->helper[i].pid != 0)
			return false;
	return true;
}

/* What services left behind gets the rest of the grace, then SIGKILL. */
static void
sweep(struct init *init)
{
	bool late = init->forced || clock_ms() >= init->sweep_until;
	tree_signal(late ? SIGKILL : SIGTERM, is_helper);
	init->phase_deadline =
	    late ? clock_ms() + RESWEEP_MS : init->sweep_until;
}

static bool
tree_is_empty(struct init *init)
{
	the_init = init;
	if (init->childless)
		return true;
	return tree_children(is_helper) <= 0;
}

/* SIGKILL may be refused, or its target stuck in the kernel: no hanging. */
static bool
stopping_over(struct init *init)
{
	stop_in_order(init);
	if (leave_services_over(init))
		return true;
	if (clock_ms() < init->sweep_until + SWEEP_EXTRA_MS)
		return false;
	log_error(0, "cannot end every process: leaving without it");
	return true;
}

static void
enter_sweeping(struct init *init)
{
	init->phase = PHASE_SWEEPING;
	the_init = init;
	if (!init->childless && tree_children(is_helper) != 0)
		sweep(init);
}

static void
enter_flushing(struct init *init)
{
	init->phase = PHASE_FLUSHING;
	init->flush_ms = init->forced ? INIT_FLUSH_FORCED_MS : INIT_FLUSH_MS;
	init->phase_deadline = clock_ms() + init->flush_ms;
}

static void
enter_parting(struct init *init)
{
	size_t lost = obituaries_pending(&init->obituaries);
	if (lost > 0)
		log_warn(0, "%zu events could not be delivered in time", lost);
	init->phase = PHASE_PARTING;
	init->phase_deadline = clock_ms() + PART_MS;
	for (int i = 0; i < ROLES; i++)
		helper_release(&init->helper[i]);
}

static bool
sweeping_over(struct init *init)
{
	int64_t now = clock_ms();
	if (tree_is_empty(init))
		return true;
	if (now >= init->sweep_until + SWEEP_EXTRA_MS)
		return true;
	if (now >= init->phase_deadline)
		sweep(init);
	return false;
}

/* Every writer is gone: each stream ends once all of it was passed on. */
static bool
flushing_over(const struct init *init)
{
	bool through = obituaries_pending(&init->obituaries) == 0 &&
		       streams_open(&init->streams) == 0;
	return through || clock_ms() >= init->phase_deadline;
}

static bool
parting_over(struct init *init)
{
	if (helpers_over(init))
		return true;
	if (clock_ms() < init->phase_deadline)
		return false;
	for (int i = 0; i < ROLES; i++)
		if (init->helper[i].pid != 0)
			(void)kill(init->helper[i].pid, SIGKILL);
	return true;
}

bool
leave_turn(struct init *init)
{
	if (init->phase == PHASE_STOPPING && stopping_over(init))
		enter_sweeping(init);
	if (init->phase == PHASE_SWEEPING && sweeping_over(init))
		enter_flushing(init);
	if (init->phase == PHASE_FLUSHING && flushing_over(init))
		enter_parting(init);
	return init->phase == PHASE_PARTING && parting_over(init);
}

void
leave_force(struct init *init)
{
	init->forced = true;
	init->sweep_until = clock_ms();
	boot_force(init);
	for (size_t i = 0; i < init->services; i++)
		service_force(&init->service[i]);
	if (init->phase == PHASE_SWEEPING)
		sweep(init);
	if (init->phase == PHASE_FLUSHING)
		init->phase_deadline = clock_ms() + INIT_FLUSH_FORCED_MS;
}

int64_t
leave_deadline(const struct init *init)
{
	switch (init->phase) {
	case PHASE_SWEEPING:
	case PHASE_FLUSHING:
	case PHASE_PARTING:
		return init->phase_deadline;
	case PHASE_STOPPING:
		return init->order_until < init->sweep_until
			   ? init->order_until
			   : init->sweep_until + SWEEP_EXTRA_MS;
	case PHASE_RUN:
	case PHASES:
		break;
	}
	return NEVER;
}
