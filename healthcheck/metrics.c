#include "healthcheck/metrics.h"

#include "core/guard.h"
#include "healthcheck/rss.h"
#include "healthcheck/words.h"

#include <string.h>

/*
 * The two formats differ in a family's name (OpenMetrics leaves _total and
 * _info to the samples), in the type of an info, in UNIT lines, in how a
 * bucket's bound is written, and in the end mark.
 */
struct out {
	struct buf *body;
	const struct facts *facts;
	bool open;
};

enum shape { GAUGE, COUNTER, INFO, HISTOGRAM, SHAPES };

static const struct {
	const char *type;       /* OpenMetrics */
	const char *plain_type; /* 0.0.4 */
	const char *suffix;
} shapes[] = {
	[GAUGE] = { "gauge", "gauge", "" },
	[COUNTER] = { "counter", "counter", "_total" },
	[INFO] = { "info", "gauge", "_info" },
	[HISTOGRAM] = { "histogram", "histogram", "" },
};
_Static_assert(ARRAY_LEN(shapes) == SHAPES, "a line per shape");

#define SPARE_PARKED 3 /* HEALTH_SERVICE_SPARE */

enum scale { PLAIN, FROM_MS, FROM_US };

struct family {
	const char *name; /* without the suffix of its shape */
	enum shape shape;
	const char *unit;
	const char *help;
	void (*rows)(struct out *o, const struct family *f);
	int field; /* the number that rows shows, and how */
	enum scale scale;
};

static const struct words_escape label_escapes[] = {
	{ '\\', "\\\\" },
	{ '"', "\\\"" },
	{ '\n', "\\n" },
	{ 0, NULL },
};

struct label {
	const char *name;
	const char *value;
};

/* Labels end with one that has no name. */
static void
sample(struct out *o, const struct family *f, const char *suffix,
    const struct label *labels)
{
	buf_fmt(o->body, "%s%s", f->name, suffix);
	for (const struct label *l = labels; l->name != NULL; l++) {
		buf_fmt(o->body, "%s%s=\"", l == labels ? "{" : ",", l->name);
		words_escaped(o->body, l->value, label_escapes);
		buf_str(o->body, "\"");
	}
	buf_str(o->body, labels->name ? "} " : " ");
}

static void
number(struct out *o, int64_t value, enum scale scale)
{
	if (scale == PLAIN)
		buf_fmt(o->body, "%lld", (long long)value);
	else
		words_seconds(o->body, scale == FROM_MS ? value * 1000 : value);
	buf_str(o->body, "\n");
}

static void
row(struct out *o, const struct family *f, const struct label *labels,
    int64_t value)
{
	sample(o, f, shapes[f->shape].suffix, labels);
	number(o, value, f->scale);
}

#define LABELS(...) ((const struct label[]){ __VA_ARGS__, { NULL, NULL } })

static const struct label no_labels[] = { { NULL, NULL } };

static void
rows_build(struct out *o, const struct family *f)
{
	const struct facts *x = o->facts;
	row(o, f,
	    LABELS({ "version", CRADLE_VERSION }, { "app", x->app },
		{ "environment", x->environment },
		{ "app_version", x->version }),
	    1);
}

static void
rows_state(struct out *o, const struct family *f)
{
	row(o, f, no_labels, o->facts->num[f->field]);
}

static void
rows_ready(struct out *o, const struct family *f)
{
	row(o, f, no_labels, words_ready(o->facts));
}

static void
rows_phases(struct out *o, const struct family *f)
{
	const int64_t *num = o->facts->num;
	row(o, f, LABELS({ "phase", "secrets" }), num[HEALTH_STATE_SECRETS_US]);
	row(o, f, LABELS({ "phase", "assets" }), num[HEALTH_STATE_ASSETS_US]);
	row(o, f, LABELS({ "phase", "tasks" }), num[HEALTH_STATE_TASKS_US]);
	row(o, f, LABELS({ "phase", "services" }),
	    num[HEALTH_STATE_SERVICES_US]);
	row(o, f, LABELS({ "phase", "total" }), num[HEALTH_STATE_BOOT_US]);
}

