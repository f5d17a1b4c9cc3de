#include "notify/loki.h"

#include "core/clock.h"
#include "core/guard_heap.h"
#include "core/secret.h"
#include "core/signame.h"
#include "notify/render.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#define PUSH_PATH "/loki/api/v1/push"
#define PAUSE_MS (5 * 60 * INT64_C(1000))
#define BLOCKED_MS (60 * INT64_C(1000))
#define TAIL_MAX (32 * 1024)
#define LINE_SIZE (200 * 1024) /* Cockpit states no limit; 256 KiB is safe */
#define TOKEN_HINT                                                          \
	"the token needs the scope write_only_logs, in this data source's " \
	"region"

static const struct sink_rule rules[] = {
	{ HTTP_OK, 260, SINK_AGAIN, 0, BLOCKED_MS, "a policy blocks it" },
	{ HTTP_AUTH, 401, SINK_STOP, 0, PAUSE_MS, TOKEN_HINT },
	{ HTTP_FORBIDDEN, 403, SINK_STOP, 0, PAUSE_MS, TOKEN_HINT },
	{ HTTP_MISSING, 404, SINK_STOP, 0, PAUSE_MS,
	    "the URL ends in " PUSH_PATH },
	{ HTTP_PERMANENT, 413, SINK_REDUCE, 0, 0,
	    "the server's limit for a push is very small" },
};

static const char *
take_address(const char *url, const char *token, struct sink_address *ret)
{
	char clean[WIRE_TEXT_MAX + 1];

	*ret = (struct sink_address){ .url = "" };
	const char *why = sink_credential(url, clean, sizeof(clean));
	if (why == NULL)
		why = http_url_refused(clean);
	if (why != NULL)
		return why;

	/* an empty path: nothing, or one slash, behind the host */
	const char *host = strstr(clean, "://");
	size_t len = strlen(clean);
	host = host != NULL ? host + 3 : clean;
	size_t host_len = strcspn(host, "/?#");
	bool bare = host[host_len] == '\0' ||
		    (host[host_len] == '/' && host[host_len + 1] == '\0');
	if (bare && host[host_len] == '/')
		len--;
	(void)snprintf(ret->url, sizeof(ret->url), "%.*s%s", (int)len, clean,
	    bare ? PUSH_PATH : "");

	sink_address_header(ret, "Content-Type", "application/json");
	why = sink_credential(token, clean, sizeof(clean));
	if (why == NULL && clean[0] != '\0')
		sink_address_header(ret, "X-Token", clean);
	secret_wipe(clean, sizeof(clean));
	return why != NULL ? "its token has blanks or control characters"
			   : NULL;
}

/* 204; some gateways say 200.  260 has a rule of its own. */
static bool
is_stored(const struct http_reply *reply)
{
	return reply->status == 204 || reply->status == 200;
}

/* ---- the line, in logfmt ---- */

static void
add_number(struct buf *b, const char *key, int64_t n)
{
	buf_fmt(b, " %s=%" PRId64, key, n);
}

static void
add_word(struct buf *b, const char *key, const char *word)
{
	if (word[0] != '\0')
		buf_fmt(b, " %s=%s", key, word);
}

static void
add_text(struct buf *b, const char *key, const char *text, size_t len)
{
	if (len == 0)
		return;
	buf_fmt(b, " %s=", key);
	buf_json(b, text, len);
}

/* The last bytes of a tail, from the start of a line where that is near. */
static void
add_tail(struct buf *b, const char *key, const char *text, size_t len)
{
	struct span s = { text, len };

	if (len > TAIL_MAX) {
		s = span_skip(s, len - TAIL_MAX);
		struct span line = span_until(s, '\n');
		if (line.len < s.len)
			s = span_skip(s, line.len + 1);
	}
	while (s.len > 0 && s.at[s.len - 1] == '\n')
		s.len--;
	add_text(b, key, s.at, s.len);
}

static void
add_exit(struct buf *b, const struct cause_death *d)
{
	if (d->exec_errno != 0)
		add_number(b, "exec_errno", d->exec_errno);
	else if (d->signal != 0)
		add_text(b, "signal", signame(d->signal),
		    strlen(signame(d->signal)));
	else
		add_number(b, "exit_code", d->code);
}

static void
add_death(struct buf *b, const struct report *r)
{
	add_number(b, "core", r->death.core);
	add_number(b, "oom", r->death.oom);
	add_word(b, "cause", cause_name(r->cause.kind));
	add_text(b, "why", r->cause.sentence, strlen(r->cause.sentence));
	add_text(b, "where", r->cause.where, strlen(r->cause.where));
	add_word(b, "fingerprint", r->fingerprint);
	if (r->next_ms != WIRE_MS_MAX)
		add_number(b, "next_ms", r->next_ms);
	add_number(b, "peak_bytes", r->death.peak_bytes);
	add_number(b, "cpu_ms", r->cpu_ms);
}

static bool
is_good(enum event_kind kind)
{
	return kind == EVENT_RECOVERED || kind == EVENT_RELOAD;
}

