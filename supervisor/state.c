#include "supervisor/state.h"

#include "core/clock.h"
#include "supervisor/init.h"
#include "supervisor/usage.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define USAGE_KEPT_MS 500

bool
state_ready(const struct init *init)
{
	if (init->phase != PHASE_RUN || init->boot.state != BOOT_DONE)
		return false;
	for (size_t i = 0; i < init->services; i++) {
		const struct service *s = &init->service[i];
		if (s->plan->essential && !service_is_ready(s))
			return false;
	}
	return true;
}

static bool
any_gave_up(const struct init *init)
{
	for (size_t i = 0; i < init->services; i++)
		if (init->service[i].gave_up &&
		    init->service[i].plan->essential)
			return true;
	return false;
}

static void
summary(const struct init *init, struct wire_msg *ret)
{
	const struct boot *b = &init->boot;
	const struct plan *p = init->plan;

	*ret = (struct wire_msg){ .type = WIRE_HEALTH_STATE,
		.fd = -1,
		.field = {
		    [HEALTH_STATE_READY] = WIRE_NUM(state_ready(init)),
		    [HEALTH_STATE_STARTED] = WIRE_NUM(b->state == BOOT_DONE),
		    [HEALTH_STATE_STOPPING] =
			WIRE_NUM(init->phase != PHASE_RUN),
		    [HEALTH_STATE_GAVE_UP] = WIRE_NUM(any_gave_up(init)),
		    [HEALTH_STATE_APP] = WIRE_STR(p->app),
		    [HEALTH_STATE_ENVIRONMENT] = WIRE_STR(p->environment),
		    [HEALTH_STATE_VERSION] = WIRE_STR(p->version),
		    [HEALTH_STATE_STEP] = WIRE_STR(boot_step_name(init)),
		    [HEALTH_STATE_BORN_MS] = WIRE_NUM(init->born_ms),
		    [HEALTH_STATE_UPTIME_MS] =
			WIRE_NUM((clock_us() - init->born_us) / 1000),
		    [HEALTH_STATE_BOOT_US] = WIRE_NUM(b->total_us),
		    [HEALTH_STATE_SECRETS_US] = WIRE_NUM(b->secrets_us),
		    [HEALTH_STATE_ASSETS_US] = WIRE_NUM(b->assets_us),
		    [HEALTH_STATE_TASKS_US] = WIRE_NUM(b->tasks_us),
		    [HEALTH_STATE_SERVICES_US] = WIRE_NUM(b->services_us),
		    [HEALTH_STATE_SECRETS] =
			WIRE_NUM((int64_t)init->environment.wants),
		    [HEALTH_STATE_SECRETS_REQUESTS] = WIRE_NUM(b->requests),
		    [HEALTH_STATE_SCANNED] = WIRE_NUM(b->scanned),
		    [HEALTH_STATE_REWRITTEN] = WIRE_NUM(b->rewritten),
		    [HEALTH_STATE_DEPENDENTS] = WIRE_NUM(b->dependents),
		    [HEALTH_STATE_PLACEHOLDERS] = WIRE_NUM(b->placeholders),
		    [HEALTH_STATE_READ] = WIRE_NUM(b->read_bytes),
		    [HEALTH_STATE_INJECT_US] = WIRE_NUM(b->inject_us),
		    [HEALTH_STATE_ORPHANS] = WIRE_NUM(init->orphans),
		    [HEALTH_STATE_PENDING] = WIRE_NUM(
			(int64_t)obituaries_pending(&init->obituaries)),
		} };
}

static int64_t
positive(int64_t n)
{
	return n > 0 ? n : 0;
}

/* Read for each answer, but not more often than people could want it. */
static const struct usage *
usage_of(const struct service *s)
{
	static struct usage usage[PLAN_SERVICES_MAX];
	static int64_t read_at = -USAGE_KEPT_MS;
	int64_t now = clock_ms();

	if (now - read_at >= USAGE_KEPT_MS && usage_read(s->init, usage) == 0)
		read_at = now;
	return &usage[s->index];
}

