#include "supervisor/command.h"

#include "config/nearest.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/signame.h"
#include "supervisor/ending.h"
#include "supervisor/init.h"
#include "supervisor/state.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "supervisor/pid1.h"

#define SCRIBE_MS 3000

static const char *const done_words[WIRE_CONTROL_VERBS] = {
	[WIRE_CONTROL_RESTART] = "restarted",
	[WIRE_CONTROL_RELOAD] = "reloaded",
	[WIRE_CONTROL_STOP] = "stopped",
	[WIRE_CONTROL_START] = "started",
};

static const char *const begun_words[WIRE_CONTROL_VERBS] = {
	[WIRE_CONTROL_RESTART] = "is being restarted",
	[WIRE_CONTROL_RELOAD] = "is being reloaded",
	[WIRE_CONTROL_STOP] = "is being stopped",
	[WIRE_CONTROL_START] = "is being started",
};

static char text[512];

/* ---- the question ---- */

static void
take_name(struct command *c, const struct wire_field *f)
{
	memcpy(c->name, f->ptr, f->len);
	c->name[f->len] = '\0';
}

bool
command_take(struct command *c, const struct wire_msg *msg)
{
	const struct wire_field *f = msg->field;

	*c = (struct command){ .serial = msg->serial, .deadline = NEVER };
	switch ((int)msg->type) {
	case WIRE_HEALTH_ASK:
		c->kind = COMMAND_STATUS;
		return true;
	case WIRE_CONTROL_ASK:
		c->kind = COMMAND_VERB;
		c->verb = (int)f[CONTROL_ASK_VERB].num;
		c->wait = f[CONTROL_ASK_WAIT].num != 0;
		take_name(c, &f[CONTROL_ASK_SERVICE]);
		return true;
	case WIRE_CONTROL_READ:
		c->kind = COMMAND_READ;
		c->channel = (unsigned)f[CONTROL_READ_CHANNEL].num;
		c->from = f[CONTROL_READ_FROM].num;
		c->last_too = f[CONTROL_READ_LAST_TOO].num != 0;
		take_name(c, &f[CONTROL_READ_SERVICE]);
		return c->channel >= 1;
	default:
		return false;
	}
}

/*
 * Those that it is about: a service with all its instances, or one of these; an
 * unknown name is refused with the nearest one.
 */
static uint64_t
find_targets(struct command *c, const struct init *init)
{
	struct nearest nearest;
	uint64_t all = 0, named = 0;

	nearest_init(&nearest, c->name);
	for (size_t i = 0; i < init->services; i++) {
		const struct plan_service *p = init->service[i].plan;
		all |= UINT64_C(1) << i;
		if (strcmp(p->name, c->name) == 0 ||
		    strcmp(p->shown, c->name) == 0)
			named |= UINT64_C(1) << i;
		nearest_offer(&nearest, p->name);
		nearest_offer(&nearest, p->shown);
	}
	if (c->name[0] == '\0' || named != 0)
		return named != 0 ? named : all;
	bool near = nearest.best != NULL;
	(void)snprintf(c->refusal, sizeof(c->refusal),
	    "there is no service %.128s (%s%.128s)", c->name,
	    near ? "did you mean " : "cradle status lists them",
	    near ? nearest.best : "");
	return 0;
}

/* ---- acting ---- */

static void
act_on(struct command *c, struct service *s)
{
	bool up = life_has_process(s->state) && !life_goes_down(s->state);

	c->starts[s->index] = s->starts;
	c->failures[s->index] = s->standby.failed_reloads;
	if (c->verb == WIRE_CONTROL_STOP) {
		c->idle[s->index] =
		    s->state == LIFE_RESTING || s->state == LIFE_ENDED;
		service_rest(s);
	} else if (c->verb == WIRE_CONTROL_START) {
		c->idle[s->index] = up;
		if (!up)
			service_restart(s);
	}
}

/* Instances are restarted one after the other. */
static int64_t
patience(const struct command *c, const struct plan_service *p)
{
	if (c->verb == WIRE_CONTROL_STOP)
		return p->grace_ms + ROLLING_EXTRA_MS;
	if (c->verb == WIRE_CONTROL_START)
		return rolling_patience(p);
	return rolling_patience(p) * p->instances;
}

static void
refuse(struct command *c, const char *why)
{
	(void)snprintf(c->refusal, sizeof(c->refusal), "%s", why);
}