/* Fetched once, before all else: their age is cradle's without that time. */
static void
rows_secrets(struct out *o, const struct family *f)
{
	const int64_t *num = o->facts->num;
	int64_t took = num[HEALTH_STATE_SECRETS_US];
	bool age = f->field == HEALTH_STATE_UPTIME_MS;

	if (num[HEALTH_STATE_SECRETS] > 0)
		row(o, f, no_labels,
		    age ? num[HEALTH_STATE_UPTIME_MS] * 1000 - took : took);
}

static void
one_instance(
    struct out *o, const struct family *f, const struct facts_service *s)
{
	char number[24];
	struct buf b = BUF_ON(number);
	buf_fmt(&b, "%lld", (long long)s->num[HEALTH_SERVICE_INSTANCE]);
	int64_t value = s->num[f->field];
	if (f->field == HEALTH_SERVICE_SPARE)
		value = value == SPARE_PARKED;
	row(o, f, LABELS({ "service", s->name }, { "instance", number }),
	    value);
}

static void
rows_instances(struct out *o, const struct family *f)
{
	for (size_t i = 0; i < o->facts->services; i++) {
		const struct facts_service *s = &o->facts->service[i];
		one_instance(o, f, s);
	}
}

/* Rows of those that a spare is wanted for. */
static void
rows_spares(struct out *o, const struct family *f)
{
	for (size_t i = 0; i < o->facts->services; i++) {
		const struct facts_service *s = &o->facts->service[i];
		if (s->num[HEALTH_SERVICE_SPARE] != 0)
			one_instance(o, f, s);
	}
}

/* ---- families with one row for all instances of a service ---- */

static const struct facts_service *
next_service(const struct out *o, const struct facts_service *last)
{
	const struct facts_service *end =
	    o->facts->service + o->facts->services;
	const struct facts_service *s =
	    last == NULL ? o->facts->service : last + 1;
	while (last != NULL && s < end && strcmp(s->name, last->name) == 0)
		s++;
	return s < end ? s : NULL;
}

/* From its first row on: of all its instances, which follow each other. */
static int64_t
sum_of(const struct out *o, const struct facts_service *first, int field)
{
	const struct facts_service *end =
	    o->facts->service + o->facts->services;
	int64_t sum = 0;
	for (const struct facts_service *s = first;
	     s < end && strcmp(s->name, first->name) == 0; s++)
		sum += s->num[field];
	return sum;
}

static void
rows_services(struct out *o, const struct family *f)
{
	const struct facts_service *s = NULL;
	while ((s = next_service(o, s)) != NULL)
		row(o, f, LABELS({ "service", s->name }),
		    sum_of(o, s, f->field));
}

/* One label more, with a value for each field. */
struct part {
	const char *value;
	int field;
};

static void
rows_parts(struct out *o, const struct family *f, const char *label,
    const struct part *parts)
{
	const struct facts_service *s = NULL;
	while ((s = next_service(o, s)) != NULL)
		for (const struct part *p = parts; p->value != NULL; p++)
			row(o, f,
			    LABELS({ "service", s->name }, { label, p->value }),
			    sum_of(o, s, p->field));
}

static void
rows_exits(struct out *o, const struct family *f)
{
	static const struct part exits[] = {
		{ "clean", HEALTH_SERVICE_EXITS_CLEAN },
		{ "error", HEALTH_SERVICE_EXITS_ERROR },
		{ "signal", HEALTH_SERVICE_EXITS_SIGNAL },
		{ "oom", HEALTH_SERVICE_EXITS_OOM },
		{ "probe", HEALTH_SERVICE_EXITS_PROBE },
		{ "memory", HEALTH_SERVICE_EXITS_MEMORY },
		{ NULL, 0 },
	};
	rows_parts(o, f, "reason", exits);
}

