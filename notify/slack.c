#include "notify/slack.h"

#include "core/clock.h"
#include "core/guard.h"
#include "core/log.h"
#include "notify/slack_blocks.h"

#include <string.h>

#define NEW_WEBHOOK "make a new webhook in Slack and set it again"

/*
 * 500 is rollup_error and the like; going on for long when Slack says so, or
 * says 429, can make it switch the webhook off for good.
 */
static const struct sink_rule rules[] = {
	{ HTTP_PERMANENT, 400, SINK_REDUCE, 0, 0,
	    "Slack did not like the message" },
	{ HTTP_FORBIDDEN, 403, SINK_STOP, 0, NEVER, NEW_WEBHOOK },
	{ HTTP_MISSING, 404, SINK_STOP, 0, NEVER, NEW_WEBHOOK },
	{ HTTP_PERMANENT, 410, SINK_STOP, 0, NEVER,
	    "the channel is archived: " NEW_WEBHOOK },
	{ HTTP_AUTH, 0, SINK_STOP, 0, NEVER, NEW_WEBHOOK },
	{ HTTP_SERVER, 0, SINK_AGAIN, 3, 0, "the fault is on Slack's side" },
};

static const char *
take_address(const char *url, const char *token, struct sink_address *ret)
{
	static const char slack[] = "https://hooks.slack.com/";
	(void)token;

	*ret = (struct sink_address){ .url = "" };
	const char *why = sink_credential(url, ret->url, sizeof(ret->url));
	if (why == NULL)
		why = http_url_refused(ret->url);
	if (why != NULL)
		return why;
	if (strncmp(ret->url, slack, strlen(slack)) != 0)
		log_debug("the Slack webhook is not at hooks.slack.com: "
			  "something that takes the same messages?");
	sink_address_header(ret, "Content-Type", "application/json");
	return NULL;
}

static bool
said_ok(const struct http_reply *reply)
{
	return reply->status == 200 && reply->body != NULL &&
	       strcmp(reply->body, "ok") == 0;
}

const struct sink_type slack_sink = {
	.label = "Slack",
	.alerts = true,
	.queue_max = 20,
	.pace_ms = 2000,
	.pace_burst = 3,
	.rules = rules,
	.rules_count = ARRAY_LEN(rules),
	.address = take_address,
	.stored = said_ok,
	.compose = slack_blocks_compose,
};
