#include "supervisor/standby.h"

#include "core/clock.h"
#include "core/log.h"
#include "supervisor/birth.h"
#include "supervisor/ending.h"
#include "supervisor/init.h"
#include "supervisor/report.h"

#include <stddef.h>
#include <string.h>

#include "supervisor/pid1.h"

#define RETRY_FIRST_MS 10000
#define RETRY_MAX_MS 600000

/* The part of a struct service that goes with its process. */
#define PROCESS_PART offsetof(struct service, spare_of)

static struct service *
room_of(const struct service *s)
{
	return &s->init->spare[s->index];
}

struct service *
standby_spare(const struct service *s)
{
	return spare_has_process(s->standby.state) ? room_of(s) : NULL;
}

void
standby_setup(struct service *s)
{
	s->standby = (struct standby){
		.calm_at = NEVER,
		.late_at = NEVER,
		.aged_at = NEVER,
	};
}

/* ---- what the machine asks for ---- */

/* It fails again and again: the next one is not tried at once. */
static void
complain(struct service *s)
{
	struct standby *b = &s->standby;
	const struct service *spare = room_of(s);
	int64_t wait = RETRY_FIRST_MS;
	char how[160] = "did not come to its listen() in time";

	for (int i = 0; i < b->failures && wait < RETRY_MAX_MS; i++)
		wait *= 2;
	b->failures++;
	b->calm_at = clock_ms() + wait;
	if (spare->death.at_us != 0)
		report_describe(&spare->death, how, sizeof(how));
	log_warn(0, "%s has no spare: it %s (the next try is in %lld s)",
	    s->plan->shown, how, (long long)wait / 1000);
}

static void
fail(struct service *s)
{
	const struct service *spare = room_of(s);
	char how[160] = "was not ready in time";

	if (spare->death.at_us != 0)
		report_describe(&spare->death, how, sizeof(how));
	s->standby.failed_reloads++;
	log_error(0,
	    "cannot reload %s: the new process %s; the old one goes on",
	    s->plan->shown, how);
	report_reload(s, EVENT_RELOAD_FAILED, how);
	if (s->down == DOWN_MEMORY)
		service_replace(s, DOWN_MEMORY, s->down_why);
}

static void
begin(struct service *s)
{
	struct service *spare = room_of(s);
	int64_t old_deadline = spare->old_deadline;

	service_setup(spare, s->init, s->plan);
	if (spare->old_group != 0)
		spare->old_deadline = old_deadline;
	spare->spare_of = s;
	spare->cron_at = NEVER;
	spare->death = (struct death){ .at_us = 0 };
	spare->pid = 0;
	s->standby.began_us = clock_us();
	s->standby.late_at = clock_ms() + service_start_ms(s->plan);
	service_handle(spare, LIFE_EV_GO);
	if (s->standby.state == SPARE_BOOTING)
		birth_expect_nothing(spare);
}

/*
 * The probes of liveness keep their numbers at the health role, which knows
 * them by the service and not by the process.
 */
static void
exchange_probes(struct service *s, struct service *other)
{
	for (size_t i = 0; i < ASK_SLOTS; i++) {
		struct ask_slot *mine = &s->alive.slot[i];
		struct ask_slot *theirs = &other->alive.slot[i];
		if (mine->told == 0)
			mine->told = theirs->told;
		*theirs = (struct ask_slot){ .wanted = 0 };
	}
}

static void
exchange(struct service *s)
{
	static char kept[PROCESS_PART];
	struct service *other = room_of(s);

	ear_rest(s);
	ear_rest(other);
	memcpy(kept, s, PROCESS_PART);
	memcpy(s, other, PROCESS_PART);
	memcpy(other, kept, PROCESS_PART);
	ear_adopt(s);
	ear_adopt(other);
	exchange_probes(s, other);
	held_exchange(&s->init->handover.helds, s->index);
	s->starts++;
	s->down = DOWN_NOT;
}

