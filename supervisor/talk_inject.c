#include "supervisor/init.h"
#include "supervisor/talk.h"

#include "core/clock.h"

#include <string.h>

#include "supervisor/pid1.h"

static bool
say(struct init *init, unsigned step, struct wire_msg *msg)
{
	if (step >= init->plan->assets_count)
		return false;
	const struct plan_assets *a = &init->plan->assets[step];
	*msg = (struct wire_msg){ .type = WIRE_INJECT_ROOT,
		.fd = -1,
		.field = {
		    [INJECT_ROOT_ROOT] = WIRE_STR(a->root),
		    [INJECT_ROOT_EXAMPLE] = WIRE_STR(a->example),
		    [INJECT_ROOT_OUTPUT] = WIRE_STR(a->output),
		    [INJECT_ROOT_STORE] = WIRE_STR(a->store),
		} };
	return true;
}

/*
 * The helper waits for each answer before it asks again, so there is room for
 * it; a secret's value is not even known here.
 */
static void
answer(struct init *init, const struct wire_msg *ask)
{
	const char *value = "";
	int kind = environment_lookup(
	    &init->environment, ask->field[INJECT_ASK_NAME].ptr, &value);
	const struct wire_msg msg = {
		.type = WIRE_INJECT_VAR,
		.serial = ask->serial,
		.fd = -1,
		.field = {
		    [INJECT_VAR_KIND] = WIRE_NUM(kind),
		    [INJECT_VAR_VALUE] =
			WIRE_BIN(value, kind == 1 ? strlen(value) : 0),
		},
	};
	(void)helper_send(&init->helper[ROLE_INJECT], &msg);
}

static void
take(struct init *init, const struct wire_msg *msg)
{
	struct boot *b = &init->boot;
	switch ((int)msg->type) {
	case WIRE_INJECT_ASK:
		answer(init, msg);
		break;
	case WIRE_INJECT_DONE:
		b->injecting = false;
		init->helper[ROLE_INJECT].wanted = false;
		b->assets_us = clock_us() - init->born_us;
		b->scanned = msg->field[INJECT_DONE_SCANNED].num;
		b->rewritten = msg->field[INJECT_DONE_REWRITTEN].num;
		break;
	case WIRE_FAILED:
		boot_fail(init, (int)msg->field[FAILED_CODE].num,
		    msg->field[FAILED_REASON].ptr);
		break;
	default:
		break;
	}
}

const struct talk talk_inject = { "inject", say, NULL, take };