static void
refuse_early(struct command *c, const struct init *init)
{
	if (init->boot.state < BOOT_SERVICES)
		(void)snprintf(c->refusal, sizeof(c->refusal),
		    "nothing has been started yet (boot: %s)",
		    boot_step_name(init));
	else
		(void)snprintf(c->refusal, sizeof(c->refusal),
		    "%.128s waits for a service that it is after (cradle "
		    "status shows which is not ready; stop that one to go on "
		    "without it)",
		    c->name[0] == '\0' ? "every service" : c->name);
}

/* A service that boot has not come to yet begins in its order, not before. */
static void
begin_verb(struct command *c, struct init *init)
{
	int64_t longest = 0;

	if (init->phase != PHASE_RUN) {
		refuse(c, "cradle is stopping");
		return;
	}
	if (c->verb == WIRE_CONTROL_STOP && c->name[0] == '\0') {
		c->leaving = true;
		init_terminate(init);
		return;
	}
	if (init->boot.state < BOOT_SERVICES)
		c->targets = 0;
	for (size_t i = 0; i < init->services; i++) {
		struct service *s = &init->service[i];
		if ((c->targets >> i & 1) == 0)
			continue;
		if (s->state == LIFE_WAITING && c->verb != WIRE_CONTROL_STOP) {
			c->targets &= ~(UINT64_C(1) << i);
			continue;
		}
		act_on(c, s);
		if (patience(c, s->plan) > longest)
			longest = patience(c, s->plan);
	}
	if (c->targets == 0)
		refuse_early(c, init);
	if (c->verb == WIRE_CONTROL_RESTART || c->verb == WIRE_CONTROL_RELOAD)
		rolling_begin(init, c->targets, c->verb == WIRE_CONTROL_RELOAD);
	c->deadline = c->wait ? clock_ms() + longest : NEVER;
}

static void
begin_read(struct command *c, const struct init *init)
{
	if (!init->streams.on) {
		refuse(c, "output is not captured: services write straight to "
			  "the container's own output (configure events.slack "
			  "or events.loki to have cradle keep it)");
		return;
	}
	while (c->slot < init->services && (c->targets >> c->slot & 1) == 0)
		c->slot++;
	c->deadline = clock_ms() + SCRIBE_MS;
}

void
command_begin(struct command *c, struct init *init)
{
	c->begun = true;
	c->began_us = clock_us();
	if (c->kind == COMMAND_STATUS)
		return;
	c->targets = find_targets(c, init);
	if (c->targets == 0)
		return;
	if (c->kind == COMMAND_VERB)
		begin_verb(c, init);
	else
		begin_read(c, init);
}

/* ---- answers ---- */

static void
done(const struct command *c, bool ok, bool last, struct wire_msg *ret)
{
	*ret = (struct wire_msg){ .type = WIRE_CONTROL_DONE,
		.serial = c->serial,
		.fd = -1,
		.field = {
		    [CONTROL_DONE_OK] = WIRE_NUM(ok),
		    [CONTROL_DONE_LAST] = WIRE_NUM(last),
		    [CONTROL_DONE_TEXT] = WIRE_STR(text),
		} };
}

static void
add_end(struct buf *b, const struct service *s)
{
	int status = s->last.status;
	if (WIFSIGNALED(status))
		buf_fmt(b, "killed by %s", signame(WTERMSIG(status)));
	else
		buf_fmt(b, "exited with code %d", WEXITSTATUS(status));
}

enum outcome { PENDING, GOOD, BAD };

static enum outcome
stop_outcome(const struct command *c, const struct service *s, struct buf *b)
{
	if (s->state == LIFE_RESTING || s->state == LIFE_ENDED) {
		if (c->idle[s->index]) {
			buf_str(b, " was not running");
			return GOOD;
		}
		buf_str(b, " stopped in ");
		boot_add_time(b, clock_us() - c->began_us);
		return GOOD;
	}
	if (life_goes_down(s->state) || s->state == LIFE_BACKOFF)
		return PENDING;
	buf_str(b, " was started again by somebody else");
	return BAD;
}

/* Its turn did not come: it would have been told to go by now. */
static bool
was_left_out(const struct command *c, const struct service *s)
{
	bool rolls = c->verb != WIRE_CONTROL_START;
	bool up = s->state == LIFE_STARTING || s->state == LIFE_READY;
	return rolls && up && s->plan->instances > 1 &&
	       !rolling_has(&s->init->rolling, s->index);
}

/*
 * The life that was asked for is the first one since; a second one, or none to
 * come, says how the first one ended.
 */