/* Children that somebody else waited for take their share with them. */
static int64_t
cpu_of(struct service *s, const struct usage *usage)
{
	int64_t now = s->cpu_past_ms + usage->cpu_ms;
	if (now > s->cpu_told_ms)
		s->cpu_told_ms = now;
	return s->cpu_told_ms;
}

static int64_t
spare_of(const struct service *s)
{
	if (s->plan->standby)
		return 1 + (int64_t)s->handed.spare;
	return 0;
}
_Static_assert(HANDED_SPARES == 3, "as HEALTH_SERVICE numbers them");

static void
handed_fields(
    const struct service *s, const struct usage *usage, struct wire_field *f)
{
	static unsigned char buckets[HISTOGRAM_BYTES];
	const struct handed *h = &s->handed;

	histogram_encode(&s->outage, buckets);
	if (s->plan->instance == 0)
		f[HEALTH_SERVICE_HELD].num = (int64_t)held_count(
		    &s->init->handover.helds, s->plan->first);
	f[HEALTH_SERVICE_HANDED_RESTART].num = h->count[HANDED_RESTART];
	f[HEALTH_SERVICE_HANDED_STANDBY].num = h->count[HANDED_STANDBY];
	f[HEALTH_SERVICE_HANDED_RELOAD].num = h->count[HANDED_RELOAD];
	f[HEALTH_SERVICE_OUTAGE_SUM_US].num = s->outage.sum_us;
	f[HEALTH_SERVICE_OUTAGE_BUCKETS] =
	    (struct wire_field)WIRE_BIN((const char *)buckets, sizeof(buckets));
	f[HEALTH_SERVICE_SPARE].num = spare_of(s);
	if (h->spare_pid == 0)
		return;
	f[HEALTH_SERVICE_SPARE_PID].num = h->spare_pid;
	f[HEALTH_SERVICE_SPARE_AGE_MS].num =
	    positive(clock_us() - h->spare_born_us) / 1000;
	f[HEALTH_SERVICE_SPARE_MEMORY].num = usage->spare_bytes;
}

static void
service_row(struct service *s, struct wire_msg *ret)
{
	const struct usage *usage = usage_of(s);
	static unsigned char buckets[HISTOGRAM_BYTES];
	int64_t now = clock_us();
	int last = s->last.status;
	bool up = life_has_process(s->state);
	const char *said = ear_phase(s);
	const char *phase = said != NULL ? said : life_name(s->state);
	int64_t next = s->state == LIFE_BACKOFF ? s->deadline - now / 1000 : 0;

	histogram_encode(&s->restart, buckets);
	*ret = (struct wire_msg){ .type = WIRE_HEALTH_SERVICE,
		.fd = -1,
		.field = {
		    [HEALTH_SERVICE_NAME] = WIRE_STR(s->plan->name),
		    [HEALTH_SERVICE_PHASE] = WIRE_STR(phase),
		    [HEALTH_SERVICE_ESSENTIAL] = WIRE_NUM(s->plan->essential),
		    [HEALTH_SERVICE_UP] = WIRE_NUM(up),
		    [HEALTH_SERVICE_READY] = WIRE_NUM(service_is_ready(s)),
		    [HEALTH_SERVICE_PID] = WIRE_NUM(s->pid),
		    [HEALTH_SERVICE_UPTIME_MS] =
			WIRE_NUM(up ? positive(now - s->born_us) / 1000 : 0),
		    [HEALTH_SERVICE_STARTS] = WIRE_NUM(s->starts),
		    [HEALTH_SERVICE_EXITS_CLEAN] = WIRE_NUM(s->exits_clean),
		    [HEALTH_SERVICE_EXITS_ERROR] = WIRE_NUM(s->exits_error),
		    [HEALTH_SERVICE_EXITS_SIGNAL] = WIRE_NUM(s->exits_signal),
		    [HEALTH_SERVICE_EXITS_OOM] = WIRE_NUM(s->exits_oom),
		    [HEALTH_SERVICE_EXITS_PROBE] = WIRE_NUM(s->exits_probe),
		    [HEALTH_SERVICE_EXITS_MEMORY] = WIRE_NUM(s->exits_memory),
		    [HEALTH_SERVICE_MEMORY] = WIRE_NUM(usage->bytes),
		    [HEALTH_SERVICE_CPU_MS] = WIRE_NUM(cpu_of(s, usage)),
		    [HEALTH_SERVICE_PROCESSES] = WIRE_NUM(usage->processes),
		    [HEALTH_SERVICE_ZOMBIES] = WIRE_NUM(usage->zombies),
		    [HEALTH_SERVICE_SAID] = WIRE_STR(s->ear.status),
		    [HEALTH_SERVICE_OUT_LINES] = WIRE_NUM(s->out_lines),
		    [HEALTH_SERVICE_ERR_LINES] = WIRE_NUM(s->err_lines),
		    [HEALTH_SERVICE_LAST_CODE] =
			WIRE_NUM(WIFEXITED(last) ? WEXITSTATUS(last) : 0),
		    [HEALTH_SERVICE_LAST_SIGNAL] =
			WIRE_NUM(WIFSIGNALED(last) ? WTERMSIG(last) : 0),
		    [HEALTH_SERVICE_LAST_AT_MS] = WIRE_NUM(s->last_at_ms),
		    [HEALTH_SERVICE_NEXT_MS] = WIRE_NUM(positive(next)),
		    [HEALTH_SERVICE_RESTART_SUM_US] =
			WIRE_NUM(s->restart.sum_us),
		    [HEALTH_SERVICE_RESTART_BUCKETS] =
			WIRE_BIN((const char *)buckets, sizeof(buckets)),
		    [HEALTH_SERVICE_INSTANCE] = WIRE_NUM(s->plan->instance),
		    [HEALTH_SERVICE_INSTANCES] = WIRE_NUM(s->plan->instances),
		} };
	handed_fields(s, usage, ret->field);
}

