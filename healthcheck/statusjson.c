#include "healthcheck/statusjson.h"

#include "core/jail.h"
#include "core/signame.h"
#include "healthcheck/words.h"

#include <string.h>

/*
 * Members are written with a comma behind each, and close() turns the last one
 * into the bracket: no call needs to know whether it is the first.
 */
static void
close_with(struct buf *b, char bracket)
{
	if (b->len > 0 && b->data[b->len - 1] == ',')
		b->data[--b->len] = '\0';
	buf_fmt(b, "%c,", bracket);
}

static void
open_with(struct buf *b, const char *key, char bracket)
{
	if (key != NULL)
		buf_fmt(b, "\"%s\":", key);
	buf_fmt(b, "%c", bracket);
}

static void
add_text(struct buf *b, const char *key, const char *value)
{
	buf_fmt(b, "\"%s\":", key);
	buf_json(b, value, strlen(value));
	buf_str(b, ",");
}

static void
add_number(struct buf *b, const char *key, int64_t value)
{
	buf_fmt(b, "\"%s\":%lld,", key, (long long)value);
}

static void
add_bool(struct buf *b, const char *key, int64_t value)
{
	buf_fmt(b, "\"%s\":%s,", key, value ? "true" : "false");
}

static void
add_seconds(struct buf *b, const char *key, int64_t us)
{
	buf_fmt(b, "\"%s\":", key);
	words_seconds(b, us);
	buf_str(b, ",");
}

/* 0 is "there is none". */
static void
add_pid(struct buf *b, int64_t pid)
{
	if (pid == 0)
		buf_str(b, "\"pid\":null,");
	else
		add_number(b, "pid", pid);
}

static void
add_boot(struct buf *b, const int64_t *num)
{
	open_with(b, "boot", '{');
	add_seconds(b, "total_seconds", num[HEALTH_STATE_BOOT_US]);
	add_seconds(b, "secrets_seconds", num[HEALTH_STATE_SECRETS_US]);
	add_seconds(b, "assets_seconds", num[HEALTH_STATE_ASSETS_US]);
	add_seconds(b, "tasks_seconds", num[HEALTH_STATE_TASKS_US]);
	add_seconds(b, "services_seconds", num[HEALTH_STATE_SERVICES_US]);
	close_with(b, '}');
	open_with(b, "secrets", '{');
	add_number(b, "values", num[HEALTH_STATE_SECRETS]);
	add_number(b, "requests", num[HEALTH_STATE_SECRETS_REQUESTS]);
	close_with(b, '}');
	open_with(b, "assets", '{');
	add_number(b, "scanned", num[HEALTH_STATE_SCANNED]);
	add_number(b, "rewritten", num[HEALTH_STATE_REWRITTEN]);
	add_number(b, "dependents", num[HEALTH_STATE_DEPENDENTS]);
	add_number(b, "placeholders", num[HEALTH_STATE_PLACEHOLDERS]);
	add_number(b, "read_bytes", num[HEALTH_STATE_READ]);
	add_seconds(b, "seconds", num[HEALTH_STATE_INJECT_US]);
	close_with(b, '}');
}

static void
add_last_exit(struct buf *b, const int64_t *num)
{
	int64_t at_ms = num[HEALTH_SERVICE_LAST_AT_MS];
	int64_t number = num[HEALTH_SERVICE_LAST_SIGNAL];

	if (at_ms == 0) {
		buf_str(b, "\"last_exit\":null,");
		return;
	}
	open_with(b, "last_exit", '{');
	if (number != 0)
		add_text(b, "signal", signame((int)number));
	else
		add_number(b, "code", num[HEALTH_SERVICE_LAST_CODE]);
	add_seconds(b, "at", at_ms * 1000);
	close_with(b, '}');
}

static void
add_counters(struct buf *b, const int64_t *num)
{
	open_with(b, "exits", '{');
	add_number(b, "clean", num[HEALTH_SERVICE_EXITS_CLEAN]);
	add_number(b, "error", num[HEALTH_SERVICE_EXITS_ERROR]);
	add_number(b, "signal", num[HEALTH_SERVICE_EXITS_SIGNAL]);
	add_number(b, "oom", num[HEALTH_SERVICE_EXITS_OOM]);
	add_number(b, "probe", num[HEALTH_SERVICE_EXITS_PROBE]);
	add_number(b, "memory", num[HEALTH_SERVICE_EXITS_MEMORY]);
	close_with(b, '}');
	open_with(b, "log_lines", '{');
	add_number(b, "stdout", num[HEALTH_SERVICE_OUT_LINES]);
	add_number(b, "stderr", num[HEALTH_SERVICE_ERR_LINES]);
	close_with(b, '}');
}

static void
add_spare(struct buf *b, const struct facts_service *s)
{
	const int64_t *num = s->num;

	if (num[HEALTH_SERVICE_SPARE] == 0) {
		buf_str(b, "\"spare\":null,");
		return;
	}
	open_with(b, "spare", '{');
	add_text(b, "state", words_spare(s));
	add_pid(b, num[HEALTH_SERVICE_SPARE_PID]);
	add_seconds(b, "age_seconds", num[HEALTH_SERVICE_SPARE_AGE_MS] * 1000);
	add_number(b, "memory_bytes", num[HEALTH_SERVICE_SPARE_MEMORY]);
	close_with(b, '}');
}

