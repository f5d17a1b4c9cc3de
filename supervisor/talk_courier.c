#include "supervisor/init.h"
#include "supervisor/talk.h"

#include "core/clock.h"
#include "core/log.h"

#include <string.h>
#include <unistd.h>

#include "supervisor/pid1.h"

static void
say_identity(const struct plan *plan, struct wire_msg *msg)
{
	static char host[WIRE_NAME_MAX];
	if (gethostname(host, sizeof(host) - 1) == -1)
		host[0] = '\0';
	*msg = (struct wire_msg){ .type = WIRE_COURIER_IDENT,
		.fd = -1,
		.field = {
		    [COURIER_IDENT_APP] = WIRE_STR(plan->app),
		    [COURIER_IDENT_ENVIRONMENT] = WIRE_STR(plan->environment),
		    [COURIER_IDENT_VERSION] = WIRE_STR(plan->version),
		    [COURIER_IDENT_HOST] = WIRE_STR(host),
		    [COURIER_IDENT_CONTAINER] = WIRE_STR(""),
		    [COURIER_IDENT_CA_FILE] = WIRE_STR(plan->ca_file),
		} };
}

/* A secret may be longer than any address: such a sink is left out. */
static const char *
fitting(const char *text, enum sink_kind kind)
{
	if (text == NULL)
		return "";
	if (strlen(text) <= WIRE_TEXT_MAX)
		return text;
	log_error(0, "cannot use %s: its address or token is over %d bytes",
	    sink_name(kind), WIRE_TEXT_MAX);
	return "";
}

/* A sink whose address is still unknown (its secret failed) is left out. */
static void
say_sink(struct init *init, enum sink_kind kind, struct wire_msg *msg)
{
	const struct plan_events *ev = &init->plan->events;
	const struct environment *e = &init->environment;
	const char *url = ev->loki_url, *token = "";

	if (kind == SINK_SLACK)
		url = environment_own(e, OWN_SLACK_WEBHOOK, ev->slack_webhook);
	else
		token = environment_own(e, OWN_LOKI_TOKEN, ev->loki_token);
	url = fitting(url, kind);
	token = fitting(token, kind);
	*msg = (struct wire_msg){ .type = WIRE_COURIER_SINK,
		.fd = -1,
		.field = {
		    [COURIER_SINK_KIND] = WIRE_NUM(kind),
		    [COURIER_SINK_URL] = WIRE_STR(url),
		    [COURIER_SINK_TOKEN] = WIRE_STR(token),
		} };
}

static bool
say(struct init *init, unsigned step, struct wire_msg *msg)
{
	if (talk_say_network(&step, msg))
		return true;
	if (step == 0) {
		obituaries_forget_sent(&init->obituaries);
		say_identity(init->plan, msg);
		return true;
	}
	if (step <= SINK_COUNT) {
		say_sink(init, (enum sink_kind)(step - 1), msg);
		return true;
	}
	return talk_say_secret(
	    init, step - 1 - SINK_COUNT, WIRE_COURIER_SECRET, msg);
}

static void
pump(struct init *init)
{
	struct helper *h = &init->helper[ROLE_COURIER];
	struct obituary *one;
	struct wire_msg msg;

	while ((one = obituary_to_send(&init->obituaries)) != NULL) {
		obituary_message(one, &msg);
		if (!helper_send(h, &msg))
			return;
		one->sent = true;
	}
	/* what still waits for its last words has to be in time for that */
	if (init->flush_ms == 0 ||
	    obituaries_deadline(&init->obituaries) != NEVER)
		return;
	msg = (struct wire_msg){ .type = WIRE_COURIER_FLUSH,
		.fd = -1,
		.field = {
		    [COURIER_FLUSH_DEADLINE_MS] = WIRE_NUM(init->flush_ms) } };
	if (helper_send(h, &msg))
		init->flush_ms = 0;
}

static void
take(struct init *init, const struct wire_msg *msg)
{
	switch ((int)msg->type) {
	case WIRE_COURIER_RESULT:
		obituary_result(
		    &init->obituaries, msg->field[COURIER_RESULT_ID].num, msg);
		break;
	case WIRE_COURIER_IDLE:
		if (obituaries_pending(&init->obituaries) == 0)
			init->helper[ROLE_COURIER].wanted = false;
		break;
	default:
		break;
	}
}

const struct talk talk_courier = { "courier", say, pump, take };
