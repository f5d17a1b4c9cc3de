#include "supervisor/init.h"
#include "supervisor/talk.h"

#include "core/exits.h"

#include <errno.h>
#include <string.h>

#include "supervisor/pid1.h"

static void
say_manager(const struct plan *plan, struct wire_msg *msg)
{
	const struct plan_scw *scw = &plan->secrets.scw;
	*msg = (struct wire_msg){ .type = WIRE_FETCH_SCW,
		.fd = -1,
		.field = {
		    [FETCH_SCW_API_URL] = WIRE_STR(scw->api_url),
		    [FETCH_SCW_REGION] = WIRE_STR(scw->region),
		    [FETCH_SCW_PROJECT] = WIRE_STR(scw->project_id),
		    [FETCH_SCW_KEY] = WIRE_STR(scw->secret_key),
		    [FETCH_SCW_KEY_FILE] = WIRE_STR(scw->secret_key_file),
		    [FETCH_SCW_CA_FILE] = WIRE_STR(plan->ca_file),
		    [FETCH_SCW_DEADLINE_MS] =
			WIRE_NUM(plan->secrets.deadline_ms),
		} };
}

static void
say_want(const struct want *w, size_t index, struct wire_msg *msg)
{
	*msg = (struct wire_msg){ .type = WIRE_FETCH_WANT,
		.fd = -1,
		.field = {
		    [FETCH_WANT_INDEX] = WIRE_NUM((int64_t)index),
		    [FETCH_WANT_VARIABLE] =
			WIRE_BIN(w->variable, environment_name_len(w)),
		    [FETCH_WANT_REFERENCE] = WIRE_STR(w->reference),
		} };
}

/* A fetch that died is asked for everything again: it never answers by halves.
 */
static bool
say(struct init *init, unsigned step, struct wire_msg *msg)
{
	if (talk_say_network(&step, msg))
		return true;
	if (step == 0) {
		say_manager(init->plan, msg);
		return true;
	}
	if (step - 1 >= init->environment.wants)
		return false;
	say_want(&init->environment.want[step - 1], step - 1, msg);
	return true;
}

static void
take_value(struct init *init, const struct wire_msg *msg)
{
	size_t index = (size_t)msg->field[FETCH_VALUE_INDEX].num;
	const struct wire_field *value = &msg->field[FETCH_VALUE_VALUE];

	if (index >= init->environment.wants)
		return;
	int r =
	    environment_take(&init->environment, index, value->ptr, value->len);
	if (r < 0 && r != -EEXIST)
		boot_fail(init, EXITS_OSERR,
		    "cannot keep a secret: out of locked memory");
}

static void
take_miss(struct init *init, const struct wire_msg *msg)
{
	size_t index = (size_t)msg->field[FETCH_MISS_INDEX].num;

	if (index >= init->environment.wants)
		return;
	if (msg->field[FETCH_MISS_ABSENT].num)
		environment_take_absent(&init->environment, index);
	else
		boot_miss(init, (int)msg->field[FETCH_MISS_CODE].num,
		    msg->field[FETCH_MISS_REASON].ptr);
}

static void
take(struct init *init, const struct wire_msg *msg)
{
	struct boot *b = &init->boot;
	switch ((int)msg->type) {
	case WIRE_FETCH_VALUE:
		take_value(init, msg);
		break;
	case WIRE_FETCH_MISS:
		take_miss(init, msg);
		break;
	case WIRE_FETCH_DONE:
		b->fetched = true;
		init->helper[ROLE_FETCH].wanted = false;
		b->from_scw = msg->field[FETCH_DONE_SCW].num;
		b->from_files = msg->field[FETCH_DONE_FILES].num;
		b->requests = msg->field[FETCH_DONE_REQUESTS].num;
		break;
	case WIRE_FAILED:
		b->fetched = true;
		init->helper[ROLE_FETCH].wanted = false;
		boot_miss(init, (int)msg->field[FAILED_CODE].num,
		    msg->field[FAILED_REASON].ptr);
		break;
	default:
		break;
	}
}

const struct talk talk_fetch = { "fetch", say, NULL, take };
