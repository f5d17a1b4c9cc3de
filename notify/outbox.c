#include "notify/outbox.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/guard_heap.h"
#include "core/log.h"
#include "core/secret.h"
#include "notify/alert.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define QUEUE_MAX 64
#define AGE_MAX_MS (10 * 60 * INT64_C(1000))
#define CONNECT_MS 3000
#define TOTAL_MS 10000
#define REPLY_MAX (64 * 1024)
#define REASON_SIZE 256
#define ANSWER_MAX 80 /* of what the service said, in a log line */

/*
 * Invariants: queue[0] is the head and the one under way when `flying`; body
 * is its request's, kept until the pool is done with it.
 */
struct outbox {
	enum sink_kind kind;
	const struct sink_type *type;
	struct outbox_to to;
	struct sink_address address;
	struct letter queue[QUEUE_MAX];
	size_t count;
	int64_t dropped; /* letters, since the last one that got through */
	bool flying;
	char *body;
	struct limit_pace pace;
	int64_t stopped_until;
	char stopped_why[REASON_SIZE];
	int64_t flush_by; /* NEVER: no hurry */
	struct alert alert;
};

int
outbox_new(enum sink_kind kind, const char *url, const char *token,
    const struct outbox_to *to, struct outbox **ret)
{
	struct outbox *o = calloc(1, sizeof(*o));
	if (o == NULL)
		return -ENOMEM;

	o->kind = kind;
	o->type = sink_type_of(kind);
	assert(o->type->queue_max <= QUEUE_MAX);
	o->to = *to;
	o->flush_by = NEVER;
	alert_init(&o->alert, kind);
	const char *why = o->type->address(url, token, &o->address);
	if (why != NULL) {
		o->stopped_until = NEVER;
		(void)snprintf(o->stopped_why, sizeof(o->stopped_why),
		    "its URL cannot be used: %s", why);
		log_error(0, "cannot deliver to %s: %s (check events.%s)",
		    o->type->label, o->stopped_why, sink_name(kind));
	}
	*ret = o;
	return 0;
}

void
outbox_free(struct outbox *o)
{
	if (o == NULL)
		return;
	sink_address_wipe(&o->address);
	free(o->body);
	free(o);
}

/* ---- answers ---- */

static void
answer(struct outbox *o, struct report *r, enum sink_result result,
    const char *reason)
{
	o->to.answer(o->to.arg, r, o->kind, result, reason);
}

static void
answer_letter(struct outbox *o, struct letter *l, enum sink_result result,
    const char *reason)
{
	struct report *r;

	while ((r = letter_pop(l)) != NULL)
		answer(o, r, result, reason);
}

/* Take letter i out of the queue and answer for all that is in it. */
static void
finish(struct outbox *o, size_t i, enum sink_result result, const char *reason)
{
	struct letter l = o->queue[i];

	o->count--;
	memmove(&o->queue[i], &o->queue[i + 1],
	    (o->count - i) * sizeof(o->queue[0]));
	answer_letter(o, &l, result, reason);
}

static void
fail_all(struct outbox *o)
{
	size_t keep = o->flying ? 1 : 0;

	while (o->count > keep)
		finish(o, keep, SINK_FAILED, o->stopped_why);
}

/* ---- taking ---- */

static bool
is_crash(const struct report *r)
{
	return report_is_crash(r);
}

/*
 * While people's messages wait for their turn, a service's next crash joins
 * the one that waits instead of making one more.
 */
static bool
joins_last(struct outbox *o, const struct letter *l)
{
	size_t last = o->count - 1;

	if (!o->type->alerts || o->count == 0 || (o->flying && last == 0))
		return false;
	const struct letter *w = &o->queue[last];
	return is_crash(l->newest) && is_crash(w->newest) && !w->digest &&
	       !l->digest &&
	       strcmp(w->newest->service, l->newest->service) == 0;
}

/* The one under way cannot be called back. */
static void
drop_oldest(struct outbox *o)
{
	size_t victim = o->flying ? 1 : 0;

	if (o->dropped == 0)
		log_warn(0,
		    "cannot keep all events for %s: %zu are waiting already "
		    "(the oldest are dropped)",
		    o->type->label, o->count);
	o->dropped++;
	finish(o, victim, SINK_DROPPED, "too many were waiting");
}

