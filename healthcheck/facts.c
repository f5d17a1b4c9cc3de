#include "healthcheck/facts.h"

#include "core/clock.h"
#include "core/fd.h"
#include "core/guard.h"
#include "core/role.h"

#include <poll.h>
#include <string.h>

/* Two tables take turns: `coming` is shown only once it is complete. */
static struct facts table[2];
static struct facts *coming = &table[0];
static struct facts *shown = &table[1];
static int64_t shown_until;

static uint32_t serial;
static int64_t deadline = NEVER;

const struct facts *
facts_at(int64_t now)
{
	return now < shown_until ? shown : NULL;
}

void
facts_ask(int64_t now)
{
	if (deadline != NEVER)
		return;
	coming->stated = false;
	coming->services = coming->roles = coming->sinks = 0;
	serial++;
	deadline = now + FACTS_LATE_MS;
	if (fd_wait(role_channel(), POLLOUT, 0) == 1)
		role_send(&(struct wire_msg){
		    .type = WIRE_HEALTH_ASK, .serial = serial, .fd = -1 });
}

int64_t
facts_deadline(void)
{
	return deadline;
}

bool
facts_failed(int64_t now)
{
	if (now < deadline)
		return false;
	deadline = NEVER;
	return true;
}

/* The decoder has checked that a name is at most WIRE_NAME_MAX bytes. */
static void
copy_name(char to[WIRE_NAME_MAX + 1], const struct wire_field *f)
{
	memcpy(to, f->ptr, f->len);
	to[f->len] = '\0';
}

static void
copy_numbers(int64_t *to, const struct wire_msg *msg, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = msg->field[i].num;
}

static void
take_state(const struct wire_msg *msg)
{
	const struct wire_field *f = msg->field;

	copy_numbers(coming->num, msg, HEALTH_STATE_FIELDS);
	copy_name(coming->app, &f[HEALTH_STATE_APP]);
	copy_name(coming->environment, &f[HEALTH_STATE_ENVIRONMENT]);
	copy_name(coming->version, &f[HEALTH_STATE_VERSION]);
	copy_name(coming->step, &f[HEALTH_STATE_STEP]);
	coming->stated = true;
}

static void
take_times(
    struct histogram *to, const struct wire_field *buckets, int64_t sum_us)
{
	*to = (struct histogram){ 0 };
	(void)histogram_decode(buckets->ptr, buckets->len, to);
	to->sum_us = sum_us;
}

static void
take_service(const struct wire_msg *msg)
{
	const struct wire_field *f = msg->field;
	if (coming->services == ARRAY_LEN(coming->service))
		return;

	struct facts_service *s = &coming->service[coming->services++];
	copy_numbers(s->num, msg, HEALTH_SERVICE_FIELDS);
	copy_name(s->name, &f[HEALTH_SERVICE_NAME]);
	copy_name(s->phase, &f[HEALTH_SERVICE_PHASE]);
	copy_name(s->said, &f[HEALTH_SERVICE_SAID]);
	take_times(&s->restart, &f[HEALTH_SERVICE_RESTART_BUCKETS],
	    s->num[HEALTH_SERVICE_RESTART_SUM_US]);
	take_times(&s->outage, &f[HEALTH_SERVICE_OUTAGE_BUCKETS],
	    s->num[HEALTH_SERVICE_OUTAGE_SUM_US]);
}

static void
take_role(const struct wire_msg *msg)
{
	if (coming->roles == ARRAY_LEN(coming->role))
		return;
	struct facts_role *r = &coming->role[coming->roles++];
	copy_numbers(r->num, msg, HEALTH_ROLE_FIELDS);
	copy_name(r->name, &msg->field[HEALTH_ROLE_NAME]);
}

static void
take_sink(const struct wire_msg *msg)
{
	if (coming->sinks == ARRAY_LEN(coming->sink))
		return;
	struct facts_sink *s = &coming->sink[coming->sinks++];
	copy_numbers(s->num, msg, HEALTH_SINK_FIELDS);
}

static bool
take_end(int64_t now)
{
	if (!coming->stated)
		return false;
	struct facts *before = shown;
	shown = coming;
	coming = before;
	shown_until = now + FACTS_FRESH_MS;
	deadline = NEVER;
	return true;
}

bool
facts_take(const struct wire_msg *msg, int64_t now)
{
	if (deadline == NEVER || msg->serial != serial)
		return false;
	if (msg->type == WIRE_HEALTH_STATE)
		take_state(msg);
	else if (msg->type == WIRE_HEALTH_SERVICE)
		take_service(msg);
	else if (msg->type == WIRE_HEALTH_ROLE)
		take_role(msg);
	else if (msg->type == WIRE_HEALTH_SINK)
		take_sink(msg);
	else if (msg->type == WIRE_HEALTH_END)
		return take_end(now);
	return false;
}