static void
rows_lines(struct out *o, const struct family *f)
{
	static const struct part streams[] = {
		{ "stdout", HEALTH_SERVICE_OUT_LINES },
		{ "stderr", HEALTH_SERVICE_ERR_LINES },
		{ NULL, 0 },
	};
	rows_parts(o, f, "stream", streams);
}

static void
rows_handovers(struct out *o, const struct family *f)
{
	static const struct part kinds[] = {
		{ "restart", HEALTH_SERVICE_HANDED_RESTART },
		{ "standby", HEALTH_SERVICE_HANDED_STANDBY },
		{ "reload", HEALTH_SERVICE_HANDED_RELOAD },
		{ NULL, 0 },
	};
	rows_parts(o, f, "kind", kinds);
}

/* Canonical floats in OpenMetrics: 1.0 where the older format has 1. */
static void
bound_text(struct buf *b, const struct out *o, size_t bucket)
{
	if (bucket == HISTOGRAM_BOUNDS) {
		buf_str(b, "+Inf");
		return;
	}
	int64_t us = histogram_bound_us(bucket);
	words_seconds(b, us);
	if (o->open && us % 1000000 == 0)
		buf_str(b, ".0");
}

static const struct histogram *
times_of(const struct family *f, const struct facts_service *s)
{
	return f->field == HEALTH_SERVICE_OUTAGE_BUCKETS ? &s->outage
							 : &s->restart;
}

/* All instances' times in one. */
static struct histogram
times_of_all(const struct out *o, const struct family *f,
    const struct facts_service *first)
{
	const struct facts_service *end =
	    o->facts->service + o->facts->services;
	struct histogram all = { 0 };
	for (const struct facts_service *s = first;
	     s < end && strcmp(s->name, first->name) == 0; s++) {
		const struct histogram *h = times_of(f, s);
		for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
			all.count[i] += h->count[i];
		all.sum_us += h->sum_us;
	}
	return all;
}

static void
one_histogram(struct out *o, const struct family *f, const char *service,
    const struct histogram *h)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		char memory[24];
		struct buf bound = BUF_ON(memory);
		bound_text(&bound, o, i);
		sum += h->count[i];
		sample(o, f, "_bucket",
		    LABELS({ "service", service }, { "le", memory }));
		buf_fmt(o->body, "%llu\n", (unsigned long long)sum);
	}
	sample(o, f, "_sum", LABELS({ "service", service }));
	number(o, h->sum_us, FROM_US);
	sample(o, f, "_count", LABELS({ "service", service }));
	buf_fmt(o->body, "%llu\n", (unsigned long long)sum);
}

static void
rows_times(struct out *o, const struct family *f)
{
	const struct facts_service *s = NULL;
	while ((s = next_service(o, s)) != NULL) {
		struct histogram all = times_of_all(o, f, s);
		one_histogram(o, f, s->name, &all);
	}
}

static void
rows_assets(struct out *o, const struct family *f)
{
	int64_t rewritten = o->facts->num[HEALTH_STATE_REWRITTEN];
	int64_t same = o->facts->num[HEALTH_STATE_SCANNED] - rewritten;
	row(o, f, LABELS({ "result", "rewritten" }), rewritten);
	row(o, f, LABELS({ "result", "unchanged" }), same > 0 ? same : 0);
}

static void
rows_events(struct out *o, const struct family *f)
{
	static const int field[] = {
		[SINK_DELIVERED] = HEALTH_SINK_DELIVERED,
		[SINK_FAILED] = HEALTH_SINK_FAILED,
		[SINK_DROPPED] = HEALTH_SINK_DROPPED,
	};
	_Static_assert(ARRAY_LEN(field) == SINK_RESULTS, "all results");
	for (size_t i = 0; i < o->facts->sinks; i++) {
		const int64_t *num = o->facts->sink[i].num;
		for (unsigned k = 0; k < SINK_RESULTS; k++)
			row(o, f,
			    LABELS(
				{ "sink", sink_name((
					      unsigned)num[HEALTH_SINK_KIND]) },
				{ "result", sink_result_name(k) }),
			    num[field[k]]);
	}
}

