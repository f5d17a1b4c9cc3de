#include "supervisor/obituary.h"

#include "core/clock.h"
#include "core/log.h"

#include <string.h>

#include "supervisor/pid1.h"

/* Ids follow one another, so their remainder is a place in the ring. */
static struct obituary *
place_of(struct obituaries *o, int64_t id)
{
	return &o->ring[id % OBITUARIES_MAX];
}

const struct obituary *
obituary_at(const struct obituaries *o, int64_t id)
{
	return &o->ring[id % OBITUARIES_MAX];
}

static void
drop(struct obituaries *o, struct obituary *one)
{
	if (one->id == 0)
		return;
	for (int sink = 0; sink < SINK_COUNT; sink++)
		if (o->sink[sink])
			o->count[sink][SINK_DROPPED]++;
	o->overflowed++;
	log_warn(0, "an event of %s was dropped: %d wait for delivery already",
	    one->service, OBITUARIES_MAX);
}

struct obituary *
obituary_new(struct obituaries *o, enum event_kind kind)
{
	if (!o->on)
		return NULL;
	struct obituary *one = place_of(o, ++o->last_id);
	drop(o, one);
	memset(one, 0, sizeof(*one));
	one->id = o->last_id;
	one->kind = kind;
	one->at_ns = clock_wall_ns();
	one->service = "";
	return one;
}

void
obituary_want_tail(struct obituary *one, size_t slot, int64_t last_stream)
{
	one->tail_wanted = true;
	one->slot = slot;
	one->last_stream = last_stream;
	one->tail_deadline = clock_ms() + OBITUARY_TAIL_WAIT_MS;
}

/* From the oldest to the newest; NULL after that. */
static struct obituary *
next_of(struct obituaries *o, int64_t *id)
{
	if (*id == 0 && o->last_id >= OBITUARIES_MAX)
		*id = o->last_id - OBITUARIES_MAX;
	while (*id < o->last_id) {
		struct obituary *one = place_of(o, ++*id);
		if (one->id == *id)
			return one;
	}
	return NULL;
}

struct obituary *
obituary_to_ask(struct obituaries *o)
{
	struct obituary *one;
	for (int64_t id = 0; (one = next_of(o, &id)) != NULL;)
		if (one->tail_wanted && !one->tail_asked)
			return one;
	return NULL;
}

static size_t
keep_end(char *to, const struct wire_field *from)
{
	size_t len = from->len, skip = 0;
	if (len > OBITUARY_TAIL_MAX) {
		skip = len - OBITUARY_TAIL_MAX;
		len = OBITUARY_TAIL_MAX;
	}
	memcpy(to, from->ptr + skip, len);
	return len;
}

/* The serial brings the answer back to the death that it belongs to. */
void
obituary_question(const struct obituary *one, struct wire_msg *ret)
{
	*ret = (struct wire_msg){
		.type = WIRE_SCRIBE_ASK,
		.serial = (uint32_t)one->id,
		.fd = -1,
		.field = { [SCRIBE_ASK_SERVICE] =
			       WIRE_NUM((int64_t)one->slot) },
	};
}

void
obituary_take_tail(struct obituaries *o, const struct wire_msg *tail)
{
	struct obituary *one;
	for (int64_t id = 0; (one = next_of(o, &id)) != NULL;) {
		if (!one->tail_wanted || (uint32_t)id != tail->serial)
			continue;
		one->out_len =
		    keep_end(one->out, &tail->field[SCRIBE_TAIL_OUT]);
		one->err_len =
		    keep_end(one->err, &tail->field[SCRIBE_TAIL_ERR]);
		one->tail_wanted = false;
	}
}

void
obituaries_expire(struct obituaries *o, int64_t now)
{
	struct obituary *one;
	for (int64_t id = 0; (one = next_of(o, &id)) != NULL;)
		if (one->tail_wanted && now >= one->tail_deadline)
			one->tail_wanted = false;
}

void
obituaries_forget_asked(struct obituaries *o)
{
	struct obituary *one;
	for (int64_t id = 0; (one = next_of(o, &id)) != NULL;)
		one->tail_asked = false;
}