/* Its life counts from now on: how long it was parked says nothing of it. */
static void
promote(struct service *s, bool parked)
{
	int64_t now = clock_us();
	int64_t dead_us = s->death.at_us;

	exchange(s);
	unsigned met = s->met;
	s->state = LIFE_STARTING;
	s->deadline = NEVER;
	room_of(s)->state = LIFE_WAITING;
	room_of(s)->pid = 0;
	birth_await(s);
	s->met = met;
	s->born_us = now;
	histogram_add(&s->restart, now - dead_us);
	s->handed.count[HANDED_STANDBY]++;
	if (parked)
		service_listens(s);
	log_info("%s: its spare took over %lld us after the death",
	    s->plan->shown, (long long)(now - dead_us));
}

static void
take_over(struct service *s)
{
	struct service *old = room_of(s);
	enum service_down why = s->down;
	int64_t took = (clock_us() - s->standby.began_us) / 1000;

	exchange(s);
	s->handed.count[HANDED_RELOAD]++;
	s->gave_up = false;
	log_info("%s: reloaded in %lld ms, the old process drains",
	    s->plan->shown, (long long)took);
	report_reload(s, EVENT_RELOAD, "");
	old->down = why == DOWN_MEMORY ? why : DOWN_TO_REST;
	service_handle(old, LIFE_EV_REST);
}

static void
let_go(struct service *spare)
{
	watch_let_go(spare->init, spare->pid);
	cluster_let_go(spare);
}

static void
show(struct service *s)
{
	struct handed *h = &s->handed;
	const struct service *spare = standby_spare(s);
	enum spare_state state = s->standby.state;

	h->spare = HANDED_NO_SPARE;
	if (state == SPARE_BOOTING || state == SPARE_COMING)
		h->spare = HANDED_SPARE_BOOTS;
	if (state == SPARE_PARKED)
		h->spare = HANDED_SPARE_PARKED;
	h->spare_pid = spare == NULL ? 0 : spare->pid;
	h->spare_born_us = spare == NULL ? 0 : spare->born_us;
}

static void
handle(struct service *s, enum spare_event event)
{
	struct standby *b = &s->standby;
	bool parked = b->state == SPARE_PARKED;
	struct service *spare = room_of(s);
	unsigned todo = spare_step(&b->state, event);

	if (todo & SPARE_DO_COMPLAIN)
		complain(s);
	if (todo & SPARE_DO_FAIL)
		fail(s);
	if (todo & SPARE_DO_KILL)
		service_force(spare);
	if (todo & SPARE_DO_SPAWN)
		begin(s);
	if (todo & SPARE_DO_LET_GO)
		let_go(spare);
	if (todo & SPARE_DO_PROMOTE)
		promote(s, parked);
	if (todo & SPARE_DO_TAKE_OVER)
		take_over(s);
	if (b->state != SPARE_BOOTING && b->state != SPARE_COMING)
		b->late_at = NEVER;
	if (b->state != SPARE_PARKED)
		b->aged_at = NEVER;
	show(s);
}

/* ---- what is asked ---- */

bool
standby_promote(struct service *s)
{
	bool was = s->standby.state == SPARE_BOOTING ||
		   s->standby.state == SPARE_PARKED ||
		   s->standby.state == SPARE_COMING;
	if (s->spare_of != NULL || (was && room_of(s)->died))
		return false;
	handle(s, SPARE_EV_NEEDED); /* a reload that waits has its new life */
	return was;
}

bool
standby_parks(struct service *spare)
{
	struct service *s = spare->spare_of;
	struct standby *b = &s->standby;

	if (b->state == SPARE_BOOTING) {
		b->failures = 0;
		handle(s, SPARE_EV_PARKS);
		if (s->plan->standby_max_age_ms != NEVER)
			b->aged_at = clock_ms() + s->plan->standby_max_age_ms;
		log_debug("%s: its spare is parked", s->plan->shown);
	}
	return b->state == SPARE_PARKED;
}

void
standby_unfit(struct service *spare)
{
	struct service *s = spare->spare_of;
	if (s->standby.state != SPARE_BOOTING)
		return;
	s->standby.unfit = true;
	log_warn(0,
	    "%s has no spare: its program moves another socket to the path of "
	    "its own, and clients then find the spare (listen on TCP, or set "
	    "\"standby\": \"off\")",
	    s->plan->shown);
	standby_swap(s);
}

