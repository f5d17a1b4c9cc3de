#include "notify/slack_facts.h"

#include "core/guard.h"
#include "notify/mrkdwn.h"
#include "notify/render.h"

#include <inttypes.h>
#include <string.h>

#define RAW_MAX 4608 /* a reason, and some words around it */

/* ---- what is said ---- */

static void
add_headline(struct buf *out, const struct letter *l)
{
	const struct report *r = l->newest;

	if (l->digest)
		buf_fmt(out, "crashed %" PRId64 " more time%s: %s",
		    l->repeats + 1, l->repeats == 0 ? "" : "s", r->cause.title);
	else if (l->repeats > 0)
		buf_fmt(out, "crashed %" PRId64 " times: %s", l->repeats + 1,
		    r->cause.title);
	else
		render_headline(out, r);
}

static void
add_summary(struct buf *out, const struct letter *l, const struct ident *ident)
{
	if (!l->digest && l->repeats == 0) {
		render_summary(out, ident, l->newest);
		return;
	}
	render_name(out, ident, l->newest);
	if (ident->environment[0] != '\0')
		buf_fmt(out, " [%s]", ident->environment);
	buf_str(out, " ");
	add_headline(out, l);
	if (l->seen > 0) {
		buf_fmt(out, " (%" PRId64 " times since ", l->seen);
		render_time(out, l->since_ns);
		buf_str(out, ")");
	}
}

static void
add_separated(struct buf *out, const char *text)
{
	if (out->len > 0)
		buf_str(out, " \xc2\xb7 ");
	buf_str(out, text);
}

static void
add_context(struct buf *out, const struct letter *l)
{
	const struct report *r = l->newest;

	if (l->seen > 1) {
		buf_fmt(out, "seen %" PRId64 " times since ", l->seen);
		render_time(out, l->since_ns);
	} else if (!l->digest && l->repeats > 0) {
		buf_fmt(out, "the newest of %" PRId64 " crashes is shown",
		    l->repeats + 1);
	}
	if (l->dropped > 0) {
		add_separated(out, "");
		buf_fmt(out, "%" PRId64 " older message%s had to be dropped",
		    l->dropped, l->dropped == 1 ? "" : "s");
	}
	add_separated(out, "");
	render_date(out, r->at_ns);
	if (report_is_death(r)) {
		if (r->pid > 0)
			buf_fmt(out, " \xc2\xb7 pid %" PRId64, r->pid);
		buf_fmt(out, " \xc2\xb7 fingerprint %s", r->fingerprint);
	}
	buf_str(out, " \xc2\xb7 secrets redacted");
}

/* ---- the fields ---- */

static void
say_environment(struct buf *out, const struct slack_facts *f)
{
	buf_str(out, f->ident->environment);
}

static void
say_host(struct buf *out, const struct slack_facts *f)
{
	const struct ident *i = f->ident;

	buf_str(out, i->host[0] != '\0' ? i->host : i->container);
	if (i->host[0] != '\0' && i->container[0] != '\0' &&
	    strncmp(i->host, i->container, strlen(i->host)) != 0)
		buf_fmt(out, " (container %.12s)", i->container);
}

static void
say_exit(struct buf *out, const struct slack_facts *f)
{
	if (report_has_exit(f->letter->newest))
		render_exit(out, f->letter->newest);
}

static void
say_uptime(struct buf *out, const struct slack_facts *f)
{
	const struct report *r = f->letter->newest;

	if (report_is_death(r) || r->uptime_ms > 0)
		render_duration(out, r->uptime_ms);
}

static void
say_restart(struct buf *out, const struct slack_facts *f)
{
	const struct report *r = f->letter->newest;

	if (report_is_death(r))
		render_restart(out, r);
	else if (r->kind == EVENT_RECOVERED && r->restart > 0)
		buf_fmt(out, "%" PRId64, r->restart);
}

static void
say_version(struct buf *out, const struct slack_facts *f)
{
	buf_str(out, f->ident->version);
}

static void
say_outage(struct buf *out, const struct slack_facts *f)
{
	if (f->letter->newest->outage_ms > 0)
		render_duration(out, f->letter->newest->outage_ms);
}

static void
say_failures(struct buf *out, const struct slack_facts *f)
{
	const struct report *r = f->letter->newest;

	if (!report_is_death(r) || r->window == 0)
		return;
	buf_fmt(out, "%" PRId64, r->window);
	if (r->restarts_max > 0)
		buf_fmt(out, " (a crash loop at %" PRId64 ")", r->restarts_max);
}

static void
say_used(struct buf *out, const struct slack_facts *f)
{
	const struct report *r = f->letter->newest;

	if (r->death.peak_bytes > 0) {
		buf_str(out, "peak ");
		render_bytes(out, r->death.peak_bytes);
	}
	if (r->cpu_ms > 0) {
		buf_str(out, out->len > 0 ? ", CPU " : "CPU ");
		render_duration(out, r->cpu_ms);
	}
}

static const struct field {
	const char *label;
	void (*say)(struct buf *out, const struct slack_facts *f);
} fields[] = {
	{ "Environment", say_environment },
	{ "Host", say_host },
	{ "Exit", say_exit },
	{ "Uptime", say_uptime },
	{ "Restart", say_restart },
	{ "Version", say_version },
	{ "Failures", say_failures },
	{ "Outage", say_outage },
	{ "Used", say_used },
};
_Static_assert(ARRAY_LEN(fields) == SLACK_FIELDS, "all are asked for");

/* ---- with Slack's escaping ---- */

void
slack_facts_headline(struct buf *out, const struct slack_facts *f, size_t max)
{
	char raw[1024];
	struct buf b;

	buf_init(&b, raw, sizeof(raw));
	render_name(&b, f->ident, f->letter->newest);
	buf_str(&b, " ");
	add_headline(&b, f->letter);
	mrkdwn_line(out, raw, b.len, max);
}

void
slack_facts_summary(struct buf *out, const struct slack_facts *f, size_t max)
{
	char raw[RAW_MAX];
	struct buf b;

	buf_init(&b, raw, sizeof(raw));
	add_summary(&b, f->letter, f->ident);
	mrkdwn_line(out, raw, b.len, max);
}

void
slack_facts_why(struct buf *out, const struct slack_facts *f, size_t max)
{
	char raw[RAW_MAX];
	struct buf b;

	buf_init(&b, raw, sizeof(raw));
	render_why(&b, letter_witness(f->letter));
	mrkdwn_line(out, raw, b.len, max);
}

void
slack_facts_context(struct buf *out, const struct slack_facts *f, size_t max)
{
	char raw[1024];
	struct buf b;

	buf_init(&b, raw, sizeof(raw));
	add_context(&b, f->letter);
	mrkdwn_line(out, raw, b.len, max);
}

bool
slack_facts_field(struct buf *out, const struct slack_facts *f, unsigned which)
{
	char raw[1024];
	struct buf b;

	buf_init(&b, raw, sizeof(raw));
	fields[which].say(&b, f);
	if (b.len == 0)
		return false;
	buf_fmt(out, "*%s*\n", fields[which].label);
	mrkdwn_line(out, raw, b.len, SLACK_FIELD_MAX - out->len);
	return true;
}
