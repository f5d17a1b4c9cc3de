#include "supervisor/memory.h"

#include "core/clock.h"
#include "core/guard.h"
#include "core/log.h"
#include "supervisor/cgroup.h"
#include "supervisor/init.h"
#include "supervisor/usage.h"

#include <stdio.h>
#include <string.h>

#include "supervisor/pid1.h"

#define SAMPLE_MS 1000
#define MB (INT64_C(1) << 20) /* as the configuration reckons */

_Static_assert(ARRAY_LEN(((struct memory *)0)->limit) == PLAN_SERVICES_MAX,
    "a limit per service");

static int64_t
limit_of(const struct plan_service *plan, int64_t whole)
{
	if (plan->memory.max_percent == 0)
		return plan->memory.max_bytes;
	if (whole > 0)
		return whole / 100 * plan->memory.max_percent;
	log_warn(0,
	    "cannot watch the memory of %s: its cgroup has no limit that %d %% "
	    "could be taken of (give a size, or the container a limit)",
	    plan->shown, plan->memory.max_percent);
	return 0;
}

static int64_t
lowest_limit(const struct memory *m, size_t services)
{
	int64_t lowest = 0;
	for (size_t i = 0; i < services; i++)
		if (m->limit[i] != 0 && (lowest == 0 || m->limit[i] < lowest))
			lowest = m->limit[i];
	return lowest;
}

void
memory_setup(struct init *init)
{
	struct memory *m = &init->memory;
	bool shares = false;

	*m = (struct memory){ .alarm = -1, .next_ms = NEVER };
	for (size_t i = 0; i < init->services; i++)
		shares = shares || init->service[i].plan->memory.max_percent;
	int64_t whole = shares ? cgroup_limit() : -1;
	for (size_t i = 0; i < init->services; i++)
		m->limit[i] = limit_of(init->service[i].plan, whole);
	m->whole = init->services == 1 && shares;
	int64_t lowest = lowest_limit(m, init->services);
	m->on = lowest != 0;
	if (m->on)
		m->alarm = cgroup_alarm(lowest);
}

static void
on_alarm(struct ev_loop *loop, struct ev_io *io, int events)
{
	struct memory *m = container_of(io, struct memory, io);
	(void)loop;
	(void)events;
	cgroup_clear_alarm(m->alarm);
	m->alarmed = true;
}

void
memory_listen(struct init *init)
{
	struct memory *m = &init->memory;
	if (m->alarm < 0)
		return;
	ev_io_init(&m->io, on_alarm, m->alarm, EV_READ);
	ev_io_start(init->loop, &m->io);
}

static bool
is_watched(const struct init *init, size_t i)
{
	enum life_state state = init->service[i].state;
	return init->memory.limit[i] != 0 &&
	       (state == LIFE_STARTING || state == LIFE_READY);
}

static bool
any_watched(const struct init *init)
{
	for (size_t i = 0; i < init->services; i++)
		if (is_watched(init, i))
			return true;
	return false;
}

static void
judge(struct init *init, size_t i, int64_t bytes)
{
	int64_t limit = init->memory.limit[i];
	char why[96];
	if (bytes <= limit)
		return;
	(void)snprintf(why, sizeof(why), "uses %lld MB, over its %lld MB,",
	    (long long)(bytes / MB), (long long)(limit / MB));
	service_outgrown(&init->service[i], why);
}

static void
look(struct init *init)
{
	static struct usage usage[PLAN_SERVICES_MAX];
	struct memory *m = &init->memory;
	int64_t whole = m->whole ? cgroup_working_set() : -1;

	if (whole >= 0) {
		judge(init, 0, whole);
		return;
	}
	int r = usage_read(init, usage);
	if (r < 0) {
		if (m->failed == 0)
			log_warn(r, "cannot watch memory: no /proc");
		m->failed = r;
		return;
	}
	for (size_t i = 0; i < init->services; i++)
		if (is_watched(init, i))
			judge(init, i, usage[i].bytes);
}

void
memory_turn(struct init *init)
{
	struct memory *m = &init->memory;
	int64_t now = clock_ms();

	if (!m->on)
		return;
	if (init->phase != PHASE_RUN || !any_watched(init)) {
		m->next_ms = NEVER;
		return;
	}
	if (m->next_ms == NEVER)
		m->next_ms = now + SAMPLE_MS;
	if (now < m->next_ms && !m->alarmed)
		return;
	m->alarmed = false;
	m->next_ms = now + SAMPLE_MS;
	look(init);
	oom_suspect(init);
}

int64_t
memory_deadline(const struct init *init)
{
	return init->memory.alarmed ? 0 : init->memory.next_ms;
}
