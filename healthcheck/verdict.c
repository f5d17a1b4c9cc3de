#include "healthcheck/verdict.h"

#include "healthcheck/words.h"

#include <stdio.h>
#include <string.h>

struct verdict {
	struct buf *body;
	struct query *query;
	bool failed;
};

static struct verdict
begin(struct reply *r, struct query *q)
{
	reply_begin(r);
	return (struct verdict){ .body = &r->body, .query = q };
}

static void
show(struct verdict *v, const char *name, bool excluded, const char *why)
{
	if (excluded) {
		buf_fmt(v->body, "[+]%s excluded: ok\n", name);
	} else if (why == NULL) {
		buf_fmt(v->body, "[+]%s ok\n", name);
	} else {
		buf_fmt(v->body, "[-]%s failed: %s\n", name, why);
		v->failed = true;
	}
}

/* why is the reason of a failure, NULL for a check that passes. */
static void
check(struct verdict *v, const char *name, const char *why)
{
	show(v, name, query_excludes(v->query, name), why);
}

static void
explain_service(struct buf *why, const struct facts_service *s)
{
	int64_t next_ms = s->num[HEALTH_SERVICE_NEXT_MS];

	buf_str(why, s->name);
	words_instance(why, s);
	buf_fmt(why, " %s", words_phase(s->phase));
	if (next_ms > 0) {
		buf_str(why, " in ");
		words_duration(why, next_ms * 1000);
	}
	if (s->num[HEALTH_SERVICE_LAST_AT_MS] != 0) {
		buf_str(why, ": its last life ");
		words_last_exit(why, s);
	}
}

/* "service/api" is excluded by that, and by "api" alone. */
static bool
excludes(struct verdict *v, const char *name)
{
	bool whole = query_excludes(v->query, name);
	return query_excludes(v->query, name + strlen("service/")) || whole;
}

static void
check_service(struct verdict *v, const struct facts_service *s)
{
	char memory[2 * WIRE_NAME_MAX];
	struct buf why = BUF_ON(memory);
	char full[QUERY_NAME_MAX + 1];
	struct buf name = BUF_ON(full);

	buf_fmt(&name, "service/%s", s->name);
	bool excluded = excludes(v, full);
	words_instance(&name, s);
	if (excludes(v, full))
		excluded = true;
	memory[0] = '\0';
	if (!s->num[HEALTH_SERVICE_READY])
		explain_service(&why, s);
	show(v, full, excluded, why.len > 0 ? memory : NULL);
}

/* Returns whether one of them is not ready, excluded or not. */
static bool
check_services(struct verdict *v, const struct facts *f)
{
	bool missing = false;
	for (size_t i = 0; i < f->services; i++) {
		const struct facts_service *s = &f->service[i];
		if (!s->num[HEALTH_SERVICE_ESSENTIAL])
			continue;
		check_service(v, s);
		if (!s->num[HEALTH_SERVICE_READY])
			missing = true;
	}
	return missing;
}

static void
check_boot(struct verdict *v, const struct facts *f, bool done)
{
	char why[WIRE_NAME_MAX + 32];
	(void)snprintf(why, sizeof(why), "boot is not complete%s%s",
	    f->step[0] ? ": " : "", f->step);
	check(v, "boot", done ? NULL : why);
}

static void
warn_unmatched(struct verdict *v)
{
	const struct query *q = v->query;
	for (size_t i = 0; i < q->excludes; i++)
		if (!q->matched[i])
			buf_fmt(v->body,
			    "warn: some health checks cannot be excluded: "
			    "no matches for \"%s\"\n",
			    q->exclude[i]);
}

static void
finish(struct verdict *v, struct reply *r, const char *name)
{
	warn_unmatched(v);
	if (!v->failed && !v->query->verbose) {
		reply_line(r, 200, "ok");
		return;
	}
	if (v->failed)
		r->status = 503;
	buf_fmt(
	    v->body, "%s check %s\n", name, v->failed ? "failed" : "passed");
}

/*
 * PID 1's own flag counts too: it is a no when no service explains it, as
 * before the first service is started.
 */
static struct verdict
judge_ready(struct reply *r, const struct facts *f, struct query *q)
{
	struct verdict v = begin(r, q);
	check(&v, "init", NULL);
	check(&v, "shutdown",
	    f->num[HEALTH_STATE_STOPPING] ? "cradle is stopping" : NULL);
	bool explained = check_services(&v, f);
	if (f->num[HEALTH_STATE_STOPPING])
		explained = true;
	check_boot(&v, f, explained || f->num[HEALTH_STATE_READY]);
	return v;
}

void
verdict_live(struct reply *r, const struct facts *f, struct query *q)
{
	struct verdict v = begin(r, q);
	check(&v, "init", NULL);
	check(&v, "crash-loop",
	    f->num[HEALTH_STATE_GAVE_UP] ? "cradle gave up restarting" : NULL);
	finish(&v, r, "livez");
}

void
verdict_ready(struct reply *r, const struct facts *f, struct query *q)
{
	struct verdict v = judge_ready(r, f, q);
	finish(&v, r, "readyz");
}

void
verdict_started(struct reply *r, const struct facts *f, struct query *q)
{
	struct verdict v = begin(r, q);
	check(&v, "init", NULL);
	check_boot(&v, f, f->num[HEALTH_STATE_STARTED]);
	finish(&v, r, "startupz");
}

static void
sum_up_service(struct buf *b, const struct facts_service *s)
{
	explain_service(b, s);
	if (s->num[HEALTH_SERVICE_UP]) {
		buf_fmt(b, ", pid %lld, up ",
		    (long long)s->num[HEALTH_SERVICE_PID]);
		words_duration(b, s->num[HEALTH_SERVICE_UPTIME_MS] * 1000);
	}
	buf_fmt(
	    b, ", starts: %lld\n", (long long)s->num[HEALTH_SERVICE_STARTS]);
}

static void
sum_up(struct buf *b, const struct facts *f)
{
	buf_fmt(b, "%s%s%s", f->app[0] ? f->app : "cradle",
	    f->version[0] ? " " : "", f->version);
	if (f->environment[0])
		buf_fmt(b, " (%s)", f->environment);
	buf_fmt(b, " is %s", words_state(f));
	if (f->step[0] && !f->num[HEALTH_STATE_STARTED])
		buf_fmt(b, ": %s", f->step);
	buf_str(b, ", up ");
	words_duration(b, f->num[HEALTH_STATE_UPTIME_MS] * 1000);
	buf_str(b, "\n");
	for (size_t i = 0; i < f->services; i++)
		sum_up_service(b, &f->service[i]);
}

void
verdict_summary(struct reply *r, const struct facts *f, struct query *q)
{
	struct verdict v = judge_ready(r, f, q);
	if (q->verbose) {
		finish(&v, r, "healthz");
		return;
	}
	reply_begin(r);
	r->status = v.failed ? 503 : 200;
	sum_up(&r->body, f);
}

void
verdict_unanswered(struct reply *r, const char *name)
{
	reply_begin(r);
	r->status = 503;
	buf_fmt(&r->body,
	    "[-]init failed: PID 1 did not answer within %d ms\n"
	    "%s check failed\n",
	    FACTS_LATE_MS, name);
}