static void
add_line(struct buf *b, const struct letter *l, const struct ident *ident)
{
	const struct report *r = l->newest;
	char memory[WIRE_TEXT_MAX + 1024];
	struct buf summary;

	buf_init(&summary, memory, sizeof(memory));
	render_summary(&summary, ident, r);
	buf_fmt(b, "level=%s event=%s", is_good(r->kind) ? "info" : "error",
	    event_name(r->kind));
	add_text(b, "service", r->service, strlen(r->service));
	add_text(b, "msg", memory, summary.len);
	if (report_has_exit(r))
		add_exit(b, &r->death);
	if (report_is_death(r))
		add_death(b, r);
	add_number(b, "uptime_ms", r->uptime_ms);
	add_number(b, "restart", r->restart);
	add_number(b, "failures", r->window);
	if (r->outage_ms > 0)
		add_number(b, "outage_ms", r->outage_ms);
	add_text(b, "reason", r->reason, strlen(r->reason));
	if (l->reduced)
		return;
	add_tail(b, "stderr", r->err, r->err_len);
	add_tail(b, "stdout", r->out, r->out_len);
}

/* ---- the push ---- */

static void
drop_json(cJSON **json)
{
	cJSON_Delete(*json);
}

#define autojson __attribute__((cleanup(drop_json)))

static bool
put_string(cJSON *object, const char *key, const char *value)
{
	return value[0] == '\0' ||
	       cJSON_AddStringToObject(object, key, value) != NULL;
}

static bool
put_number(cJSON *object, const char *key, int64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, n);
	return put_string(object, key, text);
}

/* Low in number and known in advance: each combination is a stream. */
static bool
add_labels(cJSON *stream, const struct report *r, const struct ident *ident)
{
	cJSON *labels = cJSON_AddObjectToObject(stream, "stream");

	return labels != NULL && put_string(labels, "app", ident->app) &&
	       put_string(labels, "environment", ident->environment) &&
	       put_string(labels, "service", r->service) &&
	       put_string(labels, "stream", "cradle");
}

static bool
put_exit(cJSON *m, const struct report *r)
{
	if (!report_has_exit(r))
		return true;
	if (r->death.signal != 0)
		return put_string(m, "exit_signal", signame(r->death.signal));
	return put_number(m, "exit_code", r->death.code);
}

/* Structured metadata: strings only. */
static cJSON *
metadata(const struct report *r, const struct ident *ident)
{
	autojson cJSON *m = cJSON_CreateObject();

	if (m == NULL || !put_string(m, "event", event_name(r->kind)) ||
	    !put_number(m, "event_id", r->id) ||
	    !put_string(m, "host", ident->host) ||
	    !put_string(m, "container", ident->container) ||
	    !put_string(m, "version", ident->version))
		return NULL;
	if (!report_is_death(r))
		return TAKE_PTR(m);
	bool ok = put_number(m, "pid", r->pid) &&
		  put_string(m, "cause", cause_name(r->cause.kind)) &&
		  put_string(m, "fingerprint", r->fingerprint) &&
		  put_exit(m, r);
	return ok ? TAKE_PTR(m) : NULL;
}

static bool
add_value(cJSON *stream, const struct letter *l, const struct ident *ident)
{
	char at[24];
	autofree char *line = malloc(LINE_SIZE);
	autojson cJSON *value = cJSON_CreateArray();
	cJSON *values = cJSON_AddArrayToObject(stream, "values");
	struct buf b;

	if (line == NULL)
		return false;
	buf_init(&b, line, LINE_SIZE);
	if (value == NULL || values == NULL)
		return false;
	add_line(&b, l, ident);
	(void)snprintf(at, sizeof(at), "%" PRId64, l->newest->at_ns);

	return cJSON_AddItemToArray(value, cJSON_CreateString(at)) &&
	       cJSON_AddItemToArray(value, cJSON_CreateString(line)) &&
	       cJSON_AddItemToArray(value, metadata(l->newest, ident)) &&
	       cJSON_AddItemToArray(values, TAKE_PTR(value));
}

static int
compose(const struct letter *letter, const struct ident *ident, char **ret)
{
	autojson cJSON *root = cJSON_CreateObject();
	autojson cJSON *stream = cJSON_CreateObject();

	if (root == NULL || stream == NULL ||
	    !add_labels(stream, letter->newest, ident) ||
	    !add_value(stream, letter, ident))
		return -ENOMEM;
	cJSON *streams = cJSON_AddArrayToObject(root, "streams");
	if (streams == NULL || !cJSON_AddItemToArray(streams, TAKE_PTR(stream)))
		return -ENOMEM;
	char *text = cJSON_PrintUnformatted(root);
	if (text == NULL)
		return -ENOMEM;
	*ret = text;
	return 0;
}

const struct sink_type loki_sink = {
	.label = "Loki",
	.alerts = false,
	.queue_max = 64,
	.rules = rules,
	.rules_count = ARRAY_LEN(rules),
	.address = take_address,
	.stored = is_stored,
	.compose = compose,
};
