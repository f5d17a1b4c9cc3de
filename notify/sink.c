#include "notify/sink.h"

#include "core/clock.h"
#include "core/guard.h"
#include "core/secret.h"
#include "notify/loki.h"
#include "notify/slack.h"
#include "notify/span.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct sink_type *const types[] = {
	[SINK_SLACK] = &slack_sink,
	[SINK_LOKI] = &loki_sink,
};
_Static_assert(ARRAY_LEN(types) == SINK_COUNT, "a type per sink");

/* What the sinks agree on; a sink's own rules come first. */
static const struct sink_rule common[] = {
	{ HTTP_TRANSPORT, 0, SINK_AGAIN, 0, 0, "is the network there?" },
	{ HTTP_THROTTLED, 0, SINK_AGAIN, 0, 0, "it asks for patience" },
	{ HTTP_SERVER, 0, SINK_AGAIN, 0, 0, "the fault is on its side" },
	{ HTTP_UNTRUSTED, 0, SINK_STOP, 0, NEVER,
	    "CRADLE_CA_FILE names a private CA" },
	{ HTTP_REDIRECT, 0, SINK_STOP, 0, NEVER, "give the final URL" },
};

static const struct sink_rule stored = { .verdict = SINK_STORED, .hint = "" };
static const struct sink_rule odd = { .class = HTTP_OK,
	.verdict = SINK_REFUSED,
	.hint = "something else answers at that URL" };
static const struct sink_rule refused = { .class = HTTP_PERMANENT,
	.verdict = SINK_REFUSED,
	.hint = "the event stays in the container's log only" };

const struct sink_type *
sink_type_of(enum sink_kind kind)
{
	assert(kind < SINK_COUNT);
	return types[kind];
}

static const struct sink_rule *
find_rule(
    const struct sink_rule *rules, size_t count, const struct http_reply *reply)
{
	for (size_t i = 0; i < count; i++) {
		const struct sink_rule *r = &rules[i];
		if (r->class == reply->class &&
		    (r->status == 0 || r->status == reply->status))
			return r;
	}
	return NULL;
}

const struct sink_rule *
sink_judge(const struct sink_type *type, const struct http_reply *reply)
{
	const struct sink_rule *rule =
	    find_rule(type->rules, type->rules_count, reply);

	if (rule == NULL && reply->class == HTTP_OK)
		return type->stored(reply) ? &stored : &odd;
	if (rule == NULL)
		rule = find_rule(common, ARRAY_LEN(common), reply);
	return rule != NULL ? rule : &refused;
}

void
sink_address_header(struct sink_address *a, const char *name, const char *value)
{
	size_t n = 0;

	while (a->headers[n] != NULL)
		n++;
	assert(n < SINK_HEADERS_MAX);
	(void)snprintf(
	    a->header[n], sizeof(a->header[n]), "%s: %s", name, value);
	a->headers[n] = a->header[n];
}

void
sink_address_wipe(struct sink_address *a)
{
	secret_wipe(a, sizeof(*a));
}

const char *
sink_credential(const char *text, char *ret, size_t size)
{
	struct span s = span_trim((struct span){ text, strlen(text) });

	while (s.len > 0 && s.at[s.len - 1] == '\r')
		s.len--;
	if (s.len >= size)
		return "it is too long";
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] > '~')
			return "it has blanks or control characters in it";
	span_copy(s, ret, size);
	return NULL;
}