static int64_t
role_restarts(const struct init *init, const struct helper *h)
{
	if (h == NULL)
		return init->rebirths.count;
	return h->starts > 0 ? h->starts - 1 : 0;
}

/* PID 1 is the first row. */
static void
role_row(const struct init *init, unsigned row, struct wire_msg *ret)
{
	const struct helper *h = row == 0 ? NULL : &init->helper[row - 1];
	*ret = (struct wire_msg){ .type = WIRE_HEALTH_ROLE,
		.fd = -1,
		.field = {
		    [HEALTH_ROLE_NAME] = WIRE_STR(h ? h->talk->name : "init"),
		    [HEALTH_ROLE_PID] = WIRE_NUM(h ? h->pid : getpid()),
		    [HEALTH_ROLE_RESTARTS] = WIRE_NUM(role_restarts(init, h)),
		    [HEALTH_ROLE_JAIL] = WIRE_NUM(h ? h->jail : 0),
		} };
}

static void
sink_row(const struct init *init, unsigned sink, struct wire_msg *ret)
{
	const int64_t *count = init->obituaries.count[sink];
	*ret = (struct wire_msg){ .type = WIRE_HEALTH_SINK,
		.fd = -1,
		.field = {
		    [HEALTH_SINK_KIND] = WIRE_NUM(sink),
		    [HEALTH_SINK_DELIVERED] = WIRE_NUM(count[SINK_DELIVERED]),
		    [HEALTH_SINK_FAILED] = WIRE_NUM(count[SINK_FAILED]),
		    [HEALTH_SINK_DROPPED] = WIRE_NUM(count[SINK_DROPPED]),
		} };
}

bool
state_message(struct init *init, unsigned step, struct wire_msg *ret)
{
	if (step == 0) {
		summary(init, ret);
		return true;
	}
	step -= 1;
	if (step < init->services) {
		service_row(&init->service[step], ret);
		return true;
	}
	step -= (unsigned)init->services;
	if (step < ROLES + 1) {
		role_row(init, step, ret);
		return true;
	}
	step -= ROLES + 1;
	if (step < SINK_COUNT && init->obituaries.on) {
		sink_row(init, step, ret);
		return true;
	}
	*ret = (struct wire_msg){ .type = WIRE_HEALTH_END, .fd = -1 };
	return false;
}