/* In order: one that still waits for its words holds back those after it. */
struct obituary *
obituary_to_send(struct obituaries *o)
{
	struct obituary *one;
	for (int64_t id = 0; (one = next_of(o, &id)) != NULL;)
		if (!one->sent)
			return one->tail_wanted ? NULL : one;
	return NULL;
}

void
obituaries_forget_sent(struct obituaries *o)
{
	struct obituary *one;
	for (int64_t id = 0; (one = next_of(o, &id)) != NULL;)
		one->sent = false;
}

void
obituary_result(struct obituaries *o, int64_t id, const struct wire_msg *result)
{
	unsigned sink = (unsigned)result->field[COURIER_RESULT_SINK].num;
	unsigned what = (unsigned)result->field[COURIER_RESULT_RESULT].num;
	struct obituary *one = place_of(o, id);

	if (id == 0 || one->id != id)
		return;
	o->count[sink][what]++;
	if (what != SINK_DELIVERED)
		log_warn(0, "the %s event of %s was not delivered to %s: %s",
		    event_name(one->kind), one->service, sink_name(sink),
		    result->field[COURIER_RESULT_REASON].ptr);
	if (result->field[COURIER_RESULT_DONE].num)
		one->id = 0;
}

size_t
obituaries_pending(const struct obituaries *o)
{
	size_t n = 0;
	if (o->last_id == 0) /* the ring is large, and not in memory yet */
		return 0;
	for (size_t i = 0; i < OBITUARIES_MAX; i++)
		if (o->ring[i].id != 0)
			n++;
	return n;
}

int64_t
obituaries_deadline(const struct obituaries *o)
{
	int64_t first = NEVER;
	if (o->last_id == 0) /* as above */
		return NEVER;
	for (size_t i = 0; i < OBITUARIES_MAX; i++) {
		const struct obituary *one = &o->ring[i];
		if (one->id != 0 && one->tail_wanted &&
		    one->tail_deadline < first)
			first = one->tail_deadline;
	}
	return first;
}

void
obituary_message(const struct obituary *one, struct wire_msg *ret)
{
	*ret = (struct wire_msg){ .type = WIRE_COURIER_EVENT,
		.fd = -1,
		.field = {
		    [COURIER_EVENT_ID] = WIRE_NUM(one->id),
		    [COURIER_EVENT_KIND] = WIRE_NUM(one->kind),
		    [COURIER_EVENT_AT_NS] = WIRE_NUM(one->at_ns),
		    [COURIER_EVENT_SERVICE] = WIRE_STR(one->service),
		    [COURIER_EVENT_PID] = WIRE_NUM(one->pid),
		    [COURIER_EVENT_EXIT_CODE] = WIRE_NUM(one->exit_code),
		    [COURIER_EVENT_EXIT_SIGNAL] = WIRE_NUM(one->exit_signal),
		    [COURIER_EVENT_CORE] = WIRE_NUM(one->core),
		    [COURIER_EVENT_OOM] = WIRE_NUM(one->oom),
		    [COURIER_EVENT_EXEC_ERRNO] = WIRE_NUM(one->exec_errno),
		    [COURIER_EVENT_UPTIME_MS] = WIRE_NUM(one->uptime_ms),
		    [COURIER_EVENT_RESTART] = WIRE_NUM(one->restart),
		    [COURIER_EVENT_RESTARTS_MAX] = WIRE_NUM(one->restarts_max),
		    [COURIER_EVENT_NEXT_MS] = WIRE_NUM(one->next_ms),
		    [COURIER_EVENT_WINDOW] = WIRE_NUM(one->window),
		    [COURIER_EVENT_PEAK_BYTES] = WIRE_NUM(one->peak_bytes),
		    [COURIER_EVENT_CPU_MS] = WIRE_NUM(one->cpu_ms),
		    [COURIER_EVENT_OUTAGE_MS] = WIRE_NUM(one->outage_ms),
		    [COURIER_EVENT_REASON] = WIRE_STR(one->reason),
		    [COURIER_EVENT_OUT] = WIRE_BIN(one->out, one->out_len),
		    [COURIER_EVENT_ERR] = WIRE_BIN(one->err, one->err_len),
		} };
}