static void
enqueue(struct outbox *o, struct letter *l, int64_t now)
{
	if (joins_last(o, l)) {
		letter_add(&o->queue[o->count - 1], letter_pop(l));
		assert(letter_is_empty(l));
		return;
	}
	if (o->count == o->type->queue_max)
		drop_oldest(o);
	l->born_ms = now;
	o->queue[o->count++] = *l;
}

void
outbox_take(struct outbox *o, struct report *r, int64_t now)
{
	struct alert_step step = { .send = true };

	if (o->type->alerts)
		alert_take(&o->alert, r, now, &step);
	else
		step.letter = letter_of(o->kind, r);
	if (step.settled != NULL)
		answer(o, step.settled, SINK_DELIVERED, "told of in a digest");
	if (step.send)
		enqueue(o, &step.letter, now);
}

static void
take_digests(struct outbox *o, int64_t now)
{
	struct letter l;

	if (!o->type->alerts)
		return;
	while (alert_due(&o->alert, o->flush_by != NEVER ? NEVER : now, &l))
		enqueue(o, &l, now);
}

/* ---- what the service answered ---- */

/* A phrase of its body, when it is one: "invalid_token", not a page. */
static void
add_phrase(struct buf *b, const struct outbox *o, const char *body)
{
	autofree char *masked = NULL;
	size_t len = 0;

	if (body == NULL || body[0] == '<' || body[0] == '\0')
		return;
	if (redact_text(o->to.set, body, strlen(body), &masked, &len) < 0)
		return;
	buf_str(b, " ");
	for (size_t i = 0; i < len && i < ANSWER_MAX; i++) {
		unsigned char c = (unsigned char)masked[i];
		if (c == '\n' || c == '\r')
			return;
		buf_add(b, isprint(c) ? &masked[i] : "?", 1);
	}
}

static void
describe(const struct outbox *o, const struct http_reply *reply, char *ret,
    size_t size)
{
	struct buf b;

	buf_init(&b, ret, size);
	if (reply->status == 0) {
		buf_str(&b, reply->why);
		return;
	}
	buf_fmt(&b, "it answered %d", reply->status);
	if (reply->class == HTTP_REDIRECT)
		buf_fmt(&b, ", a redirect to %s", reply->redirect_host);
	else
		add_phrase(&b, o, reply->body);
}

static void
stop(struct outbox *o, const struct sink_rule *rule, const char *why)
{
	int64_t now = clock_ms();

	log_error(0, "cannot deliver to %s: %s (%s)", o->type->label, why,
	    rule->hint);
	o->stopped_until = rule->wait_ms == NEVER ? NEVER : now + rule->wait_ms;
	(void)snprintf(o->stopped_why, sizeof(o->stopped_why), "%s", why);
	o->flying = false;
	fail_all(o);
}

static void
refuse(struct outbox *o, const struct sink_rule *rule, const char *why)
{
	log_warn(0, "cannot deliver %s of %s to %s: %s (%s)",
	    event_name(o->queue[0].newest->kind), o->queue[0].newest->service,
	    o->type->label, why, rule->hint);
	finish(o, 0, SINK_FAILED, why);
}

static void
try_again(struct outbox *o, const struct sink_rule *rule,
    const struct http_reply *reply, const char *why)
{
	struct letter *l = &o->queue[0];

	if (rule->tries > 0 && l->tries >= rule->tries) {
		refuse(o, rule, why);
		return;
	}
	if (l->tries == 1)
		log_warn(0, "cannot deliver to %s yet: %s (%s; trying again)",
		    o->type->label, why, rule->hint);
	int64_t wait = http_backoff_ms(l->tries, reply->retry_after_ms);
	if (wait < rule->wait_ms)
		wait = rule->wait_ms;
	l->not_before_ms = clock_ms() + wait;
}