bool
standby_can(const struct service *s)
{
	return s->state == LIFE_READY &&
	       held_claimed(&s->init->handover.helds, s->index);
}

void
standby_reload(struct service *s)
{
	handle(s, SPARE_EV_RELOAD);
}

/* One that is parked has to be ready in its own way before it takes over. */
void
standby_swap(struct service *s)
{
	struct service *spare = room_of(s);
	bool fresh = s->standby.state == SPARE_NONE;

	handle(s, SPARE_EV_SWAP);
	if (fresh || s->standby.state != SPARE_COMING)
		return;
	unsigned met = spare->met;
	birth_await(spare);
	spare->met = met;
	s->standby.began_us = clock_us();
	s->standby.late_at = clock_ms() + service_start_ms(s->plan);
}

bool
standby_relieve(struct service *s)
{
	enum spare_state state = s->standby.state;
	if (state == SPARE_NONE)
		return false;
	if (state != SPARE_BOOTING && state != SPARE_PARKED)
		return true;
	log_warn(
	    0, "%s: its spare is given up for a while: memory", s->plan->shown);
	standby_stop(s);
	s->standby.calm_at = clock_ms() + RETRY_MAX_MS;
	return true;
}

void
standby_stop(struct service *s)
{
	handle(s, SPARE_EV_STOP);
	s->standby.calm_at = NEVER;
}

void
standby_force(struct service *s)
{
	struct service *spare = standby_spare(s);
	standby_stop(s);
	if (spare != NULL)
		service_force(spare);
}

/* ---- the turn ---- */

bool
standby_reaped(
    struct service *s, pid_t pid, int status, const struct rusage *usage)
{
	struct service *spare = standby_spare(s);
	return spare != NULL && service_reaped(spare, pid, status, usage);
}

static void
look_at_calm(struct service *s, int64_t now)
{
	struct standby *b = &s->standby;

	if (!s->plan->standby || b->unfit || s->init->phase != PHASE_RUN ||
	    !standby_can(s)) {
		b->calm_at = NEVER;
		return;
	}
	if (b->calm_at == NEVER)
		b->calm_at = now + s->plan->standby_calm_ms;
	if (now < b->calm_at)
		return;
	b->calm_at = NEVER;
	handle(s, SPARE_EV_CALM);
}

static bool
has_come(const struct service *s, const struct service *spare)
{
	return s->standby.state == SPARE_COMING && spare->state == LIFE_READY &&
	       held_covers(&s->init->handover.helds, s->index);
}

/* What one that is gone has left behind is killed then. */
static int64_t
remains_until(const struct service *spare)
{
	return spare->old_group != 0 ? spare->old_deadline : NEVER;
}

void
standby_turn(struct service *s)
{
	struct standby *b = &s->standby;
	struct service *spare = room_of(s);
	int64_t now = clock_ms();

	if (spare_has_process(b->state) && spare->died) {
		ending_of_spare(spare);
		handle(s, SPARE_EV_DIED);
	}
	if (!spare_has_process(b->state)) {
		if (now >= remains_until(spare))
			ending_kill_old_group(spare);
		look_at_calm(s, now);
		return;
	}
	service_turn(spare);
	/* one that has died meanwhile and waits for its next life is not told
	   to go: nobody would ever be seen to have gone */
	if (has_come(s, spare))
		handle(s, s->pid == 0 ? SPARE_EV_NEEDED : SPARE_EV_READY);
	if (now >= b->late_at)
		handle(s, SPARE_EV_LATE);
	if (now >= b->aged_at)
		handle(s, SPARE_EV_AGED);
}

int64_t
standby_deadline(const struct service *s)
{
	const struct standby *b = &s->standby;
	const struct service *spare = standby_spare(s);

	if (spare == NULL)
		return clock_earlier(b->calm_at, remains_until(room_of(s)));
	if (spare->died || has_come(s, spare))
		return 0;
	return clock_earlier(
	    clock_earlier(b->late_at, b->aged_at), service_deadline(spare));
}