static enum outcome
start_outcome(const struct command *c, const struct service *s, struct buf *b)
{
	int64_t lives = s->starts - c->starts[s->index];

	if (c->idle[s->index]) {
		buf_fmt(b, " is running already (pid %d)", (int)s->pid);
		return GOOD;
	}
	if (lives == 1 && s->state == LIFE_READY) {
		buf_fmt(b, " %s: ready in ", done_words[c->verb]);
		boot_add_time(b, clock_us() - c->began_us);
		return GOOD;
	}
	if (s->standby.failed_reloads > c->failures[s->index]) {
		buf_str(b, " could not be reloaded and goes on as it is (see "
			   "cradle's log)");
		return BAD;
	}
	if (lives == 0 && was_left_out(c, s)) {
		buf_str(b, " was left as it is, for another instance failed");
		return BAD;
	}
	bool over = s->state == LIFE_RESTING || s->state == LIFE_ENDED;
	bool died = lives > 1 || (lives == 1 && s->state == LIFE_BACKOFF);
	if (!over && !died)
		return PENDING;
	if (lives == 0) {
		buf_str(b, " was stopped by somebody else");
		return BAD;
	}
	bool clean = over && ending_is_clean(s, s->last.status);
	buf_str(b, clean ? " is done: " : " failed: ");
	add_end(b, s);
	buf_fmt(b, " after %lld ms", (long long)s->last.uptime_ms);
	if (!clean && s->init->streams.on)
		buf_fmt(b, " (see cradle logs %s)", s->plan->shown);
	return clean ? GOOD : BAD;
}

static enum outcome
outcome_of(const struct command *c, const struct service *s, struct buf *b)
{
	buf_str(b, s->plan->shown);
	if (!c->wait) {
		buf_fmt(b, " %s", begun_words[c->verb]);
		return GOOD;
	}
	enum outcome o = c->verb == WIRE_CONTROL_STOP ? stop_outcome(c, s, b)
						      : start_outcome(c, s, b);
	if (o != PENDING || clock_ms() < c->deadline)
		return o;
	buf_fmt(b, " is not %s after ",
	    c->verb == WIRE_CONTROL_STOP ? "stopped" : "ready");
	boot_add_time(b, clock_us() - c->began_us);
	buf_fmt(b, ": it is %s", life_name(s->state));
	return BAD;
}

/* The first target that has something to tell; `step` remembers which. */
static enum command_more
verb_answer(struct command *c, struct init *init, struct wire_msg *ret)
{
	for (unsigned i = 0; i < init->services; i++) {
		struct buf b = BUF_ON(text);
		if ((c->targets >> i & 1) == 0)
			continue;
		enum outcome o = outcome_of(c, &init->service[i], &b);
		if (o == PENDING)
			continue;
		bool last = (c->targets & (c->targets - 1)) == 0;
		c->step = i;
		done(c, o == GOOD, last, ret);
		return last ? COMMAND_LAST : COMMAND_MORE;
	}
	return COMMAND_LATER;
}

static enum command_more
leave_answer(struct command *c, const struct init *init, struct wire_msg *ret)
{
	struct buf b = BUF_ON(text);

	if (c->wait && init->phase != PHASE_PARTING)
		return COMMAND_LATER;
	buf_str(&b, "cradle ");
	if (c->wait) {
		buf_str(&b, "stopped in ");
		boot_add_time(&b, clock_us() - c->began_us);
	} else {
		buf_str(&b, "is stopping");
	}
	done(c, true, true, ret);
	return COMMAND_LAST;
}

static enum command_more
status_answer(struct command *c, struct init *init, struct wire_msg *ret)
{
	bool more = state_message(init, c->step, ret);
	ret->serial = c->serial;
	return more ? COMMAND_MORE : COMMAND_LAST;
}

enum command_more
command_answer(struct command *c, struct init *init, struct wire_msg *ret)
{
	if (c->kind == COMMAND_STATUS)
		return status_answer(c, init, ret);
	if (c->kind == COMMAND_READ && clock_ms() >= c->deadline)
		refuse(c, "the log helper does not answer (try again)");
	if (c->refusal[0] != '\0') {
		(void)snprintf(text, sizeof(text), "%s", c->refusal);
		done(c, false, true, ret);
		return COMMAND_LAST;
	}
	if (c->kind == COMMAND_READ)
		return COMMAND_LATER;
	return c->leaving ? leave_answer(c, init, ret)
			  : verb_answer(c, init, ret);
}

void
command_told(struct command *c)
{
	if (c->kind == COMMAND_VERB)
		c->targets &= ~(UINT64_C(1) << c->step);
	else
		c->step++;
}

int64_t
command_deadline(const struct command *c)
{
	return c->deadline;
}