static void
rows_roles(struct out *o, const struct family *f)
{
	for (size_t i = 0; i < o->facts->roles; i++) {
		const struct facts_role *r = &o->facts->role[i];
		row(o, f, LABELS({ "role", r->name }), r->num[f->field]);
	}
}

static void
rows_memory(struct out *o, const struct family *f)
{
	for (unsigned i = 0; i < RSS_COUNT; i++) {
		int64_t bytes = rss_read((enum rss_of)i);
		if (bytes >= 0)
			row(o, f, LABELS({ "role", rss_role((enum rss_of)i) }),
			    bytes);
	}
}

/* clang-format off */
static const struct family families[] = {
	{ "cradle_build", INFO, NULL, "What runs: cradle's version, and the app as configured.",
	  rows_build, 0, PLAIN },
	{ "cradle_start_time_seconds", GAUGE, "seconds", "When cradle started, since the epoch.",
	  rows_state, HEALTH_STATE_BORN_MS, FROM_MS },
	{ "cradle_boot_phase_seconds", GAUGE, "seconds", "How long each part of the boot took.",
	  rows_phases, 0, FROM_US },
	{ "cradle_ready", GAUGE, NULL, "1 when every essential service is ready and no stop has begun.",
	  rows_ready, 0, PLAIN },
	{ "cradle_service_up", GAUGE, NULL, "1 when a process of the service runs.",
	  rows_instances, HEALTH_SERVICE_UP, PLAIN },
	{ "cradle_service_ready", GAUGE, NULL, "1 when the service is ready.",
	  rows_instances, HEALTH_SERVICE_READY, PLAIN },
	{ "cradle_service_uptime_seconds", GAUGE, "seconds", "Age of the service's current life; 0 when it is down.",
	  rows_instances, HEALTH_SERVICE_UPTIME_MS, FROM_MS },
	{ "cradle_service_memory_bytes", GAUGE, "bytes", "Memory of the service and of all that it started.",
	  rows_instances, HEALTH_SERVICE_MEMORY, PLAIN },
	{ "cradle_service_cpu_seconds", COUNTER, "seconds", "Processor time of all of the service's lives.",
	  rows_instances, HEALTH_SERVICE_CPU_MS, FROM_MS },
	{ "cradle_service_processes", GAUGE, NULL, "Processes of the service.",
	  rows_instances, HEALTH_SERVICE_PROCESSES, PLAIN },
	{ "cradle_service_starts", COUNTER, NULL, "Lives of the service that began.",
	  rows_services, HEALTH_SERVICE_STARTS, PLAIN },
	{ "cradle_service_exits", COUNTER, NULL, "Lives of the service that ended, by how.",
	  rows_exits, 0, PLAIN },
	{ "cradle_service_restart_seconds", HISTOGRAM, "seconds", "From the death of a life to the exec of the next.",
	  rows_times, HEALTH_SERVICE_RESTART_BUCKETS, FROM_US },
	{ "cradle_service_outage_seconds", HISTOGRAM, "seconds", "From the death of a life to the next accepting connections.",
	  rows_times, HEALTH_SERVICE_OUTAGE_BUCKETS, FROM_US },
	{ "cradle_held_sockets", GAUGE, NULL, "Listening sockets that cradle keeps for the service.",
	  rows_services, HEALTH_SERVICE_HELD, PLAIN },
	{ "cradle_handover", COUNTER, NULL, "Lives that took over kept sockets, by how.",
	  rows_handovers, 0, PLAIN },
	{ "cradle_spare_parked", GAUGE, NULL, "1 when a spare process waits to take over.",
	  rows_spares, HEALTH_SERVICE_SPARE, PLAIN },
	{ "cradle_spare_age_seconds", GAUGE, "seconds", "Age of the spare process; 0 when there is none.",
	  rows_spares, HEALTH_SERVICE_SPARE_AGE_MS, FROM_MS },
	{ "cradle_spare_memory_bytes", GAUGE, "bytes", "Memory of the spare process and of all that it started.",
	  rows_spares, HEALTH_SERVICE_SPARE_MEMORY, PLAIN },
	{ "cradle_orphans_reaped", COUNTER, NULL, "Processes without a parent that were reaped.",
	  rows_state, HEALTH_STATE_ORPHANS, PLAIN },
	{ "cradle_assets_files", COUNTER, NULL, "Asset files that were looked at, by what became of them.",
	  rows_assets, 0, PLAIN },
	{ "cradle_assets_placeholders", GAUGE, NULL, "Placeholders that were filled at the start.",
	  rows_state, HEALTH_STATE_PLACEHOLDERS, PLAIN },
	{ "cradle_assets_read_bytes", GAUGE, "bytes", "Bytes of asset files that were read at the start.",
	  rows_state, HEALTH_STATE_READ, PLAIN },
	{ "cradle_assets_seconds", GAUGE, "seconds", "Time that looking through the assets and filling them took.",
	  rows_state, HEALTH_STATE_INJECT_US, FROM_US },
	{ "cradle_secrets_fetch_seconds", GAUGE, "seconds", "Time that fetching the secrets took.",
	  rows_secrets, HEALTH_STATE_SECRETS_US, FROM_US },
	{ "cradle_secrets_age_seconds", GAUGE, "seconds", "Time since the secrets were fetched.",
	  rows_secrets, HEALTH_STATE_UPTIME_MS, FROM_US },
	{ "cradle_events", COUNTER, NULL, "Events, by sink and by what became of them.",
	  rows_events, 0, PLAIN },
	{ "cradle_events_pending", GAUGE, NULL, "Events that wait for their delivery.",
	  rows_state, HEALTH_STATE_PENDING, PLAIN },
	{ "cradle_log_lines", COUNTER, NULL, "Lines of log that passed through cradle.",
	  rows_lines, 0, PLAIN },
	{ "cradle_helper_restarts", COUNTER, NULL, "Restarts of cradle's own helper processes.",
	  rows_roles, HEALTH_ROLE_RESTARTS, PLAIN },
	{ "cradle_resident_memory_bytes", GAUGE, "bytes", "Resident memory of cradle's own processes.",
	  rows_memory, 0, PLAIN },
};
/* clang-format on */

static void
family_head(struct out *o, const struct family *f)
{
	const char *suffix = o->open ? "" : shapes[f->shape].suffix;
	const char *type =
	    o->open ? shapes[f->shape].type : shapes[f->shape].plain_type;

	buf_fmt(o->body, "# HELP %s%s %s\n", f->name, suffix, f->help);
	buf_fmt(o->body, "# TYPE %s%s %s\n", f->name, suffix, type);
	if (o->open && f->unit != NULL)
		buf_fmt(o->body, "# UNIT %s %s\n", f->name, f->unit);
}

void
metrics_render(struct reply *r, const struct facts *f, bool openmetrics)
{
	struct out o = { .body = &r->body, .facts = f, .open = openmetrics };

	reply_begin(r);
	r->type = openmetrics ? "application/openmetrics-text; version=1.0.0; "
				"charset=utf-8"
			      : "text/plain; version=0.0.4; charset=utf-8";
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		family_head(&o, &families[i]);
		families[i].rows(&o, &families[i]);
	}
	if (openmetrics)
		buf_str(&r->body, "# EOF\n");
}
