#include "supervisor/init.h"
#include "supervisor/state.h"
#include "supervisor/talk.h"

#include <string.h>

#include "supervisor/pid1.h"

static bool
say(struct init *init, unsigned step, struct wire_msg *msg)
{
	if (step > 0 || init->health_fd == -1) {
		for (size_t i = 0; i < init->services; i++)
			init->service[i].told_probe = 0;
		init->has_question = false;
		return false;
	}
	*msg = (struct wire_msg){
		.type = WIRE_HEALTH_LISTEN,
		.fd = init->health_fd,
		.field = { [HEALTH_LISTEN_NAME] =
			       WIRE_STR(init->plan->health.listen) },
	};
	return true;
}

/* What the role looks for and what it should: 0 is nothing. */
static bool
settle_probe(struct init *init, struct service *s)
{
	struct helper *h = &init->helper[ROLE_HEALTH];
	const struct plan_probe *ready = &s->plan->ready;
	bool http = (ready->kinds & PLAN_READY_HTTP) != 0;
	uint32_t want = s->probing ? s->probe : 0;
	struct wire_msg msg = { .type = WIRE_HEALTH_UNPROBE,
		.fd = -1,
		.field = {
		    [HEALTH_UNPROBE_PROBE] = WIRE_NUM((int64_t)s->index) } };

	if (s->told_probe == want)
		return true;
	if (want != 0)
		msg = (struct wire_msg){
			.type = WIRE_HEALTH_PROBE,
			.serial = want,
			.fd = -1,
			.field = {
			    [HEALTH_PROBE_PROBE] =
				WIRE_NUM((int64_t)s->index),
			    [HEALTH_PROBE_KIND] =
				WIRE_NUM(!http),
			    [HEALTH_PROBE_TARGET] =
				WIRE_STR(http ? ready->http : ready->tcp),
			    [HEALTH_PROBE_EVERY_MS] =
				WIRE_NUM(ready->every_ms),
			    [HEALTH_PROBE_TIMEOUT_MS] =
				WIRE_NUM(ready->timeout_ms),
			    [HEALTH_PROBE_ONCE] = WIRE_NUM(1),
			},
		};
	if (!helper_send(h, &msg))
		return false;
	s->told_probe = want;
	return true;
}

static void
pump(struct init *init)
{
	struct helper *h = &init->helper[ROLE_HEALTH];
	struct wire_msg msg;

	for (size_t i = 0; i < init->services; i++)
		if (!settle_probe(init, &init->service[i]))
			return;
	while (init->has_question) {
		bool more = state_message(init, init->answer_step, &msg);
		msg.serial = init->question;
		if (!helper_send(h, &msg))
			return;
		init->answer_step++;
		init->has_question = more;
	}
}

static void
take_result(struct init *init, const struct wire_msg *msg)
{
	size_t index = (size_t)msg->field[HEALTH_RESULT_PROBE].num;
	if (index >= init->services)
		return;
	struct service *s = &init->service[index];
	if (!s->probing || s->probe != msg->serial)
		return;
	if (msg->field[HEALTH_RESULT_OK].num)
		service_met(s, PLAN_READY_HTTP | PLAN_READY_TCP);
}

static void
take(struct init *init, const struct wire_msg *msg)
{
	switch ((int)msg->type) {
	case WIRE_HEALTH_ASK:
		init->question = msg->serial;
		init->answer_step = 0;
		init->has_question = true;
		break;
	case WIRE_HEALTH_RESULT:
		take_result(init, msg);
		break;
	default:
		break;
	}
}

const struct talk talk_health = { "health", say, pump, take };