static void
on_reply(void *arg, struct http_reply *reply)
{
	struct outbox *o = arg;
	struct letter *l = &o->queue[0];
	const struct sink_rule *rule = sink_judge(o->type, reply);
	char why[REASON_SIZE];

	if (!o->flying) /* outbox_close has answered for it */
		return;
	o->flying = false;
	describe(o, reply, why, sizeof(why));
	switch (rule->verdict) {
	case SINK_STORED:
		o->dropped = 0;
		finish(o, 0, SINK_DELIVERED, "");
		break;
	case SINK_AGAIN:
		try_again(o, rule, reply, why);
		break;
	case SINK_REDUCE:
		if (l->reduced) {
			refuse(o, rule, why);
			break;
		}
		l->reduced = true;
		break;
	case SINK_REFUSED:
		refuse(o, rule, why);
		break;
	case SINK_STOP:
		stop(o, rule, why);
		break;
	}
}

/* ---- sending ---- */

static int
total_ms(const struct outbox *o, int64_t now)
{
	if (o->flush_by == NEVER || o->flush_by - now > TOTAL_MS)
		return TOTAL_MS;
	return o->flush_by > now ? (int)(o->flush_by - now) : 1;
}

static int
post(struct outbox *o, int64_t now)
{
	struct letter *l = &o->queue[0];
	const char *why = NULL;

	free(o->body);
	o->body = NULL;
	l->dropped = o->dropped;
	int r = o->type->compose(l, o->to.ident, &o->body);
	if (r < 0)
		return r;
	const struct http_request request = {
		.method = "POST",
		.url = o->address.url,
		.headers = o->address.headers,
		.body = o->body,
		.body_len = strlen(o->body),
		.reply_max = REPLY_MAX,
		.connect_ms = CONNECT_MS,
		.total_ms = total_ms(o, now),
	};
	l->tries++;
	r = http_pool_send(o->to.pool, &request, on_reply, o, &why);
	if (r == 0)
		o->flying = true;
	return r;
}

static int64_t
head_due(const struct outbox *o, int64_t now)
{
	int64_t due = now;

	if (o->type->pace_ms > 0)
		due = limit_pace_next(
		    &o->pace, o->type->pace_ms, o->type->pace_burst, now);
	if (o->queue[0].not_before_ms > due)
		due = o->queue[0].not_before_ms;
	return due;
}

/* Whether there is any sense in keeping the head for later. */
static bool
is_hopeless(const struct outbox *o, int64_t due)
{
	return due - o->queue[0].born_ms > AGE_MAX_MS || due >= o->flush_by;
}

int64_t
outbox_step(struct outbox *o, int64_t now)
{
	int64_t next = NEVER;

	take_digests(o, now);
	if (now < o->stopped_until)
		fail_all(o);
	while (o->count > 0 && !o->flying) {
		int64_t due = head_due(o, now);
		if (is_hopeless(o, due)) {
			o->dropped++;
			finish(o, 0, SINK_DROPPED, "no answer in time");
			continue;
		}
		if (due > now) {
			next = due;
			break;
		}
		int r = post(o, now);
		if (r < 0) {
			log_error(r, "cannot deliver to %s", o->type->label);
			finish(o, 0, SINK_FAILED, "out of memory");
			continue;
		}
		if (o->type->pace_ms > 0)
			limit_pace_spend(&o->pace, o->type->pace_ms, now);
	}
	if (o->type->alerts && o->flush_by == NEVER)
		next = clock_earlier(next, alert_deadline(&o->alert));
	return next;
}

bool
outbox_idle(const struct outbox *o)
{
	return o->count == 0 && alert_deadline(&o->alert) == NEVER;
}

void
outbox_flush(struct outbox *o, int64_t deadline)
{
	o->flush_by = deadline;
	o->pace = (struct limit_pace){ 0 };
}

void
outbox_close(struct outbox *o)
{
	struct letter l;

	o->flying = false;
	while (o->count > 0)
		finish(o, 0, SINK_DROPPED, "no time was left");
	while (o->type->alerts && alert_due(&o->alert, NEVER, &l))
		answer_letter(o, &l, SINK_DROPPED, "no time was left");
}
