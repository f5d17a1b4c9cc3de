#include "supervisor/init.h"
#include "supervisor/state.h"
#include "supervisor/talk.h"

#include <string.h>

#include "supervisor/pid1.h"

static void
forget_told(struct init *init)
{
	for (size_t i = 0; i < init->services; i++)
		for (size_t k = 0; k < ASK_SLOTS; k++) {
			init->service[i].alive.slot[k].told = 0;
			init->spare[i].alive.slot[k].told = 0;
		}
}

static bool
say(struct init *init, unsigned step, struct wire_msg *msg)
{
	if (step > 0 || init->health_fd == -1) {
		forget_told(init);
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

/* What the role asks and what it should: 0 is nothing. */
static bool
settle_slot(struct init *init, struct service *s, size_t i)
{
	struct helper *h = &init->helper[ROLE_HEALTH];
	struct ask_slot *slot = &s->alive.slot[i];
	struct wire_msg msg = { .type = WIRE_HEALTH_UNPROBE,
		.fd = -1,
		.field = { [HEALTH_UNPROBE_PROBE] = WIRE_NUM(
			       (int64_t)(s->index * ASK_SLOTS + i)) } };

	if (slot->told == slot->wanted)
		return true;
	if (slot->wanted != 0)
		alive_question(s, i, &msg);
	if (!helper_send(h, &msg))
		return false;
	slot->told = slot->wanted;
	return true;
}

/* The slots of readiness are a spare's while the service itself is ready. */
static bool
settle(struct init *init, struct service *s)
{
	struct service *spare = standby_spare(s);
	for (size_t i = 0; i < ASK_SLOTS; i++)
		if (!settle_slot(init, s, i))
			return false;
	for (size_t i = 0; spare != NULL && i < ASK_SLOTS / 2; i++)
		if (!settle_slot(init, spare, i))
			return false;
	return true;
}

static void
pump(struct init *init)
{
	struct helper *h = &init->helper[ROLE_HEALTH];
	struct wire_msg msg;

	for (size_t i = 0; i < init->services; i++)
		if (!settle(init, &init->service[i]))
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
	size_t number = (size_t)msg->field[HEALTH_RESULT_PROBE].num;
	size_t index = number / ASK_SLOTS;
	if (index >= init->services)
		return;
	struct service *s = &init->service[index];
	struct service *spare = standby_spare(s);
	alive_answer(s, number % ASK_SLOTS, msg);
	if (spare != NULL)
		alive_answer(spare, number % ASK_SLOTS, msg);
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