static void
add_handover(struct buf *b, const struct facts_service *s)
{
	const int64_t *num = s->num;
	uint64_t outages = 0;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		outages += s->outage.count[i];
	add_number(b, "held_sockets", num[HEALTH_SERVICE_HELD]);
	open_with(b, "handovers", '{');
	add_number(b, "restart", num[HEALTH_SERVICE_HANDED_RESTART]);
	add_number(b, "standby", num[HEALTH_SERVICE_HANDED_STANDBY]);
	add_number(b, "reload", num[HEALTH_SERVICE_HANDED_RELOAD]);
	close_with(b, '}');
	add_number(b, "outages", (int64_t)outages);
	add_seconds(b, "outage_seconds_sum", s->outage.sum_us);
	add_spare(b, s);
}

static void
add_service(struct buf *b, const struct facts_service *s)
{
	open_with(b, NULL, '{');
	add_text(b, "name", s->name);
	add_number(b, "instance", s->num[HEALTH_SERVICE_INSTANCE]);
	add_number(b, "instances", s->num[HEALTH_SERVICE_INSTANCES]);
	add_text(b, "phase", s->phase);
	add_text(b, "said", s->said);
	add_bool(b, "essential", s->num[HEALTH_SERVICE_ESSENTIAL]);
	add_bool(b, "up", s->num[HEALTH_SERVICE_UP]);
	add_bool(b, "ready", s->num[HEALTH_SERVICE_READY]);
	add_pid(b, s->num[HEALTH_SERVICE_PID]);
	add_seconds(
	    b, "uptime_seconds", s->num[HEALTH_SERVICE_UPTIME_MS] * 1000);
	add_number(b, "memory_bytes", s->num[HEALTH_SERVICE_MEMORY]);
	add_seconds(b, "cpu_seconds", s->num[HEALTH_SERVICE_CPU_MS] * 1000);
	add_number(b, "processes", s->num[HEALTH_SERVICE_PROCESSES]);
	add_number(b, "zombies", s->num[HEALTH_SERVICE_ZOMBIES]);
	add_number(b, "starts", s->num[HEALTH_SERVICE_STARTS]);
	add_counters(b, s->num);
	add_last_exit(b, s->num);
	add_seconds(
	    b, "next_start_seconds", s->num[HEALTH_SERVICE_NEXT_MS] * 1000);
	add_seconds(b, "restart_seconds_sum", s->restart.sum_us);
	add_handover(b, s);
	close_with(b, '}');
}

static void
add_role(struct buf *b, const struct facts_role *r)
{
	char jail[128];
	jail_names((unsigned)r->num[HEALTH_ROLE_JAIL], jail, sizeof(jail));
	open_with(b, NULL, '{');
	add_text(b, "name", r->name);
	add_pid(b, r->num[HEALTH_ROLE_PID]);
	add_number(b, "restarts", r->num[HEALTH_ROLE_RESTARTS]);
	add_text(b, "rights_given_up", jail);
	close_with(b, '}');
}

static void
add_sink(struct buf *b, const struct facts_sink *s)
{
	open_with(b, NULL, '{');
	add_text(b, "name", sink_name((unsigned)s->num[HEALTH_SINK_KIND]));
	add_number(b, "delivered", s->num[HEALTH_SINK_DELIVERED]);
	add_number(b, "failed", s->num[HEALTH_SINK_FAILED]);
	add_number(b, "dropped", s->num[HEALTH_SINK_DROPPED]);
	close_with(b, '}');
}

static void
add_identity(struct buf *b, const struct facts *f)
{
	add_text(b, "cradle", CRADLE_VERSION);
	add_text(b, "app", f->app);
	add_text(b, "environment", f->environment);
	add_text(b, "version", f->version);
	add_text(b, "state", words_state(f));
	add_text(b, "step", f->step);
	add_bool(b, "ready", words_ready(f));
	add_bool(b, "started", f->num[HEALTH_STATE_STARTED]);
	add_bool(b, "stopping", f->num[HEALTH_STATE_STOPPING]);
	add_bool(b, "gave_up", f->num[HEALTH_STATE_GAVE_UP]);
	add_seconds(b, "start_time", f->num[HEALTH_STATE_BORN_MS] * 1000);
	add_seconds(b, "uptime_seconds", f->num[HEALTH_STATE_UPTIME_MS] * 1000);
	add_number(b, "orphans_reaped", f->num[HEALTH_STATE_ORPHANS]);
	add_number(b, "events_pending", f->num[HEALTH_STATE_PENDING]);
}

void
statusjson_render(struct reply *r, const struct facts *f)
{
	struct buf *b = &r->body;

	reply_begin(r);
	r->type = "application/json";
	open_with(b, NULL, '{');
	add_identity(b, f);
	add_boot(b, f->num);
	open_with(b, "services", '[');
	for (size_t i = 0; i < f->services; i++)
		add_service(b, &f->service[i]);
	close_with(b, ']');
	open_with(b, "roles", '[');
	for (size_t i = 0; i < f->roles; i++)
		add_role(b, &f->role[i]);
	close_with(b, ']');
	open_with(b, "sinks", '[');
	for (size_t i = 0; i < f->sinks; i++)
		add_sink(b, &f->sink[i]);
	close_with(b, ']');
	close_with(b, '}');
	b->data[b->len - 1] = '\n';
}
