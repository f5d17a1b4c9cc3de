#include "notify/render.h"

#include "core/guard.h"
#include "core/signame.h"
#include "notify/report.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NS_PER_SECOND INT64_C(1000000000)

/* Two neighbouring units at most: nobody needs the seconds of a day. */
static const struct unit {
	int64_t ms;
	const char *name;
	int64_t next_ms;
	const char *next;
} units[] = {
	{ DAY, "d", HOUR, "h" },
	{ HOUR, "h", MINUTE, "min" },
	{ MINUTE, "min", SECOND, "s" },
	{ SECOND, "s", 0, "" },
	{ 1, "ms", 0, "" },
};

void
render_duration(struct buf *out, int64_t ms)
{
	size_t i = 0;

	if (ms < 0)
		ms = 0;
	while (i < ARRAY_LEN(units) - 1 && ms < units[i].ms)
		i++;
	const struct unit *u = &units[i];
	int64_t rest = ms % u->ms;

	/* "1.6 s": below ten seconds a tenth still says something */
	if (u->ms == SECOND && ms < 10 * SECOND && rest >= 100) {
		buf_fmt(
		    out, "%" PRId64 ".%" PRId64 " s", ms / SECOND, rest / 100);
		return;
	}
	buf_fmt(out, "%" PRId64 " %s", ms / u->ms, u->name);
	if (u->next_ms > 0 && rest >= u->next_ms)
		buf_fmt(out, " %" PRId64 " %s", rest / u->next_ms, u->next);
}

void
render_bytes(struct buf *out, int64_t bytes)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;
	int64_t unit = 1;

	while (i < ARRAY_LEN(names) - 1 && bytes / unit >= 1024) {
		unit *= 1024;
		i++;
	}
	int64_t tenth = unit > 1 ? bytes % unit * 10 / unit : 0;
	buf_fmt(out, "%" PRId64, bytes / unit);
	if (tenth > 0 && i >= 2)
		buf_fmt(out, ".%" PRId64, tenth);
	buf_fmt(out, " %s", names[i]);
}

static bool
split_time(int64_t at_ns, struct tm *ret)
{
	time_t t = (time_t)(at_ns / NS_PER_SECOND);
	return gmtime_r(&t, ret) != NULL;
}

void
render_time(struct buf *out, int64_t at_ns)
{
	struct tm tm;

	if (split_time(at_ns, &tm))
		buf_fmt(out, "%02d:%02d:%02d UTC", tm.tm_hour, tm.tm_min,
		    tm.tm_sec);
}

void
render_date(struct buf *out, int64_t at_ns)
{
	struct tm tm;

	if (!split_time(at_ns, &tm))
		return;
	buf_fmt(out, "%04d-%02d-%02d ", tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday);
	render_time(out, at_ns);
}

void
render_name(struct buf *out, const struct ident *ident, const struct report *r)
{
	/* "main" is cradle's own name for the command line's service */
	bool named = r->service[0] != '\0' && strcmp(r->service, "main") != 0 &&
		     strcmp(r->service, ident->app) != 0;

	if (ident->app[0] != '\0')
		buf_str(out, ident->app);
	if (ident->app[0] != '\0' && named)
		buf_str(out, "/");
	if (named || ident->app[0] == '\0')
		buf_str(out, r->service[0] != '\0' ? r->service : "cradle");
}

void
render_exit(struct buf *out, const struct report *r)
{
	const struct cause_death *d = &r->death;

	if (d->exec_errno != 0)
		buf_str(out, "never started: cannot be executed");
	else if (d->signal != 0)
		buf_fmt(out, "signal %d (%s)%s", d->signal, signame(d->signal),
		    d->core ? ", core dumped" : "");
	else
		buf_fmt(out, "code %d", d->code);
}

void
render_restart(struct buf *out, const struct report *r)
{
	if (r->kind == EVENT_GAVE_UP || r->next_ms == WIRE_MS_MAX) {
		buf_str(out, "none");
		return;
	}
	buf_fmt(out, "%" PRId64, r->restart);
	if (r->next_ms == 0) {
		buf_str(out, ", at once");
		return;
	}
	buf_str(out, ", next in ");
	render_duration(out, r->next_ms);
}

static void
add_failures(struct buf *out, const char *lead, int64_t count)
{
	if (count > 0)
		buf_fmt(out, "%s%" PRId64 " failure%s", lead, count,
		    count == 1 ? "" : "s");
}

void
render_headline(struct buf *out, const struct report *r)
{
	switch (r->kind) {
	case EVENT_CRASH:
		buf_fmt(out, "crashed: %s", r->cause.title);
		break;
	case EVENT_CRASH_LOOP:
		buf_str(out, "is in a crash loop");
		add_failures(out, ": ", r->window);
		break;
	case EVENT_GAVE_UP:
		buf_str(out, "gave up");
		add_failures(out, " after ", r->window);
		break;
	case EVENT_RECOVERED:
		buf_str(out, "recovered");
		break;
	case EVENT_BOOT_FAILED:
		buf_str(out, "could not start");
		break;
	case EVENT_OOM:
		buf_str(out, "ran out of memory");
		break;
	case EVENT_UNRESPONSIVE:
	case EVENT_MEMORY:
		buf_fmt(out, "%s and was replaced",
		    r->death.replaced != NULL ? r->death.replaced
					      : "did not answer");
		break;
	case EVENT_RELOAD:
		buf_str(out, "was reloaded");
		break;
	case EVENT_RELOAD_FAILED:
		buf_str(out, "could not be reloaded, the old process goes on");
		break;
	case EVENT_COUNT:
		break;
	}
}

void
render_summary(
    struct buf *out, const struct ident *ident, const struct report *r)
{
	render_name(out, ident, r);
	if (ident->environment[0] != '\0')
		buf_fmt(out, " [%s]", ident->environment);
	buf_str(out, " ");
	render_headline(out, r);
	if (!report_is_death(r) && r->reason[0] != '\0')
		buf_fmt(out, ": %s", r->reason);
	if (r->kind == EVENT_RECOVERED && r->outage_ms > 0) {
		buf_str(out, " after ");
		render_duration(out, r->outage_ms);
	}
	if (r->kind != EVENT_CRASH && !report_is_replaced(r))
		return;
	buf_str(out, " after ");
	render_duration(out, r->uptime_ms);
	if (r->next_ms == WIRE_MS_MAX) {
		buf_str(out, " (not restarted)");
		return;
	}
	buf_str(out, " (restart ");
	render_restart(out, r);
	buf_str(out, ")");
}

void
render_why(struct buf *out, const struct report *r)
{
	if (!report_is_death(r)) {
		buf_str(out, r->reason);
		if (r->cause.kind == CAUSE_NONE)
			return;
		buf_str(out, "stable again; the last crash was: ");
	}
	if (r->death.replaced != NULL && r->cause.kind != CAUSE_REPLACED)
		buf_fmt(out, "%s; at its end: ", r->death.replaced);
	buf_str(out, r->cause.sentence);
	if (r->cause.where[0] != '\0')
		buf_fmt(out, ", at %s", r->cause.where);
}
