#include "notify/alert.h"

#include "core/clock.h"

#include <string.h>

void
alert_init(struct alert *a, enum sink_kind sink)
{
	*a = (struct alert){ .sink = sink };
}

static bool
is_crash(const struct report *r)
{
	return report_is_crash(r);
}

static struct incident *
find(struct alert *a, const struct report *r)
{
	for (size_t i = 0; i < ALERT_MAX; i++) {
		struct incident *n = &a->incident[i];
		if (n->state != LIMIT_NONE &&
		    strcmp(n->fingerprint, r->fingerprint) == 0 &&
		    strcmp(n->service, r->service) == 0)
			return n;
	}
	return NULL;
}

/* A free place, else the one that has been quiet for longest, else NULL. */
static struct incident *
place(struct alert *a)
{
	struct incident *best = NULL;

	for (size_t i = 0; i < ALERT_MAX; i++) {
		struct incident *n = &a->incident[i];
		if (n->state == LIMIT_NONE)
			return n;
		if (n->state == LIMIT_QUIET &&
		    (best == NULL || n->due_ms < best->due_ms))
			best = n;
	}
	return best;
}

static struct incident *
open_incident(struct alert *a, const struct report *r)
{
	struct incident *n = place(a);

	if (n == NULL)
		return NULL;
	*n = (struct incident){
		.since_ns = r->at_ns,
		.held = { .sink = a->sink },
	};
	memcpy(n->service, r->service, sizeof(n->service));
	memcpy(n->fingerprint, r->fingerprint, sizeof(n->fingerprint));
	return n;
}

static void
arm(struct incident *n, int64_t now)
{
	n->due_ms = now + limit_window_ms(n->windows++);
}

static void
take_crash(
    struct alert *a, struct report *r, int64_t now, struct alert_step *ret)
{
	struct incident *n = find(a, r);
	if (n == NULL)
		n = open_incident(a, r);
	unsigned todo =
	    n == NULL ? LIMIT_DO_SEND : limit_step(&n->state, LIMIT_EV_SEEN);

	if (n != NULL)
		n->seen++;
	if (todo & LIMIT_DO_SEND) {
		ret->send = true;
		ret->letter = letter_of(a->sink, r);
	}
	if (todo & LIMIT_DO_HOLD) {
		if (letter_is_empty(&n->held))
			n->held = letter_of(a->sink, r);
		else
			letter_add(&n->held, r);
		if (n->held.oldest != n->held.newest)
			ret->settled = letter_pop(&n->held);
	}
	if (todo & LIMIT_DO_ARM)
		arm(n, now);
}

/* What is held of an incident, with its counts, as a letter. */
static void
hand_out(struct incident *n, struct letter *ret)
{
	*ret = n->held;
	ret->digest = true;
	ret->seen = n->seen;
	ret->since_ns = n->since_ns;
	n->held = (struct letter){ .sink = n->held.sink };
}

static void
fold(struct incident *n, struct letter *into)
{
	struct letter held;

	hand_out(n, &held);
	letter_join(into, &held);
}

void
alert_take(
    struct alert *a, struct report *r, int64_t now, struct alert_step *ret)
{
	*ret = (struct alert_step){ .send = false };
	if (is_crash(r)) {
		take_crash(a, r, now, ret);
		return;
	}
	ret->send = true;
	ret->letter = letter_of(a->sink, r);
	for (size_t i = 0; i < ALERT_MAX; i++) {
		struct incident *n = &a->incident[i];
		if (n->state == LIMIT_NONE ||
		    strcmp(n->service, r->service) != 0)
			continue;
		unsigned todo = limit_step(&n->state, r->kind == EVENT_RECOVERED
							  ? LIMIT_EV_RECOVERED
							  : LIMIT_EV_TOLD);
		if (todo & LIMIT_DO_FOLD)
			fold(n, &ret->letter);
	}
}

bool
alert_due(struct alert *a, int64_t now, struct letter *ret)
{
	for (size_t i = 0; i < ALERT_MAX; i++) {
		struct incident *n = &a->incident[i];
		if (n->state == LIMIT_NONE || n->due_ms > now)
			continue;
		if (now == NEVER && n->state != LIMIT_FOLDING)
			continue;
		unsigned todo = limit_step(&n->state, LIMIT_EV_DUE);
		if (todo & LIMIT_DO_ARM)
			arm(n, n->due_ms);
		if (todo & LIMIT_DO_DIGEST) {
			hand_out(n, ret);
			return true;
		}
	}
	return false;
}

int64_t
alert_deadline(const struct alert *a)
{
	int64_t earliest = NEVER;

	for (size_t i = 0; i < ALERT_MAX; i++) {
		const struct incident *n = &a->incident[i];
		if (n->state != LIMIT_NONE && n->due_ms < earliest)
			earliest = n->due_ms;
	}
	return earliest;
}
